package querydsl

import (
	"errors"
	"strings"

	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/internal/querystring"
)

// queryString compiles a text in Lucene's syntax.
func (c *compiler) queryString(q *QueryString) (*predicate.Cond, error) {
	parsed, err := querystring.Parse(q.Query, q.And)
	if err != nil {
		var syntax *querystring.Error
		errors.As(err, &syntax)
		return nil, &Error{Span: q.At(), Message: "in a query_string: " + syntax.Message, Hint: syntax.Hint}
	}
	if parsed.Root == nil {
		return c.leaf(q, predicate.Never()), nil
	}
	s := &stringCompiler{c: c, q: q, lenient: q.Lenient || len(q.Fields) == 0 || anyField(q.Fields)}
	for _, name := range q.Fields {
		name, _, _ = strings.Cut(name, "^") // a boost
		s.names = append(s.names, name)
	}
	cond, err := s.cond(parsed.Root, parsed.Root.At())
	if err == nil && cond == nil {
		return c.leaf(q, predicate.Never()), nil
	}
	return cond, err
}

// Refused are the clauses of a text that their fields cannot take, each with its place: words for a number, a pattern for an address. A
// search in all fields is lenient, so that such a clause matches nothing, without an error.
func Refused(q *querystring.Query, o Options) []*Error {
	if q.Root == nil {
		return nil
	}
	c := newCompiler(o)
	var out []*Error
	var walk func(n querystring.Node)
	walk = func(n querystring.Node) {
		if g, ok := n.(*querystring.Group); ok {
			for _, clause := range g.Clauses {
				walk(clause.Node)
			}
			return
		}
		if name := n.On().Name; name == "" || strings.Contains(name, "*") {
			return
		}
		s := &stringCompiler{c: c, q: &QueryString{Place: Place{Span: n.At()}, Analyze: true}}
		var refused *Error
		if _, err := s.node(n); errors.As(err, &refused) {
			out = append(out, refused)
		}
	}
	walk(q.Root)
	return out
}

type stringCompiler struct {
	c       *compiler
	q       *QueryString
	names   []string
	lenient bool
	shown   []*predicate.Field
}

// fields are those that a clause is about.
func (s *stringCompiler) fields(f querystring.Field) []string {
	if f.Name != "" {
		return []string{f.Name}
	}
	return s.names
}

// on compiles a clause on its fields.
func (s *stringCompiler) on(f querystring.Field, compile func(*field) (predicate.Node, error)) (predicate.Node, error) {
	n, shown, err := s.c.onFields(s.q, s.fields(f), compile, s.lenient)
	s.shown = append(s.shown, shown...)
	return n, err
}

// node compiles a clause. It is nil for one that is left out: of its text the analyzer leaves no word.
func (s *stringCompiler) node(n querystring.Node) (predicate.Node, error) {
	c, q := s.c, s.q
	switch n := n.(type) {
	case *querystring.Words:
		if r := openRange(n.Text); r != nil {
			return s.on(n.Field, func(f *field) (predicate.Node, error) { return c.rangeNode(q, f, r) })
		}
		if name, ok := querystring.Exists(n); ok {
			return s.exists(name)
		}
		return s.match(n.Field, &Match{Place: q.Place, Value: Text(n.Text), And: q.And})
	case *querystring.Phrase:
		if name, ok := querystring.Exists(n); ok {
			return s.exists(name)
		}
		return s.match(n.Field, &Match{Place: q.Place, Value: Text(n.Text), Phrase: true, Slop: n.Slop})
	case *querystring.Wild:
		return s.wild(n)
	case *querystring.Prefix:
		return s.on(n.Field, func(f *field) (predicate.Node, error) {
			text := n.Text
			switch f.kind {
			case texts:
				if words := wordsOf(text); q.Analyze && len(words) > 1 {
					return s.analyzedPrefix(f, words)
				} else if q.Analyze && len(words) == 1 {
					text = words[0]
				}
				text = lower(text)
			case opaque:
				return predicate.Never(), nil
			}
			return c.prefix(q, f, text, false)
		})
	case *querystring.Regexp:
		return s.on(n.Field, func(f *field) (predicate.Node, error) { return c.regexp(q, f, n.Pattern, false) })
	case *querystring.Fuzzy:
		return s.on(n.Field, func(f *field) (predicate.Node, error) {
			text := n.Text
			if f.kind == texts {
				text = lower(text)
			}
			return c.fuzzy(q, f, &Fuzzy{Place: q.Place, Value: text, Edits: n.Edits})
		})
	case *querystring.Range:
		return s.on(n.Field, func(f *field) (predicate.Node, error) {
			return c.rangeNode(q, f, rangeOf(n, f.kind == texts, q.TimeZone))
		})
	}
	return predicate.Never(), nil
}

// analyzedPrefix is a prefix of several words: the last of them is the prefix, the others are words like any.
func (s *stringCompiler) analyzedPrefix(f *field, words []string) (predicate.Node, error) {
	last := len(words) - 1
	n, err := s.c.prefix(s.q, f, words[last], false)
	if err != nil {
		return nil, err
	}
	nodes := []predicate.Node{n}
	for _, w := range words[:last] {
		nodes = append(nodes, s.c.words(f, []string{w}, "any"))
	}
	if s.q.And {
		return predicate.Chain(predicate.OpAnd, nodes), nil
	}
	return predicate.Chain(predicate.OpOr, nodes), nil
}

func (s *stringCompiler) match(f querystring.Field, m *Match) (predicate.Node, error) {
	return s.on(f, func(f *field) (predicate.Node, error) {
		if f.kind == texts && len(wordsOf(m.Value.Text)) == 0 {
			return nil, nil
		}
		return s.c.match(s.q, f, m)
	})
}

func (s *stringCompiler) exists(name string) (predicate.Node, error) {
	n, shown, err := s.c.exists(&Exists{s.q.Place, name})
	s.shown = append(s.shown, shown...)
	return n, err
}

// wild compiles a pattern; a lone star asks for existence.
func (s *stringCompiler) wild(n *querystring.Wild) (predicate.Node, error) {
	if n.Pattern == "*" {
		names := s.fields(n.Field)
		if len(names) == 0 || len(names) == 1 && names[0] == "*" {
			return predicate.True, nil
		}
		var nodes []predicate.Node
		for _, name := range names {
			if f, err := s.c.field(name); err == nil && f.kind == objects && n.Field.Name == "" {
				continue // the request names fields only, no objects
			}
			e, err := s.exists(name)
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, e)
		}
		if len(nodes) == 0 {
			return predicate.Never(), nil
		}
		return predicate.Chain(predicate.OpOr, nodes), nil
	}
	return s.on(n.Field, func(f *field) (predicate.Node, error) {
		pattern := n.Pattern
		switch f.kind {
		case texts:
			pattern = normalizePattern(pattern, lower)
		case keyed:
			return s.c.keyedPattern(f, pattern), nil
		}
		return s.c.wildcard(s.q, f, pattern, false, "wildcard")
	})
}

// origin gives the source of a place in the text. A text inside of a JSON query or of a KQL literal has places of its own, which are none
// of the source.
func (s *stringCompiler) origin(at Span) *origin {
	if !s.q.Whole {
		return &origin{}
	}
	return s.c.originAt(at)
}

// cond compiles a clause or a group, which stands at a place of the text; nil is one that is left out.
func (s *stringCompiler) cond(n querystring.Node, at Span) (*predicate.Cond, error) {
	if g, ok := n.(*querystring.Group); ok {
		return s.group(g, at)
	}
	s.shown = nil
	node, err := s.node(n)
	if err != nil || node == nil {
		return nil, err
	}
	return predicate.NewLeaf(at, node, s.origin(at), s.shown...), nil
}

// group links clauses. Where one must match, those that should only score.
func (s *stringCompiler) group(g *querystring.Group, at Span) (*predicate.Cond, error) {
	var all, should []*predicate.Cond
	required := false
	for _, clause := range g.Clauses {
		cond, err := s.cond(clause.Node, clause.Span)
		if err != nil {
			return nil, err
		}
		if cond == nil {
			continue
		}
		switch clause.Occur {
		case querystring.Must:
			required = true
			all = append(all, cond)
		case querystring.MustNot:
			not := Span{Start: clause.Sign.Start, End: clause.Span.End}
			all = append(all, predicate.NewNot(not, s.origin(not), cond))
		default:
			should = append(should, cond)
		}
	}
	if len(should) > 0 && !required {
		any := should[0]
		if len(should) > 1 {
			any = alternatives(at, s.origin(at), should)
		}
		all = append(all, any)
	}
	switch len(all) {
	case 0:
		return nil, nil
	case 1:
		return all[0], nil
	}
	return predicate.NewAnd(at, s.origin(at), all...), nil
}

// openRange reads >5, <=5 and the like, which query_string takes as ranges.
func openRange(text string) *Range {
	for _, op := range []string{">=", "<=", ">", "<"} {
		rest, ok := strings.CutPrefix(text, op)
		if !ok || rest == "" {
			continue
		}
		v := Text(rest)
		switch op {
		case ">=":
			return &Range{GTE: &v}
		case "<=":
			return &Range{LTE: &v}
		case ">":
			return &Range{GT: &v}
		}
		return &Range{LT: &v}
	}
	return nil
}

func rangeOf(n *querystring.Range, analyzed bool, zone string) *Range {
	r := &Range{TimeZone: zone}
	low, high := Text(n.Low), Text(n.High)
	if analyzed {
		low.Text, high.Text = lower(low.Text), lower(high.Text)
	}
	switch {
	case n.Open[0]:
	case n.WithLow:
		r.GTE = &low
	default:
		r.GT = &low
	}
	switch {
	case n.Open[1]:
	case n.WithHigh:
		r.LTE = &high
	default:
		r.LT = &high
	}
	return r
}
