package ruletest

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rulevet/rulevet/internal/fuzzrand"
)

// FuzzFixtures runs a rule on event files, goldens and tables of any content: no panic, and a case that is broken or has
// a problem in its file never passes.
func FuzzFixtures(f *testing.F) {
	const query = `sequence by host.id with maxspan=5s [process where process.name : ("a*", "b") and process.pid > 1] [any where not file.size == 3] until [file where true]`
	f.Add(query, "{\"process\":{\"name\":\"ab\"}}\n{}", `{"matches":[{"events":[0,null,1],"keys":["h",null]}]}`, "[[case]]\nname = \"x\"\nbase = \"match.json\"\nmatch = 1\n")
	f.Add("process where true", `{"hits":{"hits":[{"_id":"1","_source":{"a.b":1}}]}}`, `{"matches":[]}`,
		"[[case]]\nname = \"x\"\nwant = [[0, -1]]\n[[case.event]]\nevent = { \"a.b\" = 1979-05-27, c = [1.5, true] }\nat = \"+1d2h\"\nunset = [\"a\"]\n[[case.event]]\nbase = \"match.json\"\nrecord = 0\nset = { a = { b = \"x\" } }\n")
	f.Add("any where a == 1", "[{\"a\":[1,2]}]", "\xef\xbb\xbf{}", "[[case]]\nname = 3\nmatch = \"x\"\n[case.event]\n")
	f.Fuzz(func(t *testing.T, query, events, golden, table string) {
		if len(query)+len(events)+len(golden)+len(table) > 1<<12 {
			return
		}
		fsys := fstest.MapFS{
			"r.toml":                       {Data: []byte("[rule]\ntype = \"eql\"\nlanguage = \"eql\"\nname = \"x\"\nquery = '''\n" + query + "\n'''\n")},
			"testdata/r/match.json":        {Data: []byte(events)},
			"testdata/r/match.golden.json": {Data: []byte(golden)},
			"testdata/r/nomatch.ndjson":    {Data: []byte(events)},
			"testdata/r/cases.toml":        {Data: []byte(table)},
		}
		rep, err := Execute(context.Background(), fsys, Options{Coverage: true, Cross: true, Jobs: 1})
		if err != nil {
			t.Fatal(err)
		}
		broken := map[string]bool{}
		for _, r := range rep.Rules {
			for _, p := range r.Problems {
				if p.Severity == "error" && p.Line == 0 {
					broken[p.Path] = true
				}
			}
			for _, c := range r.Cases {
				if c.OK && (c.Error != "" || c.Diff != "" || broken[c.File]) {
					t.Fatalf("passes, but %+v", c)
				}
			}
		}
	})
}

// FuzzCases writes fixtures and cases.toml at the choice of the fuzzer, and knows the verdicts: events are built by a few lines here, whatever
// the base looks like, with set and unset by name.
func FuzzCases(f *testing.F) {
	for i := range byte(20) {
		f.Add([]byte{i, 3, 5, 7, 11, 13, 17, 19, i * 13, i * 29, i * 71, i, 3 * i, 5 * i, 7 * i, 9 * i, 11 * i, 200, 13 * i})
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		g := caseMaker{fuzzrand.New(choices)}
		one, other := g.pick(caseFields...), g.pick(caseFields...)
		is, not := g.pick(caseValues...), g.pick(caseValues...)
		query := fmt.Sprintf("any where ?%s == %q and not ?%s == %q", one, is, other, not)
		var bases []map[string]string
		var docs []string
		for range 1 + g.IntN(3) {
			doc := g.fields()
			bases, docs = append(bases, doc), append(docs, g.json(doc))
		}
		events := strings.Join(docs, "\n")
		if g.IntN(3) == 0 {
			events = "[" + strings.Join(docs, ",") + "]"
		}
		table, cases := "", 1+g.IntN(4)
		for i := range cases {
			record := g.IntN(len(bases))
			doc := maps.Clone(bases[record])
			table += fmt.Sprintf("[[case]]\nname = \"c%d\"\nbase = \"nomatch.json\"\nrecord = %d\n", i, record)
			if gone := g.pick(caseFields...); g.IntN(3) == 0 && doc[gone] != "" {
				table += fmt.Sprintf("unset = [%q]\n", gone)
				delete(doc, gone)
			} else if set := g.fields(); len(set) > 0 {
				var parts []string
				for _, k := range caseFields {
					if v, ok := set[k]; ok {
						parts = append(parts, fmt.Sprintf("%s = %q", g.pick(k, `"`+k+`"`), v))
						doc[k] = v
					}
				}
				table += "set = { " + strings.Join(parts, ", ") + " }\n"
			}
			table += fmt.Sprintf("match = %v\n", doc[one] == is && doc[other] != not)
		}
		rep, err := Execute(context.Background(), fstest.MapFS{
			"r.toml":                  {Data: []byte("[rule]\ntype = \"eql\"\nlanguage = \"eql\"\nname = \"x\"\nquery = '''" + query + "'''\n")},
			"testdata/r/nomatch.json": {Data: []byte(events)},
			"testdata/r/cases.toml":   {Data: []byte(table)},
		}, Options{Jobs: 1})
		if err != nil {
			t.Fatal(err)
		}
		ran := 0
		for _, r := range rep.Rules {
			for _, p := range r.Problems {
				if p.Severity == "error" && p.Code != "fixtures/only-nomatch" {
					t.Fatalf("%s\n%s\n%s\n%s", p, query, events, table)
				}
			}
			for _, c := range r.Cases {
				if !strings.HasPrefix(c.Name, "c") {
					continue
				}
				if ran++; !c.OK {
					t.Fatalf("%+v\n%s\n%s\n%s", c, query, events, table)
				}
			}
		}
		if ran != cases {
			t.Fatalf("%d of %d cases ran\n%s", ran, cases, table)
		}
	})
}

var (
	caseFields = []string{"a", "b", "o.c", "o.d.e"}
	caseValues = []string{"x", "y", "X", "x y", "é"}
)

type caseMaker struct{ *rand.Rand }

func (g caseMaker) pick(list ...string) string { return list[g.IntN(len(list))] }

// fields are some fields with values.
func (g caseMaker) fields() map[string]string {
	out := map[string]string{}
	for _, f := range caseFields {
		if g.IntN(2) == 0 {
			out[f] = g.pick(caseValues...)
		}
	}
	return out
}

// json writes an event with its names nested, dotted or half of each.
func (g caseMaker) json(doc map[string]string) string {
	parts := []string{`"event": {"category": "process"}`}
	for _, f := range caseFields {
		v, ok := doc[f]
		if !ok {
			continue
		}
		dotted := fmt.Sprintf("%q: %q", f, v)
		switch {
		case f == "o.c" && doc["o.d.e"] == "":
			parts = append(parts, g.pick(dotted, fmt.Sprintf(`"o": {"c": %q}`, v)))
		case f == "o.d.e" && doc["o.c"] == "":
			parts = append(parts, g.pick(dotted, fmt.Sprintf(`"o": {"d": {"e": %q}}`, v), fmt.Sprintf(`"o.d": {"e": %q}`, v), fmt.Sprintf(`"o": {"d.e": %q}`, v)))
		default:
			parts = append(parts, dotted)
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
