package backward

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/esql"
)

// term is an expression over the columns that a segment of a pipeline starts with. Equal terms of one space are one.
type term struct {
	id    int
	kind  termKind
	name  string   // of a field: the column; of a call: the function, lower case; of a piece: the column that the command makes
	op    esql.Op  // of an operator
	parts []string // the source around the kids, one more than these
	kids  []*term
	lit   *esql.Literal // of a constant
	cmd   esql.Command  // of a piece: the DISSECT or GROK
	// fields are the columns that the value depends on, sorted.
	fields []string
	size   int // nodes, each as often as it is read
}

type termKind uint8

const (
	fieldTerm termKind = iota
	constTerm
	opTerm // NOT, AND, OR, comparison, arithmetic
	callTerm
	inTerm     // x IN (list): kids are x and the list
	likeTerm   // x LIKE, x RLIKE: the patterns stand in parts
	nullTerm   // x IS NULL
	someTerm   // x IS NOT NULL
	castTerm   // name is the type
	pieceTerm  // a column of DISSECT or GROK; the kid is what they take apart
	expandTerm // a column behind MV_EXPAND
	searchTerm // KQL(), QSTR(): a search on the event; lit is the query
	otherTerm
)

// terms makes terms.
type terms struct {
	byKey map[string]*term
	list  []*term
}

func newTerms() *terms { return &terms{byKey: map[string]*term{}} }

// of returns the term that is like t, which may be new.
func (s *terms) of(t *term) *term {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %q %d %q", t.kind, t.name, t.op, t.parts)
	for _, k := range t.kids {
		b.WriteString(" " + strconv.Itoa(k.id))
	}
	if t.cmd != nil {
		fmt.Fprintf(&b, " %d", t.cmd.Span().Start)
	}
	if old := s.byKey[b.String()]; old != nil {
		return old
	}
	t.id, t.size = len(s.list), 1
	if t.kind == fieldTerm {
		t.fields = []string{t.name}
	}
	for _, k := range t.kids {
		t.fields = append(t.fields, k.fields...)
		t.size = min(t.size+k.size, maxSize)
	}
	slices.Sort(t.fields)
	t.fields = slices.Compact(t.fields)
	s.list = append(s.list, t)
	s.byKey[b.String()] = t
	return t
}

// maxSize is more than any limit for the size of a term.
const maxSize = 1 << 30

func (s *terms) field(name string) *term { return s.of(&term{kind: fieldTerm, name: name}) }

func (s *terms) literal(x *esql.Literal) *term {
	return s.of(&term{kind: constTerm, lit: x, parts: []string{esql.FormatExpr(x)}})
}

func (s *terms) text(v string) *term {
	return s.literal(&esql.Literal{Kind: esql.KeywordLiteral, Str: v})
}

func (s *terms) null() *term { return s.literal(&esql.Literal{Kind: esql.NullLiteral}) }

func (s *terms) isNull(x *term) *term {
	return s.of(&term{kind: nullTerm, parts: []string{"", " IS NULL"}, kids: []*term{x}})
}

func (s *terms) isSome(x *term) *term {
	return s.of(&term{kind: someTerm, parts: []string{"", " IS NOT NULL"}, kids: []*term{x}})
}

func (s *terms) binary(op esql.Op, x, y *term) *term {
	return s.of(&term{kind: opTerm, op: op, parts: []string{"", " " + op.String() + " ", ""}, kids: []*term{x, y}})
}

func (s *terms) not(x *term) *term {
	return s.of(&term{kind: opTerm, op: esql.Not, parts: []string{"NOT ", ""}, kids: []*term{x}})
}

// in is "x IN (list)".
func (s *terms) in(x *term, list []*term) *term {
	parts := []string{"", " IN ("}
	for range list[1:] {
		parts = append(parts, ", ")
	}
	return s.of(&term{kind: inTerm, parts: append(parts, ")"), kids: append([]*term{x}, list...)})
}

// with is the term with other kids.
func (s *terms) with(t *term, kids []*term) *term {
	if slices.Equal(kids, t.kids) {
		return t
	}
	c := *t
	c.kids, c.fields = kids, nil
	return s.of(&c)
}

// replace puts one term in the place of another.
func (s *terms) replace(t, old, by *term, known map[*term]*term) *term {
	if t == old {
		return by
	}
	if r, ok := known[t]; ok {
		return r
	}
	kids := make([]*term, len(t.kids))
	for i, k := range t.kids {
		kids[i] = s.replace(k, old, by, known)
	}
	out := s.with(t, kids)
	known[t] = out
	return out
}

// String is the term as source, columns by their names.
func (t *term) String() string {
	switch t.kind {
	case fieldTerm:
		return esql.QuoteName(t.name)
	case pieceTerm:
		return esql.QuoteName(t.name)
	case constTerm:
		return t.parts[0]
	case expandTerm:
		return t.kids[0].String()
	}
	return t.render(func(k *term) string {
		if t.brackets(k) {
			return "(" + k.String() + ")"
		}
		return k.String()
	})
}

// brackets tells whether a kid needs brackets.
func (t *term) brackets(kid *term) bool {
	return t.kind != callTerm && (kid.kind == opTerm || kid.kind == inTerm || kid.kind == likeTerm)
}

// render writes a term whose kids are written by a function.
func (t *term) render(kid func(*term) string) string {
	var b strings.Builder
	for i, p := range t.parts {
		b.WriteString(p)
		if i < len(t.kids) {
			b.WriteString(kid(t.kids[i]))
		}
	}
	return b.String()
}

// boolean is the value of a constant that is one.
func (t *term) boolean() (value, ok bool) {
	if t.kind == constTerm && t.lit.Kind == esql.BoolLiteral {
		return t.lit.Bool, true
	}
	return false, false
}

// constant tells whether a term is the same for all rows.
func (t *term) constant() bool {
	if t.kind == constTerm {
		return true
	}
	return len(t.fields) == 0 && t.kind != searchTerm && !slices.ContainsFunc(t.kids, func(k *term) bool { return !k.constant() })
}
