package esql

import (
	"fmt"
	"slices"
)

// What Elasticsearch takes and nobody means.

func (c *checker) style() {
	if len(c.q.Commands) == 0 || slices.ContainsFunc(c.q.Commands, func(x Command) bool { return broken(x) }) {
		return
	}
	c.unused()
	c.never()
	c.texts()
}

// warn reports what is no error.
func (c *checker) warn(code string, level Level, at Span, hint, format string, args ...any) *Issue {
	c.issues = append(c.issues, staged{Issue{Code: code, Level: level, Span: at, Message: fmt.Sprintf(format, args...), Hint: hint}, stageStyle, 0})
	return &c.issues[len(c.issues)-1].Issue
}

// unused reports columns of EVAL that nothing uses.
func (c *checker) unused() {
	if c.fork1 != nil || c.subqueries > 0 {
		return // their columns are made anew
	}
	for _, a := range c.info.Columns {
		c.use(a)
	}
	for _, cmd := range c.q.Commands {
		e, ok := cmd.(*Eval)
		if !ok {
			continue
		}
		for _, f := range e.Fields {
			if a := c.info.Defs[f]; a != nil && !c.used[a] {
				c.warn("query/esql-unused-column", Note, a.Span, "remove it, or keep it", "column %s is never used", quoted(a.Name))
			}
		}
	}
}

// use marks a column, and what it is a new name of, as used.
func (c *checker) use(a *Attr) {
	for ; a != nil && !c.used[a]; a = a.Renamed {
		c.used[a] = true
	}
}
