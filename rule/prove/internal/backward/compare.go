package backward

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/logic"
	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/internal/predicate"
)

// Proof is what was proved of two queries that differ only in what they want of rows in front of the first aggregation.
type Proof struct {
	Narrower bool // each row that the new query lets through, the old one does
	Wider    bool // the other way round
	// Single is set if nothing behind the conditions looks at several rows: then what holds for rows holds for the matches.
	Single bool
	Why    string // nothing was proved, and why
}

// Compare looks for a proof. The index must have the fields of both queries.
func Compare(old, changed *esql.Query, index *eval.Index, now time.Time) *Proof {
	all := newTerms()
	a, err := cut(old, all)
	if err != nil {
		return &Proof{Why: err.Error()}
	}
	b, err := cut(changed, all)
	if err != nil {
		return &Proof{Why: err.Error()}
	}
	if why := differs(old, changed, a, b); why != "" {
		return &Proof{Why: why}
	}
	if text := shifted(old, changed); text != "" {
		return &Proof{Why: fmt.Sprintf("`%s` may be decided by the index in one query only, where several values count otherwise", text)}
	}
	c := &prover{space: newSpace(all, &table{index: withMembers(index, all), now: now})}
	c.resolver = &predicate.Resolver{Fields: columnTypes{c.index}, Layout: c.layout, Open: true, Now: now}
	lg := logic.New()
	x, y := lg.Of(c.node(a[0].conds)), lg.Of(c.node(b[0].conds))
	narrower, _ := lg.Implies(y, x)
	wider, _ := lg.Implies(x, y)
	return &Proof{Narrower: narrower == logic.Never, Wider: wider == logic.Never, Single: len(a) == 1 && !limited(old)}
}

// differs says what of two queries differs beside the conditions in front of the first aggregation.
func differs(old, changed *esql.Query, a, b []*segment) string {
	if x, y := others(old), others(changed); !slices.Equal(x, y) {
		return "the commands differ in more than conditions in front of the first aggregation"
	}
	if len(a) != len(b) {
		return "the queries aggregate differently"
	}
	for i := range a {
		if i > 0 && !sameTerms(a[i].conds, b[i].conds) {
			return "conditions behind the first aggregation differ, of which no proof is looked for"
		}
		if !sameAggregation(a[i].agg, b[i].agg) {
			return "the queries aggregate differently"
		}
	}
	return ""
}

// others are the commands that conditions and definitions of columns do not stand for, in order, as they are written.
func others(q *esql.Query) []string {
	var out []string
	for _, cmd := range q.Commands {
		switch cmd.(type) {
		case *esql.From, *esql.Where, *esql.Eval, *esql.Rename, *esql.Keep, *esql.Drop, *esql.Dissect:
		case *esql.Stats:
			out = append(out, "STATS")
		default:
			out = append(out, strings.Join(strings.Fields(q.Source[cmd.Span().Start:cmd.Span().End]), " "))
		}
	}
	return out
}

// limited tells whether a query looks at several rows without an aggregation: how many there are, or in what order they come.
func limited(q *esql.Query) bool {
	return slices.ContainsFunc(q.Commands, func(cmd esql.Command) bool {
		switch cmd.(type) {
		case *esql.Limit, *esql.Sample, *esql.Stats:
			return true
		}
		return false
	})
}

func sameTerms(a, b []*term) bool {
	in := func(list []*term) func(*term) bool {
		return func(t *term) bool { return !slices.Contains(list, t) }
	}
	return !slices.ContainsFunc(a, in(b)) && !slices.ContainsFunc(b, in(a))
}

func sameAggregation(a, b *aggregation) bool {
	if a == nil || b == nil {
		return a == b
	}
	sameKeys := slices.EqualFunc(a.keys, b.keys, func(x, y key) bool { return x.term == y.term && x.column == y.column })
	sameThrough := slices.EqualFunc(a.through, b.through, func(x, y key) bool { return x.term == y.term && x.column == y.column })
	return a.inline == b.inline && sameKeys && sameThrough && slices.EqualFunc(a.calls, b.calls, func(x, y *call) bool {
		return x.name == y.name && x.arg == y.arg && x.where == y.where && x.column == y.column && slices.Equal(x.more, y.more)
	})
}

// shifted is a condition that may be decided by the index in one query and by the engine in the other: they treat several values
// differently. What decides is the whole WHERE that a condition stands in, and what stands in front of it.
func shifted(old, changed *esql.Query) string {
	places := map[string]string{}
	for _, q := range []*esql.Query{old, changed} {
		before := ""
		computed := map[string]bool{}
		for _, cmd := range q.Commands {
			switch cmd := cmd.(type) {
			case *esql.Where:
				place := before + " " + decided(cmd.Cond, computed)
				for n := range esql.Preorder(cmd.Cond) {
					x, ok := n.(esql.Expr)
					if _, name := n.(*esql.Column); !ok || name {
						continue
					}
					text := esql.FormatExpr(x)
					if was, ok := places[text]; ok && was != place {
						return text
					}
					places[text] = place
				}
				continue
			case *esql.From, *esql.Keep, *esql.Drop:
				continue
			case *esql.Eval:
				for _, f := range cmd.Fields {
					if f.Target != nil {
						computed[f.Target.Name] = true
					}
				}
			}
			before += "\n" + strings.Join(strings.Fields(q.Source[cmd.Span().Start:cmd.Span().End]), " ")
		}
	}
	return ""
}

// decided says what keeps a condition from the index: functions, calculations, comparisons of columns, computed columns.
func decided(x esql.Expr, computed map[string]bool) string {
	var calls, columns, own bool
	hasColumn := func(n esql.Node) bool {
		for k := range esql.Preorder(n) {
			if _, ok := k.(*esql.Column); ok {
				return true
			}
		}
		return false
	}
	for n := range esql.Preorder(x) {
		switch n := n.(type) {
		case *esql.Call, *esql.Cast:
			calls = calls || hasColumn(n)
		case *esql.Binary:
			calls = calls || n.Op.Arithmetic() && hasColumn(n)
			columns = columns || n.Op.Comparison() && hasColumn(n.X) == hasColumn(n.Y)
		case *esql.Column:
			own = own || computed[n.Name]
		}
	}
	return fmt.Sprint(calls, columns, own)
}

// prover writes conditions so that proofs can look into them.
type prover struct {
	*space
	resolver *predicate.Resolver
}

// node is true for the rows that conditions let through.
func (c *prover) node(conds []*term) predicate.Node {
	nodes := make([]predicate.Node, len(conds))
	for i, t := range conds {
		nodes[i] = c.want(t, isTrue).Node(c.leaf)
	}
	return predicate.Chain(predicate.OpAnd, nodes)
}

// leaf writes a leaf by what a condition is when it is true and when it is false, which exclude one another.
func (c *prover) leaf(n predicate.Node) predicate.Node {
	l, ok := n.(*leaf)
	if !ok {
		return n
	}
	yes, no := c.outcomes(l.t)
	switch l.want {
	case isTrue:
		return yes
	case isFalse:
		return no
	case notTrue:
		return predicate.Negate(yes)
	case isTrue | isNothing:
		return predicate.Negate(no)
	case isNothing:
		return predicate.Chain(predicate.OpAnd, []predicate.Node{predicate.Negate(yes), predicate.Negate(no)})
	}
	return predicate.Chain(predicate.OpOr, []predicate.Node{yes, no})
}

func (c *prover) outcomes(t *term) (yes, no predicate.Node) {
	if t.kind == opTerm && t.op == esql.NotEqual {
		no, yes = c.outcomes(c.binary(esql.Equal, t.kids[0], t.kids[1]))
		return yes, no
	}
	if x, inside := c.known(t); inside != nil {
		if t.kind == someTerm {
			return inside, predicate.Negate(inside)
		}
		if t.kind == nullTerm {
			return predicate.Negate(inside), inside
		}
		// A comparison is null for a column without or with several values.
		single := []predicate.Node{x.Exists(), &alone{c.layout, x.Path}}
		return predicate.Chain(predicate.OpAnd, append(slices.Clone(single), inside)),
			predicate.Chain(predicate.OpAnd, append(single, predicate.Negate(inside)))
	}
	yes = &leaf{space: c.space, t: t, want: isTrue}
	no = predicate.Chain(predicate.OpAnd, []predicate.Node{predicate.Negate(yes), &leaf{space: c.space, t: t, want: isFalse}})
	return yes, no
}

// known is what the engine says of a column of texts that a condition looks at; nil if the condition is about anything else.
func (c *prover) known(t *term) (*predicate.Field, predicate.Node) {
	if len(t.kids) == 0 || t.kids[0].kind != fieldTerm {
		return nil, nil
	}
	i := slices.IndexFunc(c.index.Fields, func(f eval.Field) bool { return f.Name == t.kids[0].name })
	if i < 0 {
		return nil, nil
	}
	if f := c.index.Fields[i]; f.Type != "keyword" || f.Lowercase || f.HasNull || f.NullValue != "" || f.Constant != "" || f.Source != "" || len(f.CopiedFrom) > 0 {
		return nil, nil
	}
	x, err := c.resolver.Field(t.kids[0].name)
	if err != nil {
		return nil, nil
	}
	switch {
	case t.kind == someTerm, t.kind == nullTerm:
		return x, x.Exists()
	case t.kind == opTerm && t.op == esql.Equal, t.kind == inTerm:
		var values []predicate.Value
		for _, k := range t.kids[1:] {
			if k.kind != constTerm || k.lit.Kind != esql.KeywordLiteral {
				return nil, nil
			}
			values = append(values, eqlfunc.OfString(k.lit.Str))
		}
		n, err := x.In(values)
		if err != nil {
			return nil, nil
		}
		return x, n
	case t.kind == likeTerm && t.op != esql.Equal:
		patterns := patternTexts(t)
		if len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool {
			return strings.Trim(p, "*") == "" || strings.Contains(p, `\`) // the first are about being there at all
		}) {
			return nil, nil
		}
		return x, x.Text(predicate.Wildcards(patterns, lucene.Sensitive))
	}
	return nil, nil
}

// alone is the condition "the column has one value", into which proofs do not look.
type alone struct {
	layout *event.Layout
	path   string
}

// Eval implements predicate.Node.
func (a *alone) Eval(rec *event.Record) predicate.Verdict {
	return predicate.VerdictOf(len(predicate.Values(rec, a.layout.Add(a.path))) == 1)
}

// Cost implements predicate.Node.
func (*alone) Cost() int { return predicate.ExactCost }

// ID implements predicate.Opaque.
func (a *alone) ID() string { return "alone " + a.path }

// Err implements predicate.Opaque.
func (*alone) Err(*event.Record) error { return nil }
