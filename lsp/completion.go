package lsp

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
)

// maxItems bounds the answer to a completion: beyond it the list says that it is incomplete, and typing on narrows it.
const maxItems = 500

// completer collects what fits at a place.
type completer struct {
	server *server
	doc    *document
	offset int
	items  []completionItem
	more   bool
}

// complete answers textDocument/completion.
func complete(_ context.Context, s *server, d *document, p *positionParams) (any, error) {
	c := &completer{server: s, doc: d, offset: d.text.offset(p.Position)}
	at := d.outline().at(c.offset)
	switch {
	case c.comment():
	case filepath.Base(d.path) == casesName:
		c.caseFile(at)
	case !d.isRule:
	case at.header != nil:
		c.headers(at.header)
	case at.entry == nil || at.inKey:
		c.keys(at)
	case at.literal != nil && isQuery(at.entry):
		c.query(at)
	default:
		c.values(at)
	}
	list := completionList{IsIncomplete: c.more, Items: c.items}
	if list.Items == nil {
		list.Items = []completionItem{}
	}
	return list, nil
}

// marker starts a comment that silences findings.
const marker = "rulevet:ignore"

// comment offers codes of checks in a comment that silences them; it reports whether the cursor is in a comment.
func (c *completer) comment() bool {
	line := c.doc.text.lines[c.doc.text.lineOf(c.offset)]
	before := strings.TrimLeft(string(c.doc.text.src[line:c.offset]), " \t")
	if !strings.HasPrefix(before, "#") || c.doc.outline().at(c.offset).literal != nil {
		return false
	}
	if strings.Contains(before, marker) && !strings.Contains(before, "--") {
		start := c.word(line, func(b byte) bool { return wordByte(b) || b == '/' })
		prefix := string(c.doc.text.src[start:c.offset])
		for _, check := range c.server.opts.Checks {
			if strings.Contains(check.Code, prefix) {
				c.add(completionItem{Label: check.Code, Kind: kindValue, Detail: check.Title}, start, c.offset, check.Code)
			}
		}
	}
	return true
}

// isQuery reports whether the value of an entry is the query of the rule.
func isQuery(e *entry) bool { return e.path() == "rule.query" }

// add offers a text in place of a part of the document.
func (c *completer) add(item completionItem, start, end int, text string) {
	if len(c.items) >= maxItems {
		c.more = true
		return
	}
	item.TextEdit = &textEdit{c.doc.text.span(start, end), text}
	item.SortText = fmt.Sprintf("%05d", len(c.items))
	c.items = append(c.items, item)
}

// word is the start of the run of bytes before the cursor that satisfy f.
func (c *completer) word(from int, f func(byte) bool) int {
	at := c.offset
	for at > from && f(c.doc.text.src[at-1]) {
		at--
	}
	return at
}

func (c *completer) ruleType() string { return c.doc.outline().valueOf("rule", "type") }

// headers offers the tables of the format.
func (c *completer) headers(h *header) {
	for _, name := range tableNames(c.ruleType()) {
		c.add(completionItem{Label: name, Kind: kindModule}, h.start, h.end, name)
	}
}

// keys offers the keys that the table can still have.
func (c *completer) keys(at place) {
	start := c.word(0, wordByte)
	if at.entry != nil {
		start = at.entry.keyStart
	}
	o := c.doc.outline()
	have := map[string]bool{}
	for i := range o.entries {
		if e := &o.entries[i]; e.header == at.number && e != at.entry {
			have[e.key] = true
		}
	}
	end := c.offset
	if at.entry != nil {
		end = at.entry.keyEnd
	}
	keys := tableKeys(at.table, c.ruleType())
	for _, required := range []bool{true, false} {
		for _, k := range keys {
			if have[k.name] || k.required != required {
				continue
			}
			item := completionItem{Label: k.name, Kind: kindProperty, Detail: k.kind, Documentation: doc(k.description)}
			text := k.name
			if at.entry == nil || at.entry.eq < 0 {
				text += " = "
			}
			c.add(item, start, end, text)
		}
	}
}

func doc(s string) *markup {
	if s == "" {
		return nil
	}
	return &markup{"markdown", s}
}

// values offers what a key can hold.
func (c *completer) values(at place) {
	e := at.entry
	key := e.key
	if at.literal != nil && at.literal.inline != "" {
		key += "." + at.literal.inline
	}
	kind := c.ruleType()
	path := strings.TrimPrefix(e.table+"."+key, ".")
	if k, ok := keyOf(e.table, key, kind); ok && len(k.values) > 0 {
		for _, v := range k.values {
			c.value(at, completionItem{Label: v, Kind: kindValue}, v)
		}
		return
	} else if ok && k.kind == "boolean" {
		for _, v := range []string{"true", "false"} {
			c.add(completionItem{Label: v, Kind: kindKeyword}, c.word(e.valueStart, wordByte), c.offset, v)
		}
		return
	}
	switch {
	case isThreat(e.table):
		c.threat(at)
	case path == "metadata.integration":
		for _, name := range c.catalogNames() {
			c.value(at, completionItem{Label: name, Kind: kindModule}, name)
		}
	case path == "rule.index":
		c.patterns(at)
	case path == "rule.tags":
		for _, tag := range c.tags() {
			c.value(at, completionItem{Label: tag, Kind: kindValue}, tag)
		}
	case holdsFields[path]:
		c.fields(at)
	}
}

// holdsFields are the keys whose texts are names of fields.
var holdsFields = map[string]bool{
	"rule.new_terms.value": true, "rule.new_terms_fields": true, "rule.threshold.field": true, "rule.threshold.cardinality.field": true,
	"rule.alert_suppression.group_by": true, "rule.investigation_fields.field_names": true, "rule.timestamp_override": true,
	"rule.rule_name_override": true, "rule.severity_mapping.field": true, "rule.risk_score_mapping.field": true,
	"rule.threat_mapping.entries.field": true, "rule.event_category_override": true, "rule.timestamp_field": true,
	"rule.tiebreaker_field": true, "rule.required_fields.name": true,
}

// value offers a text for the string at the cursor, or a string where there is none yet. What the label lacks of what is
// typed is left out.
func (c *completer) value(at place, item completionItem, text string) {
	if at.literal != nil {
		typed := strings.ToLower(string(c.doc.text.src[at.literal.contentStart:c.offset]))
		if !strings.Contains(strings.ToLower(item.Label), typed) {
			return
		}
		c.add(item, at.literal.contentStart, at.literal.contentEnd, text)
		return
	}
	c.add(item, c.word(at.entry.valueStart, wordByte), c.offset, rule.QuoteTOML(text))
}

// fields offers the fields of the rule's indexes.
func (c *completer) fields(at place) {
	view := c.doc.view()
	if view == nil {
		return
	}
	for _, name := range view.Names("") {
		c.value(at, completionItem{Label: name, Kind: kindField, Detail: fieldDetail(view, name)}, name)
	}
}

// catalogNames are the packages that the catalog knows.
func (c *completer) catalogNames() []string {
	checked := c.doc.checked()
	if checked.repo == nil {
		return nil
	}
	return checked.repo.catalog.Packages()
}

func (c *completer) patterns(at place) {
	checked := c.doc.checked()
	if checked.repo == nil {
		return
	}
	for _, p := range checked.repo.catalog.Patterns() {
		c.value(at, completionItem{Label: p, Kind: kindModule}, p)
	}
}

// tags are those that the configuration allows and the repository uses.
func (c *completer) tags() []string {
	checked := c.doc.checked()
	if checked.repo == nil {
		return nil
	}
	seen := map[string]bool{}
	if checked.repo.Config != nil {
		for _, t := range checked.repo.Config.Tags {
			if !strings.HasSuffix(t, "*") {
				seen[t] = true
			}
		}
	}
	for _, s := range checked.repo.others() {
		for _, t := range s.File.Rule.Tags {
			seen[t] = true
		}
	}
	out := make([]string, 0, len(seen))
	for t := range seen {
		out = append(out, t)
	}
	slices.Sort(out)
	return out
}

// isThreat reports whether a table holds a tactic, technique or sub-technique.
func isThreat(table string) bool {
	return strings.HasPrefix(table, "rule.threat.") || strings.HasPrefix(table, "rule.threat_mappings.threat.")
}

// threat offers ids, names and references of tactics and techniques.
func (c *completer) threat(at place) {
	o := c.doc.outline()
	fw := mitre.ATTACK
	if strings.Contains(string(o.src), "MITRE ATLAS") && !strings.Contains(string(o.src), "MITRE ATT&CK") {
		fw = mitre.ATLAS
	}
	versions := mitre.Versions(fw)
	catalog, err := mitre.Load(fw, versions[len(versions)-1])
	if err != nil {
		return
	}
	for _, ref := range threatRefs(catalog, at.table, o.value(at.number, "id"), o.value(at.number, "name"), at.entry.key) {
		text := map[string]string{"id": ref.id, "name": ref.name, "reference": mitre.URL(ref.id)}[at.entry.key]
		if text == "" {
			continue
		}
		item := completionItem{Label: ref.id + " " + ref.name, Kind: kindValue, FilterText: text + " " + ref.id + " " + ref.name}
		if at.entry.key == "reference" {
			item.Label = text
		}
		c.value(at, item, text)
	}
}

type threatRef struct{ id, name string }

// threatRefs are the entries that fit a table, first those that agree with the other key that is set already.
func threatRefs(catalog *mitre.Catalog, table, id, name, key string) []threatRef {
	var all []threatRef
	switch table[strings.LastIndexByte(table, '.')+1:] {
	case "tactic":
		for _, t := range catalog.Tactics() {
			all = append(all, threatRef{t.ID, t.Name})
		}
	default:
		sub := strings.HasSuffix(table, "subtechnique")
		for _, t := range catalog.Techniques() {
			if t.Status == mitre.Live && (mitre.ParentID(t.ID) != "") == sub {
				all = append(all, threatRef{t.ID, t.Name})
			}
		}
	}
	fits := func(r threatRef) bool { return key != "id" && r.id == id || key == "id" && r.name == name }
	slices.SortStableFunc(all, func(a, b threatRef) int {
		switch {
		case fits(a) == fits(b):
			return 0
		case fits(a):
			return -1
		}
		return 1
	})
	return all
}

// caseKeys are the keys of a case, of one of its events, and what they say.
var caseKeys = map[string][]keyInfo{
	"case": {
		{name: "name", kind: "string", description: "What the case shows; unique in the rule."},
		{name: "base", kind: "string", description: "Event file of the fixture folder that the case starts from."},
		{name: "set", kind: "object", description: "Fields that differ from the base."},
		{name: "unset", kind: "array", description: "Fields that are taken away."},
		{name: "match", kind: "boolean or integer", description: "Whether, or how often, the query matches."},
		{name: "want", kind: "array", description: "Which events match, by position: [[0], [2, 5]]."},
		{name: "event", kind: "array", description: "Several events: each with base or event, set, unset and at."},
	},
	"case.event": {
		{name: "base", kind: "string", description: "Event file that the event starts from."},
		{name: "event", kind: "object", description: "The event itself."},
		{name: "set", kind: "object", description: "Fields that differ from the base."},
		{name: "unset", kind: "array", description: "Fields that are taken away."},
		{name: "at", kind: "string", description: "Time after the first event, as in +5s."},
	},
}

// caseFile completes cases.toml: its tables, keys, and the event files beside it.
func (c *completer) caseFile(at place) {
	switch {
	case at.header != nil:
		for _, name := range []string{"[[case]]", "[[case.event]]"} {
			c.add(completionItem{Label: name, Kind: kindModule}, at.header.start, at.header.end, name)
		}
	case at.entry == nil || at.inKey:
		start := c.word(0, wordByte)
		for _, k := range caseKeys[at.table] {
			c.add(completionItem{Label: k.name, Kind: kindProperty, Detail: k.kind, Documentation: doc(k.description)}, start, c.offset, k.name+" = ")
		}
	case at.entry.key == "base":
		files, err := os.ReadDir(filepath.Dir(c.doc.path))
		if err != nil {
			return
		}
		for _, f := range files {
			if name := f.Name(); strings.HasSuffix(name, "json") && !strings.HasSuffix(name, ".golden.json") {
				c.value(at, completionItem{Label: name, Kind: kindFile}, name)
			}
		}
	}
}
