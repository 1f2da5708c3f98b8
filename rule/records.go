package rule

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// RecordKind is what one JSON object of an export is.
type RecordKind uint8

// Kinds of records. The zero value is anything that is none of the others.
const (
	OtherRecord     RecordKind = iota
	RuleRecord                 // a rule, as Kibana's export and its detections API give it, or shaped as a TOML file
	ExceptionList              // the container of an exception list
	ExceptionItem              // an entry of an exception list
	ConnectorRecord            // a saved object of type action: what the actions of rules run
	SummaryRecord              // the counts that end an export
)

// Record is one object of an export. Envelopes are unwrapped: an answer of _find or of a bulk action is its rules, a saved
// object of a package is its attributes.
type Record struct {
	Kind   RecordKind // what the object is
	Number int        // from 1, over the file
	Node   *Node      // its table
	What   string     // of OtherRecord: what it seems to be, as "a timeline"
	// Total is the number of rules that an answer of _find says there are, 0 elsewhere.
	Total int64
}

// Records classifies the values of a JSON file.
func Records(values []*Node) []Record {
	var out []Record
	number := 0
	add := func(r Record) {
		number++
		r.Number = number
		out = append(out, r)
	}
	for _, v := range values {
		if v.Kind == 0 { // it could not be read
			number++
			continue
		}
		if inner, total, ok := envelope(v); ok {
			for _, n := range inner {
				r := classify(n)
				r.Total = total
				add(r)
			}
			continue
		}
		add(classify(v))
	}
	return out
}

// envelope returns the objects that an answer of Kibana's API wraps.
func envelope(v *Node) (inner []*Node, total int64, ok bool) {
	if data := v.Get("data"); data != nil && data.Kind == ArrayNode && v.Get("total") != nil && v.Get("name") == nil {
		return data.Children, v.Get("total").Int, true
	}
	results := v.Get("attributes").Get("results")
	if results == nil || results.Kind != TableNode || v.Get("type") != nil {
		return nil, 0, false
	}
	for _, list := range results.Children { // updated, created, skipped, deleted
		if list.Kind == ArrayNode {
			inner = append(inner, list.Children...)
		}
	}
	return inner, 0, true
}

func classify(n *Node) Record {
	r := Record{Node: n}
	has := func(key string) bool { return n.Get(key) != nil }
	typ := strOf(n, "type")
	attributes := n.Get("attributes")
	switch {
	case n.Kind != TableNode:
		r.What = n.Kind.String()
	case isTable(n.Get("rule")) && !has("rule_id"):
		r.Kind = RuleRecord
	case isTable(attributes) && typ == "security-rule":
		r.Kind, r.Node = RuleRecord, attributes
	case isTable(attributes) && typ == "action":
		r.Kind = ConnectorRecord
	case isTable(attributes) && typ != "":
		r.What = fmt.Sprintf("a saved object of type %s", Quote(typ))
	case has("rule_id") || slices.Contains(ruleTypes(), typ) || has("risk_score") && has("severity"):
		r.Kind = RuleRecord
	case has("item_id") || has("list_id") && has("entries"):
		r.Kind = ExceptionItem
	case has("list_id"):
		r.Kind = ExceptionList
	case has("exported_count") || has("exported_rules_count"):
		r.Kind = SummaryRecord
	default:
		r.What = foreign(n)
	}
	return r
}

func isTable(n *Node) bool { return n != nil && n.Kind == TableNode }

// ruleTypes are the values of rule.type.
func ruleTypes() []string { return ruleKey("type").Enum }

// foreign names an object that belongs to no rule export.
func foreign(n *Node) string {
	switch {
	case n.Get("statusCode") != nil && n.Get("error") != nil:
		return fmt.Sprintf("an error answer of Kibana (%s)", Quote(strOf(n, "error")+": "+strOf(n, "message")))
	case n.Get("timelineType") != nil || n.Get("savedObjectId") != nil:
		return "a timeline"
	case isTable(n.Get("hits")):
		return "a search answer of Elasticsearch"
	case n.Get("detection") != nil && (n.Get("logsource") != nil || n.Get("title") != nil):
		return "a Sigma rule"
	case n.Get("@timestamp") != nil:
		return "an event"
	}
	var keys []string
	for _, c := range n.Children[:min(3, len(n.Children))] {
		keys = append(keys, Quote(c.Key))
	}
	if len(keys) == 0 {
		return "an empty object"
	}
	return "an object with the keys " + strings.Join(keys, ", ")
}

// Document is a rule of a file with what is wrong with its text.
type Document struct {
	*File
	Diagnostics []Diagnostic // what is wrong with the text as JSON
}

// FormatOf tells the format of a rule file by its name: .json, .ndjson and .jsonl are JSON, .yml and .yaml YAML, also before
// .gz; all else is TOML.
func FormatOf(name string) Format {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	switch path.Ext(name) {
	case ".json", ".ndjson", ".jsonl":
		return JSON
	case ".yml", ".yaml":
		return YAML
	}
	return TOML
}

// ParseAll reads the rules of a file in the format that its name tells. A TOML file is one rule, read as Parse does. Of a
// JSON or YAML file each rule is a Document, with the key tree that the TOML file of that rule would have: a record
// without the tables metadata and rule becomes the table rule. What cannot be read is a Document too, Truncated, with the
// reason. There is at least one, but for an export without any rule.
func ParseAll(name string, src []byte) []Document {
	switch FormatOf(name) {
	case JSON:
		f, values, diags := JSONValues(name, src)
		return documents(f, Records(values), diags)
	case YAML:
		f, values, diags := yamlValues(name, src)
		return documents(f, Records(values), diags)
	}
	f, diags := Parse(name, src)
	return []Document{{f, diags}}
}

func documents(whole *File, records []Record, diags []Diagnostic) []Document {
	var out []Document
	broken := func(record int, d Diagnostic) {
		f := whole.record(record)
		f.Truncated = true
		d.Path = whole.Path
		out = append(out, Document{f, []Diagnostic{d}})
	}
	for _, d := range diags {
		broken(d.Record, d)
	}
	for _, r := range records {
		switch r.Kind {
		case RuleRecord:
			f := whole.record(r.Number)
			if r.Number == 1 && len(records) == 1 {
				f.Record = 0
			}
			f.Root = ruleRoot(r.Node)
			f.fill()
			out = append(out, Document{f, nil})
		case OtherRecord:
			broken(r.Number, Diagnostic{Record: r.Number, Code: "file/syntax", Severity: Error, Span: Span{Start: r.Node.Span.Start, End: min(r.Node.Span.Start+1, r.Node.Span.End)},
				Message: "no rule of Elastic's, but " + r.What})
		}
	}
	if len(out) == 0 && len(records) == 0 {
		broken(0, Diagnostic{Code: "file/syntax", Severity: Error, Message: "the file is empty, expected rules in " + whole.Format.String()})
	}
	return out
}

// record makes the File of one record; Root is still empty.
func (f *File) record(number int) *File {
	return &File{Path: f.Path, Src: f.Src, Rule: &Rule{}, Metadata: &Metadata{}, Format: f.Format, Record: number, text: f.text,
		index: f.index, Root: &Node{Kind: TableNode}}
}

// ruleRoot makes the root of a rule's tree out of its record.
func ruleRoot(n *Node) *Node {
	withoutNulls(n)
	if isTable(n.Get("rule")) && n.Get("rule_id") == nil {
		return n
	}
	withoutDefaults(n)
	table := &Node{Kind: n.Kind, Key: "rule", KeySpan: n.KeySpan, Span: n.Span, Entry: n.Entry, Inline: n.Inline, Children: n.Children,
		Form: n.Form, Spelling: n.Spelling}
	return &Node{Kind: TableNode, Span: n.Span, Entry: n.Entry, Children: []*Node{table}, Inline: true, Spelling: n.Spelling}
}

// withoutNulls takes the members out whose value is null: to Kibana they are absent.
func withoutNulls(n *Node) {
	if n.Kind == TableNode {
		n.Children = slices.DeleteFunc(n.Children, func(c *Node) bool { return c.Kind == NullNode })
	}
	for _, c := range n.Children {
		withoutNulls(c)
	}
}
