// Package fn holds the functions and operators of ES|QL as kernels over columns.
package fn

import (
	"errors"
	"fmt"
	"time"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

// Site is where an expression stands in a query, for warnings.
type Site struct {
	Line, Column int
	Text         string
	Start, End   int // bytes within the query
}

// SiteError is why a query failed, and where.
type SiteError struct {
	Site *Site
	Err  error
}

func (e *SiteError) Error() string { return e.Err.Error() }

// Run is one run of a query.
type Run struct {
	Now  time.Time
	Zone *time.Location
	// Warn receives why a value became null.
	Warn func(site *Site, err error)
	// Err is the first error that fails the query.
	Err error
}

// Fail fails the query.
func (r *Run) Fail(err error) {
	if r.Err == nil {
		r.Err = err
	}
}

// Call is a function at its place in a query, during a run.
type Call struct {
	*Run
	Site *Site
}

// FatalError fails the query; any other error of a function makes its value null.
type FatalError struct{ Err error }

func (e *FatalError) Error() string { return e.Err.Error() }

func (e *FatalError) Unwrap() error { return e.Err }

func fatal(format string, args ...any) error { return &FatalError{fmt.Errorf(format, args...)} }

// warn reports why a value is null.
func (c *Call) warn(err error) {
	var f *FatalError
	if errors.As(err, &f) {
		c.Fail(&SiteError{c.Site, f.Err})
		return
	}
	c.Warn(c.Site, err)
}

// ErrMulti is the warning of a function of one value that meets several.
var ErrMulti = errors.New("single-value function encountered multi-value")

// Kernel computes a column of n rows.
type Kernel func(c *Call, n int, args []*block.Block) *block.Block

// rows is how many rows must be computed: one for constants.
func rows(n int, args []*block.Block) (count int, constant bool) {
	for _, a := range args {
		if !a.Const {
			return n, false
		}
	}
	return min(n, 1), len(args) > 0
}

func finish(w *block.Builder, constant bool, n int) *block.Block {
	b := w.Build()
	if constant && b.N == 1 {
		b.Const = true
		b.N = n
	}
	return b
}

// one returns the slot of the single value of a row; ok is false for null and, with a warning, for several values.
func (c *Call) one(b *block.Block, i int) (slot int, ok bool) {
	first, n := b.Range(i)
	if n > 1 {
		c.warn(ErrMulti)
	}
	return first, n == 1
}

// f1 lifts a function of one value.
func f1[A, R block.Slot](t block.Type, f func(*Call, A) (R, error)) Kernel {
	return func(c *Call, n int, args []*block.Block) *block.Block {
		a := args[0]
		if a.AllNull() {
			return block.Nulls(t, n)
		}
		count, constant := rows(n, args)
		av := block.Slots[A](a)
		w := block.NewBuilder(t, count)
		for i := range count {
			if s, ok := c.one(a, i); ok {
				if r, err := f(c, av[s]); err != nil {
					c.warn(err)
				} else {
					block.Add(w, r)
				}
			}
			w.EndRow()
		}
		return finish(w, constant, n)
	}
}

// each lifts a function of one value to all values of a row; a value that fails is left out.
func each[A, R block.Slot](t block.Type, f func(*Call, A) (R, error)) Kernel {
	return func(c *Call, n int, args []*block.Block) *block.Block {
		a := args[0]
		if a.AllNull() {
			return block.Nulls(t, n)
		}
		count, constant := rows(n, args[:1])
		av := block.Slots[A](a)
		w := block.NewBuilder(t, count)
		for i := range count {
			first, k := a.Range(i)
			for s := first; s < first+k; s++ {
				if r, err := f(c, av[s]); err != nil {
					c.warn(err)
				} else {
					block.Add(w, r)
				}
			}
			w.EndRow()
		}
		return finish(w, constant, n)
	}
}

// f2 lifts a function of two values.
func f2[A, B, R block.Slot](t block.Type, f func(*Call, A, B) (R, error)) Kernel {
	return func(c *Call, n int, args []*block.Block) *block.Block {
		a, b := args[0], args[1]
		if a.AllNull() || b.AllNull() {
			return block.Nulls(t, n)
		}
		count, constant := rows(n, args)
		av, bv := block.Slots[A](a), block.Slots[B](b)
		w := block.NewBuilder(t, count)
		for i := range count {
			s, ok := c.one(a, i)
			u, ok2 := c.pair(b, i, ok)
			if ok && ok2 {
				if r, err := f(c, av[s], bv[u]); err != nil {
					c.warn(err)
				} else {
					block.Add(w, r)
				}
			}
			w.EndRow()
		}
		return finish(w, constant, n)
	}
}

// pair is one for a later argument: after a null it is not looked at.
func (c *Call) pair(b *block.Block, i int, before bool) (slot int, ok bool) {
	if !before {
		return 0, false
	}
	return c.one(b, i)
}

// f3 lifts a function of three values.
func f3[A, B, C, R block.Slot](t block.Type, f func(*Call, A, B, C) (R, error)) Kernel {
	return func(c *Call, n int, args []*block.Block) *block.Block {
		if args[0].AllNull() || args[1].AllNull() || args[2].AllNull() {
			return block.Nulls(t, n)
		}
		count, constant := rows(n, args)
		av, bv, cv := block.Slots[A](args[0]), block.Slots[B](args[1]), block.Slots[C](args[2])
		w := block.NewBuilder(t, count)
		for i := range count {
			s, ok := c.one(args[0], i)
			u, ok := c.pair(args[1], i, ok)
			v, ok := c.pair(args[2], i, ok)
			if ok {
				if r, err := f(c, av[s], bv[u], cv[v]); err != nil {
					c.warn(err)
				} else {
					block.Add(w, r)
				}
			}
			w.EndRow()
		}
		return finish(w, constant, n)
	}
}

// maxValues is how many values a column may have in one batch of rows. Functions of multi-values can double them in each command;
// Elasticsearch's circuit breakers end such a query.
const maxValues = 1 << 22

// fRows lifts a function of whole rows: it adds the values of a row to the builder.
func fRows(t block.Type, f func(c *Call, args []*block.Block, i int, w *block.Builder) error) Kernel {
	return func(c *Call, n int, args []*block.Block) *block.Block {
		count, constant := rows(n, args)
		if len(args) == 0 {
			count, constant = min(n, 1), true
		}
		w := block.NewBuilder(t, count)
		for i := range count {
			if err := f(c, args, i, w); err != nil {
				w.Truncate(0)
				c.warn(err)
			}
			if w.Slots() > maxValues {
				w.Truncate(0)
				c.Fail(&SiteError{c.Site, fmt.Errorf("more than [%d] values are not supported", maxValues)})
			}
			w.EndRow()
		}
		return finish(w, constant, n)
	}
}
