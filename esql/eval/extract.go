package eval

import (
	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/fn"
	"github.com/rulevet/rulevet/esql/eval/internal/text"
)

// extracted adds columns that a command takes out of a text.
func (c *compiler) extracted(names []string, types []block.Type, input *expr, add func(r *Run, s string, ws []*block.Builder)) {
	before := c.scope
	for i, name := range names {
		c.define(name, types[i])
	}
	from := make([]int, len(c.scope)-len(names))
	for i := range from {
		for k, col := range before {
			if col == c.scope[i] {
				from[i] = k
			}
		}
	}
	c.add(mapStep(func(r *Run, b *batch) *batch {
		in := input.run(r, b)
		ws := make([]*block.Builder, len(names))
		for i, t := range types {
			ws[i] = block.NewBuilder(t, b.n)
		}
		for i := range b.n {
			if in.Type != block.Null {
				first, n := in.Range(i)
				for s := first; s < first+n; s++ {
					add(r, in.S[s], ws)
				}
			}
			for _, w := range ws {
				w.EndRow()
			}
		}
		out := b.project(from)
		for _, w := range ws {
			out.cols = append(out.cols, w.Build())
		}
		return out
	}))
}

func (c *compiler) textInput(x esql.Expr) *expr {
	e := c.expr(x)
	if !e.typ.IsString() && e.typ != block.Null {
		c.fail(x, "expected a text, found %s", e.typ)
	}
	return e
}

func (c *compiler) dissect(x *esql.Dissect) {
	separator := ""
	for _, o := range x.Options {
		separator = o.Value.Str
	}
	d, err := text.NewDissect(x.Pattern.Str, separator)
	if err != nil {
		c.fail(x.Pattern, "%s", err)
	}
	types := make([]block.Type, len(d.Names))
	for i := range types {
		types[i] = block.Keyword
	}
	c.extracted(d.Names, types, c.textInput(x.Input), func(_ *Run, s string, ws []*block.Builder) {
		if values, ok := d.Match(s); ok {
			for i, v := range values {
				ws[i].String(v)
			}
		}
	})
}

func (c *compiler) grok(x *esql.Grok) {
	var groks []*text.Grok
	var names []string
	var types []block.Type
	for _, p := range x.Patterns {
		g, err := text.NewGrok(p.Str)
		if err != nil {
			c.fail(p, "%s", err)
		}
		groks = append(groks, g)
		for _, f := range g.Fields {
			if !containsName(names, f.Name) {
				names = append(names, f.Name)
				types = append(types, f.Type)
			}
		}
	}
	places := make([][]int, len(groks))
	for i, g := range groks {
		for _, f := range g.Fields {
			for k, n := range names {
				if n == f.Name {
					places[i] = append(places[i], k)
				}
			}
		}
	}
	site := c.site(x)
	c.extracted(names, types, c.textInput(x.Input), func(r *Run, s string, ws []*block.Builder) {
		for i, g := range groks {
			mine := make([]*block.Builder, len(places[i]))
			for k, p := range places[i] {
				mine[k] = ws[p]
			}
			ok, err := g.Match(s, mine)
			if err != nil {
				r.Fail(&fn.SiteError{Site: site, Err: err})
			}
			if ok {
				return
			}
		}
	})
}

func containsName(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}
