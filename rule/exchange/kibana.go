package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rulevet/rulevet/rule"
)

// A rule has two forms: the record of Kibana's API and the tables of a file. Each says things that the other has no place
// for. What a record has beyond the file (Kibana's ids and times, keys that no rule file has, null, empty lists) is kept in
// [metadata.extended.kibana]; what a file has beyond the record ([metadata], [transform], threat_mappings) in meta.rulevet,
// an area that Kibana hands back as it is. So the way there and back gives the same again.

// home is the key of rulevet's part of meta.
const home = "rulevet"

// defaults are the keys that Kibana gives every rule, with what they hold when the author said nothing; [] or "".
var defaults = map[string]*value{
	"actions": array(), "exceptions_list": array(), "false_positives": array(), "filters": array(), "index": array(),
	"license": text(""), "note": text(""), "references": array(), "related_integrations": array(), "required_fields": array(),
	"risk_score_mapping": array(), "setup": text(""), "severity_mapping": array(), "tags": array(), "threat": array(),
	"threat_filters": array(), "output_index": text(""), "response_actions": array(),
}

// kept is what [metadata.extended.kibana] holds.
type kept struct {
	rule     *value   // keys that a rule file of this type does not know
	nulls    []string // JSON pointers into the record
	defaults []string // keys of defaults that were there with that value
	wrapped  []string // JSON pointers to strings that the file lays out over lines
	trimmed  []string // queries whose last line break is the file's
	json     *value   // keys whose value TOML cannot say, as JSON text
	imported string   // the date of import, where the record has none
}

func (k *kept) table() *value {
	t := object()
	put := func(key string, list []string) {
		if len(list) > 0 {
			t.members[key] = texts(list)
		}
	}
	put("nulls", k.nulls)
	put("defaults", k.defaults)
	put("wrapped", k.wrapped)
	put("trimmed", k.trimmed)
	if len(k.rule.members) > 0 {
		t.members["rule"] = k.rule
	}
	if len(k.json.members) > 0 {
		t.members["json"] = k.json
	}
	if k.imported != "" {
		t.members["imported"] = text(k.imported)
	}
	return t
}

func keptFrom(t *value) *kept {
	k := &kept{nulls: t.strings("nulls"), defaults: t.strings("defaults"), wrapped: t.strings("wrapped"), trimmed: t.strings("trimmed"),
		rule: t.get("rule"), json: t.get("json"), imported: t.str("imported")}
	if k.rule == nil || k.rule.kind != rule.TableNode {
		k.rule = object()
	}
	if k.json == nil || k.json.kind != rule.TableNode {
		k.json = object()
	}
	return k
}

// toFile turns a record into the tables of a rule file. today is the date for a record that has none.
func toFile(record *value, today time.Time) (doc *value, k *kept) {
	r := record.clone()
	own := takeOwn(r)
	asIs := own.strings("in_rule")
	k = &kept{rule: object(), json: object()}
	for _, key := range r.keys() {
		if whole := r.members[key].clone(); !r.members[key].takeNulls("/"+pointerPart(key), &k.nulls) {
			k.nulls = slices.DeleteFunc(k.nulls, func(p string) bool { return strings.HasPrefix(p+"/", "/"+pointerPart(key)+"/") })
			k.json.members[key] = text(string(whole.appendJSON(nil)))
			delete(r.members, key)
		} else if r.members[key].kind == rule.NullNode {
			k.nulls = append(k.nulls, "/"+pointerPart(key))
			delete(r.members, key)
		}
	}
	slices.Sort(k.nulls)
	for _, key := range r.keys() {
		if d := defaults[key]; d != nil && same(d, r.members[key]) && !slices.Contains(asIs, key) {
			k.defaults = append(k.defaults, key)
			delete(r.members, key)
		}
	}
	known := rule.Keys(r.str("type"))
	for _, key := range r.keys() {
		if !inFiles(known, key) && !slices.Contains(asIs, key) {
			k.rule.members[key] = r.take(key)
		}
	}
	if own.get("metadata") == nil && created(record) == "" {
		k.imported = today.Format(dateLayout)
	}
	doc = object()
	doc.members["metadata"] = derived(record, k)
	fromOwn(doc, r, own)
	if own.get("api_form") == nil {
		tableForm(r)
	}
	layOut(r, k, own.strings("as_written"))
	doc.members["rule"] = r
	if t := k.table(); len(t.members) > 0 {
		metadata := doc.get("metadata")
		if metadata.get("extended") == nil {
			metadata.members["extended"] = object()
		}
		metadata.get("extended").members["kibana"] = t
	}
	return doc, k
}

// inFiles reports whether a rule file of this type has a key of Kibana's. The versions are Kibana's business, threat_mappings
// the files'.
func inFiles(known []string, key string) bool {
	return slices.Contains(known, key) && !slices.Contains([]string{"version", "revision", "outcome", "alias_target_id", "alias_purpose", "threat_mappings"}, key)
}

// takeOwn removes rulevet's part of meta, and meta itself if it is there for that only. What stands there in another shape
// than an export writes is somebody else's and stays.
func takeOwn(r *value) *value {
	meta := r.get("meta")
	if meta == nil || meta.kind != rule.TableNode || !isOwn(meta.get(home)) {
		return nil
	}
	own := meta.take(home)
	if len(meta.members) == 0 && own.get("meta") == nil {
		delete(r.members, "meta")
	}
	return own
}

func isOwn(v *value) bool {
	if v == nil || v.kind != rule.TableNode || !v.clone().takeNulls("", new([]string)) {
		return false
	}
	for key, m := range v.members {
		want := rule.TableNode
		switch key {
		case "metadata", "transform", "rule":
		case "note":
			want = rule.StringNode
		case "in_rule", "as_written":
			want = rule.ArrayNode
		case "api_form", "meta":
			want = rule.BoolNode
		default:
			return false
		}
		if m.kind != want {
			return false
		}
	}
	return true
}

// sameRecord compares two records but for what rulevet wrote into meta, which an edit in Kibana may make out of date.
func sameRecord(a, b *value) (at string, differ bool) {
	a, b = a.clone(), b.clone()
	takeOwn(a)
	takeOwn(b)
	return difference(a, b, "")
}

const dateLayout = "2006/01/02"

func created(record *value) string { return day(record.str("created_at")) }
func updated(record *value) string { return cmp.Or(day(record.str("updated_at")), created(record)) }

// day is the date of a time as Kibana writes it, in UTC, or "".
func day(s string) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1000 || t.Year() > 9999 {
		return ""
	}
	return t.UTC().Format(dateLayout)
}

// derived is the table metadata of a record that brings none.
func derived(record *value, k *kept) *value {
	m := object()
	m.members["creation_date"] = text(cmp.Or(created(record), k.imported))
	m.members["updated_date"] = text(cmp.Or(updated(record), k.imported))
	m.members["maturity"] = text("production")
	var packages []string
	if list := record.get("related_integrations"); list != nil {
		for _, e := range list.list {
			if p := e.str("package"); p != "" && !slices.Contains(packages, p) {
				packages = append(packages, p)
			}
		}
	}
	if len(packages) > 0 {
		slices.Sort(packages)
		m.members["integration"] = texts(packages)
	}
	return m
}

// fromOwn puts back what an export kept in meta.rulevet.
func fromOwn(doc, r, own *value) {
	if own == nil {
		return
	}
	if m := own.get("metadata"); m != nil && m.kind == rule.TableNode {
		doc.members["metadata"] = m.clone()
	}
	if t := own.get("transform"); t != nil {
		doc.members["transform"] = t.clone()
		if note := r.get("note"); note != nil && note.kind == rule.StringNode {
			placed := placeholders(note.text, t)
			if original := own.get("note"); original != nil && expand(original.text, t) == note.text {
				placed = original.text
			}
			r.members["note"] = text(placed)
		}
	}
	if t := own.get("rule"); t != nil { // keys that Kibana does not know
		for _, key := range t.keys() {
			if r.members[key] == nil {
				r.members[key] = t.members[key].clone()
			}
		}
	}
}

// hasAPIForm reports the API's keys of a new terms rule.
func hasAPIForm(r *value) bool {
	fields, window := r.get("new_terms_fields"), r.get("history_window_start")
	return fields != nil && window != nil && fields.kind == rule.ArrayNode && window.kind == rule.StringNode && r.get("new_terms") == nil
}

// tableForm folds the API's keys of a new terms rule into the table that rule files have.
func tableForm(r *value) {
	if !hasAPIForm(r) {
		return
	}
	fields, window := r.get("new_terms_fields"), r.get("history_window_start")
	start := object()
	start.members["field"], start.members["value"] = text("history_window_start"), window
	t := object()
	t.members["field"], t.members["value"] = text("new_terms_fields"), fields
	t.members["history_window_start"] = array(start)
	delete(r.members, "new_terms_fields")
	delete(r.members, "history_window_start")
	r.members["new_terms"] = t
}

// apiForm is the inverse of tableForm. It leaves a table of another shape alone.
func apiForm(r *value) {
	t := r.get("new_terms")
	if t == nil || len(t.members) != 3 || t.str("field") != "new_terms_fields" || t.get("value") == nil || t.get("value").kind != rule.ArrayNode {
		return
	}
	window := t.get("history_window_start")
	if window == nil || len(window.list) != 1 || len(window.list[0].members) != 2 ||
		window.list[0].str("field") != "history_window_start" || window.list[0].get("value") == nil ||
		window.list[0].get("value").kind != rule.StringNode || r.get("new_terms_fields") != nil || r.get("history_window_start") != nil {
		return
	}
	r.members["new_terms_fields"], r.members["history_window_start"] = t.get("value"), window.list[0].get("value")
	delete(r.members, "new_terms")
}

// layOut changes strings to how rule files lay them out, where that can be undone, but for those of asWritten.
func layOut(r *value, k *kept, asWritten []string) {
	leave := setOf(asWritten)
	for _, key := range []string{"query", "threat_query"} {
		if q := r.get(key); q != nil && q.kind == rule.StringNode && q.text != "" && !strings.HasSuffix(q.text, "\n") &&
			!leave["/"+key] {
			r.members[key] = text(q.text + "\n")
			k.trimmed = append(k.trimmed, key)
		}
	}
	wrap := func(s *value, pointer string, longest int) {
		if s.kind == rule.StringNode && wrappable(s.text, longest) && !leave[pointer] {
			k.wrapped = append(k.wrapped, pointer)
		}
	}
	if d := r.get("description"); d != nil {
		wrap(d, "/description", lineWidth)
	}
	if fp := r.get("false_positives"); fp != nil {
		for i, e := range fp.list {
			wrap(e, "/false_positives/"+strconv.Itoa(i), 110)
		}
	}
}

func setOf(list []string) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, s := range list {
		out[s] = true
	}
	return out
}

// toRecord turns the tables of a rule file into the record that Kibana imports.
func toRecord(doc *value) (*value, error) {
	source := doc.get("rule")
	if source == nil || source.kind != rule.TableNode {
		return nil, fmt.Errorf("the file has no table [rule]")
	}
	r := source.clone()
	metadata := doc.get("metadata")
	if metadata == nil || metadata.kind != rule.TableNode {
		metadata = object()
	}
	k := keptFrom(metadata.get("extended", "kibana"))
	undoLayout(r, k)
	own := object()
	asWritten(r, k, own)
	inRule(r, own)
	if hasAPIForm(r) {
		own.members["api_form"] = boolean(true)
	}
	apiForm(r)
	if m := r.take("threat_mappings"); m != nil {
		sub(own, "rule").members["threat_mappings"] = m
	}
	putBack(r, k)
	plain := withoutKept(metadata)
	if !same(plain, derived(r, k)) {
		own.members["metadata"] = plain
	}
	if err := toOwn(doc, r, own); err != nil {
		return nil, err
	}
	if len(own.members) == 0 {
		return r, nil
	}
	meta := r.get("meta")
	switch {
	case meta == nil:
		meta = object()
		r.members["meta"] = meta
	case meta.kind != rule.TableNode:
		return nil, fmt.Errorf("`meta` is %s, expected a table", meta.kind)
	case meta.get(home) != nil:
		return nil, fmt.Errorf("`meta.%s` is there already, and an export keeps [metadata] in it", home)
	case len(meta.members) == 0:
		own.members["meta"] = boolean(true)
	}
	meta.members[home] = own
	return r, nil
}

// asWritten notes the strings that an import would lay out in another way than the file does.
func asWritten(r *value, k *kept, own *value) {
	var other kept
	layOut(r.clone(), &other, nil)
	var list []string
	laidOut := setOf(append(slices.Clone(k.trimmed), k.wrapped...))
	for _, key := range other.trimmed {
		if !laidOut[key] {
			list = append(list, "/"+key)
		}
	}
	for _, p := range other.wrapped {
		if !laidOut[p] {
			list = append(list, p)
		}
	}
	if len(list) > 0 {
		own.members["as_written"] = texts(list)
	}
}

// inRule notes the keys of the table rule that an import would move to what it keeps of Kibana's.
func inRule(r, own *value) {
	known := rule.Keys(r.str("type"))
	var list []string
	for _, key := range r.keys() {
		if d := defaults[key]; key != "threat_mappings" && (!inFiles(known, key) || d != nil && same(d, r.members[key])) {
			list = append(list, key)
		}
	}
	if len(list) > 0 {
		own.members["in_rule"] = texts(list)
	}
}

// undoLayout is the inverse of layOut.
func undoLayout(r *value, k *kept) {
	for _, key := range k.trimmed {
		if q := r.get(key); q != nil && q.kind == rule.StringNode {
			q.text = strings.TrimSuffix(q.text, "\n")
		}
	}
	for _, p := range k.wrapped {
		if !strings.HasPrefix(p, "/") {
			continue
		}
		keys := pointerKeys(p)
		s := r.get(keys[0])
		if len(keys) == 2 && s != nil {
			i, err := strconv.Atoi(keys[1])
			if err != nil || i < 0 || i >= len(s.list) {
				continue
			}
			s = s.list[i]
		}
		if s != nil && s.kind == rule.StringNode {
			s.text = unwrap(s.text)
		}
	}
}

// putBack adds what the file keeps of the record.
func putBack(r *value, k *kept) {
	for _, key := range k.rule.keys() {
		if r.members[key] == nil {
			r.members[key] = k.rule.members[key].clone()
		}
	}
	for _, key := range k.json.keys() {
		if r.members[key] != nil {
			continue
		}
		if v, err := parseJSON(k.json.str(key)); err == nil {
			r.members[key] = v
		}
	}
	for _, key := range k.defaults {
		if d := defaults[key]; d != nil && r.members[key] == nil {
			r.members[key] = d.clone()
		}
	}
	for _, p := range k.nulls {
		r.putNull(p)
	}
}

// withoutKept is metadata without what an import added.
func withoutKept(metadata *value) *value {
	m := metadata.clone()
	if x := m.get("extended"); x != nil && x.kind == rule.TableNode {
		delete(x.members, "kibana")
		if len(x.members) == 0 {
			delete(m.members, "extended")
		}
	}
	return m
}

// toOwn keeps [transform], whose entries the record has in its note.
func toOwn(doc, r, own *value) error {
	t := doc.get("transform")
	if t == nil {
		return nil
	}
	own.members["transform"] = t.clone()
	note := r.get("note")
	if note == nil || note.kind != rule.StringNode {
		return nil
	}
	expanded := expand(note.text, t)
	if placeholders(expanded, t) != note.text {
		own.members["note"] = text(note.text)
	}
	r.members["note"] = text(expanded)
	return nil
}

func same(a, b *value) bool {
	_, differ := difference(a, b, "")
	return !differ
}

func parseJSON(s string) (*value, error) {
	f, values, diags := rule.JSONValues("", []byte(`{"v":`+s+`}`))
	if len(diags) > 0 || len(values) != 1 {
		return nil, fmt.Errorf("not JSON: %s", rule.Quote(s))
	}
	v, err := fromNode(f, values[0])
	if err != nil {
		return nil, err
	}
	return v.get("v"), nil
}
