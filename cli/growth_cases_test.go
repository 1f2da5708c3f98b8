package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/internal/growth"
)

// with adds files.
func (f files) with(path, text string) files {
	f[path] = text
	return f
}

// growthCases are the commands with what their input can hold many of, in shapes that are hard: one long line, many siblings, deep
// nesting, equal values, errors, suppressions, findings in one line.
func growthCases() []growth.Case {
	rule := func(query string) string { return growthRule(query, "") }
	return []growth.Case{
		// what is written: every format of a report, many findings in one file, in one line, in many files
		commandCase("lint text, findings in a line", 1000, "lint --preset strict r.toml", findingsInLine),
		commandCase("lint json, findings in a line", 1000, "lint --preset strict --format json r.toml", findingsInLine),
		commandCase("lint sarif, findings in a line", 1000, "lint --preset strict --format sarif r.toml", findingsInLine),
		commandCase("lint junit, findings in a line", 1000, "lint --preset strict --format junit r.toml", findingsInLine),
		commandCase("lint github, findings in a line", 1000, "lint --preset strict --format github r.toml", findingsInLine),
		commandCase("lint checkstyle, findings in a line", 1000, "lint --preset strict --format checkstyle r.toml", findingsInLine),
		commandCase("lint text, files", 100, "lint --format text rules", findingsInFiles),
		commandCase("lint json, files", 100, "lint --format json rules", findingsInFiles),
		commandCase("lint sarif, files", 100, "lint --format sarif rules", findingsInFiles),
		commandCase("lint junit, files", 100, "lint --format junit rules", findingsInFiles),
		commandCase("lint checkstyle, files", 100, "lint --format checkstyle rules", findingsInFiles),
		commandCase("lint --fix --diff, findings in a line", 150, "lint --diff --unsafe-fixes --preset strict r.toml", func(n int) files {
			return one("r.toml", strings.Replace(rule(simpleQuery), `tags = ["Domain: Endpoint"]`, "tags = ["+repeated(n, ", ", `"os: linux"`)+"]", 1))
		}),
		commandCase("lint --diff, equal tags in a line", 1000, "lint --diff --unsafe-fixes r.toml", func(n int) files {
			return one("r.toml", strings.Replace(rule(simpleQuery), `tags = ["Domain: Endpoint"]`, "tags = ["+repeated(n, ", ", `"OS: Linux"`)+"]", 1))
		}),
		commandCase("lint, folders", 100, "lint rules", func(n int) files {
			out := files{}
			for path, text := range manyRules(n, simpleQuery) {
				out[strings.TrimSuffix(path, ".toml")+"/rule.toml"] = text
			}
			return out
		}),
		commandCase("lint, rules that are alike", 3000, "lint --only repo/* rules", func(n int) files { return manyRules(n, `process where process.name == "a§"`) }),
		commandCase("lint --diff, lines", 200, "lint --diff --unsafe-fixes r.toml", func(n int) files {
			return one("r.toml", rule("process where "+repeated(n, "\n or ", `process.nam == "a§"`)))
		}),

		// what is configured
		commandCase("configuration, severities", 20000, "lint --config c.toml r.toml", func(n int) files {
			return one("r.toml", rule(simpleQuery)).with("c.toml", "[timelines]\n"+repeated(n, "\n", `"k§" = "v"`))
		}),
		commandCase("configuration, exclude", 4000, "lint --config c.toml rules", func(n int) files {
			return manyRules(10, simpleQuery).with("c.toml", repeated(n, "\n", "[[exclude]]\npaths = [\"rules/x§/**\"]\ncodes = [\"note/*\"]"))
		}),
		commandCase("configuration, required tags", 20000, "lint --config c.toml r.toml", func(n int) files {
			return one("r.toml", rule(simpleQuery)).with("c.toml", "[tags.required]\n"+repeated(n, "\n", `"logs-a§*" = ["Domain: §"]`))
		}),
		commandCase("overlay, fields", 5000, "lint --schema s.json r.toml", func(n int) files {
			return one("r.toml", rule(simpleQuery)).with("s.json", `{"mappings":{"properties":{`+repeated(n, ",", `"f§":{"type":"keyword"}`)+"}}}")
		}),
		refusedCase("configuration, unknown keys", 5000, "lint --config c.toml r.toml", func(n int) files {
			return one("r.toml", rule(simpleQuery)).with("c.toml", repeated(n, "\n", "k§ = 1"))
		}),
		refusedCase("configuration, syntax of a long line", 20000, "lint --config c.toml r.toml", func(n int) files {
			return one("r.toml", rule(simpleQuery)).with("c.toml", "stacks = ["+repeated(n, ", ", `"9.§"`)+" x]")
		}),
		commandCase("baseline", 5000, "lint --baseline b.json r.toml", func(n int) files {
			return one("r.toml", rule(simpleQuery)).with("b.json", `{"version":1,"findings":[`+repeated(n, ",", `{"path":"r§.toml","code":"query/syntax","text":"m§"}`)+"]}")
		}),
		commandCase("lint --write-baseline", 1000, "lint --write-baseline b.json r.toml", findingsInLine),

		// fixtures
		commandCase("cases.toml", 300, "test r.toml", func(n int) files {
			return one("r.toml", rule(simpleQuery)).with("testdata/r/cases.toml", repeated(n, "\n", "[[case]]\nname = \"c§\"\nevent = {event.category = \"process\", process.name = \"a1\", \"@timestamp\" = \"2026-01-01T00:00:00Z\"}\nmatch = true"))
		}),
		commandCase("cases.toml, events of a case", 1000, "test r.toml", func(n int) files {
			return one("r.toml", rule(simpleQuery)).with("testdata/r/cases.toml", "[[case]]\nname = \"c\"\nmatch = true\n"+
				repeated(n, "\n", "[[case.event]]\nevent = {event.category = \"process\", process.name = \"a1\", \"@timestamp\" = \"2026-01-01T00:00:00Z\"}"))
		}),
		commandCase("cases.toml, on one base", 200, "test r.toml", func(n int) files {
			return one("r.toml", rule(simpleQuery)).with("testdata/r/match.ndjson", repeated(n, "\n", growthEvent)).with("testdata/r/cases.toml",
				repeated(n, "\n", "[[case]]\nname = \"c§\"\nbase = \"match.ndjson\"\nrecord = 1\nset = {\"process.name\" = \"z\"}\nmatch = false"))
		}),
		commandCase("cases.toml, fields set", 8000, "test r.toml", func(n int) files {
			return one("r.toml", rule(simpleQuery)).with("testdata/r/m.json", strings.ReplaceAll(growthEvent, "§", "1")).with("testdata/r/cases.toml",
				"[[case]]\nname = \"c\"\nbase = \"m.json\"\nmatch = true\nset = {"+repeated(n, ", ", `"x§.a" = 1`)+"}")
		}),
		commandCase("cases.toml, fields of an event", 8000, "test r.toml", func(n int) files {
			return one("r.toml", rule(simpleQuery)).with("testdata/r/cases.toml", "[[case]]\nname = \"c\"\nmatch = false\nevent = {"+repeated(n, ", ", `"x.a§" = 1`)+"}")
		}),
		commandCase("cases.toml, unknown keys", 2000, "test r.toml", func(n int) files {
			return one("r.toml", rule(simpleQuery)).with("testdata/r/cases.toml", "[[case]]\nname = \"c\"\n"+repeated(n, "\n", "k§ = 1"))
		}),
		commandCase("fixture files", 200, "test r.toml", func(n int) files {
			out := one("r.toml", rule(simpleQuery))
			for i := range n {
				out[fmt.Sprintf("testdata/r/match-%d.json", i)] = strings.ReplaceAll(growthEvent, "§", "1")
			}
			return out
		}),
		commandCase("events of a fixture", 3000, "test r.toml", fixtureEvents),
		commandCase("events and indicators of a fixture", 1500, "test r.toml", func(n int) files {
			return one("r.toml", growthRuleOf("threat_match", "kuery", "process.name : *", `threat_index = ["logs-ti*"]
threat_query = "*:*"
[[rule.threat_mapping]]
[[rule.threat_mapping.entries]]
field = "process.name"
type = "mapping"
value = "threat.indicator.name"
`)).with("testdata/r/match.ndjson", repeated(n, "\n", growthEvent)+"\n"+
				repeated(n, "\n", `{"_index":"logs-ti-x","_source":{"@timestamp":"2026-01-01T00:00:00Z","threat":{"indicator":{"name":"a§"}}}}`))
		}),
		commandCase("test junit, failed cases", 300, "test --format junit r.toml", failedCases),
		commandCase("test json, failed cases", 300, "test --format json r.toml", failedCases),
		commandCase("test text, failed cases", 300, "test r.toml", failedCases),
		commandCase("test --html", 300, "test --html p.html r.toml", failedCases),
		commandCase("test --coverage, conditions", 1500, "test --coverage r.toml", manyConditions),
		commandCase("test --mutate, conditions", 50, "test --mutate r.toml", manyConditions),
		commandCase("test --suggest, conditions", 250, "test --suggest r.toml", manyConditions),
		commandCase("test --cross, rules", 30, "test --cross rules", func(n int) files {
			out := manyRules(n, `process where process.name == "a§"`)
			for i := range n {
				out[fmt.Sprintf("rules/testdata/r%d/match.json", i)] = strings.ReplaceAll(growthEvent, "§", fmt.Sprint(i))
			}
			return out
		}),

		// events
		commandCase("query, events", 10000, "query process&where&process.pid>5 e.ndjson", eventLines),
		commandCase("query --explain, events", 1000, "query --explain process&where&process.pid>5&and&process.name:\"b*\" e.ndjson", eventLines),
		commandCase("query, table", 3000, "query --format table process&where&process.pid>5 e.ndjson", eventLines),
		commandCase("query, sequence", 3000, "query sequence&by&host.id&[process&where&true]&[process&where&true] e.ndjson", eventLines),
		commandCase("query, sequence of one key", 3000, "query sequence&[process&where&process.pid>5]&[process&where&process.pid>6] e.ndjson", eventLines),
		commandCase("query, sample", 3000, "query sample&by&host.id&[process&where&true]&[process&where&true] e.ndjson", eventLines),
		commandCase("query, fields of an event", 40000, "query process&where&process.pid>5 e.ndjson", func(n int) files {
			return one("e.ndjson", `{"event":{"category":"process"},`+repeated(n, ",", `"f§":1`)+"}")
		}),
		commandCase("query, array of an event", 20000, "query process&where&a==5 e.ndjson", func(n int) files {
			return one("e.ndjson", `{"event":{"category":"process"},"a":[`+repeated(n, ",", "§")+"]}")
		}),
		commandCase("query, events in an array", 10000, "query process&where&process.pid>5 e.json", func(n int) files {
			return one("e.json", "["+repeated(n, ",", growthEvent)+"]")
		}),
		commandCase("query, equal keys of an event", 20000, "query process&where&process.pid>5 e.ndjson", func(n int) files {
			return one("e.ndjson", "{"+repeated(n, ",", `"process":{"name":"a§"}`)+"}")
		}),
		commandCase("query, objects in an array", 20000, "query process&where&process.pid>5 e.ndjson", func(n int) files {
			return one("e.ndjson", `{"event":{"category":"process"},"process":[`+repeated(n, ",", `{"name":"a§"}`)+"]}")
		}),
		commandCase("query, a long string", 1000000, "query process&where&process.name:\"*a*b*c*\" e.ndjson", func(n int) files {
			return one("e.ndjson", `{"event":{"category":"process"},"process":{"name":"`+strings.Repeat("ab", n)+`"}}`)
		}),
		commandCase("query, runs of a sequence", 3000, "query sequence&by&event.type&[process&where&true]&with&runs=10&[process&where&process.pid>5] e.ndjson", eventLines),
		commandCase("hunt, events", 20000, "hunt --events e.ndjson rules", func(n int) files {
			return manyRules(3, `process where process.name == "a§"`).with("e.ndjson", repeated(n, "\n", growthEvent))
		}),
		commandCase("hunt html, events that match", 10000, "hunt --format html --events e.ndjson rules", func(n int) files {
			return manyRules(3, `process where process.name : "a*"`).with("e.ndjson", repeated(n, "\n", growthEvent))
		}),
		commandCase("hunt, rules", 100, "hunt --events e.ndjson rules", func(n int) files {
			return manyRules(n, `process where process.name == "a§"`).with("e.ndjson", repeated(200, "\n", growthEvent))
		}),

		// languages
		commandCase("kql, or", 5000, "lint r.toml", kuery("process.name : (", " or ", "a§", ")")),
		commandCase("kql, and not", 3000, "lint r.toml", kuery("", " and ", "not process.name : a§", "")),
		commandCase("kql, brackets", 80, "lint r.toml", func(n int) files {
			return one("r.toml", growthRuleOf("query", "kuery", strings.Repeat("(", n)+"process.name : a"+strings.Repeat(")", n), ""))
		}),
		commandCase("kql, errors", 3000, "lint r.toml", kuery("", " and ", "process.name : (", "")),
		commandCase("kql, wildcards", 300, "lint r.toml", kuery("", " or ", "process.name : a§*b*", "")),
		commandCase("kql, unknown fields", 300, "lint r.toml", kuery("", " or ", "process.nam§e : a", "")),
		commandCase("lucene, or", 5000, "lint r.toml", func(n int) files {
			return one("r.toml", growthRuleOf("query", "lucene", repeated(n, " OR ", "process.name:a§"), ""))
		}),
		commandCase("lucene, brackets", 80, "lint r.toml", func(n int) files {
			return one("r.toml", growthRuleOf("query", "lucene", strings.Repeat("(", n)+"process.name:a"+strings.Repeat(")", n), ""))
		}),
		commandCase("esql, commands", 1000, "lint r.toml", piped("\n| ", "where process.name != \"a§\"")),
		commandCase("esql, columns", 200, "lint r.toml", piped("\n| ", "eval c§ = 1")),
		commandCase("esql, columns in a line", 3000, "lint r.toml", func(n int) files {
			return one("r.toml", growthRuleOf("esql", "esql", "from logs-endpoint.events.process-* metadata _id, _version, _index | eval "+repeated(n, ", ", "c§ = process.pid + §")+" | keep *", ""))
		}),
		commandCase("esql, and", 3000, "lint r.toml", piped(" and ", "process.name != \"a§\"")),
		commandCase("esql, in", 10000, "lint r.toml", func(n int) files {
			return one("r.toml", growthRuleOf("esql", "esql", "from logs-endpoint.events.process-* metadata _id, _version, _index | where process.name in ("+repeated(n, ", ", `"a§"`)+")", ""))
		}),
		commandCase("esql, patterns in KEEP", 1000, "lint r.toml", lists(" | eval ", "c§ = §", " | keep ", "c§*")),
		commandCase("esql, names in KEEP", 1000, "lint r.toml", lists(" | eval ", "c§ = §", " | keep ", "c§")),
		commandCase("esql, names in RENAME", 1000, "lint r.toml", lists(" | eval ", "c§ = §", " | rename ", "c§ as d§")),
		commandCase("esql, groups and aggregations of STATS", 2000, "lint r.toml", lists(" | stats ", "c§ = count(*) where process.pid > §", " by ", "g§ = process.pid + §")),
		commandCase("esql, parts of a path", 20000, "lint r.toml", func(n int) files {
			return one("r.toml", growthRuleOf("esql", "esql", esqlFrom+" | keep "+strings.Repeat("a.", n)+"a", ""))
		}),
		commandCase("esql, a long string", 200000, "lint r.toml", func(n int) files {
			return one("r.toml", growthRuleOf("esql", "esql", esqlFrom+` | where process.name == "`+strings.Repeat("a", n)+`" | keep *`, ""))
		}),
		commandCase("esql, comments", 20000, "lint r.toml", func(n int) files {
			return one("r.toml", growthRuleOf("esql", "esql", esqlFrom+strings.Repeat("/* c */", n)+" | keep *", ""))
		}),
		commandCase("esql, arms of FORK", 500, "lint r.toml", func(n int) files {
			return one("r.toml", growthRuleOf("esql", "esql", esqlFrom+" | fork "+repeated(n, " ", "(where process.pid > §)"), ""))
		}),
		commandCase("esql, errors", 2000, "lint r.toml", piped("\n| ", "wher process.name != \"a§\"")),
		commandCase("esql, unknown columns", 200, "lint r.toml", piped(" and ", "process.nam§e != \"a\"")),
		commandCase("filters", 600, "lint r.toml", func(n int) files {
			return one("r.toml", growthRuleOf("query", "kuery", "process.name : a", repeated(n, "\n", "[[rule.filters]]\n[rule.filters.meta]\nnegate = true\n[rule.filters.query.wildcard.\"process.name\"]\nvalue = \"a§*\"")))
		}),

		// other commands
		commandCase("fmt, lines", 5000, "fmt --diff r.toml", func(n int) files {
			return one("r.toml", growthRule(simpleQuery, "[rule.meta]\n"+repeated(n, "\n", "  k§=1")))
		}),
		commandCase("fmt, array in a line", 10000, "fmt --check r.toml", func(n int) files {
			return one("r.toml", growthRule(simpleQuery, "[rule.meta]\na = ["+repeated(n, ",", "§")+"]\n"))
		}),
		commandCase("fmt, comments", 10000, "fmt --check r.toml", func(n int) files {
			return one("r.toml", growthRule(simpleQuery, "[rule.meta]\n"+repeated(n, "\n", "# c §")))
		}),
		commandCase("fmt --queries", 1500, "fmt --check --queries r.toml", piped("\n| ", "where process.name != \"a§\"")),
		commandCase("diff, or", 1000, "diff a.toml b.toml", func(n int) files {
			q := "process where " + repeated(n, " or ", `process.name == "a§"`)
			return one("a.toml", rule(q)).with("b.toml", rule(q+` or process.name == "z"`))
		}),
		commandCase("diff, rules", 100, "diff old new", func(n int) files {
			out := files{}
			for path, text := range manyRules(n, `process where process.name == "a§"`) {
				out["old/"+path], out["new/"+path] = text, strings.Replace(text, "process.name ==", "process.name :", 1)
			}
			return out
		}),
		commandCase("diff, and of or", 400, "diff a.toml b.toml", func(n int) files {
			q := "process where " + repeated(n, " and ", `(process.name != "a§" or process.args != "b§")`)
			return one("a.toml", rule(q)).with("b.toml", rule(q+` and process.name != "z"`))
		}),
		commandCase("generate, and", 1500, "generate r.toml", func(n int) files {
			return one("r.toml", rule("process where "+repeated(n, " and ", `process.name != "a§"`)))
		}),
		commandCase("generate, or", 1000, "generate r.toml", func(n int) files {
			return one("r.toml", rule("process where "+repeated(n, " or ", `process.name == "a§"`)))
		}),
		commandCase("generate --near", 500, "generate --near r.toml", func(n int) files {
			return one("r.toml", rule("process where "+repeated(n, " or ", `process.name == "a§"`)))
		}),
		commandCase("export, rules", 100, "export --quiet rules", func(n int) files { return manyRules(n, simpleQuery) }),
		commandCase("export, keys", 20000, "export --quiet r.toml", func(n int) files {
			return one("r.toml", growthRule(simpleQuery, "[rule.meta]\n"+repeated(n, "\n", "k§ = 1")))
		}),
		commandCase("import, rules", 100, "import --dry-run r.ndjson", func(n int) files {
			return one("r.ndjson", repeated(n, "\n", `{"rule_id":"r§","name":"N §","type":"eql","language":"eql","query":"process where true","risk_score":1,"severity":"low","description":"d","index":["a"]}`))
		}),
		commandCase("import, broken lines", 20000, "import --dry-run r.ndjson", func(n int) files {
			return one("r.ndjson", repeated(n, "\n", `{"rule_id":"r§","name":`))
		}),
		commandCase("import, exceptions", 2000, "import --dry-run r.ndjson", func(n int) files {
			return one("r.ndjson", repeated(n, "\n", `{"id":"e§","list_id":"l§","type":"simple","entries":[],"name":"a"}`))
		}),
		commandCase("import, keys", 2000, "import --dry-run r.ndjson", func(n int) files {
			return one("r.ndjson", `{"rule_id":"r","name":"N","type":"eql","language":"eql","query":"process where true","risk_score":1,"severity":"low","description":"d","index":["a"],`+repeated(n, ",", `"k§":1`)+"}")
		}),
		commandCase("import, array in a line", 5000, "import --dry-run r.ndjson", func(n int) files {
			return one("r.ndjson", `{"rule_id":"r","name":"N","type":"eql","language":"eql","query":"process where true","risk_score":1,"severity":"low","description":"d","index":[`+repeated(n, ",", `"a§"`)+"]}")
		}),
		commandCase("matrix, rules", 300, "matrix rules", func(n int) files { return manyRules(n, simpleQuery) }),
		commandCase("list, rules", 100, "list rules", func(n int) files { return manyRules(n, simpleQuery) }),
		commandCase("fields, fields", 5000, "fields r.toml", func(n int) files {
			return one("r.toml", rule("process where "+repeated(n, " or ", `f§ == "a"`)))
		}),
	}
}

func findingsInLine(n int) files {
	return one("r.toml", growthRule("process where "+repeated(n, " or ", `process.nam§e == "ä"`), ""))
}

func findingsInFiles(n int) files { return manyRules(n, `process where process.nam§e == "a"`) }

func eventLines(n int) files { return one("e.ndjson", repeated(n, "\n", growthEvent)+"\n") }

func fixtureEvents(n int) files {
	return one("r.toml", growthRule(`process where process.name : "a*"`, "")).with("testdata/r/match.ndjson", repeated(n, "\n", growthEvent))
}

func failedCases(n int) files {
	return one("r.toml", growthRule(simpleQuery, "")).with("testdata/r/cases.toml", repeated(n, "\n",
		"[[case]]\nname = \"c§\"\nevent = {event.category = \"process\", process.name = \"b§\", \"@timestamp\" = \"2026-01-01T00:00:00Z\"}\nmatch = true"))
}

func manyConditions(n int) files {
	return one("r.toml", growthRule("process where "+repeated(n, " or ", `process.name == "a§"`), "")).with("testdata/r/match.ndjson", repeated(3, "\n", growthEvent))
}

func kuery(open, sep, text, shut string) func(n int) files {
	return func(n int) files {
		return one("r.toml", growthRuleOf("query", "kuery", open+repeated(n, sep, text)+shut, ""))
	}
}

const esqlFrom = "from logs-endpoint.events.process-* metadata _id, _version, _index"

// lists is a rule in ES|QL with two lists of n members.
func lists(first, member, second, other string) func(n int) files {
	return func(n int) files {
		return one("r.toml", growthRuleOf("esql", "esql", esqlFrom+first+repeated(n, ", ", member)+second+repeated(n, ", ", other), ""))
	}
}

func piped(sep, text string) func(n int) files {
	return func(n int) files {
		start := "from logs-endpoint.events.process-* metadata _id, _version, _index | "
		if !strings.HasPrefix(text, "eval") && !strings.Contains(sep, "|") {
			start += "where "
		}
		return one("r.toml", growthRuleOf("esql", "esql", start+repeated(n, sep, text), ""))
	}
}

// BenchmarkGrowth is the table of every command and what its input can hold many of.
func BenchmarkGrowth(b *testing.B) { growth.Run(b, growthCases()) }
