package eval

import (
	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/predicate"
)

// Cache remembers the leaves of a query that is compiled again and again with small changes of its tree, as mutants are: what a change
// does not touch is compiled once. It is for one query with the same fields and options, and not safe for concurrent use.
type Cache struct {
	resolver *predicate.Resolver
	leaves   map[eql.Expr]*predicate.Cond
	full     bool // the query was compiled once
	except   eql.Expr
}

// Except says that a leaf has changed inside, while it keeps its place in the tree; nil: none has.
func (c *Cache) Except(leaf eql.Expr) { c.except = leaf }

// known is the leaf as it was compiled before; nil if it was not.
func (c *Cache) known(e eql.Expr) *predicate.Cond {
	if c == nil || e == c.except {
		return nil
	}
	return c.leaves[e]
}

// add notes a leaf of the query itself. Those that only a changed one has are not worth it.
func (c *Cache) add(e eql.Expr, cond *predicate.Cond) {
	if c == nil || c.full {
		return
	}
	if c.leaves == nil {
		c.leaves = map[eql.Expr]*predicate.Cond{}
	}
	c.leaves[e] = cond
}
