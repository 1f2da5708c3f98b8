package ruletest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/rule/hunt"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// tiny is a made-up language: "field=pattern, field!=pattern", all of which must hold. It brings parse, compile and its mutants, nothing else.
var tiny = compile.Language{Name: "tiny", Title: "Tiny", Parse: parseTiny}

type tinyQuery []tinyClause

type tinyClause struct {
	field, pattern string
	not            bool
	span           source.Span
	comma          source.Span // the clause with the comma that goes if it goes
}

func parseTiny(text string) (compile.Query, []source.Issue) {
	var q tinyQuery
	at := 0
	for part := range strings.SplitSeq(text, ",") {
		start := at + len(part) - len(strings.TrimLeft(part, " "))
		span := source.Span{Start: start, End: at + len(strings.TrimRight(part, " "))}
		field, pattern, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return nil, []source.Issue{{Level: source.Error, Span: span, Message: fmt.Sprintf("expected field=value, found `%s`", part)}}
		}
		name, not := strings.CutSuffix(field, "!")
		c := tinyClause{field: name, pattern: pattern, not: not, span: span, comma: source.Span{Start: max(at-1, 0), End: span.End}}
		if at == 0 {
			c.comma.End = min(span.End+1, len(text))
		}
		q = append(q, c)
		at += len(part) + 1
	}
	return q, nil
}

// Text implements predicate.Origin.
func (c tinyClause) Text() string { return c.field + "=" + c.pattern }

// Members implements predicate.Origin.
func (c tinyClause) Members() []*predicate.Cond { return nil }

// Text implements predicate.Origin.
func (q tinyQuery) Text() string {
	var out []string
	for _, c := range q {
		out = append(out, c.Text())
	}
	return strings.Join(out, ", ")
}

// Members implements predicate.Origin.
func (q tinyQuery) Members() []*predicate.Cond { return nil }

func (q tinyQuery) Compile(fields mapping.Fields, s compile.Settings) (search.Program, error) {
	if s.Layout == nil {
		s.Layout = &event.Layout{}
	}
	r := &predicate.Resolver{Fields: fields, Layout: s.Layout, Open: true, Now: s.Now}
	at, err := r.Timestamp("@timestamp")
	if err != nil {
		return nil, err
	}
	var kids []*predicate.Cond
	for _, c := range q {
		f, err := r.Field(c.field)
		if err != nil {
			return nil, err
		}
		node := f.Text(predicate.Wildcards([]string{c.pattern}, lucene.Sensitive))
		if f.Type.Numeric() {
			if node, err = f.Equal(eqlfunc.OfString(c.pattern)); err != nil {
				return nil, &compile.CheckError{Issue: source.Issue{Level: source.Error, Span: c.span, Message: err.Error()}}
			}
		}
		kid := predicate.NewLeaf(c.span, node, c, f)
		if c.not {
			kid = predicate.NewNot(c.span, c, kid)
		}
		kids = append(kids, kid)
	}
	return search.NewQuery(predicate.NewAnd(source.Span{End: q[len(q)-1].span.End}, q, kids...), s.Layout, at), nil
}

func (q tinyQuery) Mutants(fields mapping.Fields, s compile.Settings, build func(search.Program) search.Program) []*search.Mutant {
	var out []*search.Mutant
	add := func(change search.Change, edit source.Edit, changed tinyQuery) {
		out = append(out, &search.Mutant{Change: change, Edits: []source.Edit{edit}, Compile: func() search.Program {
			p, err := changed.Compile(fields, s)
			if err != nil {
				return nil
			}
			return build(p)
		}})
	}
	for i, c := range q {
		if len(q) > 1 {
			add(search.DropClause, source.Edit{Span: c.comma}, slices.Delete(slices.Clone(q), i, i+1))
		}
		negated := slices.Clone(q)
		negated[i].not = !c.not
		op := c.span.Start + len(c.field)
		edit := source.Edit{Span: source.Span{Start: op, End: op}, New: "!"}
		if c.not {
			edit = source.Edit{Span: source.Span{Start: op, End: op + 1}}
		}
		add(search.Negate, edit, negated)
	}
	return out
}

func tinyRule(name, query string) string {
	return "[rule]\nname = \"" + name + "\"\nrule_id = \"" + name + "\"\ntype = \"tiny\"\nindex = [\"logs-endpoint.events.*\"]\nquery = '" + query + "'\n"
}

// TestTinyLanguage: a language gets coverage, explanations, mutation, near misses, the crossing of fixtures and the search of archives for nothing.
func TestTinyLanguage(t *testing.T) {
	const query = "process.name=*.exe, process.pid=4, user.name!=root"
	const yes = `{"process":{"name":"a.exe","pid":4},"user":{"name":"ann"}}`
	const no = `{"process":{"name":"a.exe","pid":5},"user":{"name":"ann"}}`
	files := fstest.MapFS{"a.toml": {Data: []byte(tinyRule("a", query))}, "b.toml": {Data: []byte(tinyRule("b", "user.name=a*"))},
		"testdata/a/match.json": {Data: []byte(yes)}, "testdata/a/nomatch.json": {Data: []byte(no)}, "testdata/a/match-not.json": {Data: []byte(no)},
		"c.toml": {Data: []byte(tinyRule("c", "user.name=a*, oops"))}, "d.toml": {Data: []byte(tinyRule("d", "process.pid=many"))},
		"testdata/d/match.json": {Data: []byte(yes)}}
	rep, err := Execute(context.Background(), files, Options{Languages: []compile.Language{tiny}, Coverage: true, Mutate: true, Suggest: true, Cross: true})
	if err != nil {
		t.Fatal(err)
	}
	a := rep.Rules[0]
	var got []string
	for _, c := range a.Cases {
		got = append(got, fmt.Sprintf("%s ok=%t got=%v %s", c.Name, c.OK, c.Got, strings.TrimSpace(c.Explain)))
	}
	for _, u := range a.Coverage.Uncovered {
		got = append(got, fmt.Sprintf("%d:%d never %s: %s", u.Range.Start.Line, u.Range.Start.Column, u.Never, u.Text))
	}
	got = append(got, fmt.Sprintf("%d of %d mutants", a.Mutation.Killed, a.Mutation.Mutants))
	for _, s := range a.Mutation.Survivors {
		got = append(got, s.Kind+" "+s.Diff)
	}
	for _, s := range a.Suggestions {
		got = append(got, fmt.Sprintf("%t %s: %s", s.Match, s.Why, s.Events[0]))
	}
	for _, x := range rep.CrossFire {
		got = append(got, fmt.Sprintf("%s fires in %s of %s", x.Fires, x.Cases[0].Name, x.Fixtures))
	}
	for _, r := range rep.Rules[1:] {
		for _, p := range r.Problems {
			got = append(got, p.String())
		}
	}
	want := []string{
		`match-not ok=false got=[] event 0: process.pid=4 is false: process.pid is 5`,
		`match ok=true got=[[0]] `,
		`nomatch ok=true got=[] `,
		`6:10 never false: process.name=*.exe`,
		`6:45 never true: user.name=root`,
		`4 of 6 mutants`,
		`drop-clause [-process.name=*.exe,-] process.pid=4, user.name!=root`,
		`drop-clause process.name=*.exe, process.pid=4[-, user.name!=root-]`,
		`false process.name=*.exe is false: {"process":{"name":"other","pid":4},"user":{"name":"ann"}}`,
		`false user.name=root is true: {"process":{"name":"a.exe","pid":4},"user":{"name":"root"}}`,
		`b.toml fires in match-not of a.toml`,
		`a.toml fires in match of d.toml`,
		`b.toml fires in match of d.toml`,
		`b.toml:2:8: info: the rule has no fixtures [fixtures/none] (put an event that must match into testdata/b/match.json)`,
		"c.toml:6:24: error: the query is not valid: expected field=value, found ` oops` [fixtures/invalid-rule]",
		`d.toml:6:10: error: the query cannot be run: "many" is no number, which field "process.pid" needs [fixtures/invalid-rule]`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestTinyHunt searches an archive for rules in the made-up language and in EQL.
func TestTinyHunt(t *testing.T) {
	var files []*rule.File
	for name, src := range map[string]string{"a.toml": tinyRule("a", "process.pid=4"), "e.toml": "[rule]\nname = \"e\"\ntype = \"eql\"\nlanguage = \"eql\"\nquery = 'any where process.pid == 4'\n"} {
		f, _ := rule.Parse(name, []byte(src))
		files = append(files, f)
	}
	h, err := hunt.New(files, hunt.Options{Languages: []compile.Language{tiny}})
	if err != nil {
		t.Fatal(err)
	}
	in := hunt.Input{Name: "x", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(`{"process":{"pid":4}}` + "\n" + `{"process":{"pid":5}}` + "\n" + `{"process":{"pid":"4"}}` + "\n")), nil
	}}
	rep, err := h.Run(t.Context(), []hunt.Input{in})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rep.Rules {
		if r.Matches < 1 {
			t.Errorf("%s: %d matches", r.Path, r.Matches)
		}
	}
}
