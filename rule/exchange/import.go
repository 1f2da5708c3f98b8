package exchange

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule"
)

// Problem is a record that could not be carried over, or not as it should be. An error is left out of the result, all else
// is carried over.
type Problem struct {
	Severity     rule.Severity // Error if something is lost
	Path         string        // of the file it stands in
	Line, Column int           // from 1; 0 = the file as a whole
	Record       int           // from 1; 0 = unknown
	Message      string        // one line, lower case
	Hint         string        // what to do; may be empty
}

func (p Problem) String() string {
	where := p.Path
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", p.Path, p.Line, p.Column)
	}
	if p.Record > 0 {
		where += fmt.Sprintf(": record %d", p.Record)
	}
	return where + ": " + p.Severity.String() + ": " + p.Message
}

// File is a file that an import makes.
type File struct {
	Name   string    // with slashes, below the folder that is written to
	Text   []byte    // content, TOML
	Kind   rule.Kind // RuleKind, ExceptionsKind or ConnectorsKind
	RuleID string    // of a rule; empty for a companion
	Title  string    // the name of the rule, list or connector
	Path   string    // the input
	Record int       // in the input, from 1
	// Existing is the file that holds the rule already, by its id; Unchanged says that it says the same.
	Existing  *rule.File
	Unchanged bool // what is there already says the same
}

// Counts are the objects of exports.
type Counts struct {
	Rules      int `json:"rules"`          // rules of the export
	Lists      int `json:"exceptionLists"` // exception lists
	Items      int `json:"exceptionItems"` // entries of exception lists
	Connectors int `json:"connectors"`     // action connectors
}

// Importer turns Kibana's exports into rule files. The zero value is ready, but for Today.
type Importer struct {
	Today time.Time // the date of rules whose record has none
	// Existing are the rules that are there already, by id. What is written in their place keeps their [metadata].
	Existing map[string]*rule.File

	counts     Counts
	problems   []Problem
	rules      []*imported
	lists      []*imported
	items      []*imported
	connectors []*imported
	byID       map[string]*imported
}

// imported is one object with where it came from.
type imported struct {
	v      *value
	file   *rule.File
	node   *rule.Node
	record int
}

func (im *Importer) problem(in *imported, sev rule.Severity, hint, format string, args ...any) {
	at := in.file.Position(in.node.Span.Start)
	im.problems = append(im.problems, Problem{Severity: sev, Path: in.file.Path, Line: at.Line, Column: at.Column, Record: in.record,
		Message: fmt.Sprintf(format, args...), Hint: hint})
}

// Add reads an export: NDJSON, several values on a line, an array, an answer of the detections API, plain JSON of one rule.
func (im *Importer) Add(name string, src []byte) {
	f, values, diags := rule.JSONValues(name, src)
	for _, d := range diags {
		at := f.Position(d.Span.Start)
		im.problems = append(im.problems, Problem{Severity: d.Severity, Path: f.Path, Line: at.Line, Column: at.Column, Record: d.Record, Message: d.Message, Hint: d.Hint})
	}
	records := rule.Records(values)
	if len(records) == 0 && len(diags) == 0 {
		im.problems = append(im.problems, Problem{Severity: rule.Error, Path: f.Path, Message: "the file holds no JSON value, expected rules of Kibana"})
	}
	before := im.counts
	for _, r := range records {
		im.add(f, r)
	}
	im.checkTotals(f, records, before)
}

func (im *Importer) add(f *rule.File, r rule.Record) {
	in := &imported{file: f, node: r.Node, record: r.Number}
	v, err := fromNode(f, r.Node)
	if err != nil {
		im.problem(in, rule.Error, "", "%v", err)
		return
	}
	in.v = v
	switch r.Kind {
	case rule.RuleRecord:
		im.counts.Rules++
		if im.accept(in) {
			im.rules = append(im.rules, in)
		}
	case rule.ExceptionList:
		im.counts.Lists++
		im.lists = append(im.lists, in)
	case rule.ExceptionItem:
		im.counts.Items++
		im.items = append(im.items, in)
	case rule.ConnectorRecord:
		im.counts.Connectors++
		im.connectors = append(im.connectors, in)
	case rule.OtherRecord:
		im.problem(in, rule.Error, "import takes what Kibana exports from the page of rules", "no rule, but %s", r.What)
	}
}

// accept refuses the second rule of an id; one that is the same again is no loss.
func (im *Importer) accept(in *imported) bool {
	id := in.v.str("rule_id")
	if in.v.get("rule") != nil && id == "" {
		id = in.v.get("rule").str("rule_id")
	}
	if id == "" {
		return true
	}
	if im.byID == nil {
		im.byID = map[string]*imported{}
	}
	first := im.byID[id]
	if first == nil {
		im.byID[id] = in
		return true
	}
	if !same(first.v, in.v) {
		at := first.file.Position(first.node.Span.Start)
		im.problem(in, rule.Error, "import takes the first one", "rule_id %s stands twice, first at %s:%d (record %d), and the two differ",
			rule.Quote(id), first.file.Path, at.Line, first.record)
	}
	return false
}

// checkTotals compares what an export says it holds with what was read.
func (im *Importer) checkTotals(f *rule.File, records []rule.Record, before Counts) {
	var total int64
	for _, r := range records {
		if r.Kind == rule.SummaryRecord {
			in := &imported{file: f, node: r.Node, record: r.Number}
			im.checkCount(in, "exported_rules_count", "rule", im.counts.Rules-before.Rules)
			im.checkCount(in, "exported_exception_list_count", "exception list", im.counts.Lists-before.Lists)
			im.checkCount(in, "exported_exception_list_item_count", "exception", im.counts.Items-before.Items)
			im.checkCount(in, "exported_action_connector_count", "connector", im.counts.Connectors-before.Connectors)
			im.missing(in)
		}
		total = max(total, r.Total)
	}
	if n := im.counts.Rules - before.Rules; total > int64(n) {
		im.problems = append(im.problems, Problem{Severity: rule.Warning, Path: f.Path,
			Message: fmt.Sprintf("the answer holds %s of %d", wording.Count(n, "rule"), total), Hint: "ask for the other pages, too: per_page, page"})
	}
}

func (im *Importer) checkCount(in *imported, key, noun string, got int) {
	n := in.node.Get(key)
	if n != nil && n.Kind == rule.IntegerNode && n.Int != int64(got) {
		im.problem(&imported{file: in.file, node: n, record: in.record}, rule.Warning, "the file may have been cut or edited",
			"the export says that it has %s, %d were read", wording.Count(int(min(n.Int, 1<<30)), noun), got)
	}
}

// missing names what Kibana itself could not export.
func (im *Importer) missing(in *imported) {
	for _, key := range []string{"missing_rules", "missing_exception_lists", "missing_exception_list_items", "missing_action_connections"} {
		n := in.node.Get(key)
		if n == nil || n.Kind != rule.ArrayNode || len(n.Children) == 0 {
			continue
		}
		im.problem(&imported{file: in.file, node: n, record: in.record}, rule.Warning, "",
			"Kibana could not export everything: `%s` has %s", key, wording.Count(len(n.Children), "entry"))
	}
}

// Files makes the files of all that was added, in the order of the input, rules first.
func (im *Importer) Files() ([]File, []Problem, Counts) {
	var out []File
	names := map[string]bool{}
	for _, in := range im.rules {
		if f, ok := im.ruleFile(in, names); ok {
			out = append(out, f)
		}
	}
	out = append(out, im.exceptionFiles(names)...)
	for _, in := range im.connectors {
		id := in.v.str("id")
		doc := connectorFile(in.v, im.users("actions", "id", id), im.Today)
		back, err := connectorRecords(doc)
		name := free(names, "action_connectors/"+cmp.Or(slug(in.v.get("attributes").str("name")), slug(id), "connector"), id)
		if f, ok := im.file(in, name, doc, rule.ConnectorsKind, back, err, in.v); ok {
			f.Title = doc.get("metadata").str("action_connector_name")
			out = append(out, f)
		}
	}
	return out, im.problems, im.counts
}

func (im *Importer) ruleFile(in *imported, names map[string]bool) (File, bool) {
	doc, k := in.v, &kept{}
	var back []*value
	var err error
	if in.v.get("rule") == nil || in.v.get("rule_id") != nil {
		doc, k = toFile(in.v, im.Today)
		var record *value
		record, err = toRecord(doc)
		back = []*value{record}
	}
	if back == nil && err == nil {
		doc, err = im.withoutNulls(in)
	}
	r := doc.get("rule")
	old := im.Existing[r.str("rule_id")]
	unchanged := old != nil && im.keepMetadata(doc, in.v, old)
	name := free(names, cmp.Or(ruleStem(r), slug(r.str("rule_id")), fmt.Sprintf("rule_%d", in.record)), r.str("rule_id"))
	f, ok := im.file(in, name, doc, rule.RuleKind, back, err, in.v, k.wrapped...)
	f.RuleID, f.Title, f.Existing, f.Unchanged = r.str("rule_id"), r.str("name"), old, unchanged
	return f, ok
}

// withoutNulls is a document that has the tables of a rule file already.
func (im *Importer) withoutNulls(in *imported) (*value, error) {
	doc, nulls := in.v.clone(), []string(nil)
	if !doc.takeNulls("", &nulls) {
		return doc, fmt.Errorf("a list holds null, which TOML cannot say")
	}
	if len(nulls) > 0 {
		im.problem(in, rule.Warning, "", "null is left out, as at %s: TOML has none", rule.Quote(nulls[0]))
	}
	return doc, nil
}

// keepMetadata gives a document the metadata of the file that it is to replace, unless its record brings its own; the date of
// the change is the record's. It reports whether the file says the same already.
func (im *Importer) keepMetadata(doc, record *value, old *rule.File) bool {
	before, err := fromNode(old, old.Root)
	if err != nil {
		return false
	}
	metadata := doc.get("metadata")
	if m := before.get("metadata"); m != nil && m.kind == rule.TableNode && !isOwn(record.get("meta", home)) && metadata != nil {
		kept := withoutKept(m)
		for _, key := range kept.keys() {
			if key != "updated_date" && key != "extended" {
				metadata.members[key] = kept.members[key]
			}
		}
		if x := kept.get("extended"); x != nil && x.kind == rule.TableNode {
			for _, key := range x.keys() {
				sub(metadata, "extended").members[key] = x.members[key]
			}
		}
	}
	strip := func(v *value) *value {
		v = v.clone()
		if r := v.get("rule"); r != nil && r.kind == rule.TableNode {
			undoLayout(r, keptFrom(v.get("metadata", "extended", "kibana")))
		}
		if m := v.get("metadata"); m != nil && m.kind == rule.TableNode {
			v.members["metadata"] = withoutKept(m)
			delete(v.members["metadata"].members, "updated_date")
		}
		return v
	}
	return same(strip(before), strip(doc))
}

// file writes a document, and holds it against the record: what a file would lose is refused.
func (im *Importer) file(in *imported, name string, doc *value, kind rule.Kind, back []*value, err error, want *value, wrapped ...string) (File, bool) {
	f := File{Name: name + ".toml", Kind: kind, Path: in.file.Path, Record: in.record}
	if err != nil {
		im.problem(in, rule.Error, "", "%v", err)
		return f, false
	}
	f.Text = write(doc, wrapped)
	read, diags := rule.Parse(f.Name, f.Text)
	if len(diags) > 0 {
		im.problem(in, rule.Error, "please report this", "cannot be written as TOML: %s", diags[0].Message)
		return f, false
	}
	got, err := fromNode(read, read.Root)
	switch {
	case err != nil || back == nil:
	case kind == rule.RuleKind:
		var record *value
		record, err = toRecord(got)
		back = []*value{record}
	default:
		back, err = connectorRecords(got)
	}
	if err != nil {
		im.problem(in, rule.Error, "please report this", "cannot be written as TOML: %v", err)
		return f, false
	}
	if len(back) == 1 {
		if at, differ := sameRecord(want, back[0]); differ {
			im.problem(in, rule.Error, "please report this", "cannot be written as TOML without loss: %s would change", rule.Quote(at))
			return f, false
		}
	}
	return f, true
}

// write lays a document out.
func write(doc *value, wrapped []string) []byte {
	w := tomlWriter{wrapped: map[string]bool{}}
	for _, p := range wrapped {
		w.wrapped["/rule"+p] = true
	}
	metadata := doc.get("metadata")
	var extended *value
	if metadata != nil && metadata.kind == rule.TableNode {
		metadata = metadata.clone()
		extended = metadata.take("extended")
		w.section([]string{"metadata"}, metadata, "/metadata")
	}
	for _, key := range []string{"transform", "rule"} {
		if v := doc.get(key); v != nil && v.kind == rule.TableNode {
			w.section([]string{key}, v, "/"+key)
		}
	}
	rest := object()
	for _, key := range doc.keys() {
		if v := doc.members[key]; !slices.Contains([]string{"metadata", "transform", "rule"}, key) {
			rest.members[key] = v
		}
	}
	w.table(nil, rest, "")
	if extended != nil && extended.kind == rule.TableNode {
		for _, key := range extended.keys() {
			w.section([]string{"metadata", "extended", key}, extended.members[key], "")
		}
	}
	return []byte(strings.TrimLeft(w.String(), "\n"))
}

// exceptionFiles makes one file of each list.
func (im *Importer) exceptionFiles(names map[string]bool) []File {
	var out []File
	items := map[string][]*imported{}
	key := func(v *value) string { return v.str("list_id") + "\x00" + cmp.Or(v.str("namespace_type"), "single") }
	for _, in := range im.items {
		items[key(in.v)] = append(items[key(in.v)], in)
	}
	for _, in := range im.lists {
		k := key(in.v)
		var list, want []*value
		want = append(want, in.v)
		for _, item := range items[k] {
			list, want = append(list, item.v), append(want, item.v)
		}
		delete(items, k)
		id := in.v.str("list_id")
		doc := exceptionFile(in.v, list, im.users("exceptions_list", "list_id", id), im.Today)
		name := free(names, "exceptions/"+cmp.Or(slug(in.v.str("name")), slug(id), "exceptions"), id)
		f, ok := im.file(in, name, doc, rule.ExceptionsKind, nil, nil, nil)
		if ok && im.holds(in, f, want) {
			f.Title = doc.get("metadata").str("list_name")
			out = append(out, f)
		}
	}
	for _, in := range im.items {
		if left := items[key(in.v)]; len(left) > 0 {
			im.problem(in, rule.Error, "export the list with it", "an exception of the list %s, which the export does not hold", rule.Quote(in.v.str("list_id")))
		}
	}
	return out
}

// holds compares the objects of a written file with what they were made of.
func (im *Importer) holds(in *imported, f File, want []*value) bool {
	read, _ := rule.Parse(f.Name, f.Text)
	doc, err := fromNode(read, read.Root)
	var got []*value
	if err == nil {
		var containers, items []*value
		containers, items, err = exceptionRecords(doc)
		got = append(containers, items...)
	}
	if at, differ := difference(array(want...), array(got...), ""); err != nil || differ {
		im.problem(in, rule.Error, "please report this", "cannot be written as TOML without loss: %s would change", rule.Quote(at))
		return false
	}
	return true
}

// users are the rules that name a list or a connector.
func (im *Importer) users(list, key, id string) []user {
	var out []user
	for _, in := range im.rules {
		refs := in.v.get(list)
		if refs == nil {
			continue
		}
		if slices.ContainsFunc(refs.list, func(e *value) bool { return e.str(key) == id }) {
			out = append(out, user{in.v.str("rule_id"), in.v.str("name")})
		}
	}
	return out
}

var notInNames = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^a-z0-9_]+`) })

// maxStem bounds the length of file names.
const maxStem = 150

// slug makes a part of a file name.
func slug(s string) string {
	s = strings.Trim(notInNames().ReplaceAllString(strings.ToLower(s), "_"), "_")
	return strings.Trim(s[:min(len(s), maxStem)], "_")
}

// ruleStem is the name of a rule's file by convention: tactic and name.
func ruleStem(r *value) string {
	tactic := ""
	if t := r.get("threat"); t != nil && len(t.list) > 0 {
		tactic = slug(t.list[0].get("tactic").str("name"))
	}
	name := slug(r.str("name"))
	if name == "" || tactic == "" {
		return name
	}
	return slug(tactic + "_" + name)
}

// Stem is the name, without extension, of the file that an import makes of a rule: of tactic and name; empty without a name.
func Stem(f *rule.File) string {
	r := object()
	r.members["name"] = text(f.Rule.Name)
	if len(f.Rule.Threat) > 0 {
		name, tactic, entry := text(f.Rule.Threat[0].Tactic.Name), object(), object()
		tactic.members["name"] = name
		entry.members["tactic"] = tactic
		r.members["threat"] = array(entry)
	}
	return ruleStem(r)
}

// free makes a name that is not taken yet: with part of the id, then with a number.
func free(taken map[string]bool, name, id string) string {
	try := name
	for i := 1; taken[try]; i++ {
		part := slug(id)
		if i == 1 && part != "" {
			try = name + "_" + part[:min(8, len(part))]
		} else {
			try = fmt.Sprintf("%s_%d", name, i)
		}
	}
	taken[try] = true
	return path.Clean(try)
}
