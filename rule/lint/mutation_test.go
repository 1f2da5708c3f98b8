package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
)

// mutator breaks one thing of a rule. It returns the edits, and the place in the new text where the finding starts its
// line; ok is false where the rule has nothing to break.
type mutator struct {
	code  string
	apply func(f *rule.File) (edits []rule.Edit, at int, ok bool)
}

// value replaces the value at a path if it is there and pick agrees.
func value(code, key, to string, pick func(f *rule.File, n *rule.Node) bool) mutator {
	return mutator{code, func(f *rule.File) ([]rule.Edit, int, bool) {
		var path []any
		for p := range strings.SplitSeq(key, ".") {
			path = append(path, p)
		}
		n := f.Lookup(path...)
		if n == nil || pick != nil && !pick(f, n) {
			return nil, 0, false
		}
		return []rule.Edit{{Span: n.Span, New: to}}, n.Span.Start, true
	}}
}

// rename misspells a key.
func rename(code, key, to string) mutator {
	return mutator{code, func(f *rule.File) ([]rule.Edit, int, bool) {
		n := f.Lookup("rule", key)
		if n == nil || !plainEntry(n) {
			return nil, 0, false
		}
		return []rule.Edit{{Span: n.KeySpan, New: to}}, n.KeySpan.Start, true
	}}
}

// drop deletes a key; the finding stands where another key is, by its path.
func drop(code, table, key, at string) mutator {
	return mutator{code, func(f *rule.File) ([]rule.Edit, int, bool) {
		n, where := f.Lookup(table, key), f.Lookup(table)
		if at != "" {
			where = f.Lookup(table, at)
		}
		if n == nil || where == nil || !plainEntry(n) {
			return nil, 0, false
		}
		edits := deleteEntry(f, n)
		place := where.Span.Start
		if place > edits[0].Span.Start {
			place -= edits[0].Span.End - edits[0].Span.Start
		}
		return edits, place, true
	}}
}

// inQuery makes an edit of an EQL query.
func inQuery(code string, find func(q *eql.Query) (eql.Edit, int, bool)) mutator {
	return mutator{code, func(f *rule.File) ([]rule.Edit, int, bool) {
		if f.Query == nil || queryLanguage(f) != "eql" {
			return nil, 0, false
		}
		q, issues := eql.Parse(f.Query.Value)
		if len(issues) > 0 {
			return nil, 0, false
		}
		e, at, ok := find(q)
		if !ok {
			return nil, 0, false
		}
		edits, err := f.Query.Edits(rule.ValueEdit{Start: e.Span.Start, End: e.Span.End, New: e.New})
		return edits, f.Query.FileSpan(at, at).Start, err == nil
	}}
}

// firstEq is the first comparison of a field with a string.
func firstEq(q *eql.Query, op eql.Op) (field *eql.Field, lit *eql.Literal, b *eql.Binary) {
	inspect(q, func(n *eql.Binary) {
		f, ok1 := n.X.(*eql.Field)
		l, ok2 := n.Y.(*eql.Literal)
		if ok1 && ok2 && b == nil && n.Op == op && l.Kind == eql.StringLiteral && !f.Optional {
			field, lit, b = f, l, n
		}
	})
	return field, lit, b
}

func mutators() []mutator {
	isString := func(_ *rule.File, n *rule.Node) bool { return n.Kind == rule.StringNode }
	typed := func(types ...string) func(*rule.File, *rule.Node) bool {
		return func(f *rule.File, _ *rule.Node) bool { return slices.Contains(types, f.Rule.Type) }
	}
	return []mutator{
		value("metadata/date-format", "metadata.creation_date", `"2024/13/01"`, nil),
		value("metadata/date-format", "metadata.updated_date", `"2024-01-01"`, nil),
		value("metadata/updated-before-created", "metadata.updated_date", `"1999/01/01"`, nil),
		value("metadata/date-in-future", "metadata.updated_date", `"2099/01/01"`, nil),
		value("metadata/min-stack-format", "metadata.min_stack_version", `"nine"`, nil),
		value("schema/bad-value", "metadata.maturity", `"prodution"`, nil),
		drop("metadata/maturity-missing", "metadata", "maturity", ""),
		drop("metadata/min-stack-comment", "metadata", "min_stack_comments", "min_stack_version"),
		value("rule/id-format", "rule.rule_id", `"123"`, nil),
		value("rule/name-pattern", "rule.name", `"-x-"`, nil),
		value("schema/range", "rule.risk_score", "101", nil),
		value("schema/wrong-type", "rule.risk_score", `"47"`, nil),
		value("schema/wrong-type", "rule.index", `"logs-*"`, nil),
		value("schema/bad-value", "rule.severity", `"hihg"`, nil),
		value("rule/severity-risk", "rule.risk_score", "5", func(f *rule.File, _ *rule.Node) bool { return f.Rule.Severity != "low" }),
		value("rule/severity-risk", "rule.risk_score", "99", func(f *rule.File, _ *rule.Node) bool { return f.Rule.Severity != "critical" }),
		value("rule/from-format", "rule.from", `"9m"`, nil),
		value("rule/interval-format", "rule.interval", `"five"`, nil),
		value("rule/lookback-gap", "rule.from", `"now-1m"`, func(f *rule.File, _ *rule.Node) bool { return f.Rule.Interval != "1m" }),
		value("rule/license", "rule.license", `"Elastic License V2"`, nil),
		value("rule/license-unknown", "rule.license", `"Elastic Licence v2"`, nil),
		value("rule/timestamp-override", "rule.timestamp_override", `"@timestamp"`, func(f *rule.File, n *rule.Node) bool {
			return n.Str == ingested && !isSequence(f) && f.Rule.Type != "esql" && f.Rule.Type != "machine_learning" && f.Rule.Language != "lucene"
		}),
		value("schema/rule-type", "rule.type", `"eqll"`, nil),
		value("rule/type-language", "rule.language", `"kuery"`, typed("eql", "esql")),
		value("rule/type-language", "rule.language", `"eql"`, typed("query", "new_terms", "threshold")),
		drop("rule/index-missing", "rule", "index", "name").only(func(f *rule.File) bool { return f.Rule.Type == "eql" || f.Rule.Type == "query" }),
		rename("schema/unknown-key", "references", "refrences"),
		rename("schema/unknown-key", "tags", "tgas"),
		drop("schema/missing-key", "rule", "description", ""),
		value("tags/missing", "rule.tags", "[]", nil).line(func(f *rule.File) int { return f.Lookup("rule", "tags").KeySpan.Start }),
		{"tags/duplicate", func(f *rule.File) ([]rule.Edit, int, bool) {
			n := tagList(f)
			if n == nil || len(n.Children) < 2 {
				return nil, 0, false
			}
			first, last := n.Children[0], n.Children[len(n.Children)-1]
			return []rule.Edit{{Span: last.Span, New: f.Slice(first.Span)}}, last.Span.Start, true
		}},
		{"tags/case", func(f *rule.File) ([]rule.Edit, int, bool) {
			for _, n := range tagList(f).Children {
				if strings.HasPrefix(n.Str, "OS: ") {
					return []rule.Edit{{Span: n.Span, New: tomlString(strings.ToUpper(n.Str))}}, n.Span.Start, true
				}
			}
			return nil, 0, false
		}},
		value("note/guide-title", "rule.note", `"## Triage and analysis\n\n### Investigating Something Else\n"`, isString),
		inQuery("query/syntax", func(q *eql.Query) (eql.Edit, int, bool) {
			_, l, b := firstEq(q, eql.Eq)
			if b == nil {
				return eql.Edit{}, 0, false
			}
			return eql.Edit{Span: b.OpRange, New: "="}, l.Range.Start, true
		}),
		inQuery("query/unknown-field", func(q *eql.Query) (eql.Edit, int, bool) {
			f, _, b := firstEq(q, eql.Eq)
			if b == nil || f.Name != "event.type" && f.Name != "process.name" && f.Name != "host.os.type" {
				return eql.Edit{}, 0, false
			}
			at := f.Range.End
			return eql.Edit{Span: eql.Span{Start: at - 1, End: at}, New: "ee"}, f.Range.Start, true
		}),
		inQuery("query/wildcard-in-equality", func(q *eql.Query) (eql.Edit, int, bool) {
			_, l, b := firstEq(q, eql.Eq)
			if b == nil || l.Raw {
				return eql.Edit{}, 0, false
			}
			return eql.Edit{Span: eql.Span{Start: l.Range.End - 1, End: l.Range.End - 1}, New: "*"}, l.Range.Start, true
		}),
		inQuery("query/duplicate-value", func(q *eql.Query) (e eql.Edit, at int, ok bool) {
			inspect(q, func(n *eql.In) {
				if l, is := n.List[0].(*eql.Literal); is && !ok && len(n.List) > 1 {
					last := n.List[len(n.List)-1].Span()
					e, at, ok = eql.Edit{Span: eql.Span{Start: last.End, End: last.End}, New: ", " + q.Source[l.Range.Start:l.Range.End]}, last.End, true
				}
			})
			return e, at, ok
		}),
		inQuery("query/sequence-maxspan", func(q *eql.Query) (eql.Edit, int, bool) {
			s := sequence(q)
			if s == nil || s.MaxSpan == nil {
				return eql.Edit{}, 0, false
			}
			end := s.MaxSpan.Range.End
			return eql.Edit{Span: eql.Span{Start: end - len(s.MaxSpan.Unit), End: end}, New: "y"}, s.MaxSpan.Range.Start, true
		}),
		inQuery("query/unknown-function", func(q *eql.Query) (e eql.Edit, at int, ok bool) {
			inspect(q, func(n *eql.Call) {
				if !ok {
					e, at, ok = eql.Edit{Span: n.NameRange, New: "nosuch"}, n.NameRange.Start, true
				}
			})
			return e, at, ok
		}),
	}
}

func (m mutator) only(keep func(*rule.File) bool) mutator {
	apply := m.apply
	m.apply = func(f *rule.File) ([]rule.Edit, int, bool) {
		if !keep(f) {
			return nil, 0, false
		}
		return apply(f)
	}
	return m
}

func (m mutator) line(at func(*rule.File) int) mutator {
	apply := m.apply
	m.apply = func(f *rule.File) ([]rule.Edit, int, bool) {
		edits, _, ok := apply(f)
		if !ok {
			return nil, 0, false
		}
		return edits, at(f), true
	}
	return m
}

// TestCorpusMutants breaks one thing of every third public rule and wants its code on its line.
func TestCorpusMutants(t *testing.T) {
	l, err := New(Options{Config: &Config{Preset: Strict}, Now: corpusNow})
	if err != nil {
		t.Fatal(err)
	}
	sources := corpus(t)
	total, right, made := 0, 0, map[int]int{}
	for i := 0; i < len(sources); i += 3 {
		f, _ := rule.Parse(sources[i].Path, sources[i].Src)
		if f.Metadata.Maturity == "deprecated" || tagList(f) == nil {
			continue
		}
		for j, m := range mutators() {
			edits, at, ok := m.apply(f)
			if !ok {
				continue
			}
			src, err := rule.Apply(f.Src, edits)
			if err != nil {
				t.Fatal(err)
			}
			total++
			made[j]++
			r := l.lintFile(&Source{Path: f.Path, Src: src})
			l.finish(r)
			want := r.file.Position(at).Line
			hit := slices.ContainsFunc(r.diags, func(d rule.Diagnostic) bool {
				return d.Code == m.code && r.file.Position(d.Span.Start).Line == want
			})
			if hit {
				right++
				continue
			}
			var got []string
			for _, d := range r.diags {
				if d.Severity > rule.Info || d.Code == m.code {
					got = append(got, fmt.Sprintf("%d %s", r.file.Position(d.Span.Start).Line, d.Code))
				}
			}
			t.Logf("%s: want line %d %s, got %s", f.Path, want, m.code, strings.Join(got, ", "))
		}
	}
	for j, m := range mutators() {
		if made[j] == 0 {
			t.Logf("mutator %d (%s) never applied", j, m.code)
		}
	}
	t.Logf("%d of %d mutants found on their line", right, total)
	if right*100 < total*99 {
		t.Errorf("%d of %d mutants found, less than 99 %%", right, total)
	}
}
