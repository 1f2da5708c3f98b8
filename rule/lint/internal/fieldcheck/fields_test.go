package fieldcheck

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/schema"
)

// eqlRule is a public EQL rule whose query can be changed and checked again.
type eqlRule struct {
	file   *rule.File
	query  *eql.Query
	shared *check.Shared
}

// eqlRules are the public EQL rules that are not deprecated; the test is skipped without them.
func eqlRules(t testing.TB) []*eqlRule {
	t.Helper()
	shared := &check.Shared{Config: &check.Config{}}
	var out []*eqlRule
	paths, err := filepath.Glob("../../../../../shared/corpus/detection-rules/rules/*/*.toml")
	more, err2 := filepath.Glob("../../../../../shared/corpus/detection-rules/rules/*/*/*.toml")
	if paths = append(paths, more...); len(paths) == 0 {
		t.Skipf("no corpus: %v", errors.Join(err, err2))
	}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, diags := rule.Parse(path, src)
		if len(diags) > 0 || file.Rule.Type != "eql" || file.Metadata.Maturity == "deprecated" {
			continue
		}
		q, issues := eql.Parse(file.Query.Value)
		if slices.ContainsFunc(issues, func(i eql.Issue) bool { return i.Level == eql.Error }) {
			t.Errorf("%s: %v", path, issues)
			continue
		}
		out = append(out, &eqlRule{file, q, shared})
	}
	return out
}

// check runs the field stage on another query of the rule; nil if it does not parse.
func (r *eqlRule) check(query string) *check.FieldStage {
	q, issues := eql.Parse(query)
	if slices.ContainsFunc(issues, func(i eql.Issue) bool { return i.Level == eql.Error }) {
		return nil
	}
	return CheckFields(&check.Pass{File: r.file, Run: loneRun{}, Path: r.file.Path, Query: q, Config: r.shared.Config, Shared: r.shared})
}

// replace returns the query with a span of it replaced.
func (r *eqlRule) replace(span eql.Span, text string) string {
	s := r.query.Source
	return s[:span.Start] + text + s[span.End:]
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
		views, err := StackViews(&check.Pass{File: r.file, Run: loneRun{}, Config: r.shared.Config, Shared: r.shared}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range eql.Filters(r.query) {
			clauses++
			pass := &check.Pass{File: r.file, Run: loneRun{}, Query: r.query, Config: r.shared.Config, Shared: r.shared}
			if c := (&carrier{pass: pass, catalog: catalog, filter: f}); c.scope() && c.candidates() {
				documented++
			}
		}
		names := fieldNames(r.query)
		for _, v := range views {
			for _, name := range names {
				fields[name] = true
				uses[useKind(v.Describe(name))]++
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
		facts.Inspect(r.query, func(f *eql.Field) {
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
		views, err := StackViews(&check.Pass{File: r.file, Run: loneRun{}, Config: r.shared.Config, Shared: r.shared}, nil)
		if err != nil {
			t.Fatal(err)
		}
		newest := views[len(views)-1]
		facts.Inspect(r.query, func(b *eql.Binary) {
			f, ok := b.X.(*eql.Field)
			l, isLit := b.Y.(*eql.Literal)
			if !ok || !isLit || l.Kind == eql.NullLiteral {
				return
			}
			res := newest.Describe(f.Name)
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
	switch Family(typ) {
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
type loneRun struct{ check.Run }

func (loneRun) Doubts(...string) bool { return false }
func (loneRun) MayGuess() bool        { return true }
