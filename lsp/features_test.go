package lsp_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/lsp"
)

// edited is an example rule with a piece replaced by one that has the mark of the cursor.
func edited(t *testing.T, name, old, new string) (uri, text string, params map[string]any) {
	t.Helper()
	uri, _, text = example(t, name)
	if !strings.Contains(text, old) {
		t.Fatalf("%s does not hold %q", name, old)
	}
	text, params = at(uri, strings.Replace(text, old, new, 1))
	return uri, text, params
}

const esqlRule = "credential_access_many_accounts_tried_from_one_address.toml"

const sequenceRule = "command_and_control_download_run_from_shared_folder.toml"

// places are cursors (‸) in the text that is being typed; the golden says what is offered, or shown, there.
var places = []struct{ name, rule, old, new string }{
	{"key of metadata", containerRule, "[metadata]\n", "[metadata]\nmin‸\n"},
	{"key of the rule", containerRule, "[rule]\n", "[rule]\n‸\n"},
	{"table", containerRule, "[rule]\n", "[[rule.th‸\n[rule]\n"},
	{"severity", containerRule, "severity = ", "severity = \"‸\"\nx = "},
	{"severity without quotes", containerRule, "severity = ", "severity = ‸\nx = "},
	{"field", containerRule, "process.interactive", "process.interac‸"},
	{"optional field with quotes", containerRule, "process.interactive", "`process.interac‸"},
	{"value of a field", containerRule, "process.interactive", "event.outcome == ‸ and process.interactive"},
	{"value in quotes", containerRule, "process.interactive", "event.outcome : (\"failure\", \"s‸\") and process.interactive"},
	{"function", containerRule, "process.interactive", "startsW‸ and process.interactive"},
	{"signature", containerRule, "process.interactive", "startsWith(process.name, \"a‸\") and process.interactive"},
	{"tactic", containerRule, "id = \"TA0002\"", "id = \"‸\""},
	{"technique by name", containerRule, "id = \"T1059\"", "id = \"T1059‸\""},
	{"hover field", containerRule, "process.interactive", "process.int‸eractive"},
	{"hover unknown field", containerRule, "process.interactive", "process.inter‸activ"},
	{"hover function", containerRule, "process.interactive", "stringCon‸tains(process.name, \"x\") and process.interactive"},
	{"hover key", containerRule, "risk_score", "risk_‸score"},
	{"hover technique", containerRule, "id = \"T1059\"", "id = \"T10‸59\""},
	{"hover check", containerRule, "[rule]", "# rulevet:ignore rule/seve‸rity-risk -- why\n[rule]"},
	{"code in a comment", containerRule, "[rule]", "# rulevet:ignore rule/sev‸\n[rule]"},
	{"comment", containerRule, "[rule]", "# any‸ thing\n[rule]"},
	{"index", containerRule, "index = [", "index = [\"logs-endpoint.events.pro‸\", "},
	{"columns behind stats", esqlRule, "| where Esql.accounts >= 3", "| where Esql.ac‸ >= 3"},
	{"columns behind keep", esqlRule, "| keep source.ip, Esql.*", "| keep source.ip, Esql.*\n| where s‸"},
	{"fields and columns before stats", esqlRule, "by source.ip, Esql.window", "by source.i‸, Esql.window"},
	{"field of an index in from", esqlRule, "event.outcome in (\"failure\"", "event.outco‸ in (\"failure\""},
	{"hover made column", esqlRule, "| where Esql.accounts >= 3", "| where Esql.acc‸ounts >= 3"},
	{"hover field of ES|QL", esqlRule, "count_distinct(user.name)", "count_distinct(user.n‸ame)"},
	{"hover function of ES|QL", esqlRule, "count_distinct(user.name)", "count_dis‸tinct(user.name)"},
	{"function of ES|QL", esqlRule, "case(event.outcome", "date_tr‸ case(event.outcome"},
	{"signature of ES|QL", esqlRule, "date_trunc(10 minutes, @timestamp)", "date_trunc(10 minutes, ‸@timestamp)"},
	{"step of a sequence", sequenceRule, "[file where", "[f‸ile where"},
}

// TestPlaces asks for completion, hover and signature at each place, in a file that may not parse there.
func TestPlaces(t *testing.T) {
	var out strings.Builder
	for _, p := range places {
		uri, text, params := edited(t, p.rule, p.old, p.new)
		c := start(t, lsp.Options{}, `{"general":{"positionEncodings":["utf-32"]}}`)
		c.open(uri, text)
		fmt.Fprintf(&out, "== %s: %s\n", p.name, strings.ReplaceAll(p.new, "\n", "⏎"))
		out.WriteString(offered(c, params))
	}
	golden(t, "places", out.String())
}

// offered is what the server has to say at a place.
func offered(c *client, params map[string]any) string {
	var out strings.Builder
	var list struct {
		Items []struct {
			Label, Detail string
			TextEdit      struct {
				Range   span
				NewText string
			}
		}
	}
	c.call("textDocument/completion", params, &list)
	for i, item := range list.Items {
		if i == 8 {
			fmt.Fprintf(&out, "  … %d in all\n", len(list.Items))
			break
		}
		r := item.TextEdit.Range
		fmt.Fprintf(&out, "  %s (%s) => %d-%d %q\n", item.Label, item.Detail, r.Start.Character, r.End.Character, item.TextEdit.NewText)
	}
	var shown *struct{ Contents struct{ Value string } }
	c.call("textDocument/hover", params, &shown)
	if shown != nil {
		out.WriteString("  hover: " + strings.ReplaceAll(shown.Contents.Value, "\n", "\n    ") + "\n")
	}
	var help *struct {
		Signatures      []struct{ Label string }
		ActiveParameter int
	}
	c.call("textDocument/signatureHelp", params, &help)
	if help != nil {
		fmt.Fprintf(&out, "  signature: %s, argument %d\n", help.Signatures[0].Label, help.ActiveParameter)
	}
	return out.String()
}

// TestStructure shows symbols, folds and the colours of the query.
func TestStructure(t *testing.T) {
	uri, _, text := example(t, sequenceRule)
	c := start(t, lsp.Options{}, `{"textDocument":{"documentSymbol":{"hierarchicalDocumentSymbolSupport":true}}}`)
	c.open(uri, text)
	doc := map[string]any{"textDocument": map[string]any{"uri": uri}}
	var out strings.Builder
	type symbol struct {
		Name, Detail string
		Range        span
		Children     []symbol
	}
	var symbols []symbol
	c.call("textDocument/documentSymbol", doc, &symbols)
	for _, s := range symbols {
		fmt.Fprintf(&out, "symbol %d-%d %s %q, %d keys\n", s.Range.Start.Line+1, s.Range.End.Line+1, s.Name, s.Detail, len(s.Children))
	}
	var folds []struct{ StartLine, EndLine int }
	c.call("textDocument/foldingRange", doc, &folds)
	for _, f := range folds {
		fmt.Fprintf(&out, "fold %d-%d\n", f.StartLine+1, f.EndLine+1)
	}
	var tokens struct{ Data []uint32 }
	c.call("textDocument/semanticTokens/full", doc, &tokens)
	lines := strings.Split(text, "\n")
	line, column := 0, 0
	kinds := []string{"keyword", "function", "property", "string", "number", "operator", "comment"}
	for d := tokens.Data; len(d) >= 5; d = d[5:] {
		if d[0] > 0 {
			column = 0
		}
		line, column = line+int(d[0]), column+int(d[1])
		fmt.Fprintf(&out, "token %d:%d %s %s\n", line+1, column+1, kinds[d[3]], lines[line][column:column+int(d[2])])
	}
	golden(t, "structure", out.String())
}

// TestFixtures runs the cases of a rule from its lens, follows definitions and renames a case.
func TestFixtures(t *testing.T) {
	uri, path, text := example(t, containerRule)
	root := filepath.Dir(path)
	c := start(t, lsp.Options{Open: func(string) (*lsp.Repository, error) { return &lsp.Repository{Root: root}, nil }}, "")
	c.open(uri, text)
	var lenses []struct {
		Range   span
		Command struct {
			Title     string
			Command   string
			Arguments []json.RawMessage
		}
	}
	c.call("textDocument/codeLens", map[string]any{"textDocument": map[string]any{"uri": uri}}, &lenses)
	if len(lenses) != 1 || !strings.Contains(lenses[0].Command.Title, "passed") {
		t.Fatalf("lenses %+v, want one that says that all cases passed", lenses)
	}
	c.change(uri, 2, map[string]any{"text": strings.Replace(text, "process where", "file where", 1)})
	var result struct {
		Summary string
		Failed  []string
	}
	c.call("workspace/executeCommand", map[string]any{"command": lenses[0].Command.Command, "arguments": lenses[0].Command.Arguments}, &result)
	if len(result.Failed) == 0 || !strings.Contains(result.Summary, "failed") {
		t.Errorf("with a query that cannot match: %+v", result)
	}

	var places []struct{ URI string }
	c.call("textDocument/definition", map[string]any{"textDocument": map[string]any{"uri": uri}, "position": map[string]any{"line": 0, "character": 0}}, &places)
	if len(places) == 0 || !strings.Contains(places[0].URI, "/testdata/execution_interactive_shell_in_container/") {
		t.Errorf("definition leads to %+v, want the fixtures", places)
	}

	cases := filepath.Join(root, "testdata", strings.TrimSuffix(containerRule, ".toml"), "cases.toml")
	src, err := os.ReadFile(cases)
	if err != nil {
		t.Fatal(err)
	}
	casesURI := "file://" + filepath.ToSlash(cases)
	c.open(casesURI, string(src))
	head, _, _ := strings.Cut(string(src), "base = \"")
	base := map[string]any{"textDocument": map[string]any{"uri": casesURI}, "position": map[string]any{"line": strings.Count(head, "\n"), "character": 9}}
	c.call("textDocument/definition", base, &places)
	if len(places) != 1 || !strings.HasSuffix(places[0].URI, "json") {
		t.Errorf("the base leads to %+v, want an event file", places)
	}
	head, _, _ = strings.Cut(string(src), "name = \"")
	name := map[string]any{"textDocument": map[string]any{"uri": casesURI}, "position": map[string]any{"line": strings.Count(head, "\n"), "character": 9}, "newName": "a \"new\" name"}
	var edit struct {
		Changes map[string][]struct{ NewText string }
	}
	c.call("textDocument/rename", name, &edit)
	if e := edit.Changes[casesURI]; len(e) != 1 || e[0].NewText != `a \"new\" name` {
		t.Errorf("renaming gives %+v", edit)
	}
}

// TestFormatting holds the formatted text to that of package format, through the edits.
func TestFormatting(t *testing.T) {
	uri, _, text := example(t, containerRule)
	messy := strings.Replace(text, "author = ", "author   =   ", 1)
	c := start(t, lsp.Options{}, "")
	c.open(uri, messy)
	var edits []struct {
		Range   span
		NewText string
	}
	c.call("textDocument/formatting", map[string]any{"textDocument": map[string]any{"uri": uri}, "options": map[string]any{}}, &edits)
	if len(edits) != 1 {
		t.Fatalf("%d edits, want 1", len(edits))
	}
	lines := strings.SplitAfter(messy, "\n")
	r := edits[0].Range
	got := strings.Join(lines[:r.Start.Line], "") + edits[0].NewText + strings.Join(lines[r.End.Line:], "")
	if got != text {
		t.Errorf("formatted:\n%s", got)
	}
	c.change(uri, 2, map[string]any{"text": "[rule\n"})
	c.call("textDocument/formatting", map[string]any{"textDocument": map[string]any{"uri": uri}, "options": map[string]any{}}, &edits)
	if len(edits) != 0 {
		t.Errorf("a file that does not parse is changed: %+v", edits)
	}
}

// TestESQLBeingTyped asks for completion and an explanation at every place of a query that ends there.
func TestESQLBeingTyped(t *testing.T) {
	uri, _, text := example(t, esqlRule)
	start0 := strings.Index(text, "query = '''\n") + len("query = '''\n")
	end := start0 + strings.Index(text[start0:], "\n'''")
	c := start(t, lsp.Options{}, `{}`)
	c.open(uri, text)
	for i := start0; i <= end; i++ {
		cut, params := at(uri, text[:i]+"‸"+text[end:])
		c.change(uri, i, map[string]any{"text": cut})
		var list struct{ Items []struct{ Label string } }
		c.call("textDocument/completion", params, &list)
		if i == end && len(list.Items) == 0 {
			t.Error("nothing is offered at the end of the query")
		}
		c.call("textDocument/hover", params, new(any))
		c.call("textDocument/signatureHelp", params, new(any))
	}
}
