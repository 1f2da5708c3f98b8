package ruletest

import (
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/eql/mutation"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/search"
)

// TestEquivalentMutantsCannotBeKilled looks hard for a case that notices one of the mutants that are left out: the search
// that finds one for nearly every other mutant must find none.
func TestEquivalentMutantsCannotBeKilled(t *testing.T) {
	queries := map[string]string{
		"covered members":  `process where process.name : ("cmd.exe", "*.exe", "CMD.EXE", "a?c", "abc") and process.args in~ ("A", "a", "b")`,
		"implied":          `process where process.name == "x" and process.name : ("x*", "y") and (process.args : "a*" or process.args == "ab")`,
		"negated":          `process where not process.name : "x*" and process.name != "xy" and not process.name in ("xz", "xw")`,
		"no letters":       `process where process.name like "1.*" and process.args : ("--", "/*") and process.args in ("1", "2") and endsWith(process.name, ".")`,
		"folded":           `process where (false or process.name == "a") and not (true and process.name == "b") and (false and process.args == "c" or process.pid > 3)`,
		"same twice":       `process where process.pid > 4 and process.pid > 4 and (process.name == "a" or (process.name == "a"))`,
		"stars":            `process where process.name : ("a**b", "**", "x*") or process.args : "**y**"`,
		"blocks":           `process where cidrMatch(source.ip, "10.0.0.0/8", "10.1.0.0/16", "10.0.0.0/8")`,
		"until never met":  `sequence by host.id with maxspan=5s [process where process.name == "a"] [process where true] until [process where false and process.name == "b"]`,
		"category twice":   `process where event.category == "process" and process.name == "a"`,
		"key twice":        `sequence by host.id, host.id with maxspan=5s [process where process.name == "a"] [process where process.name == "b"]`,
		"duplicate member": `process where process.pid in (1, 2, 1) and process.name in ("a", "b", "a") and process.name in (null, "a")`,
	}
	for path, src := range rulesOf(t, "../../../shared/corpus", 40) {
		if f, _ := rule.Parse(path, src); f.Query != nil {
			queries[filepath.Base(path)] = f.Query.Value
		}
	}
	n := 0
	for name, query := range queries {
		n += tryEquivalents(t, name, query)
	}
	t.Logf("%d equivalent mutants", n)
	if n < 30 {
		t.Errorf("only %d equivalent mutants: the queries do not show what the test is for", n)
	}
}

func tryEquivalents(t *testing.T, name, query string) int {
	t.Helper()
	src := "[rule]\nname = \"x\"\ntype = \"eql\"\nlanguage = \"eql\"\nindex = [\"logs-endpoint.events.*\"]\nquery = '''" + query + "'''\n"
	file, diags := rule.Parse("r.toml", []byte(src))
	m, _, broken := prepare(file, diags, compiler(nil))
	e, ok := m.(*evaluator)
	if !ok {
		t.Fatalf("%s: %s", name, broken.text)
	}
	p := newProposer(newMutator(file, e, nil), &RuleResult{file: file})
	if p == nil {
		t.Logf("%s: no event matches", name)
		return 0
	}
	q, _ := eql.Parse(query)
	info, _ := eql.Check(q, e.program.Fields())
	n := 0
	for _, x := range mutation.Of(q, mutation.Options{Info: info, All: true}) {
		if !x.Equivalent && !sameAsQuery(q, x) {
			continue
		}
		n++
		x.Apply()
		program, err := eval.Compile(q, info, eval.Options{Layout: p.layout, MappedOptional: true})
		x.Revert()
		if err != nil {
			t.Fatalf("%s: %s: %v", name, x.Diff(query), err)
		}
		mutant := &search.Mutant{Change: x.Kind, Edits: x.Edits, Step: x.Term, Compile: func() search.Program { return program }}
		if c := p.kill(mutant); c != nil {
			t.Errorf("%s: %s is left out, but noticed: %s\n%v", name, x.Kind, x.Diff(query), c.story)
		}
		p.hammer(t, name, q, mutant)
	}
	return n
}

// sameAsQuery tells whether a mutant has the normal form of the query.
func sameAsQuery(q *eql.Query, x *mutation.Mutant) bool {
	f := mutation.NewFilter(q)
	x.Apply()
	defer x.Revert()
	return f.Redundant(x)
}

// hammer runs an equivalent mutant on random events made of the query's own texts.
func (p *proposer) hammer(t *testing.T, name string, q *eql.Query, x *search.Mutant) {
	if len(eql.Terms(q.Body)) > 0 {
		return
	}
	program := x.Compile()
	random := rand.New(rand.NewPCG(1, 2))
	texts := []any{"a", "A", "x", "xy", "ab", "cmd.exe", "--", "1.", "y", "1"}
	for n := range eql.Preorder(q) {
		if l, ok := n.(*eql.Literal); ok && l.Kind == eql.StringLiteral {
			texts = append(texts, l.Str)
		}
	}
	decoder := event.NewDecoder(program.Layout())
	for range 300 {
		doc := document{"event.category": "process"}
		for _, f := range program.Layout().Names() {
			var list []any
			for range random.IntN(3) {
				list = append(list, texts[random.IntN(len(texts))])
			}
			if f == "process.pid" {
				list = []any{random.IntN(7)}
			}
			if f != "event.category" && f != "@timestamp" && len(list) > 0 {
				doc[f] = list
			}
		}
		raw, err := doc.encode()
		if err != nil {
			t.Fatal(err)
		}
		var rec event.Record
		if err := decoder.Decode(raw, &rec); err != nil {
			t.Fatal(err)
		}
		if p.program.Steps()[0].Node.Eval(&rec) != program.Steps()[0].Node.Eval(&rec) {
			t.Errorf("%s: %s is left out, but noticed by %s: %s", name, x.Change, raw, x.Diff(q.Source))
			return
		}
	}
}
