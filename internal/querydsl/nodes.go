package querydsl

import (
	"fmt"
	"math"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/mapping"
)

// node compiles a query on fields.
func (c *compiler) node(q Query) (predicate.Node, []*predicate.Field, error) {
	switch q := q.(type) {
	case *MatchAll:
		return predicate.True, nil, nil
	case *MatchNone:
		return predicate.Never(), nil, nil
	case *IDs:
		return &idNode{q.Values, false}, nil, nil
	case *MultiMatch:
		return c.multiMatch(q)
	case *QueryString:
		cond, err := c.queryString(q)
		if err != nil {
			return nil, nil, err
		}
		return cond.Node, fieldsOf([]*predicate.Cond{cond}), nil
	case *Exists:
		return c.exists(q)
	case *Term:
		return c.onField(q, q.Field, func(f *field) (predicate.Node, error) {
			switch f.kind {
			case numbers, dates, addresses, booleans, ranges:
				if q.Fold {
					return nil, c.noType(q, f, "case insensitive term")
				}
			}
			return c.term(q, f, q.Value, q.Fold)
		})
	case *Terms:
		return c.onField(q, q.Field, func(f *field) (predicate.Node, error) { return c.terms(q, f) })
	case *Match:
		return c.onField(q, q.Field, func(f *field) (predicate.Node, error) { return c.match(q, f, q) })
	case *Wildcard:
		return c.onField(q, q.Field, func(f *field) (predicate.Node, error) { return c.wildcard(q, f, q.Pattern, q.Fold, "wildcard") })
	case *Prefix:
		return c.onField(q, q.Field, func(f *field) (predicate.Node, error) { return c.prefix(q, f, q.Value, q.Fold) })
	case *Regexp:
		return c.onField(q, q.Field, func(f *field) (predicate.Node, error) { return c.regexp(q, f, q.Pattern, q.Fold) })
	case *Fuzzy:
		return c.onField(q, q.Field, func(f *field) (predicate.Node, error) { return c.fuzzy(q, f, q) })
	case *Range:
		return c.onField(q, q.Field, func(f *field) (predicate.Node, error) { return c.rangeNode(q, f, q) })
	}
	return nil, nil, c.fail(q, nil, "queries of type %T are not supported", q)
}

// onField resolves the field of a query and compiles it. Values of nested objects are only seen from within.
func (c *compiler) onField(q Query, name string, compile func(*field) (predicate.Node, error)) (predicate.Node, []*predicate.Field, error) {
	f, err := c.field(name)
	if err != nil {
		return nil, nil, c.fail(q, nil, "%v", err)
	}
	if f.closed() && !c.opts.Open {
		if m, ok := q.(*Match); ok && m.Lenient {
			return predicate.Never(), []*predicate.Field{c.shown(f)}, nil
		}
		return nil, nil, c.closedError(q, f)
	}
	n, err := anyCopy(f, compile)
	if err != nil {
		return nil, nil, err
	}
	if f.kind == unmapped || f.kind == objects {
		n = predicate.Never()
	}
	if f.nested != c.scope && f.kind != open && f.kind != docID && f.kind != docIndex {
		n = predicate.Never()
	}
	return n, []*predicate.Field{c.shown(f)}, nil
}

// closed reports a field that the mapping keeps from being searched.
func (f *field) closed() bool {
	return f.kind != open && f.info.NoIndex && (f.info.NoDocValues || f.kind == texts || f.kind == ranges || f.kind == flattened)
}

func (c *compiler) closedError(q Query, f *field) error {
	return c.fail(q, f, "field %s cannot be searched: its mapping says index: false", wording.Quote(f.name))
}

// shown is the field as coverage and explanations know it.
func (c *compiler) shown(f *field) *predicate.Field {
	p := &predicate.Field{Name: f.name, Path: f.path, Slot: predicate.NoSlot, Type: f.typ, Class: classOf(f), IgnoreAbove: f.info.IgnoreAbove,
		Format: f.format, Scale: f.info.Scale, Absent: f.kind == unmapped, Info: f.info}
	if f.kind != unmapped && f.kind != objects && f.kind < docID && f.nested == c.scope && c.scope == "" && !f.pattern {
		p.Slot = c.slot(f)
	}
	return p
}

func classOf(f *field) predicate.Class {
	switch f.kind {
	case keywords, texts, flattened, keyed:
		return predicate.StringClass
	case booleans:
		return predicate.BoolClass
	case dates:
		return predicate.DateClass
	case addresses:
		return predicate.IPClass
	case versions:
		return predicate.VersionClass
	case numbers:
		if f.typ.Integral() {
			return predicate.LongClass
		}
		return predicate.DoubleClass
	}
	return predicate.AnyClass
}

// test makes a leaf of a test of single values.
func (c *compiler) test(f *field, id string, cost int, t predicate.Test, needs []predicate.Need, hints predicate.Hints) predicate.Node {
	if f.pattern {
		return c.leaves(f, id, t)
	}
	return c.plain(f).Leaf(fmt.Sprintf("dsl %d %d %s %q %s", f.kind, f.typ, f.info.Format, f.info.Normalizer, id), t, cost, needs, hints)
}

// plain is a field as the engine knows it.
func (c *compiler) plain(f *field) *predicate.Field {
	return &predicate.Field{Name: f.name, Path: f.path, Slot: c.slot(f), Class: classOf(f), IgnoreAbove: f.info.IgnoreAbove, Scale: f.info.Scale, Info: f.info}
}

// textTest makes a leaf of a test of texts. change is what the mapping does to a text before it is indexed, nil: nothing.
func (c *compiler) textTest(f *field, t predicate.Text) predicate.Node {
	limit := f.info.IgnoreAbove
	match, needs := t.Match, t.Needs
	if f.norm != nil {
		inner := match
		match, needs = func(s string) bool { return inner(f.norm(s)) }, nil
	}
	test := func(v *event.Value) bool { return match(v.Text) }
	if limit > 0 {
		p := &predicate.Field{IgnoreAbove: limit}
		test = func(v *event.Value) bool { return match(v.Text) && p.Indexed(v.Text) }
	}
	if f.norm == nil && f.kind == keywords {
		t.Hints.Texts = t.Language
	}
	return c.test(f, t.ID, t.Cost, test, needs, t.Hints)
}

func (c *compiler) noType(q Query, f *field, what string) error {
	return c.fail(q, f, "field %s of type %s does not support %s queries", wording.Quote(f.name), f.typeName(), what)
}

// term compiles an exact value.
func (c *compiler) term(q Query, f *field, v Value, fold bool) (predicate.Node, error) {
	if v.Kind == Null {
		return nil, c.fail(q, f, "a value is needed, null is none")
	}
	switch f.kind {
	case unmapped:
		return predicate.Never(), nil
	case objects:
		return predicate.Never(), nil
	case docID:
		if v.Text == "" {
			return nil, c.fail(q, f, "an id cannot be empty")
		}
		return &idNode{[]string{v.Text}, false}, nil
	case docIndex:
		return c.indexName(q, f, v.Text, fold)
	case special:
		return c.specialTerm(q, f, v)
	case keywords, keyed, versions:
		return c.keywordTerm(f, v, fold), nil
	case flattened:
		return c.flatText(f, predicate.Literals([]string{v.Text}, folding(fold))), nil
	case texts:
		return c.words(f, []string{v.Text}, "term"), nil
	case opaque:
		return nil, c.noType(q, f, "term")
	case ranges:
		return c.intervals(q, f, bounds{lo: &v, hi: &v}, &Range{})
	case numbers:
		return c.numberTerm(q, f, v)
	case dates:
		return c.dateRange(q, f, &Range{Place: Place{q.At()}, Field: f.name, GTE: &v, LTE: &v})
	case addresses:
		return c.addressTerm(q, f, v)
	case booleans:
		return c.booleanTerm(q, f, v)
	}
	return c.openTerm(f, v, fold), nil
}

// indexName compares the name of the index, in every query but a regular expression: a star stands for any text, also in a term.
func (c *compiler) indexName(q Query, f *field, text string, fold bool) (predicate.Node, error) {
	switch {
	case text == "":
		return nil, c.fail(q, f, "the name of an index cannot be empty")
	case !fold && !hasStar(text):
		return &idNode{[]string{text}, true}, nil
	}
	return &idPattern{lucene.NewEscaped(starsOnly(text), folding(fold))}, nil
}

// starsOnly is a pattern in which only stars are wildcards: what fields of one value for a whole index take in any query.
func starsOnly(text string) string {
	return strings.NewReplacer(`\`, `\\`, `?`, `\?`).Replace(text)
}

// specialTerm is about metadata; of most of it events here have none.
func (c *compiler) specialTerm(q Query, f *field, v Value) (predicate.Node, error) {
	switch f.name {
	case "_source":
		return nil, c.fail(q, f, "field `_source` cannot be searched")
	case "_ignored":
		return c.ignored(func(name string) bool { return name == v.Text }), nil
	}
	return predicate.Never(), nil
}

// ignored is true for an event with a text that is too long for the index, in a keyword whose name is wanted.
func (c *compiler) ignored(wanted func(name string) bool) predicate.Node {
	var nodes []predicate.Node
	for _, f := range c.expand("*") {
		if f.kind != keywords || f.info.IgnoreAbove == 0 || f.nested != c.scope || !wanted(f.name) {
			continue
		}
		limit := &predicate.Field{IgnoreAbove: f.info.IgnoreAbove}
		nodes = append(nodes, c.test(f, "ignored", predicate.ExactCost, func(v *event.Value) bool { return !limit.Indexed(v.Text) }, nil, predicate.Hints{}))
	}
	if len(nodes) == 0 {
		return predicate.Never()
	}
	return predicate.Chain(predicate.OpOr, nodes)
}

func folding(fold bool) lucene.Case {
	if fold {
		return lucene.FoldASCII
	}
	return lucene.Sensitive
}

func (c *compiler) keywordTerm(f *field, v Value, fold bool) predicate.Node {
	text := v.Text
	if f.typ == mapping.ConstantKeyword && hasStar(text) {
		return c.textTest(f, predicate.Escaped(starsOnly(text), folding(fold)))
	}
	if f.norm != nil {
		text = f.norm(text)
	}
	if !fold && f.norm == nil {
		p := c.plain(f)
		if !p.Indexed(text) {
			return predicate.Never()
		}
		return p.Exact(text)
	}
	return c.textTest(f, predicate.Literals([]string{text}, folding(fold)))
}

func (c *compiler) terms(q *Terms, f *field) (predicate.Node, error) {
	var nodes []predicate.Node
	for _, v := range q.Values {
		n, err := c.term(q, f, v, false)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	if n := predicate.SetOf(nodes); n != nil {
		return n, nil
	}
	return predicate.Chain(predicate.OpOr, nodes), nil
}

func (c *compiler) numberTerm(q Query, f *field, v Value) (predicate.Node, error) {
	n, ok := f.parse(v)
	if !ok {
		if f.typ.Integral() && math.IsInf(n.float, 0) && v.Kind != Boolean {
			return predicate.Never(), nil // NaN and what is too large count as fractions
		}
		return nil, c.fail(q, f, "%s is no number, which field %s of type %s needs", wording.Quote(v.Text), wording.Quote(f.name), f.typeName())
	}
	if f.typ.Integral() {
		lo, hi := limits(f.typ)
		if !n.whole && n.float != float64(int64(n.float)) {
			return predicate.Never(), nil
		}
		if n.compare(lo) < 0 || n.compare(hi) > 0 {
			return c.outOfRange(q, f, v)
		}
	} else if n = f.rounded(n); math.IsInf(n.float, 0) {
		return c.outOfRange(q, f, v)
	}
	return c.test(f, "== "+v.Text, predicate.TypedCost, func(x *event.Value) bool {
		m, ok := f.stored(x)
		return ok && f.compare(m, n) == 0
	}, nil, predicate.Hints{Values: []predicate.Value{literal(v)}, Ranges: between(n.rat(), n.rat(), bounds{lo: &v, hi: &v})}), nil
}

// outOfRange is a number that a field cannot hold: nothing matches it, but in a list it is an error.
func (c *compiler) outOfRange(q Query, f *field, v Value) (predicate.Node, error) {
	if _, list := q.(*Terms); list {
		return nil, c.fail(q, f, "%s is out of the range of field %s of type %s", wording.Quote(v.Text), wording.Quote(f.name), f.typeName())
	}
	return predicate.Never(), nil
}

// literal is a value of a query as hints have it.
func literal(v Value) predicate.Value {
	if v.Kind == Boolean {
		return eqlfunc.OfBool(v.Text == "true")
	}
	if v.Kind == Number {
		if n, ok := predicate.ParseNumber(v.Text); ok {
			return n
		}
	}
	return eqlfunc.OfString(v.Text)
}

func (c *compiler) booleanTerm(q Query, f *field, v Value) (predicate.Node, error) {
	want, ok := predicate.ParseBool(v.Text)
	if !ok || v.Text == "" {
		return nil, c.fail(q, f, "%s is neither true nor false, which field %s of type boolean needs", wording.Quote(v.Text), wording.Quote(f.name))
	}
	return c.test(f, "== "+v.Text, predicate.TypedCost, func(x *event.Value) bool {
		b, ok := storedBool(x)
		return ok && b == want
	}, nil, predicate.Hints{Values: []predicate.Value{eqlfunc.OfBool(want)}, Ranges: between(binary(want), binary(want), bounds{lo: &v, hi: &v})}), nil
}

func storedBool(v *event.Value) (b, ok bool) {
	switch v.Kind {
	case event.Bool:
		return v.Bits != 0, true
	case event.String:
		return predicate.ParseBool(v.Text)
	}
	return false, false
}

// unscoped is an address without its zone ("fe80::1%eth0").
func unscoped(s string) string {
	if strings.Contains(s, ":") {
		s, _, _ = strings.Cut(s, "%")
	}
	return s
}

func (c *compiler) addressTerm(q Query, f *field, v Value) (predicate.Node, error) {
	var contains func([16]byte) bool
	var first, last [16]byte
	if strings.Contains(v.Text, "/") {
		block, err := eqlfunc.ParseBlock(v.Text)
		if err != nil {
			return nil, c.fail(q, f, "%s is no address or block, which field %s of type ip needs", wording.Quote(v.Text), wording.Quote(f.name))
		}
		contains = block.Contains
		first, last = block.Bounds()
	} else {
		want, ok := eqlfunc.ParseIP(unscoped(v.Text))
		if !ok {
			return nil, c.fail(q, f, "%s is no address, which field %s of type ip needs", wording.Quote(v.Text), wording.Quote(f.name))
		}
		contains = func(a [16]byte) bool { return a == want }
		first, last = want, want
	}
	p := &predicate.Field{Class: predicate.IPClass}
	return c.test(f, "== "+v.Text, predicate.TypedCost, func(x *event.Value) bool {
		a, ok := p.Address(x)
		return ok && contains(a)
	}, nil, predicate.Hints{Values: []predicate.Value{eqlfunc.OfString(v.Text)},
		Ranges: between(predicate.AddressNumber(first), predicate.AddressNumber(last), bounds{lo: &v, hi: &v})}), nil
}

// openTerm compares with values of a field that no mapping describes: texts with texts, numbers with numbers.
func (c *compiler) openTerm(f *field, v Value, fold bool) predicate.Node {
	n, number := parseNumber(v.Text)
	same := folding(fold)
	if !number && !fold && !f.pattern {
		p := &predicate.Field{Slot: c.slot(f)}
		return p.Exact(v.Text)
	}
	any := &field{typ: 0, kind: open}
	return c.test(f, fmt.Sprintf("== %t %q", fold, v.Text), predicate.TypedCost, func(x *event.Value) bool {
		switch x.Kind {
		case event.Int, event.Uint, event.Float:
			m, ok := any.stored(x)
			return number && ok && m.compare(any.rounded(n)) == 0
		}
		return same.Equal(x.Text, v.Text)
	}, nil, predicate.Hints{Values: []predicate.Value{literal(v)}})
}

// wildcard compiles a pattern. The mapping changes the text between wildcards as it changes values.
func (c *compiler) wildcard(q Query, f *field, pattern string, fold bool, what string) (predicate.Node, error) {
	switch f.kind {
	case unmapped, objects:
		return predicate.Never(), nil
	case docIndex:
		return c.indexName(q, f, pattern, fold)
	case keywords, versions, open, flattened:
	case texts:
		return c.wordTest(f, predicate.Escaped(pattern, folding(fold))), nil
	default:
		return nil, c.fail(q, f, "%s queries need a keyword, text or wildcard field; %s has type %s", what, wording.Quote(f.name), f.typeName())
	}
	if pattern == "" {
		return predicate.Never(), nil // not even the empty text
	}
	if f.norm != nil {
		pattern = normalizePattern(pattern, f.norm)
	}
	t := predicate.Escaped(pattern, folding(fold))
	if f.kind == flattened {
		return c.flatText(f, t), nil
	}
	return c.textTest(f, t), nil
}

// normalizePattern changes what stands between wildcards and escapes.
func normalizePattern(pattern string, change func(string) string) string {
	var b strings.Builder
	at := 0
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '*', '?':
			b.WriteString(change(pattern[at:i]))
			b.WriteByte(pattern[i])
			at = i + 1
		case '\\':
			b.WriteString(change(pattern[at:i]))
			end := i + 1
			if end < len(pattern) {
				end++
				for end < len(pattern) && pattern[end]&0xC0 == 0x80 {
					end++
				}
			}
			b.WriteString(pattern[i:end])
			at, i = end, end-1
		}
	}
	b.WriteString(change(pattern[at:]))
	return b.String()
}

func (c *compiler) prefix(q Query, f *field, text string, fold bool) (predicate.Node, error) {
	if f.norm != nil {
		text = f.norm(text)
	}
	t := predicate.Prefix(text, folding(fold))
	switch f.kind {
	case docIndex:
		return c.indexName(q, f, text+"*", fold)
	case keyed:
		return c.textTest(f, t), nil
	}
	return c.onText(q, f, t, "prefix")
}

func (c *compiler) regexp(q Query, f *field, pattern string, fold bool) (predicate.Node, error) {
	t, err := predicate.Regexps([]string{pattern}, folding(fold))
	if err != nil {
		return nil, c.fail(q, f, "%v", err)
	}
	return c.onText(q, f, t, "regexp")
}

// onText compiles a test of text for a field of any type that takes it; what names the query.
func (c *compiler) onText(q Query, f *field, t predicate.Text, what string) (predicate.Node, error) {
	switch f.kind {
	case unmapped, objects:
		return predicate.Never(), nil
	case keywords, versions, open:
		return c.textTest(f, t), nil
	case flattened:
		return c.flatText(f, t), nil
	case texts:
		return c.wordTest(f, t), nil
	}
	return nil, c.fail(q, f, "%s queries need a keyword, text or wildcard field; %s has type %s", what, wording.Quote(f.name), f.typeName())
}

// exists compiles a test for any value, of an object for any below it.
func (c *compiler) exists(q *Exists) (predicate.Node, []*predicate.Field, error) {
	f, err := c.field(q.Field)
	if err != nil {
		return nil, nil, c.fail(q, nil, "%v", err)
	}
	if strings.Contains(q.Field, "*") && f.kind == unmapped || f.kind == objects {
		pattern := q.Field
		if f.kind == objects {
			pattern += ".*"
		}
		var nodes []predicate.Node
		var shown []*predicate.Field
		for _, sub := range c.expand(pattern) {
			if n := c.existsCopy(sub); sub.nested == c.scope && n != nil {
				nodes, shown = append(nodes, n), append(shown, c.shown(sub))
			}
		}
		if len(nodes) == 0 {
			return predicate.Never(), []*predicate.Field{c.shown(f)}, nil
		}
		return predicate.Chain(predicate.OpOr, nodes), shown, nil
	}
	if f.kind == special && f.name == "_source" {
		return nil, nil, c.fail(q, f, "field `_source` cannot be searched")
	}
	n := c.existsCopy(f)
	if n == nil || f.nested != c.scope && f.kind < docID && f.kind != open {
		n = predicate.Never()
	}
	return n, []*predicate.Field{c.shown(f)}, nil
}

// existsCopy is existsNode for the values of a field and those copied to it.
func (c *compiler) existsCopy(f *field) predicate.Node {
	n, _ := anyCopy(f, func(f *field) (predicate.Node, error) { return c.existsNode(f), nil })
	return n
}

// existsNode is nil for a field that no document has.
func (c *compiler) existsNode(f *field) predicate.Node {
	always := func(*event.Value) bool { return true }
	if f.info.NoIndex && f.info.NoDocValues && f.kind < docID && f.kind != open && f.kind != ranges && f.kind != opaque {
		return nil
	}
	switch f.kind {
	case special:
		if f.name == "_ignored" {
			return c.ignored(func(string) bool { return true })
		}
		return nil
	case unmapped, objects:
		return nil
	case docID, docIndex:
		return predicate.True
	case flattened:
		return c.flatText(f, predicate.Text{Match: func(string) bool { return true }, ID: "exists"})
	case open:
		if f.pattern {
			return c.leaves(f, "exists", always)
		}
		return &anyOf{c.layout.Add(c.relative(f.path)), c.layout.AddObjects(c.relative(f.path)), f.path, false}
	case ranges:
		return &anyOf{c.layout.Add(c.relative(f.path)), c.layout.AddObjects(c.relative(f.path)), f.path, true}
	case opaque:
		if f.typeName() == "binary" && !f.info.NoDocValues {
			return nil // no doc values by default
		}
		return &anyOf{c.layout.Add(c.relative(f.path)), c.layout.AddObjects(c.relative(f.path)), f.path, false}
	case keywords, texts, keyed:
		if f.info.NoIndex && f.kind == texts {
			return nil
		}
		if f.info.IgnoreAbove == 0 {
			return c.test(f, "exists", predicate.ExactCost, always, nil, anyText(f))
		}
		p := &predicate.Field{IgnoreAbove: f.info.IgnoreAbove}
		return c.test(f, "exists", predicate.ExactCost, func(v *event.Value) bool { return p.Indexed(v.Text) }, nil, anyText(f))
	}
	return c.test(f, "exists", predicate.ExactCost, f.has(), nil, predicate.Hints{Ranges: func() []predicate.Range { return []predicate.Range{{}} }})
}

// anyText says that every text of a keyword counts.
func anyText(f *field) predicate.Hints {
	if f.kind != keywords {
		return predicate.Hints{}
	}
	return predicate.Hints{Texts: func() []lucene.Pattern { return []lucene.Pattern{lucene.NewWildcard("*", lucene.Sensitive)} }}
}

// has tests whether a typed field can hold a value.
func (f *field) has() predicate.Test {
	switch f.kind {
	case numbers:
		return func(v *event.Value) bool { _, ok := f.stored(v); return ok }
	case booleans:
		return func(v *event.Value) bool { _, ok := storedBool(v); return ok }
	case dates:
		return func(v *event.Value) bool { _, ok := f.instant(v); return ok }
	case addresses:
		p := &predicate.Field{Class: predicate.IPClass}
		return func(v *event.Value) bool { _, ok := p.Address(v); return ok }
	}
	return func(*event.Value) bool { return true }
}
