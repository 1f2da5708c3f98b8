package lint

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/schema"
)

// eqlRule is a public EQL rule whose query can be changed and checked again.
type eqlRule struct {
	source Source
	file   *rule.File
	query  *eql.Query
	shared *Shared
}

// eqlRules are the public EQL rules that are not deprecated; the test is skipped without them.
func eqlRules(t testing.TB) []*eqlRule {
	t.Helper()
	shared := &Shared{Config: &Config{}}
	var out []*eqlRule
	for _, src := range corpus(t) {
		file, diags := rule.Parse(src.Path, src.Src)
		if len(diags) > 0 || file.Rule.Type != "eql" || file.Metadata.Maturity == "deprecated" {
			continue
		}
		q, issues := eql.Parse(file.Query.Value)
		if slices.ContainsFunc(issues, func(i eql.Issue) bool { return i.Level == eql.Error }) {
			t.Errorf("%s: %v", src.Path, issues)
			continue
		}
		out = append(out, &eqlRule{src, file, q, shared})
	}
	return out
}

// check runs the field stage on another query of the rule; nil if it does not parse.
func (r *eqlRule) check(query string) *FieldStage {
	q, issues := eql.Parse(query)
	if slices.ContainsFunc(issues, func(i eql.Issue) bool { return i.Level == eql.Error }) {
		return nil
	}
	return checkFields(&Pass{File: r.file, Run: loneRun{}, Path: r.source.Path, Query: q, Config: r.shared.Config, Shared: r.shared})
}

// replace returns the query with a span of it replaced.
func (r *eqlRule) replace(span eql.Span, text string) string {
	s := r.query.Source
	return s[:span.Start] + text + s[span.End:]
}

// TestCorpusFields wants no error and no warning about fields, types and indexes of the public rules, of every language,
// on the five stacks.
func TestCorpusFields(t *testing.T) {
	rep := lintCorpus(t, Options{})
	mine := map[string]bool{}
	for _, c := range append(queryFieldChecks(), indexChecks()...) {
		mine[c.Code] = true
	}
	for _, d := range rep.Diagnostics {
		if d.Severity >= rule.Warning && mine[d.Code] {
			t.Errorf("%s: %s: %s (%s)", filepath.Base(d.Path), d.Code, d.Message, d.Hint)
		}
	}
	why := map[string]int{}
	for _, f := range rep.Files {
		for _, s := range f.Skipped {
			if s.Part == PartFields {
				why[s.Why]++
			}
		}
	}
	t.Logf("files whose fields were not checked, or not all: %v", why)
}

// TestCorpusCounts prints how much of the public EQL rules the catalog decides. A use is a field of a rule on a stack, a
// target an index pattern of a rule on a stack.
func TestCorpusCounts(t *testing.T) {
	fields := map[string]bool{}
	clauses, documented := 0, 0
	uses, targets := map[string]int{}, map[string]int{}
	rules := eqlRules(t)
	catalog, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		views, err := stackViews(&Pass{File: r.file, Run: loneRun{}, Config: r.shared.Config, Shared: r.shared}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range eql.Filters(r.query) {
			clauses++
			pass := &Pass{File: r.file, Run: loneRun{}, Query: r.query, Config: r.shared.Config, Shared: r.shared}
			if c := (&carrier{pass: pass, catalog: catalog, filter: f}); c.scope() && c.candidates() {
				documented++
			}
		}
		names := fieldNames(r.query)
		for _, v := range views {
			for _, name := range names {
				fields[name] = true
				uses[useKind(v.Lookup(name))]++
			}
			for _, target := range v.Targets() {
				kind := "complete"
				if len(target.Gaps) > 0 {
					kind = gapNames()[target.Gaps[0].Kind]
				}
				targets[kind]++
			}
		}
	}
	t.Logf("%d rules, %d fields; uses: %v; targets: %v; clauses that event documents decide: %d of %d",
		len(rules), len(fields), uses, targets, documented, clauses)
	if uses["undecided"]*100 > uses["known"] {
		t.Errorf("more than 1 %% of the uses are undecided")
	}
}

func gapNames() map[schema.GapKind]string {
	return map[schema.GapKind]string{schema.NoData: "no data", schema.OldPackage: "older package", schema.OpenPattern: "open pattern",
		schema.OpenObject: "open object", schema.UnknownName: "unknown pattern"}
}

func useKind(r *schema.Result) string {
	switch {
	case r.Presence == schema.Undecidable:
		return "undecided"
	case r.Presence == schema.Absent:
		return "absent"
	case r.Outside:
		return "in another stream of the package"
	case r.Parent != "":
		return "by template or object"
	}
	return "known"
}

// typos makes one typo of each kind: a character deleted, inserted, replaced, swapped with the next.
func typos(rng *rand.Rand, name string) []string {
	letter := string(rune('a' + rng.IntN(26)))
	at := func() int {
		for {
			if i := rng.IntN(len(name)); name[i] != '.' {
				return i
			}
		}
	}
	i, j, k, l := at(), at(), at(), at()
	out := []string{name[:i] + name[i+1:], name[:j] + letter + name[j:], name[:k] + letter + name[k+1:]}
	if l+1 < len(name) && name[l+1] != '.' {
		out = append(out, name[:l]+string(name[l+1])+string(name[l])+name[l+2:])
	}
	return slices.DeleteFunc(out, func(s string) bool {
		return s == name || strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, "..") || s[0] >= '0' && s[0] <= '9'
	})
}

// TestTypos misspells every field that a public EQL rule uses, wherever it stands (conditions, functions, join keys, with
// and without "?"), and wants the typo reported with the right name first. Typos that are fields are left out.
func TestTypos(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 11))
	catalog, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	total, reported, first := 0, 0, 0
	for i, r := range eqlRules(t) {
		if i%3 != 0 {
			continue // every third: the whole takes a minute, and finds the same share
		}
		seen := map[string]bool{}
		inspect(r.query, func(f *eql.Field) {
			text := r.query.Source[f.Range.Start:f.Range.End]
			if seen[text] || strings.TrimPrefix(text, "?") != f.Name || !strings.Contains(f.Name, ".") {
				return
			}
			seen[text] = true
			for _, typo := range typos(rng, f.Name) {
				if len(catalog.Where(typo).Places) > 0 {
					continue
				}
				st := r.check(r.replace(eql.Span{Start: f.Range.End - len(f.Name), End: f.Range.End}, typo))
				if st == nil {
					continue // a keyword: a syntax error
				}
				total++
				i := slices.IndexFunc(st.Issues, func(i eql.Issue) bool {
					return i.Code == "query/unknown-field" && i.Span.Start == f.Range.Start && i.Level <= eql.Warning && strings.Contains(i.Message, typo)
				})
				switch {
				case i < 0:
					t.Logf("%s for %s in %s: not reported (%s)", typo, text, strings.Join(r.file.Rule.Index, " "), st.NotChecked)
				case !strings.HasPrefix(st.Issues[i].Hint, "did you mean `"+f.Name+"`"):
					reported++
					t.Logf("%s for %s: %s", typo, text, st.Issues[i].Hint)
				default:
					reported++
					first++
				}
			}
		})
	}
	t.Logf("%d typos, %d reported, %d with the right name first", total, reported, first)
	if reported*100 < total*99 || first*100 < reported*95 {
		t.Errorf("want 99 %% reported and 95 %% right")
	}
}

// TestWrongLiterals replaces the literal of every comparison in the public EQL rules by one of a wrong type, and wants a
// finding about it.
func TestWrongLiterals(t *testing.T) {
	made, found := map[string]int{}, map[string]int{}
	for _, r := range eqlRules(t) {
		views, err := stackViews(&Pass{File: r.file, Run: loneRun{}, Config: r.shared.Config, Shared: r.shared}, nil)
		if err != nil {
			t.Fatal(err)
		}
		newest := views[len(views)-1]
		inspect(r.query, func(b *eql.Binary) {
			f, ok := b.X.(*eql.Field)
			l, isLit := b.Y.(*eql.Literal)
			if !ok || !isLit || l.Kind == eql.NullLiteral {
				return
			}
			res := newest.Lookup(f.Name)
			if res.Presence != schema.Known || len(res.Types) != 1 || res.Doubtful {
				return
			}
			for _, wrong := range wrongLiterals(res.Field.Type) {
				key := res.Field.Type + " " + wrong
				made[key]++
				st := r.check(r.replace(l.Range, wrong))
				if slices.ContainsFunc(st.Issues, func(i eql.Issue) bool {
					code := i.Code
					return (code == "query/type-mismatch" || code == "query/ip-literal") && i.Span.Start == l.Range.Start && i.Level <= eql.Warning
				}) {
					found[key]++
				}
			}
		})
	}
	for _, key := range sortedNames(made) {
		t.Logf("%-30s %d of %d", key, found[key], made[key])
		if found[key] != made[key] {
			t.Errorf("%s: %d of %d reported", key, found[key], made[key])
		}
	}
}

func sortedNames(m map[string]int) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func wrongLiterals(typ string) []string {
	switch family(typ) {
	case "string":
		return []string{"5", "true"}
	case "number":
		return []string{`"abc"`, `"5"`, "false"}
	case "boolean":
		return []string{`"yes"`, `"true"`, "5"}
	case "ip":
		return []string{`"abc"`, `"10.*"`, "true"}
	case "date":
		return []string{`"abc"`, "true"}
	}
	return nil
}

// loneRun is the engine of a check that is called by itself.
type loneRun struct{ Run }

func (loneRun) Doubts(...string) bool { return false }
func (loneRun) MayGuess() bool        { return true }
