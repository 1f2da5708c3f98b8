package backward

import (
	"strings"

	"github.com/rulevet/rulevet/esql"
)

// scope are the columns that can be named at a place of the pipeline.
type scope map[string]*term

// builder turns expressions into terms.
type builder struct {
	*terms
	src   string
	scope scope
	// missing is the term of a column that is not in scope: a field of the index behind FROM, a column that goes through behind
	// INLINE STATS.
	missing func(name string) *term
	source  bool // what is missing are fields of the index
	// aggregate gives the column that an aggregate becomes, within the targets of STATS.
	aggregate func(*esql.Call) *term
}

// expr is the term of an expression.
func (b *builder) expr(x esql.Expr) *term {
	switch x := esql.Unparen(x).(type) {
	case *esql.Column:
		return b.column(x.Name)
	case *esql.Literal:
		return b.literal(x)
	case *esql.Unary:
		if x.Op == esql.Not {
			return b.not(b.expr(x.X))
		}
		return b.of(&term{kind: opTerm, op: x.Op, parts: []string{x.Op.String(), ""}, kids: []*term{b.expr(x.X)}})
	case *esql.Binary:
		return b.binary(x.Op, b.expr(x.X), b.expr(x.Y))
	case *esql.IsNull:
		if x.Not {
			return b.isSome(b.expr(x.X))
		}
		return b.isNull(b.expr(x.X))
	case *esql.In:
		if x.Query == nil && len(x.List) > 0 {
			return b.negated(x.Not, b.in(b.expr(x.X), b.list(x.List)))
		}
	case *esql.Like:
		return b.like(x)
	case *esql.Match:
		return b.node(x, &term{kind: otherTerm, name: ":"}, x.Field)
	case *esql.Cast:
		return b.of(&term{kind: castTerm, name: strings.ToLower(x.Type), parts: []string{"", "::" + x.Type}, kids: []*term{b.expr(x.X)}})
	case *esql.Call:
		return b.call(x)
	}
	return b.node(x, &term{kind: otherTerm})
}

func (b *builder) list(list []esql.Expr) []*term {
	out := make([]*term, len(list))
	for i, x := range list {
		out[i] = b.expr(x)
	}
	return out
}

func (b *builder) negated(not bool, t *term) *term {
	if not {
		return b.not(t)
	}
	return t
}

func (b *builder) column(name string) *term {
	if t, ok := b.scope[name]; ok {
		return t
	}
	return b.missing(name)
}

// node fills in the kids of a term and the source around them.
func (b *builder) node(x esql.Expr, t *term, kids ...esql.Expr) *term {
	at := x.Span().Start
	for _, k := range kids {
		t.parts = append(t.parts, b.src[at:k.Span().Start])
		t.kids = append(t.kids, b.expr(k))
		at = k.Span().End
	}
	t.parts = append(t.parts, b.src[at:x.Span().End])
	return b.of(t)
}

func (b *builder) like(x *esql.Like) *term {
	t := &term{kind: likeTerm, parts: []string{""}, kids: []*term{b.expr(x.X)}}
	word := " LIKE "
	if x.Regex {
		t.op, word = esql.Equal, " RLIKE "
	}
	list := b.list(x.Patterns)
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = p.String()
	}
	text := strings.Join(texts, ", ")
	if x.List {
		text = "(" + text + ")"
	}
	t.parts = append(t.parts, word+text)
	t = b.of(t)
	return b.negated(x.Not, t)
}

func (b *builder) call(x *esql.Call) *term {
	if fn := esql.LookupFunc(x.Name); fn != nil && fn.Kind == esql.Aggregate && b.aggregate != nil {
		return b.aggregate(x)
	}
	switch x.Name {
	case "kql", "qstr":
		if lit, ok := esql.Unparen(x.Args[0]).(*esql.Literal); ok && x.Options == nil {
			return b.of(&term{kind: searchTerm, name: x.Name, lit: lit, parts: []string{b.src[x.Range.Start:x.Range.End]}})
		}
	case "json_extract":
		if t := b.member(x); t != nil {
			return t
		}
	}
	if x.Options != nil || x.Star || len(x.Args) == 0 {
		return b.node(x, &term{kind: callTerm, name: x.Name}, x.Args...)
	}
	t := &term{kind: callTerm, name: x.Name, parts: []string{strings.ToUpper(x.Name) + "("}, kids: b.list(x.Args)}
	for range x.Args[1:] {
		t.parts = append(t.parts, ", ")
	}
	t.parts = append(t.parts, ")")
	return b.of(t)
}

// member is what JSON_EXTRACT takes out of the document: mostly a field.
func (b *builder) member(x *esql.Call) *term {
	if len(x.Args) != 2 || !b.source {
		return nil
	}
	from, ok := esql.Unparen(x.Args[0]).(*esql.Column)
	path, isText := esql.Unparen(x.Args[1]).(*esql.Literal)
	if !ok || !isText || from.Name != "_source" || path.Kind != esql.KeywordLiteral || strings.ContainsAny(path.Str, "[]$*\"'") {
		return nil
	}
	return b.of(&term{kind: castTerm, name: "json_extract", parts: []string{"", "::keyword"}, kids: []*term{b.field(path.Str)}})
}
