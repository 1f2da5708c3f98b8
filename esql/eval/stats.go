package eval

import (
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/agg"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/fn"
	"github.com/rulevet/rulevet/esql/eval/internal/moment"
)

// aggregate is one aggregate function of a STATS, which may stand within an expression.
type aggregate struct {
	call  *esql.Call
	f     agg.Func
	args  []*expr
	where *expr // nil without
	site  *fn.Site
	text  string // with the filter: the same text is computed once
}

type statsStep struct {
	keys   []*expr
	aggs   []*aggregate
	inline bool
	// outs are computed over a batch of the groups: first the aggregates, then the keys.
	outs []*expr
}

// stats compiles STATS and INLINE STATS.
func (c *compiler) stats(x *esql.Stats) {
	s := &statsStep{inline: x.Inline}
	var keys []*column
	for i, f := range x.By {
		if slices.ContainsFunc(x.By[i+1:], func(later *esql.Field) bool { return c.fieldName(later) == c.fieldName(f) }) {
			continue // the last of a name is the key
		}
		e := c.groupKey(f.X)
		if e.span != nil {
			c.fail(f.X, "a time span cannot be a key")
		}
		s.keys = append(s.keys, e)
		keys = append(keys, &column{name: c.fieldName(f), typ: e.typ})
	}
	outer := c.scope
	for _, a := range x.Aggs {
		c.collect(s, a)
	}
	// The targets are expressions over the aggregates and the keys.
	inner := make([]*column, 0, len(s.aggs)+len(keys))
	for _, a := range s.aggs {
		inner = append(inner, &column{name: "\x00" + a.text, typ: a.f.Type})
	}
	inner = append(inner, keys...)
	var targets []*column
	for _, a := range x.Aggs {
		c.scope = inner
		e := c.target(s, a)
		s.outs = append(s.outs, e)
		targets = append(targets, &column{name: c.aggName(a), typ: e.typ})
	}
	c.scope = inner
	for _, k := range keys {
		s.outs = append(s.outs, c.read(k))
	}
	targets = append(targets, keys...)
	if x.Inline {
		c.scope = outer
		c.inline(s, targets, len(keys))
		return
	}
	// A later column of a name hides earlier ones.
	var scope []*column
	var outs []*expr
	for i, t := range targets {
		hidden := false
		for _, later := range targets[i+1:] {
			hidden = hidden || later.name == t.name
		}
		if !hidden {
			scope = append(scope, t)
			outs = append(outs, s.outs[i])
		}
	}
	s.outs = outs
	c.scope = scope
	c.add(s)
}

// aggName is the name of a target: as written, or its text with the filter.
func (c *compiler) aggName(a *esql.Agg) string {
	if a.Target == nil && a.Where != nil {
		return strings.TrimSpace(c.text(a))
	}
	return c.fieldName(&a.Field)
}

// collect finds the aggregates of a target and compiles their arguments in the scope of the rows.
func (c *compiler) collect(s *statsStep, a *esql.Agg) {
	var where *expr
	filter := ""
	if a.Where != nil {
		c.bare = false
		where = c.condition(a.Where)
		c.bare = true
		filter = "\x00" + c.text(a.Where)
	}
	var walk func(x esql.Expr)
	walk = func(x esql.Expr) {
		if call, ok := x.(*esql.Call); ok && isAggregate(call.Name) {
			text := c.text(call) + filter
			for _, old := range s.aggs {
				if old.text == text {
					return
				}
			}
			s.aggs = append(s.aggs, c.aggregate(call, where, text))
			return
		}
		esql.Children(x, func(n esql.Node) {
			if e, ok := n.(esql.Expr); ok {
				walk(e)
			}
		})
	}
	walk(a.X)
}

func (c *compiler) aggregate(call *esql.Call, where *expr, text string) *aggregate {
	c.arity(call)
	a := &aggregate{call: call, where: where, site: c.site(call), text: text}
	in := make([]fn.Arg, 0, len(call.Args))
	name := call.Name
	args := call.Args
	if call.Star {
		args = nil
	}
	for _, x := range args {
		e := c.expr(x)
		a.args = append(a.args, e)
		in = append(in, e.arg())
	}
	if name == "weighted_avg" && len(in) == 2 {
		if in[1].Const != nil && !in[1].Const.IsNull(0) {
			name, in, a.args = "avg", in[:1], a.args[:1]
		} else if in[0].Type.IsNumeric() && in[1].Type.IsNumeric() {
			f, err := fn.Arithmetic(fn.Multiply, in, c.p.env.Zone)
			if err != nil {
				c.fail(call, "%s", err)
			}
			a.args[0] = c.apply(call, f, slices.Clone(a.args)...)
			in[0] = a.args[0].arg()
		}
	}
	if len(in) > 0 && in[0].Const != nil && in[0].Type != block.Null && !in[0].Const.IsNull(0) {
		if f := c.ofConstant(call, name, in); f != nil {
			a.f = *f
			return a
		}
	}
	if len(in) > 0 && in[0].Type == block.Null && name != "count" && name != "count_distinct" && name != "present" && name != "absent" {
		// an aggregate of nothing
		t := block.Null
		switch name {
		case "avg", "median", "percentile", "median_absolute_deviation", "std_dev", "variance", "std_var", "weighted_avg":
			t = block.Double
		case "sum":
			t = block.Double
		}
		a.f = agg.Func{Type: t, Want: make([]block.Type, len(in)), New: func() agg.State { return nothing{t} }}
		return a
	}
	f, err := agg.Resolve(name, in)
	if errors.Is(err, fn.ErrNotRun) {
		c.notRun(call, "%s", err)
	}
	if err != nil {
		c.fail(call, "%s", err)
	}
	for i, want := range f.Want {
		if i < len(a.args) && want != block.Null && a.args[i].typ != want && a.args[i].typ != block.Null {
			a.args[i] = c.implicit(call, a.args[i], want)
		}
	}
	a.f = f
	return a
}

// ofConstant is an aggregate of a constant, for which Elasticsearch looks at no rows: nil for those that it treats as usual.
func (c *compiler) ofConstant(call *esql.Call, name string, in []fn.Arg) *agg.Func {
	reduce := map[string]string{"min": "mv_min", "max": "mv_max", "avg": "mv_avg", "median": "mv_median", "percentile": "mv_percentile",
		"median_absolute_deviation": "mv_median_absolute_deviation"}[name]
	switch name {
	case "count_distinct":
		var different int64
		seen := map[string]bool{}
		first, n := in[0].Const.Range(0)
		for s := first; s < first+n; s++ {
			if text := in[0].Const.Format(s, c.p.env.Zone); !seen[text] {
				seen[text] = true
				different++
			}
		}
		return &agg.Func{Type: block.Long, Want: make([]block.Type, len(in)), New: func() agg.State { return fixed{block.Of(block.Long, 1, different)} }}
	case "values", "std_dev", "variance", "std_var":
		c.fail(call, "Elasticsearch does not aggregate constants: `%s`", c.text(call))
	case "top":
		if n := in[1].Const; n == nil || n.IsNull(0) || n.L[0] != 1 {
			c.fail(call, "Elasticsearch does not aggregate constants: `%s`", c.text(call))
		}
	}
	if reduce == "" {
		return nil
	}
	args := make([]*expr, 0, len(in))
	for _, x := range call.Args[:len(in)] {
		args = append(args, c.expr(x))
	}
	if reduce != "mv_min" && reduce != "mv_max" {
		args[0] = c.implicit(call, args[0], block.Double)
	}
	arg := make([]fn.Arg, len(args))
	for i := range args {
		arg[i] = args[i].arg()
	}
	f, err := fn.Resolve(c.p.env, reduce, arg)
	if err != nil {
		c.fail(call, "%s", err)
	}
	e := c.apply(call, f, args...)
	if e.constant == nil {
		return nil
	}
	return &agg.Func{Type: e.typ, Want: make([]block.Type, len(in)), New: func() agg.State { return fixed{e.constant} }}
}

// fixed is an aggregate whose value is known.
type fixed struct{ b *block.Block }

func (fixed) Add(*fn.Call, []int32, []int32, int, []*block.Block) {}
func (fixed) Held() int                                           { return 0 }
func (a fixed) Result(_ *fn.Call, n int) *block.Block             { return a.b.Resize(n) }

// nothing is an aggregate of nulls.
type nothing struct{ t block.Type }

func (nothing) Add(*fn.Call, []int32, []int32, int, []*block.Block) {}
func (nothing) Held() int                                           { return 0 }
func (a nothing) Result(_ *fn.Call, n int) *block.Block {
	return block.Nulls(a.t, n)
}

func isAggregate(name string) bool {
	switch name {
	case "count", "count_distinct", "sum", "avg", "min", "max", "values", "top", "first", "last", "median", "percentile",
		"median_absolute_deviation", "std_dev", "variance", "std_var", "weighted_avg", "present", "absent", "sample",
		"st_centroid_agg", "st_extent_agg", "earliest", "latest":
		return true
	}
	return false
}

// target compiles a target over the groups: aggregates in it are columns there.
func (c *compiler) target(s *statsStep, a *esql.Agg) *expr {
	filter := ""
	if a.Where != nil {
		filter = "\x00" + c.text(a.Where)
	}
	old := c.aggregated
	defer func() { c.aggregated = old }()
	c.aggregated = func(call *esql.Call) *expr {
		if !isAggregate(call.Name) {
			return nil
		}
		col := c.lookup("\x00" + c.text(call) + filter)
		if col == nil {
			return nil
		}
		return c.read(col)
	}
	return c.expr(a.X)
}

// groupKey compiles a key of BY, where BUCKET and its like may stand.
func (c *compiler) groupKey(x esql.Expr) *expr {
	call, ok := esql.Unparen(x).(*esql.Call)
	if !ok {
		return c.expr(x)
	}
	switch call.Name {
	case "bucket", "bin":
		return c.bucket(call)
	case "tbucket":
		col := c.lookup("@timestamp")
		if col == nil {
			c.fail(call, "TBUCKET needs the column @timestamp")
		}
		return c.dateBucket(call, c.read(col), c.expr(call.Args[0]))
	case "categorize":
		c.notRun(call, "CATEGORIZE is not run by this program")
	}
	return c.expr(x)
}

func (c *compiler) bucket(x *esql.Call) *expr {
	c.arity(x)
	e, size := c.expr(x.Args[0]), c.expr(x.Args[1])
	if e.typ.IsDate() || e.typ == block.Null && size.span != nil {
		if len(x.Args) == 4 {
			return c.autoDate(x, e, size)
		}
		return c.dateBucket(x, e, size)
	}
	value := func(a *expr) float64 {
		if a.constant == nil || a.constant.IsNull(0) || !a.typ.IsNumeric() {
			c.fail(x, "BUCKET: expected a constant number")
		}
		return c.implicit(x, a, block.Double).constant.D[0]
	}
	step := value(size)
	if len(x.Args) == 4 {
		from, to := value(c.expr(x.Args[2])), value(c.expr(x.Args[3]))
		step = roundSize((to - from) / step)
	}
	f := fn.Func{Type: block.Double, Want: []block.Type{block.Double}, Kernel: fn.Numbers(func(v float64) (float64, error) { return math.Floor(v/step) * step, nil })}
	return c.apply(x, f, e)
}

// roundSize is the next of 1, 5, 10, 50 ... that is not smaller.
func roundSize(size float64) float64 {
	power := math.Pow(10, math.Ceil(math.Log10(size)))
	if size < power/2 {
		return power / 2
	}
	return power
}

func (c *compiler) dateBucket(x *esql.Call, e, size *expr) *expr {
	if size.span == nil {
		size = c.spanOf(x, size)
	}
	f, err := fn.TruncFunc(*size.span, e.typ, c.p.env.Zone)
	if err != nil {
		c.fail(x, "%s", err)
	}
	f.Want = nil
	return c.apply(x, f, e)
}

// autoDate picks the finest of the sizes people use that needs no more buckets than wanted.
func (c *compiler) autoDate(x *esql.Call, e, n *expr) *expr {
	if n.constant == nil || n.constant.IsNull(0) || n.typ != block.Integer && n.typ != block.Long {
		c.fail(x, "BUCKET: expected a constant number of buckets")
	}
	instant := func(i int) time.Time {
		a := c.expr(x.Args[i])
		if a.typ != block.Date {
			a = c.implicit(x, a, block.Date)
		}
		if a.constant == nil || a.constant.IsNull(0) {
			c.fail(x.Args[i], "BUCKET: expected a constant date")
		}
		return time.UnixMilli(a.constant.L[0]).In(c.p.env.Zone)
	}
	from, to, buckets := instant(2), instant(3), n.constant.L[0]
	pick := moment.Span{Period: true, Months: 12}
	for _, s := range []moment.Span{{Period: true, Months: 1}, {Period: true, Days: 7}, {Period: true, Days: 1}, clockSpan(12 * time.Hour), clockSpan(3 * time.Hour),
		clockSpan(time.Hour), clockSpan(30 * time.Minute), clockSpan(10 * time.Minute), clockSpan(5 * time.Minute), clockSpan(time.Minute), clockSpan(30 * time.Second),
		clockSpan(10 * time.Second), clockSpan(5 * time.Second), clockSpan(time.Second), clockSpan(100 * time.Millisecond), clockSpan(50 * time.Millisecond),
		clockSpan(10 * time.Millisecond), clockSpan(time.Millisecond)} {
		if !fits(s, from, to, buckets) {
			break
		}
		pick = s
	}
	f, err := fn.TruncFunc(pick, e.typ, c.p.env.Zone)
	if err != nil {
		c.fail(x, "%s", err)
	}
	f.Want = nil
	return c.apply(x, f, e)
}

func clockSpan(d time.Duration) moment.Span { return moment.Span{Nanos: int64(d)} }

func fits(s moment.Span, from, to time.Time, buckets int64) bool {
	at := moment.Trunc(from, s)
	for used := int64(0); used < buckets && used < 100000; used++ {
		next, err := moment.Add(at, s)
		if err != nil {
			return false
		}
		if at = next; !at.Before(to) {
			return true
		}
	}
	return false
}

func (s *statsStep) open(r *Run, next sink) sink {
	k := &statsSink{r: r, step: s, next: next, groups: newGroups(s.keys)}
	for _, a := range s.aggs {
		k.states = append(k.states, a.f.New())
	}
	return k
}

type statsSink struct {
	r      *Run
	step   *statsStep
	next   sink
	groups *groups
	states []agg.State
	rows   []int32
	ids    []int32
	held   int // as the run knows
}

func (s *statsSink) full() bool { return false }

func (s *statsSink) push(b *batch) {
	keys := make([]*block.Block, len(s.step.keys))
	for i, k := range s.step.keys {
		keys[i] = k.run(s.r, b)
	}
	s.rows, s.ids = s.groups.assign(keys, b.n, s.rows[:0], s.ids[:0])
	n := s.groups.n
	filtered := map[*expr][2][]int32{}
	for i, a := range s.step.aggs {
		rows, ids := s.rows, s.ids
		if a.where != nil {
			kept, ok := filtered[a.where]
			if !ok {
				kept = keepRows(a.where.run(s.r, b), rows, ids)
				filtered[a.where] = kept
			}
			rows, ids = kept[0], kept[1]
		}
		args := make([]*block.Block, len(a.args))
		for j, x := range a.args {
			args[j] = x.run(s.r, b)
		}
		s.states[i].Add(&fn.Call{Run: &s.r.Run, Site: a.site}, rows, ids, n, args)
	}
	s.hold()
}

// hold tells the run what the groups take.
func (s *statsSink) hold() {
	held := s.groups.bytes
	for _, a := range s.states {
		held += a.Held()
	}
	s.r.held += held - s.held
	s.held = held
}

func keepRows(cond *block.Block, rows, ids []int32) [2][]int32 {
	var out [2][]int32
	if cond.Type == block.Null {
		return out
	}
	for i, r := range rows {
		if first, k := cond.Range(int(r)); k == 1 && cond.L[first] != 0 {
			out[0] = append(out[0], r)
			out[1] = append(out[1], ids[i])
		}
	}
	return out
}

// table is the batch of the groups: aggregates, then keys.
func (s *statsSink) table() *batch {
	if len(s.step.keys) == 0 {
		s.groups.n = 1
	}
	n := s.groups.n
	b := &batch{n: n}
	for i, a := range s.step.aggs {
		b.cols = append(b.cols, s.states[i].Result(&fn.Call{Run: &s.r.Run, Site: a.site}, n))
	}
	b.cols = append(b.cols, s.groups.keys()...)
	return b
}

func (s *statsSink) finish() {
	b := s.table()
	for at := 0; at < b.n && s.r.Err == nil && !s.next.full(); at += batchSize {
		part := b
		if b.n > batchSize {
			rows := make([]int32, min(batchSize, b.n-at))
			for i := range rows {
				rows[i] = int32(at + i)
			}
			part = b.take(rows)
		}
		out := &batch{n: part.n}
		for _, e := range s.step.outs {
			out.cols = append(out.cols, e.run(s.r, part))
		}
		s.next.push(out)
	}
	s.next.finish()
}
