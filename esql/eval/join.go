package eval

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/fn"
	"github.com/rulevet/rulevet/event"
)

// table is a lookup index, read into columns.
type table struct {
	columns []*column
	blocks  []*block.Block
	rows    int
}

func (c *compiler) table(n esql.Node, t *Table) *table {
	s := &indexSource{patterns: []string{"*"}, indexes: []*Index{{Fields: t.Fields}}, v8: c.p.opts.V8}
	s.collect()
	for _, f := range s.fields {
		f.used = f.typ != block.Unsupported
	}
	var layout event.Layout
	s.layOut(&layout)
	out := &table{columns: s.scope}
	r := &Run{p: c.p}
	var sink keepSink
	f := newFeed(r, s, &sink, false)
	dec := event.NewDecoder(&layout)
	var rec event.Record
	for i, doc := range t.Docs {
		if err := dec.Decode(doc, &rec); err != nil {
			c.fail(n, "document %d of the lookup table: %s", i+1, err)
		}
		f.add(&rec, &Meta{}, i)
	}
	f.flush()
	out.rows = len(t.Docs)
	all := gatherAll(sink.batches)
	out.blocks = all.cols
	if all.cols == nil {
		out.blocks = make([]*block.Block, len(out.columns))
	}
	return out
}

type keepSink struct{ batches []*batch }

func (k *keepSink) push(b *batch) { k.batches = append(k.batches, b) }
func (k *keepSink) finish()       {}
func (k *keepSink) full() bool    { return false }

func gatherAll(batches []*batch) *batch {
	var rows []ref
	for i, b := range batches {
		for j := range b.n {
			rows = append(rows, ref{int32(i), int32(j)})
		}
	}
	return gather(batches, rows)
}

// keyText is a value as the key of a hash table: numbers of all types alike.
func keyText(b *block.Block, slot int) string {
	switch {
	case b.Type == block.Double:
		if v := b.D[slot]; v == float64(int64(v)) {
			return "n" + block.Of(block.Long, 1, int64(v)).Format(0, nil)
		}
		return "d" + block.FormatDouble(b.D[slot])
	case b.Type.IsNumeric():
		return "n" + b.Format(slot, nil)
	case b.Type.Storage() == block.Strings:
		return "s" + b.S[slot]
	}
	return "l" + block.Of(block.Long, 1, b.L[slot]).Format(0, nil)
}

// matcher finds the rows of a table for a row of a batch.
type matcher func(keys []*block.Block, i int) []int32

// index finds rows by the equality of columns with keys; multi says that a row of the table has each of several values.
func (t *table) index(columns []int, multi bool) matcher {
	rows := map[string][]int32{}
	for i := range t.rows {
		for _, key := range rowKeys(t.pick(columns), i, multi) {
			rows[key] = append(rows[key], int32(i))
		}
	}
	return func(keys []*block.Block, i int) []int32 {
		var out []int32
		for _, key := range rowKeys(keys, i, false) {
			out = append(out, rows[key]...)
		}
		return out
	}
}

func (t *table) pick(columns []int) []*block.Block {
	out := make([]*block.Block, len(columns))
	for i, c := range columns {
		out[i] = t.blocks[c]
	}
	return out
}

// rowKeys are the keys of a row: none if a key has no value, or without multi several.
func rowKeys(keys []*block.Block, i int, multi bool) []string {
	out := []string{""}
	for _, k := range keys {
		if k == nil || k.Type == block.Null {
			return nil
		}
		first, n := k.Range(i)
		if n == 0 || n > 1 && !multi {
			return nil
		}
		var next []string
		for _, prefix := range out {
			for s := first; s < first+n; s++ {
				key := keyText(k, s)
				next = append(next, prefix+key+"\x00")
			}
		}
		out = next
	}
	return out
}

// joined adds columns of a table: a left join. With multiply a row is repeated for each match, otherwise its columns get
// the values of all matches.
func (c *compiler) joined(by esql.Node, t *table, adds []int, names []string, keys []*expr, find matcher, multiply bool) {
	before := c.scope
	for i, a := range adds {
		c.define(names[i], t.columns[a].typ)
	}
	from := make([]int, len(c.scope)-len(adds))
	for i := range from {
		from[i] = slices.Index(before, c.scope[i])
	}
	c.add(mapStep(func(r *Run, b *batch) *batch {
		in := make([]*block.Block, len(keys))
		for i, k := range keys {
			in[i] = k.run(r, b)
		}
		ws := make([]*block.Builder, len(adds))
		for i, a := range adds {
			ws[i] = block.NewBuilder(t.columns[a].typ, b.n)
		}
		var rows []int32
		for i := range b.n {
			found := find(in, i)
			if len(found) > 1 && !r.multiply(len(found), by) {
				return nil
			}
			if multiply {
				for range max(1, len(found)) {
					rows = append(rows, int32(i))
				}
			}
			for k, a := range adds {
				switch {
				case len(found) == 0:
					ws[k].EndRow()
				case multiply:
					for _, row := range found {
						ws[k].AppendRow(t.blocks[a], int(row))
					}
				default:
					for _, row := range found {
						if col := t.blocks[a]; col != nil {
							first, n := col.Range(int(row))
							ws[k].AppendSlots(col, first, n)
						}
					}
					ws[k].EndRow()
				}
			}
		}
		out := b
		if multiply {
			out = b.take(rows)
		}
		out = out.project(from)
		for _, w := range ws {
			out.cols = append(out.cols, w.Build())
		}
		return out
	}))
}

func (t *table) find(name string) int {
	return slices.IndexFunc(t.columns, func(col *column) bool { return col.name == name })
}

func (c *compiler) lookupJoin(x *esql.LookupJoin) {
	spec := c.p.opts.Lookups[x.Index.Name]
	if spec == nil {
		c.notRun(x.Index, "no table for the lookup index `%s`", x.Index.Name)
	}
	t := c.table(x.Index, spec)
	var keys []*expr
	var columns []int
	var rest []esql.Expr
	shared := map[string]bool{}
	for _, on := range x.On {
		for _, part := range esql.Operands(esql.And, on) {
			switch part := part.(type) {
			case *esql.Column:
				i := t.find(part.Name)
				if i < 0 {
					c.fail(part, "unknown column `%s` in the lookup index", part.Name)
				}
				keys, columns = append(keys, c.column(part)), append(columns, i)
				shared[part.Name] = true
			default:
				rest = append(rest, part)
			}
		}
	}
	if len(rest) > 0 {
		c.joinOn(x, t, rest)
		return
	}
	var adds []int
	var names []string
	for i, col := range t.columns {
		if !shared[col.name] {
			adds, names = append(adds, i), append(names, col.name)
		}
	}
	c.joined(x, t, adds, names, keys, t.index(columns, false), true)
}

// joinOn is a LOOKUP JOIN on conditions: each pair of rows is tried.
func (c *compiler) joinOn(x *esql.LookupJoin, t *table, conds []esql.Expr) {
	left := c.scope
	var adds []int
	var names []string
	for i, col := range t.columns {
		adds, names = append(adds, i), append(names, col.name)
	}
	// a scope of both sides, for the conditions
	var needed []*column
	for _, cond := range conds {
		for n := range esql.Preorder(cond) {
			if col, ok := n.(*esql.Column); ok {
				if found := c.lookup(col.Name); found != nil && !slices.Contains(needed, found) {
					needed = append(needed, found)
				}
			}
		}
	}
	var keys []*expr
	for _, col := range needed {
		keys = append(keys, c.read(col))
	}
	both := slices.Clone(needed)
	for _, col := range t.columns {
		o := *col
		o.field = nil
		if !slices.ContainsFunc(needed, func(n *column) bool { return n.name == col.name }) {
			both = append(both, &o)
		} else {
			both = append(both, &column{name: "\x00" + col.name, typ: col.typ})
		}
	}
	c.scope = both
	var tests []*expr
	for _, cond := range conds {
		tests = append(tests, c.expr(cond))
	}
	c.scope = left
	run := &Run{p: c.p}
	run.Run = fn.Run{Now: c.p.opts.Now, Zone: c.p.env.Zone, Warn: func(*fn.Site, error) {}}
	find := func(keys []*block.Block, i int) []int32 {
		b := &batch{n: t.rows}
		for _, k := range keys {
			rows := make([]int32, t.rows)
			for j := range rows {
				rows[j] = int32(i)
			}
			b.cols = append(b.cols, k.Take(rows))
		}
		b.cols = append(b.cols, t.blocks...)
		rows := make([]int32, t.rows)
		for j := range rows {
			rows[j] = int32(j)
		}
		for _, test := range tests {
			res := test.run(run, b)
			hits := trueRows(res, t.rows)
			rows = slices.DeleteFunc(rows, func(r int32) bool { _, ok := slices.BinarySearch(hits, r); return !ok })
		}
		return rows
	}
	c.joined(x, t, adds, names, keys, find, true)
}

func (c *compiler) enrich(x *esql.Enrich) {
	policy := c.p.opts.Policies[x.Policy]
	if policy == nil || policy.Table == nil {
		c.notRun(x, "no table for the ENRICH policy `%s`", x.Policy)
	}
	t := c.table(x, policy.Table)
	on := policy.MatchField
	if x.On != nil {
		on = x.On.Text
	}
	key := c.lookup(on)
	if key == nil {
		c.fail(x, "unknown column `%s`", on)
	}
	match := t.find(policy.MatchField)
	if match < 0 {
		c.fail(x, "the table of the ENRICH policy `%s` has no field `%s`", x.Policy, policy.MatchField)
	}
	var adds []int
	var names []string
	if len(x.With) == 0 {
		fields := policy.Fields
		if len(fields) == 0 {
			for i, col := range t.columns {
				if i != match {
					fields = append(fields, col.name)
				}
			}
		}
		for _, f := range fields {
			if i := t.find(f); i >= 0 {
				adds, names = append(adds, i), append(names, f)
			}
		}
	}
	for _, w := range x.With {
		i := t.find(w.Field.Text)
		if i < 0 {
			c.fail(w, "the ENRICH policy `%s` has no field `%s`", x.Policy, w.Field.Text)
		}
		name := w.Field.Text
		if w.New != nil {
			name = w.New.Text
		}
		adds, names = append(adds, i), append(names, name)
	}
	find := t.index([]int{match}, true)
	e := c.read(key)
	if t.columns[match].typ.IsString() && e.typ == block.IP { // the table has addresses as texts
		e = c.implicit(x, e, block.Keyword)
	}
	if policy.Type == "range" {
		find = t.ranges(match, e.typ)
	}
	c.joined(x, t, adds, names, []*expr{e}, func(keys []*block.Block, i int) []int32 { return eachValue(find, keys[0], i) }, false)
}

// eachValue finds the rows for every value of a row.
func eachValue(find matcher, key *block.Block, i int) []int32 {
	if key.Type == block.Null {
		return nil
	}
	first, n := key.Range(i)
	var out []int32
	for s := first; s < first+n; s++ {
		one := block.NewBuilder(key.Type, 1)
		one.AppendSlots(key, s, 1)
		one.EndRow()
		for _, row := range find([]*block.Block{one.Build()}, 0) {
			if !slices.Contains(out, row) {
				out = append(out, row)
			}
		}
	}
	return out
}

// ranges finds rows whose block of addresses, as a text, has the key in it.
func (t *table) ranges(match int, key block.Type) matcher {
	col := t.blocks[match]
	return func(keys []*block.Block, i int) []int32 {
		var out []int32
		first, n := keys[0].Range(i)
		if n != 1 || col == nil || col.Type.Storage() != block.Strings {
			return nil
		}
		ip := keys[0].S[first]
		if key.IsString() {
			if ip2, ok := block.ParseIP(ip); ok {
				ip = ip2
			}
		}
		for row := range t.rows {
			f, k := col.Range(row)
			for s := f; s < f+k; s++ {
				text := col.S[s]
				if fn.InBlock(ip, text) || strings.EqualFold(text, keys[0].Format(first, nil)) {
					out = append(out, int32(row))
					break
				}
			}
		}
		return out
	}
}
