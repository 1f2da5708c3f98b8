package ruletest

import (
	"context"
	"testing"
	"testing/fstest"
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
