package ruletest

import (
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
)

// Keys of cases.toml.
var (
	topKeys   = []string{"case"}
	caseKeys  = []string{"name", "base", "record", "set", "unset", "event", "match", "want", "completion", "synthetic"}
	eventKeys = []string{"base", "record", "event", "set", "unset", "at"}
)

// caseTable reads one cases.toml.
type caseTable struct {
	l    *fixtureLoader
	path string
	doc  *tomlspan.Document
	bad  bool // the case at hand has a problem
	// misplaced are tables that hold fields of an event, which is told of once.
	misplaced map[*rule.Node]bool
	guesses   int // searches for near names of files
}

// maxGuesses bounds those searches: a file in which more names are wrong has another fault.
const maxGuesses = 100

func (l *fixtureLoader) casesTOML(p string) {
	src, err := readFile(l.fsys, p)
	if err != nil {
		l.problem(unreadable(p, err))
		return
	}
	doc := tomlspan.Parse(src)
	t := caseTable{l: l, path: p, doc: doc}
	for _, e := range doc.Errors {
		t.report(codeCases, e.Span, e.Hint, "%s", e.Message)
	}
	if t.bad {
		return
	}
	t.known(doc.Root, topKeys)
	cases := doc.Root.Get("case")
	if cases == nil {
		if !t.bad {
			t.report(codeCases, rule.Span{}, "write [[case]] with name, base and match", "no [[case]] in the file")
		}
		return
	}
	for _, n := range t.tables(cases, "case") {
		t.bad = false
		t.testCase(n)
	}
}

func (t *caseTable) report(code string, s rule.Span, hint, format string, args ...any) {
	pos := t.doc.Position(s.Start)
	t.bad = true
	t.l.problem(Problem{Code: code, Severity: "error", Path: t.path, Line: pos.Line, Column: pos.Column, span: s,
		Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (t *caseTable) invalid(n *rule.Node, hint, format string, args ...any) {
	t.report(codeCases, n.Span, hint, format, args...)
}

// known reports the keys of a table that do not exist.
func (t *caseTable) known(table *rule.Node, keys []string) {
	names := map[string]bool{}
	for _, k := range keys {
		names[k] = true
	}
	for _, c := range table.Children {
		if names[c.Key] {
			continue
		}
		hint := "known keys: " + quoteKeys(keys)
		if names := near.Names(c.Key, keys); len(names) > 0 {
			hint = "did you mean " + quoteList(names) + "?"
		} else if slices.Contains(keys, "event") && (c.Kind == rule.TableNode || strings.ContainsAny(c.Key, ".@") || slices.Contains(eventRoots, c.Key)) {
			hint = "fields of an event stand in a table of their own: event = { " + c.Key + " = … }"
			if t.misplaced == nil {
				t.misplaced = map[*rule.Node]bool{}
			}
			if t.misplaced[table] {
				continue // one mistake, one finding
			}
			t.misplaced[table] = true
		}
		t.report(codeUnknownKey, c.KeySpan, hint, "unknown key %s", rule.Quote(c.Key))
	}
}

// eventRoots are first parts of field names that are seldom anything else.
var eventRoots = []string{"agent", "destination", "dns", "dll", "file", "host", "http", "message", "network", "observer", "process", "registry", "source", "url", "user", "winlog"}

func quoteKeys(keys []string) string {
	s := keys[0]
	for _, k := range keys[1:] {
		s += ", " + k
	}
	return s
}

// tables returns the elements of an array of tables.
func (t *caseTable) tables(n *rule.Node, key string) []*rule.Node {
	if n.Kind != rule.ArrayNode {
		t.report(codeCases, n.KeySpan, fmt.Sprintf("write [[%s]] with two brackets", key), "%q must be an array of tables, found %s", key, kindName(n.Kind))
		return nil
	}
	var out []*rule.Node
	for _, c := range n.Children {
		if c.Kind != rule.TableNode {
			t.invalid(c, "", "an element of %q must be a table, found %s", key, kindName(c.Kind))
			continue
		}
		out = append(out, c)
	}
	return out
}

func (t *caseTable) testCase(n *rule.Node) {
	t.known(n, caseKeys)
	c := testCase{file: t.path, line: t.doc.Position(n.Span.Start).Line}
	c.name = t.name(n)
	if s := n.Get("synthetic"); s != nil {
		c.synthetic = t.boolean(s)
	}
	if a := n.Get("completion"); a != nil {
		if c.answers = t.completion(a); !t.l.needs.Model && !t.l.needs.Unknown {
			t.report(codeCases, a.KeySpan, "", "`completion` has the answers of a model, but the query asks none")
		}
	}
	docs := t.events(n)
	c.events = make([]fixtureEvent, 0, len(docs))
	for _, d := range docs {
		raw, err := d.doc.encode()
		if err != nil {
			t.invalid(n, "", "the event cannot be written as JSON: %v", err)
			break
		}
		d.origin.raw = raw
		c.events = append(c.events, d.origin)
	}
	t.wanted(n, &c)
	if t.bad {
		c.broken = "the case is not valid"
		if c.name == "" {
			return
		}
	}
	t.l.out.cases = append(t.l.out.cases, c)
}

func (t *caseTable) name(n *rule.Node) string {
	name := n.Get("name")
	if name == nil {
		t.report(codeCases, n.Span, "", "the case lacks a name")
		return ""
	}
	s := t.str(name)
	switch {
	case t.bad:
	case s == "":
		t.invalid(name, "", "the name of the case is empty")
	case t.l.names[s] == t.path:
		t.invalid(name, "", "two cases are named %q", s)
	case t.l.names[s] != "":
		t.invalid(name, "", "two cases are named %q: the other one is in %s", s, t.l.names[s])
	}
	t.l.names[s] = t.path
	return s
}

// wanted reads match or want.
func (t *caseTable) wanted(n *rule.Node, c *testCase) {
	match, list := n.Get("match"), n.Get("want")
	switch {
	case match == nil && list == nil:
		t.report(codeCases, n.Span, "add match = true, match = false, match = N or want = [[0]]", "case %q does not say what it expects", c.name)
	case match != nil && list != nil:
		t.report(codeCases, list.KeySpan, "", "case %q has both match and want", c.name)
	case list != nil:
		t.wantList(list, c)
	case match.Kind == rule.BoolNode && match.Bool:
		c.want.count = countSome
	case match.Kind == rule.BoolNode:
		c.want.count = countNone
	case match.Kind == rule.IntegerNode && match.Int >= 0 && match.Int <= math.MaxInt32:
		c.want.count, c.want.n = countExactly, int(match.Int)
	default:
		t.invalid(match, "", "match must be true, false or a number of matches, found %s", kindName(match.Kind))
	}
}

// wantList reads [[0],[2,5]]; -1 stands for a missing event, since TOML has no null.
func (t *caseTable) wantList(list *rule.Node, c *testCase) {
	const hint = "one list of event positions for each match, counted from 0: want = [[0], [2, 5]]"
	if list.Kind != rule.ArrayNode {
		t.invalid(list, hint, "want must be a list of lists, found %s", kindName(list.Kind))
		return
	}
	c.want.exact = []Hit{}
	for _, m := range list.Children {
		if m.Kind != rule.ArrayNode {
			t.invalid(m, hint, "want must be a list of lists, found %s in it", kindName(m.Kind))
			return
		}
		match := Hit{Events: []int{}}
		for _, e := range m.Children {
			if e.Kind != rule.IntegerNode || e.Int < Missing || e.Int > math.MaxInt32 {
				t.invalid(e, hint, "an event position must be a number from 0, or -1 for a missing event")
				return
			}
			if int(e.Int) >= len(c.events) && !t.bad {
				t.invalid(e, "", "event position %d is beyond the last event, which is %d", e.Int, len(c.events)-1)
				return
			}
			match.Events = append(match.Events, int(e.Int))
		}
		c.want.exact = append(c.want.exact, match)
	}
	sortHits(c.want.exact)
}

// caseEvent is an event under construction.
type caseEvent struct {
	doc    document
	origin fixtureEvent
}

// events builds the events of a case: the base with the case's own set and unset, or one for each [[case.event]].
func (t *caseTable) events(n *rule.Node) []caseEvent {
	entries := n.Get("event")
	if entries == nil || entries.Kind == rule.TableNode && entries.Inline {
		docs := t.source(n)
		t.change(docs, n)
		return docs
	}
	var out []caseEvent
	var offsets []offset
	for _, e := range t.tables(entries, "case.event") {
		t.known(e, eventKeys)
		from := e
		if e.Get("base") == nil && e.Get("event") == nil && n.Get("base") != nil {
			from = n
		}
		docs := t.source(from)
		t.change(docs, n)
		t.change(docs, e)
		if at := e.Get("at"); at != nil && len(docs) > 0 {
			if d, ok := t.duration(at); ok {
				offsets = append(offsets, offset{len(out), len(out) + len(docs), d})
			}
		}
		out = append(out, docs...)
	}
	if len(entries.Children) > 0 && !t.bad {
		if err := applyOffsets(out, offsets, t.l.timestamp); err != nil {
			t.invalid(entries.Children[0], "", "%v", err)
		}
	}
	return out
}

// source returns the events that base or an inline event give.
func (t *caseTable) source(n *rule.Node) []caseEvent {
	base, inline := n.Get("base"), n.Get("event")
	switch {
	case base == nil && inline == nil && t.misplaced[n]:
	case base == nil && inline == nil:
		t.report(codeCases, n.Span, "add base = \"match.json\" or [[case.event]]", "the case has no event: neither base nor event is given")
	case base != nil && inline != nil:
		t.report(codeCases, base.KeySpan, "", "base and event exclude each other")
	case inline != nil:
		if inline.Kind != rule.TableNode {
			t.invalid(inline, "", "an inline event must be a table, found %s", kindName(inline.Kind))
			return nil
		}
		doc := document{}
		doc.setAll(t.assignments(inline))
		return []caseEvent{{doc, fixtureEvent{file: t.path, record: 1}}}
	default:
		return t.base(base, n.Get("record"))
	}
	return nil
}

// base gives the events of a file or, with record, the one of that number, counted from 0 like the positions of a golden.
func (t *caseTable) base(n, record *rule.Node) []caseEvent {
	name := t.str(n)
	if name == "" {
		if n.Kind == rule.StringNode {
			t.invalid(n, "", "base is empty: expected the name of an event file")
		}
		return nil
	}
	f := t.findBase(n, name)
	if f == nil {
		return nil
	}
	f.used = true
	t.l.load(f)
	if len(f.problems) > 0 {
		t.bad = true // reported where the file was read
		return nil
	}
	if f.docs == nil {
		for _, e := range f.events {
			d, err := parseDocument(e.raw)
			if err != nil {
				t.invalid(n, "", "record %d of %s cannot be read: %v", e.record, f.path, err)
				return nil
			}
			f.docs = append(f.docs, d)
		}
	}
	from, to := 0, len(f.docs)
	if record != nil {
		if record.Kind != rule.IntegerNode || record.Int < 0 || record.Int >= int64(to) {
			t.invalid(record, "", "record must be a number from 0 to %d, the position of an event in base", to-1)
			return nil
		}
		from = int(record.Int)
		to = from + 1
	}
	out := make([]caseEvent, to-from)
	for i := range out {
		out[i] = caseEvent{f.docs[from+i].clone(), f.events[from+i]}
	}
	return out
}

// findBase looks for an event file beside cases.toml, then in the rule's other fixture folders.
func (t *caseTable) findBase(n *rule.Node, name string) *eventFile {
	own := path.Dir(t.path)
	for _, d := range append([]string{own}, t.l.dirs...) {
		p := path.Join(d, name)
		if f := t.l.files[p]; f != nil {
			return f
		}
		if !fs.ValidPath(p) {
			t.invalid(n, "", "base %q leads out of the file system", name)
			return nil
		}
		if info, err := fs.Stat(t.l.fsys, p); err == nil && !info.IsDir() {
			s, ok := eventStem(path.Base(p))
			if !ok {
				t.invalid(n, "", "base %q is no event file: expected .json or .ndjson", name)
				return nil
			}
			t.l.files[p] = &eventFile{path: p, stem: s}
			return t.l.files[p]
		}
	}
	names := map[string]bool{}
	t.guesses++
	for p := range t.l.files {
		if path.Dir(p) == own && t.guesses <= maxGuesses {
			names[path.Base(p)] = true
		}
	}
	hint := ""
	if names := near.Names(name, slices.Sorted(maps.Keys(names))); len(names) > 0 {
		hint = "did you mean " + quoteList(names) + "?"
	}
	t.invalid(n, hint, "base %q does not exist in %s", name, own)
	return nil
}

// change applies unset, then set, to events.
func (t *caseTable) change(events []caseEvent, n *rule.Node) {
	if u := n.Get("unset"); u != nil {
		fields := slices.DeleteFunc(t.strs(u), func(f string) bool { return t.deep(u, f) })
		for _, e := range events {
			e.doc.unset(fields...)
		}
	}
	s := n.Get("set")
	if s == nil {
		return
	}
	if s.Kind != rule.TableNode {
		t.invalid(s, "", "set must be a table of field = value, found %s", kindName(s.Kind))
		return
	}
	list := t.assignments(s)
	for _, e := range events {
		e.doc.setAll(list)
	}
}

// assignments are what the keys of a table set.
func (t *caseTable) assignments(table *rule.Node) []assignment {
	var out []assignment
	for _, c := range table.Children {
		out = assign(out, c.Key, t.value(c))
	}
	return slices.DeleteFunc(out, func(a assignment) bool { return t.deep(table, a.field) })
}

// maxParts is the largest number of parts of a field: no event has objects deeper than that within one another.
const maxParts = 500

// deep reports a field of too many parts.
func (t *caseTable) deep(n *rule.Node, field string) bool {
	if strings.Count(field, ".") < maxParts {
		return false
	}
	t.invalid(n, "", "a field has more than %d parts", maxParts)
	return true
}

func (t *caseTable) str(n *rule.Node) string {
	if n.Kind != rule.StringNode {
		t.invalid(n, "", "%s must be a string, found %s", n.Key, kindName(n.Kind))
		return ""
	}
	return n.Str
}

func (t *caseTable) boolean(n *rule.Node) bool {
	if n.Kind != rule.BoolNode {
		t.invalid(n, "", "%s must be true or false, found %s", n.Key, kindName(n.Kind))
	}
	return n.Bool
}

func (t *caseTable) strs(n *rule.Node) []string {
	if n.Kind != rule.ArrayNode {
		t.invalid(n, fmt.Sprintf("write %s = [\"field\"]", n.Key), "%s must be a list of field names, found %s", n.Key, kindName(n.Kind))
		return nil
	}
	var out []string
	for _, c := range n.Children {
		if c.Kind != rule.StringNode || c.Str == "" {
			t.invalid(c, "", "a field name must be a string that is not empty, found %s", kindName(c.Kind))
			continue
		}
		out = append(out, c.Str)
	}
	return out
}

// value is a TOML value as JSON knows it. Dates become RFC 3339 strings.
func (t *caseTable) value(n *rule.Node) any {
	switch n.Kind {
	case rule.StringNode:
		return n.Str
	case rule.IntegerNode:
		return n.Int
	case rule.FloatNode:
		if math.IsNaN(n.Float) || math.IsInf(n.Float, 0) {
			t.invalid(n, "", "JSON has no %s", strconv.FormatFloat(n.Float, 'g', -1, 64))
			return nil
		}
		return n.Float
	case rule.BoolNode:
		return n.Bool
	case rule.DateNode:
		return t.date(n)
	case rule.ArrayNode:
		out := make([]any, 0, len(n.Children))
		for _, c := range n.Children {
			out = append(out, t.value(c))
		}
		return out
	}
	out := make(map[string]any, len(n.Children))
	for _, c := range n.Children {
		out[c.Key] = t.value(c)
	}
	return out
}

func (t *caseTable) duration(n *rule.Node) (time.Duration, bool) {
	s := t.str(n)
	d, err := parseOffset(s)
	if n.Kind == rule.StringNode && err != nil {
		t.invalid(n, "write a number and a unit: +500ms, +5s, +2m, +1h or +1d", "at %q is no offset", s)
	}
	return d, err == nil
}

func kindName(k rule.NodeKind) string {
	switch k {
	case rule.TableNode:
		return "a table"
	case rule.ArrayNode:
		return "a list"
	case rule.StringNode:
		return "a string"
	case rule.IntegerNode:
		return "an integer"
	case rule.FloatNode:
		return "a number"
	case rule.BoolNode:
		return "a boolean"
	case rule.DateNode:
		return "a date"
	}
	return "something else"
}

// date is a TOML date as RFC 3339; a local date or time without an offset counts as UTC.
func (t *caseTable) date(n *rule.Node) string {
	d, ok := n.Time()
	if !ok {
		t.invalid(n, "", "a time of day alone is no timestamp")
	}
	return formatTime(d)
}
