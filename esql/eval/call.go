package eval

import (
	"errors"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/fn"
)

// call compiles a function call.
func (c *compiler) call(x *esql.Call) *expr {
	if c.aggregated != nil {
		if e := c.aggregated(x); e != nil {
			return e
		}
	}
	c.arity(x)
	options := map[string]string{}
	if x.Options != nil {
		for _, e := range x.Options.Entries {
			options[e.Key] = literalText(e.Value)
		}
	}
	switch x.Name {
	case "case":
		return c.caseOf(x)
	case "coalesce":
		return c.coalesce(x)
	case "match", "match_phrase":
		return c.match(x, c.field(x.Args[0]), x.Args[1], options)
	case "kql", "qstr":
		return c.query(x, options)
	case "to_dateperiod", "to_timeduration":
		return c.spanOf(x, c.expr(x.Args[0]))
	case "bucket", "bin", "tbucket", "categorize":
		c.fail(x, "`%s` groups rows: it belongs behind BY", strings.ToUpper(x.Name))
	}
	if t, ok := conversion(x.Name); ok && len(x.Args) == 1 {
		return c.convert(x, x.Args[0], t, options)
	}
	args := make([]*expr, len(x.Args))
	in := make([]fn.Arg, len(x.Args))
	for i, a := range x.Args {
		args[i] = c.expr(a)
		if x.Name == "date_trunc" && i == 0 && args[i].span == nil && args[i].typ != block.Null {
			args[i] = c.spanOf(a, args[i])
		}
		in[i] = args[i].arg()
	}
	if (x.Name == "to_degrees" || x.Name == "to_radians") && c.bare && args[0].typ == block.Double && args[0].col != nil && args[0].col.field != nil && args[0].col.origin == nil {
		return args[0] // Elasticsearch takes it for a conversion that changes no type, and leaves it out
	}
	env := *c.p.env
	env.Options = options
	f, err := fn.Resolve(&env, x.Name, in)
	if errors.Is(err, fn.ErrNotRun) {
		c.notRun(x, "%s", err)
	}
	if err != nil {
		c.fail(x, "%s", err)
	}
	if strings.HasPrefix(x.Name, "date_") || x.Name == "day_name" || x.Name == "month_name" {
		for i, want := range f.Want {
			if (want == block.Date || want == block.DateNanos) && args[i].typ.IsDate() {
				f.Want[i] = block.Null
			}
		}
	}
	return c.apply(x, f, args...)
}

// arity refuses a call with too many or too few arguments.
func (c *compiler) arity(x *esql.Call) {
	f := esql.LookupFunc(x.Name)
	if f == nil {
		c.fail(x, "unknown function `%s`", strings.ToUpper(x.Name))
	}
	n := len(x.Args)
	if x.Options != nil {
		n++
	}
	least := f.Min
	switch f.Name {
	case "log", "date_parse", "date_format": // the optional argument comes first
		least = 1
	}
	if n < least || f.Max >= 0 && n > f.Max {
		c.fail(x, "`%s` takes another number of arguments than %d", strings.ToUpper(x.Name), n)
	}
}

// literalText is a literal as an option's value.
func literalText(x esql.Expr) string {
	lit, ok := x.(*esql.Literal)
	if !ok {
		return ""
	}
	b := literalBlock(lit)
	if b.Type == block.Null {
		return ""
	}
	return b.Format(0, nil)
}

func conversion(name string) (block.Type, bool) {
	switch name {
	case "to_string", "to_str":
		return block.Keyword, true
	case "to_text":
		return block.Text, true
	case "to_boolean", "to_bool":
		return block.Boolean, true
	case "to_integer", "to_int":
		return block.Integer, true
	case "to_long":
		return block.Long, true
	case "to_unsigned_long", "to_ulong", "to_ul":
		return block.UnsignedLong, true
	case "to_double", "to_dbl":
		return block.Double, true
	case "to_ip":
		return block.IP, true
	case "to_version", "to_ver":
		return block.Version, true
	case "to_datetime", "to_dt":
		return block.Date, true
	case "to_date_nanos", "to_datenanos":
		return block.DateNanos, true
	case "to_geopoint":
		return block.GeoPoint, true
	case "to_cartesianpoint":
		return block.CartesianPoint, true
	case "to_geoshape":
		return block.GeoShape, true
	case "to_cartesianshape":
		return block.CartesianShape, true
	}
	return block.Null, false
}

// arms is what CASE and COALESCE have in common: a row takes its value from one of several expressions, which are computed
// for the rows that need them only.
type arms struct {
	conds  []*expr // nil: the arm is taken by the rows for which it has a value
	values []*expr
	sites  []*fn.Site
	typ    block.Type
}

var errCase = errors.New("CASE expects a single-valued boolean")

func (a *arms) run(r *Run, b *batch) *block.Block {
	if b.n == 0 {
		return block.Nulls(a.typ, 0)
	}
	left := make([]int32, b.n)
	for i := range left {
		left[i] = int32(i)
	}
	results := make([]*block.Block, len(a.values))
	from := make([]int32, b.n)  // arm of a row, -1 none
	place := make([]int32, b.n) // its row in the arm's result
	for i := range from {
		from[i] = -1
	}
	for k, value := range a.values {
		if len(left) == 0 {
			break
		}
		taken, rest := left, []int32(nil)
		if a.conds != nil && k < len(a.conds) {
			taken, rest = a.split(r, b, k, left)
		}
		if len(taken) > 0 {
			res := value.run(r, sub(b, taken))
			results[k] = res
			for j, row := range taken {
				if a.conds == nil && (res.Type == block.Null || res.IsNull(j)) {
					rest = append(rest, row)
					continue
				}
				from[row], place[row] = int32(k), int32(j)
			}
		}
		left = rest
	}
	w := block.NewBuilder(a.typ, b.n)
	for i := range b.n {
		if from[i] < 0 || results[from[i]].Type == block.Null {
			w.EndRow()
		} else {
			w.AppendRow(results[from[i]], int(place[i]))
		}
	}
	out := w.Build()
	if b.n == 1 {
		out.Const = true
	}
	return out
}

func sub(b *batch, rows []int32) *batch {
	if len(rows) == b.n {
		return b
	}
	return b.take(rows)
}

// split evaluates a condition and parts the rows.
func (a *arms) split(r *Run, b *batch, k int, left []int32) (taken, rest []int32) {
	cond := a.conds[k].run(r, sub(b, left))
	if cond.Type == block.Null {
		return nil, left
	}
	for j, row := range left {
		first, n := cond.Range(j)
		if n > 1 {
			r.Warn(a.sites[k], errCase)
		}
		if n == 1 && cond.L[first] != 0 {
			taken = append(taken, row)
		} else {
			rest = append(rest, row)
		}
	}
	return taken, rest
}

// unify is the type of several values.
func (c *compiler) unify(x esql.Node, values []*expr) block.Type {
	t := block.Null
	for _, v := range values {
		switch {
		case v.typ == block.Null || v.typ == t:
		case t == block.Null:
			t = v.typ
		case t.IsString() && v.typ.IsString():
			t = block.Keyword
		case t.IsNumeric() && v.typ.IsNumeric(), t.IsDate() && v.typ.IsDate():
			if v.typ == block.Double || t == block.Double {
				t = block.Double
			} else if t.IsDate() {
				t = block.DateNanos
			} else if v.typ == block.UnsignedLong || t == block.UnsignedLong {
				t = block.UnsignedLong
			} else {
				t = block.Long
			}
		case v.literal && v.typ.IsString():
		case t.IsString():
			t = v.typ
		}
	}
	if t == block.Text {
		t = block.Keyword
	}
	for i, v := range values {
		if v.typ != t && v.typ != block.Null {
			values[i] = c.implicit(x, v, t)
		}
	}
	return t
}

func (c *compiler) armExpr(a *arms) *expr {
	e := &expr{typ: a.typ, run: a.run}
	for _, list := range [][]*expr{a.conds, a.values} {
		for _, v := range list {
			if v.constant == nil {
				return e
			}
		}
	}
	c.fold(e)
	return e
}

func (c *compiler) caseOf(x *esql.Call) *expr {
	a := &arms{conds: []*expr{}}
	for i := 0; i+1 < len(x.Args); i += 2 {
		a.conds = append(a.conds, c.condition(x.Args[i]))
		a.sites = append(a.sites, c.site(x.Args[i]))
		a.values = append(a.values, c.expr(x.Args[i+1]))
	}
	if len(x.Args)%2 == 1 {
		a.values = append(a.values, c.expr(x.Args[len(x.Args)-1]))
	}
	a.typ = c.unify(x, a.values)
	return c.armExpr(a)
}

func (c *compiler) coalesce(x *esql.Call) *expr {
	a := &arms{}
	for _, arg := range x.Args {
		a.values = append(a.values, c.expr(arg))
	}
	a.typ = c.unify(x, a.values)
	return c.armExpr(a)
}
