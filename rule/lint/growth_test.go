package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/internal/growth"
	"github.com/rulevet/rulevet/rule/lint/check"
)

// repeat joins n texts.
func repeat(n int, sep string, text func(i int) string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = text(i)
	}
	return strings.Join(parts, sep)
}

func same(s string) func(int) string { return func(int) string { return s } }

func numbered(format string) func(int) string {
	return func(i int) string { return strings.ReplaceAll(format, "§", fmt.Sprint(i)) }
}

// grown makes a case out of a rule with n of something; the text is laid over the clean rule of the tests.
func grown(name string, n int, fragment func(n int) string) growth.Case {
	return growth.Case{Name: name, N: n, Make: func(b *testing.B, n int) func() {
		src := []byte(rawLayOver(b, fragment(n)))
		l, err := New(Options{Config: &check.Config{Preset: check.Strict}, Now: corpusNow})
		if err != nil {
			b.Fatal(err)
		}
		return func() {
			if _, err := l.Lint(b.Context(), []Source{{Path: basePath, Src: src}}, nil); err != nil {
				b.Fatal(err)
			}
		}
	}}
}

// rawLayOver puts keys into the table rule of the clean rule: cheaper than layOver where there are many.
func rawLayOver(tb testing.TB, fragment string) string {
	base := baseRule(tb)
	keys, tables, _ := strings.Cut(fragment, "\n---\n")
	for line := range strings.Lines(keys) {
		key, _, ok := strings.Cut(line, " = ")
		if at := strings.Index(base, "\n"+key+" = "); ok && at >= 0 && !strings.HasPrefix(line, " ") {
			end := strings.Index(base[at+1:], "\n") + at + 1
			if strings.HasSuffix(base[at+1:end], "'''") {
				end = strings.Index(base[end:], "'''") + end + 3
			} else if strings.HasSuffix(base[at+1:end], "[") {
				end = strings.Index(base[end:], "]") + end + 1
			}
			base = base[:at] + base[end:]
		}
	}
	return strings.Replace(base, "[rule]\n", "[rule]\n"+keys+"\n", 1) + tables
}

// tables are n tables behind the rule.
func tables(text string) func(n int) string {
	return func(n int) string { return "\n---\n" + repeat(n, "\n", numbered(text)) }
}

func query(text string) string { return "query = '''\n" + text + "\n'''" }

// BenchmarkGrowth is the table of what a rule can hold many of.
func BenchmarkGrowth(b *testing.B) {
	growth.Run(b, []growth.Case{
		grown("and of != clauses", 4000, func(n int) string {
			return query("process where " + repeat(n, " and ", numbered(`process.name != "a§"`)))
		}),
		grown("and of other fields", 400, func(n int) string {
			return query("process where " + repeat(n, " and ", numbered(`process.f§ != "a"`)))
		}),
		grown("and of or", 3000, func(n int) string {
			return query("process where " + repeat(n, " and ", numbered(`(process.name : "a§" or process.args : "b§")`)))
		}),
		grown("or of distinct fields", 1000, func(n int) string {
			return query("process where " + repeat(n, " or ", numbered(`file.f§ == "a"`)))
		}),
		grown("or of equal fields", 1000, func(n int) string {
			return query("process where " + repeat(n, " or ", numbered(`file.path == "a§"`)))
		}),
		grown("and of or of and", 2000, func(n int) string {
			return query("process where " + repeat(n, " and ", numbered(`(process.name : "a§" or (process.args : "b§" and user.name == "c§"))`)))
		}),
		grown("not", 3000, func(n int) string {
			return query("process where " + repeat(n, " and ", same(`not process.name in ("a", "b")`)))
		}),
		grown("list", 20000, func(n int) string {
			return query(`process where process.name in (` + repeat(n, ", ", numbered(`"a§"`)) + ")")
		}),
		grown("equal values in a list", 20000, func(n int) string {
			return query(`process where process.name in (` + repeat(n, ", ", same(`"a"`)) + ")")
		}),
		grown("patterns", 1000, func(n int) string {
			return query(`process where process.name : (` + repeat(n, ", ", numbered(`"a§*"`)) + ")")
		}),
		grown("addresses", 5000, func(n int) string {
			return query(`process where cidrmatch(source.ip, ` + repeat(n, ", ", func(i int) string { return fmt.Sprintf(`"10.%d.%d.0/24"`, i>>8, i&255) }) + ")")
		}),
		grown("numbers", 10000, func(n int) string {
			return query(`process where process.pid in (` + repeat(n, ", ", numbered("§")) + ")")
		}),
		grown("and of patterns", 1500, func(n int) string {
			return query("process where " + repeat(n, " and ", numbered(`process.name : ("a§*", "b§*", "c")`)))
		}),
		grown("wildcards in ==", 500, func(n int) string {
			return query(`process where ` + repeat(n, " or ", numbered(`process.name == "a§*"`)))
		}),
		grown("stages", 300, func(n int) string {
			return query("sequence by host.id " + repeat(n, " ", numbered(`[process where process.name == "a§"]`)))
		}),
		grown("path parts", 3000, func(n int) string { return query(`process where process.` + repeat(n, ".", same("a")) + ` == "x"`) }),
		grown("quoted path parts", 3000, func(n int) string {
			return query("process where " + repeat(n, ".", same("`a`")) + ` == "x"`)
		}),
		grown("syntax errors", 10000, func(n int) string { return query("process where " + repeat(n, " && ", same(`x = "a"`))) }),
		grown("unknown keys", 8000, func(n int) string { return repeat(n, "\n", numbered("k§ = 1")) }),
		grown("unknown tables", 5000, func(n int) string { return "\n---\n" + repeat(n, "\n", numbered("[t§]\na = 1")) }),
		grown("threats", 2000, func(n int) string {
			return "\n---\n" + repeat(n, "\n", numbered("[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n[rule.threat.tactic]\nid = \"TA0003\"\nname = \"Persistence\"\nreference = \"https://attack.mitre.org/tactics/TA0003/\"\n"))
		}),
		grown("techniques", 4000, func(n int) string {
			return "\n---\n[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n" +
				repeat(n, "", same("[[rule.threat.technique]]\nid = \"T1505\"\nname = \"Server Software Component\"\nreference = \"https://attack.mitre.org/techniques/T1505/\"\n")) +
				"[rule.threat.tactic]\nid = \"TA0003\"\nname = \"Persistence\"\nreference = \"https://attack.mitre.org/tactics/TA0003/\"\n"
		}),
		grown("suppressions in a block", 2000, func(n int) string { return repeat(n, "\n", same("# rulevet:ignore tags/missing -- why")) }),
		grown("suppressions before keys", 2000, func(n int) string {
			return repeat(n, "\n", numbered("# rulevet:ignore schema/unknown-key -- why\nk§ = 1"))
		}),
		grown("suppressions for the file", 2000, func(n int) string {
			return repeat(n, "\n", numbered("# rulevet:ignore-file schema/unknown-key -- why\nk§ = 1"))
		}),
		grown("comments of EQL in a line", 5000, func(n int) string {
			return query("process where " + repeat(n, " ", same("/* rulevet:ignore query/syntax -- why */")) + ` process.name == "a"`)
		}),
		grown("comments of EQL on lines", 5000, func(n int) string {
			return query("process where " + repeat(n, "\n", same("// rulevet:ignore query/syntax -- why")) + "\n" + `process.name == "a"`)
		}),
		grown("comments of ES|QL", 5000, func(n int) string {
			return "type = \"esql\"\nlanguage = \"esql\"\n" + query("from logs-* metadata _id, _version, _index "+repeat(n, " ", same("/* rulevet:ignore query/syntax -- why */"))+" | keep *")
		}),
		grown("equal tags in a line", 5000, func(n int) string { return "tags = [" + repeat(n, ", ", same(`"OS: Linux"`)) + "]" }),
		grown("tags on lines", 5000, func(n int) string { return "tags = [\n" + repeat(n, ",\n", numbered(`  "Domain: a§"`)) + "]" }),
		grown("tags in another case", 2000, func(n int) string { return "tags = [" + repeat(n, ", ", same(`"os: linux"`)) + "]" }),
		grown("indexes", 5000, func(n int) string {
			return "index = [" + repeat(n, ", ", same(`"logs-endpoint.events.process-*"`)) + "]"
		}),
		grown("distinct indexes", 1000, func(n int) string {
			return "index = [" + repeat(n, ", ", numbered(`"logs-endpoint.events.x§-*"`)) + "]"
		}),
		grown("references", 3000, func(n int) string { return "references = [" + repeat(n, ", ", same(`"http://a.org"`)) + "]" }),
		grown("integrations", 5000, func(n int) string {
			return "\n---\n" + "\n" + "[metadata2]\nintegration = [" + repeat(n, ", ", numbered(`"endpoint§"`)) + "]"
		}),
		grown("note", 3000, func(n int) string {
			return "note = '''\n" + repeat(n, "\n", numbered("## Heading §\n\n```\ncode\n```\n!{investigate§}")) + "\n'''"
		}),
		grown("comments of TOML", 100000, func(n int) string { return repeat(n, "\n", same("# a comment")) }),
		grown("nested tables", 20000, func(n int) string { return "\n---\n" + repeat(n, "\n", numbered("[rule.meta.a§.b]\nc = 1")) }),
		grown("new terms", 1000, func(n int) string {
			return "type = \"new_terms\"\nlanguage = \"kuery\"\n" + query("event.category : process") + "\n---\n[rule.new_terms]\nfield = \"new_terms_fields\"\nvalue = [" + repeat(n, ", ", numbered(`"f§.a"`)) + "]\n"
		}),
		grown("distinct references", 20000, func(n int) string {
			return "references = [" + repeat(n, ", ", numbered(`"https://a.org/§"`)) + "]"
		}),
		grown("false positives", 20000, func(n int) string {
			return "false_positives = [" + repeat(n, ", ", numbered(`"This is §."`)) + "]"
		}),
		grown("required fields", 2000, tables("[[rule.required_fields]]\necs = true\nname = \"process.name§\"\ntype = \"keyword\"")),
		grown("related integrations", 5000, tables("[[rule.related_integrations]]\npackage = \"endpoint§\"\nversion = \"^8.§.0\"")),
		grown("plugins in the note", 3000, func(n int) string {
			return "note = '''\n" + repeat(n, "\n", numbered(`!{osquery{"label":"a§","query":"SELECT * FROM p"}}`)) + "\n'''"
		}),
		grown("open plugins in the note", 5000, func(n int) string {
			return "note = '''\n" + strings.Repeat("!{investigate{", n) + "\n'''"
		}),
		grown("transforms", 5000, func(n int) string {
			return "note = '''\n" + repeat(n, "\n", numbered("$osquery_§")) + "\n'''\n---\n[transform]\n" +
				repeat(n, "\n", numbered("[[transform.osquery]]\nlabel = \"L§\"\nquery = \"SELECT * FROM p\""))
		}),
		grown("setup", 20000, func(n int) string {
			return "setup = '''\n" + repeat(n, "\n", numbered("## H §\n\n- text")) + "\n'''"
		}),
		grown("response actions", 5000, tables("[[rule.response_actions]]\naction_type_id = \".osquery\"\n[rule.response_actions.params]\nquery = \"SELECT §\"")),
		grown("exceptions list", 5000, tables("[[rule.exceptions_list]]\nid = \"e§\"\nlist_id = \"l§\"\ntype = \"detection\"\nnamespace_type = \"single\"")),
		grown("risk scores", 3000, tables("[[rule.risk_score_mapping]]\nfield = \"event.risk§\"\noperator = \"equals\"\nvalue = \"\"")),
		grown("fields of a suppression", 5000, func(n int) string {
			return "\n---\n[rule.alert_suppression]\nmissing_fields_strategy = \"suppress\"\ngroup_by = [" + repeat(n, ", ", numbered(`"process.a§"`)) + "]\n"
		}),
		grown("entries of a threat mapping", 2000, func(n int) string {
			return "type = \"threat_match\"\nlanguage = \"kuery\"\n" + query("process.name : a") +
				"\nthreat_index = [\"logs-ti*\"]\nthreat_query = \"@timestamp : *\"\nthreat_language = \"kuery\"\n---\n[[rule.threat_mapping]]\n" +
				repeat(n, "\n", numbered("[[rule.threat_mapping.entries]]\nfield = \"source.ip§\"\ntype = \"mapping\"\nvalue = \"threat.indicator.ip\""))
		}),
		{Name: "metadata.integration", N: 5000, Make: func(b *testing.B, n int) func() {
			src := []byte(strings.Replace(baseRule(b), "[metadata]\n", "[metadata]\nmin_stack_comments = \"x\"\n", 1))
			at := strings.Index(string(src), "integration = ")
			end := at + strings.Index(string(src[at:]), "\n")
			src = []byte(string(src[:at]) + "integration = [" + repeat(n, ", ", numbered(`"endpoin§"`)) + "]" + string(src[end:]))
			l, err := New(Options{Config: &check.Config{Preset: check.Strict}, Now: corpusNow})
			if err != nil {
				b.Fatal(err)
			}
			return func() { _, _ = l.Lint(b.Context(), []Source{{Path: basePath, Src: src}}, nil) }
		}},
		{Name: "rules", N: 1000, Make: func(b *testing.B, n int) func() {
			var all []Source
			for i := range n {
				src := strings.Replace(baseRule(b), "name = \"", fmt.Sprintf("name = \"N%d ", i), 1)
				all = append(all, Source{Path: fmt.Sprintf("rules/linux/r%d.toml", i), Src: []byte(src)})
			}
			l, err := New(Options{Config: &check.Config{Preset: check.Strict}, Now: corpusNow, Jobs: 1})
			if err != nil {
				b.Fatal(err)
			}
			return func() { _, _ = l.Lint(b.Context(), all, nil) }
		}},
	})
}
