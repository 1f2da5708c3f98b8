package cli

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/exchange"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/schema"
)

type newFlags struct {
	name, typ, language, dir, config string
	description, severity, author    string
	job                              string
	index, schemas                   []string
	defaults                         bool
}

func (c *command) newCommand() *cobra.Command {
	var f newFlags
	cmd := &cobra.Command{
		Use:   "new [NAME]",
		Short: "write a rule to start from, with fixtures",
		Long: "new writes a rule file that lint accepts, with an id, dates and a query to replace, and a folder of fixtures with an event\n" +
			"that matches and one that does not. What no flag says is asked; an empty answer takes the default, --defaults asks nothing.\n" +
			"The file is named after the rule; one that is there is not replaced.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError("the name is one argument: put it in quotes")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				f.name = args[0]
			}
			return c.newRule(&f)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.typ, "type", "", "`type` of the rule: "+strings.Join(newTypes, ", "))
	fs.StringVar(&f.language, "language", "", "`language` of the query: kuery or lucene for types that have a choice")
	fs.StringSliceVar(&f.index, "index", nil, "index `patterns` to search")
	fs.StringVar(&f.description, "description", "", "`text` that says what the rule finds")
	fs.StringVar(&f.severity, "severity", "medium", "low, medium, high or critical")
	fs.StringVar(&f.author, "author", "", "`name` of the author (default: $USER)")
	fs.StringVar(&f.job, "job", "", "`id` of the machine learning job")
	fs.StringVar(&f.dir, "dir", "", "`folder` to write to (default: the first configured root, else the current folder)")
	fs.BoolVar(&f.defaults, "defaults", false, "ask nothing")
	fs.StringVar(&f.config, "config", "", "configuration `file` (default: .rulevet.toml, found upward from the current folder)")
	fs.StringArrayVar(&f.schemas, "schema", nil, "overlay with fields of your own, `FILE|DIR` or PATTERN=FILE (repeatable)")
	return cmd
}

var newTypes = []string{"eql", "query", "esql", "threshold", "new_terms", "threat_match", "machine_learning"}

// riskScores are those that go with a severity.
var riskScores = map[string]int{"low": 21, "medium": 47, "high": 73, "critical": 99}

// ask fills in what no flag says.
func (c *command) ask(f *newFlags) error {
	in := bufio.NewReader(io.LimitReader(c.Stdin, 1<<16))
	question := func(to *string, what, otherwise string) {
		if *to != "" {
			return
		}
		if f.defaults {
			*to = otherwise
			return
		}
		shown := ""
		if otherwise != "" {
			shown = " [" + otherwise + "]"
		}
		fmt.Fprintf(c.Stderr, "%s%s: ", what, shown)
		line, err := in.ReadString('\n')
		if err != nil { // the end of the input: nobody answers
			fmt.Fprintln(c.Stderr)
		}
		if *to = strings.TrimSpace(line); *to == "" {
			*to = otherwise
		}
	}
	question(&f.name, "name of the rule", "")
	if strings.TrimSpace(f.name) == "" {
		return usageError("the rule needs a name: rulevet new NAME")
	}
	question(&f.typ, "type ("+strings.Join(newTypes, ", ")+")", "eql")
	if !slices.Contains(newTypes, f.typ) {
		return usageError("--type %q: expected %s", f.typ, strings.Join(newTypes, ", "))
	}
	switch f.typ {
	case "eql", "esql":
		if f.language != "" && f.language != f.typ {
			return usageError("a rule of type %s has its query in %s, not in %s", f.typ, f.typ, f.language)
		}
		f.language = f.typ
	case "machine_learning":
		if f.language != "" || len(f.index) > 0 {
			return usageError("a rule of type machine_learning has neither language nor index")
		}
		question(&f.job, "id of the job", "my_job")
		return nil
	default:
		question(&f.language, "language (kuery, lucene)", "kuery")
		if f.language != "kuery" && f.language != "lucene" {
			return usageError("a rule of type %s has its query in kuery or lucene, not in %s", f.typ, f.language)
		}
	}
	if len(f.index) == 0 {
		var index string
		question(&index, "index patterns", "logs-endpoint.events.process-*")
		f.index = strings.FieldsFunc(index, func(r rune) bool { return r == ',' || r == ' ' })
	}
	return nil
}

func (c *command) newRule(f *newFlags) error {
	if riskScores[f.severity] == 0 {
		return usageError("--severity %q: expected low, medium, high or critical", f.severity)
	}
	if err := c.ask(f); err != nil {
		return err
	}
	w := &workspace{}
	start := f.dir
	if start == "" {
		start = "."
	}
	roots, err := w.configure(&commonFlags{config: f.config, schemas: f.schemas}, start)
	if err != nil {
		return err
	}
	catalog, err := lint.LoadCatalog(w.config.Schemas)
	if err != nil {
		return usageError("schema: %w", err)
	}
	dir := f.dir
	if dir == "" {
		dir = roots[0]
	}
	draft := c.draft(f, catalog)
	stem := exchange.Stem(&rule.File{Rule: &rule.Rule{Name: f.name}})
	if stem == "" {
		return usageError("the name %q has no letter or digit to name the file after", f.name)
	}
	return c.writeDraft(filepath.Join(dir, stem+".toml"), filepath.Join(dir, "testdata", stem), draft)
}

// draft is a rule to start from.
type draft struct {
	text           string
	match, nomatch []map[string]any // events; none for a type that has none
}

// writeDraft writes the files, the rule last: a rule that is there stops all.
func (c *command) writeDraft(path, fixtures string, d *draft) error {
	if _, err := os.Lstat(path); err == nil {
		return usageError("%s is here already; nothing was changed", filepath.ToSlash(path))
	}
	type file struct {
		path string
		data []byte
	}
	var files []file
	if d.match != nil {
		files = append(files, file{filepath.Join(fixtures, "match.ndjson"), ndjson(d.match)}, file{filepath.Join(fixtures, "nomatch.ndjson"), ndjson(d.nomatch)})
	}
	files = append(files, file{path, []byte(d.text)})
	for _, file := range files {
		if err := os.MkdirAll(filepath.Dir(file.path), 0o777); err != nil {
			return failed(err)
		}
		err := fileio.Create(file.path, file.data)
		if errors.Is(err, fs.ErrExist) {
			return usageError("%s is here already; the rule was not written", filepath.ToSlash(file.path))
		}
		if err != nil {
			return failed(err)
		}
		fmt.Fprintf(c.Stdout, "wrote %s\n", filepath.ToSlash(file.path))
	}
	return nil
}

func ndjson(events []map[string]any) []byte {
	var b strings.Builder
	for _, e := range events {
		line, _ := json.Marshal(e) // strings and maps of them
		b.Write(line)
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

// draft words the rule. Its query asks for a field that the indexes have.
func (c *command) draft(f *newFlags, catalog *schema.Catalog) *draft {
	view := catalog.View(schema.Request{Indexes: f.index}, "")
	candidates := []string{"event.action", "event.dataset", "user.name", "host.name", "message"}
	if slices.ContainsFunc(f.index, func(i string) bool { return strings.Contains(i, "process") }) {
		candidates = slices.Insert(candidates, 0, "process.name")
	}
	field := firstKnown(view, candidates...)
	group := firstKnown(view, "host.id", "host.name", "user.name", "source.ip", "event.dataset")
	address := firstKnown(view, "destination.ip", "source.ip", "host.ip", "file.hash.sha256", "url.full")
	b := &tomlDraft{}
	today := c.Now().Format("2006/01/02")
	b.line("[metadata]")
	b.str("creation_date", today)
	if p := packagesOf(catalog, f.index); len(p) > 0 {
		b.list("integration", p)
	}
	b.str("maturity", "development")
	b.str("updated_date", today)
	b.line("\n[rule]")
	if f.typ == "machine_learning" {
		b.line("anomaly_threshold = 50")
	}
	author := f.author
	if author == "" {
		author = c.Env("USER")
	}
	if author == "" {
		author = "Author"
	}
	b.list("author", []string{author})
	description := f.description
	if description == "" {
		description = f.name + "."
	}
	b.str("description", description)
	b.str("from", "now-9m")
	if f.typ != "esql" && f.typ != "machine_learning" {
		b.list("index", f.index)
	}
	if f.language != "" {
		b.str("language", f.language)
	}
	if f.typ == "machine_learning" {
		b.list("machine_learning_job_id", []string{f.job})
	}
	b.str("name", f.name)
	b.line(fmt.Sprintf("risk_score = %d", riskScores[f.severity]))
	b.str("rule_id", newID())
	b.str("severity", f.severity)
	if f.typ == "threat_match" {
		b.list("threat_index", []string{"logs-ti_*"})
		b.str("threat_indicator_path", "threat.indicator")
		b.str("threat_language", "kuery")
	}
	b.str("type", f.typ)
	d := &draft{}
	b.query(f, field, group, address, d)
	b.tail(f, group, address)
	d.text = b.String()
	return d
}

// firstKnown is the first of several fields that a view knows; the last, if none is known for sure.
func firstKnown(v *schema.View, names ...string) string {
	for _, n := range names {
		if _, presence := v.Lookup(n); presence == schema.Known {
			return n
		}
	}
	return names[len(names)-1]
}

// packagesOf are the integrations that index patterns belong to.
func packagesOf(catalog *schema.Catalog, patterns []string) (out []string) {
	for _, p := range patterns {
		for _, t := range catalog.Targets(p) {
			if t.Package != "" && catalog.HasPackage(t.Package) && !slices.Contains(out, t.Package) {
				out = append(out, t.Package)
			}
		}
	}
	slices.Sort(out)
	return out
}

// newID is a random UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// tomlDraft writes TOML.
type tomlDraft struct{ strings.Builder }

func (b *tomlDraft) line(s string)     { b.WriteString(s + "\n") }
func (b *tomlDraft) str(key, s string) { b.line(key + " = " + tomlspan.QuoteString(s)) }
func (b *tomlDraft) block(q string)    { b.line("\nquery = '''\n" + q + "\n'''") }
func (b *tomlDraft) list(key string, l []string) {
	b.line(key + " = " + tomlspan.QuoteList(l))
}

// query writes a query to replace, and its events.
func (b *tomlDraft) query(f *newFlags, field, group, address string, d *draft) {
	const wanted, other = "example.exe", "other.exe"
	event := func(value string) map[string]any {
		e := map[string]any{"@timestamp": "2026-01-01T00:00:00.000Z", "event": map[string]any{"category": "process"}}
		set(e, field, value)
		return e
	}
	d.match, d.nomatch = []map[string]any{event(wanted)}, []map[string]any{event(other)}
	switch f.typ {
	case "machine_learning":
		d.match, d.nomatch = nil, nil
		return
	case "eql":
		category := "any"
		if field == "process.name" {
			category = "process"
		}
		b.block(fmt.Sprintf("%s where %s == %q", category, field, wanted))
	case "esql":
		b.block(fmt.Sprintf("from %s metadata _id, _version, _index\n| where %s == %q\n| keep @timestamp, %s, _id, _version, _index",
			strings.Join(f.index, ", "), field, wanted, field))
	default:
		colon := " : "
		if f.language == "lucene" {
			colon = ":"
		}
		b.block(fmt.Sprintf("%s%s%q", field, colon, wanted))
	}
	switch f.typ {
	case "threat_match":
		b.line("\nthreat_query = '''\n" + indicatorField(address) + " : *\n'''")
		b.indicators(event, wanted, address, d)
	case "threshold":
		d.match, d.nomatch = grouped(event(wanted), group, thresholdValue), grouped(event(wanted), group, thresholdValue-1)
	case "new_terms":
		before := grouped(event(wanted), group, 1)[0]
		before["@timestamp"] = "2025-12-28T00:00:00.000Z"
		d.match = grouped(event(wanted), group, 1)
		d.nomatch = append([]map[string]any{before}, d.match...)
	}
}

// thresholdValue is the number of events that a threshold rule asks for.
const thresholdValue = 10

// grouped are n events of one group.
func grouped(e map[string]any, group string, n int) (out []map[string]any) {
	value := "example"
	if strings.HasSuffix(group, ".ip") {
		value = "192.0.2.1"
	}
	set(e, group, value)
	for range n {
		out = append(out, e)
	}
	return out
}

// indicators are the events of a threat match rule: one whose value an indicator has, and one with another value.
func (b *tomlDraft) indicators(event func(string) map[string]any, wanted, address string, d *draft) {
	values := map[string][2]string{"file.hash.sha256": {strings.Repeat("a", 64), strings.Repeat("b", 64)}, "url.full": {"https://example.com/a", "https://example.com/b"}}
	pair, ok := values[address]
	if !ok {
		pair = [2]string{"192.0.2.1", "192.0.2.2"}
	}
	indicator := map[string]any{"@timestamp": "2026-01-01T00:00:00.000Z", "event": map[string]any{"category": "threat"}}
	set(indicator, indicatorField(address), pair[0])
	hit := map[string]any{"_index": "logs-ti_example.indicators", "_id": "i", "_source": indicator}
	for i, list := range []*[]map[string]any{&d.match, &d.nomatch} {
		e := event(wanted)
		set(e, address, pair[i])
		*list = []map[string]any{e, hit}
	}
}

// indicatorField is where an indicator has the value of a field.
func indicatorField(address string) string {
	switch address {
	case "file.hash.sha256":
		return "threat.indicator.file.hash.sha256"
	case "url.full":
		return "threat.indicator.url.full"
	}
	return "threat.indicator.ip"
}

// set puts a value at a dotted name.
func set(e map[string]any, name, value string) {
	parts := strings.Split(name, ".")
	for _, p := range parts[:len(parts)-1] {
		next, ok := e[p].(map[string]any)
		if !ok {
			next = map[string]any{}
			e[p] = next
		}
		e = next
	}
	e[parts[len(parts)-1]] = value
}

// tail writes the tables of a type.
func (b *tomlDraft) tail(f *newFlags, group, address string) {
	switch f.typ {
	case "threshold":
		b.line("\n[rule.threshold]")
		b.list("field", []string{group})
		b.line(fmt.Sprintf("value = %d", thresholdValue))
	case "new_terms":
		b.line("\n[rule.new_terms]\nfield = \"new_terms_fields\"")
		b.list("value", []string{group})
		b.line("[[rule.new_terms.history_window_start]]\nfield = \"history_window_start\"\nvalue = \"now-14d\"")
	case "threat_match":
		b.line("\n[[rule.threat_mapping]]\n[[rule.threat_mapping.entries]]")
		b.str("field", address)
		b.str("type", "mapping")
		b.str("value", indicatorField(address))
	}
}
