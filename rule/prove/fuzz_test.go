package prove

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/fuzzrand"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
)

// FuzzGenerate makes rules at the choice of the fuzzer. The events that are made for a rule fire it, those that are near do not, also in a
// program of its own; and a rule without a way matches none of many random events.
func FuzzGenerate(f *testing.F) {
	compiler := &compile.Compiler{}
	for i := range byte(20) {
		f.Add([]byte{i, 3, 5, 7, 11, 13, 17, 19, i * 13, i * 29, i * 71, i, 3 * i, 5 * i, 7 * i, 9 * i, 11 * i, 200, 13 * i})
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		rng := fuzzrand.New(choices)
		query, language := "process where "+eqlCondition(rng, 3), "eql"
		if rng.IntN(2) == 0 {
			query, language = kqlCondition(rng, 3), "kuery"
		}
		text := fmt.Sprintf("[rule]\nname = \"x\"\nindex = [\"logs-endpoint.events.process-*\"]\ntype = %q\nlanguage = %q\nquery = '''%s'''\n",
			map[string]string{"eql": "eql", "kuery": "query"}[language], language, query)
		file, diags := rule.Parse("r.toml", []byte(text))
		if len(diags) > 0 {
			t.Fatalf("%s: %v", text, diags)
		}
		var programs [2]*compile.Program
		for i := range programs {
			var err error
			if programs[i], err = compiler.Compile(file, compile.Options{}); err != nil {
				return
			}
		}
		made := Generate(programs[0], GenerateOptions{Count: 1 + rng.IntN(3), Near: true, Seed: uint64(rng.IntN(256))})
		for _, events := range made.Ways {
			if !Matches(programs[1], events) {
				t.Errorf("%s\ndoes not fire on %s", query, events)
			}
		}
		for _, events := range made.Near {
			if Matches(programs[1], events) {
				t.Errorf("%s\nfires on %s, which should be near", query, events)
			}
		}
		if len(made.Ways) == 0 && strings.Contains(made.Why, "no event can match") {
			neverMatches(t, rng, programs[1], query)
		}
	})
}

// neverMatches tries random events on a rule that is said to match none.
func neverMatches(t *testing.T, rng *rand.Rand, p *compile.Program, query string) {
	t.Helper()
	dec := event.NewDecoder(p.Layout())
	steps := p.Steps()
	for range 40 {
		var parts []string
		for _, name := range []string{"process.name", "user.name", "process.pid", "process.args"} {
			value := func() string {
				if name == "process.pid" {
					return pick(rng, "1", "5", "6", "7")
				}
				return pick(rng, `"a"`, `"b"`, `"ab"`, `"A"`, `"x1"`)
			}
			switch rng.IntN(4) {
			case 0:
			case 1:
				parts = append(parts, fmt.Sprintf("%q: [%s, %s]", name, value(), value()))
			default:
				parts = append(parts, fmt.Sprintf("%q: %s", name, value()))
			}
		}
		doc := `{"@timestamp": "2026-01-01T00:00:00Z", "event": {"category": "process"}, ` + strings.Join(append(parts, `"x": 1`), ", ") + "}"
		var rec event.Record
		if err := dec.Decode([]byte(doc), &rec); err != nil {
			t.Fatal(err)
		}
		if steps[0].Node.Eval(&rec) == predicate.Yes {
			t.Fatalf("%s\nis said to match no event, and matches %s", query, doc)
		}
	}
}

func pick(rng *rand.Rand, list ...string) string { return list[rng.IntN(len(list))] }

func eqlCondition(rng *rand.Rand, depth int) string {
	if depth > 0 && rng.IntN(3) > 0 {
		one, other := eqlCondition(rng, depth-1), eqlCondition(rng, depth-1)
		return pick(rng, "("+one+" and "+other+")", "("+one+" or "+other+")", "not ("+one+")", "("+one+" and not "+other+")")
	}
	text := pick(rng, "process.name", "user.name", "process.args")
	value := pick(rng, `"a"`, `"b"`, `"ab"`, `"A"`, `"x1"`)
	switch rng.IntN(10) {
	case 0, 1:
		return text + pick(rng, " == ", " != ") + value
	case 2:
		return text + " : " + pick(rng, `"a*"`, `"*b"`, `("a", "x?")`, `"*"`)
	case 3:
		return text + pick(rng, " in ", " in~ ", " not in ") + "(" + value + ", \"b\")"
	case 4:
		return text + pick(rng, " == ", " != ") + "null"
	case 5:
		return text + " regex " + pick(rng, `"[ab]+"`, `"x[0-9]"`, `"a.*"`)
	case 6:
		return pick(rng, "startsWith", "endsWith~", "stringContains") + "(" + text + ", " + value + ")"
	case 7:
		return "length(" + text + ") " + pick(rng, ">", "<=") + pick(rng, " 1", " 3")
	}
	return "process.pid " + pick(rng, "==", "!=", "<", ">=") + pick(rng, " 5", " 6", " 7")
}

func kqlCondition(rng *rand.Rand, depth int) string {
	if depth > 0 && rng.IntN(3) > 0 {
		one, other := kqlCondition(rng, depth-1), kqlCondition(rng, depth-1)
		return pick(rng, "("+one+" and "+other+")", "("+one+" or "+other+")", "not ("+one+")", "("+one+" and not "+other+")")
	}
	field := pick(rng, "process.name", "user.name", "process.args")
	switch rng.IntN(4) {
	case 0:
		return "process.pid " + pick(rng, ": 5", "< 6", ">= 7")
	case 1:
		return field + ": (a " + pick(rng, "or", "and", "and not") + " b)"
	}
	return field + ": " + pick(rng, "a", "b", "ab", "A", "x1", "a*", "*", "*b")
}
