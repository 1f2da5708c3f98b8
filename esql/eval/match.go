package eval

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/fn"
	"github.com/rulevet/rulevet/esql/eval/internal/text"
)

// field is the column of a match operator.
func (c *compiler) field(x esql.Expr) *expr { return c.expr(x) }

// match compiles ":", MATCH and MATCH_PHRASE: they look at every value of a field, and are never null.
func (c *compiler) match(x esql.Expr, field *expr, value esql.Expr, options map[string]string) *expr {
	v := c.expr(value)
	if v.constant == nil || v.constant.IsNull(0) {
		c.fail(value, "expected a constant value to match, found `%s`", c.text(value))
	}
	f := fn.Func{Type: block.Boolean}
	if field.typ == block.Text {
		phrase := false
		if call, ok := x.(*esql.Call); ok {
			phrase = call.Name == "match_phrase"
		}
		f.Kernel = fn.AnyMatches(wordsTest(v.constant.Format(0, c.p.env.Zone), phrase, options))
		return c.apply(x, f, field)
	}
	test, err := c.valueTest(x, field.typ, v)
	if err != nil {
		c.fail(value, "%s", err)
	}
	f.Kernel = fn.AnyMatches(test)
	return c.apply(x, f, field)
}

// wordsTest matches the words of a text: any of them, all with "operator": "AND", or as a phrase.
func wordsTest(query string, phrase bool, options map[string]string) func(b *block.Block, slot int) bool {
	want := text.Words(query)
	all := strings.EqualFold(options["operator"], "and")
	least := 1
	if n, err := strconv.Atoi(options["minimum_should_match"]); err == nil && n > 0 {
		least = n
	}
	return func(b *block.Block, slot int) bool {
		if len(want) == 0 {
			return false
		}
		have := text.Words(b.S[slot])
		if phrase {
			for i := 0; i+len(want) <= len(have); i++ {
				if slices.Equal(have[i:i+len(want)], want) {
					return true
				}
			}
			return false
		}
		hits := 0
		for _, w := range want {
			if slices.Contains(have, w) {
				hits++
			}
		}
		return hits == len(want) || !all && hits >= least
	}
}

func (c *compiler) valueTest(x esql.Node, t block.Type, v *expr) (func(b *block.Block, slot int) bool, error) {
	k := v.constant
	if t.IsString() {
		want := k.Format(0, c.p.env.Zone)
		return func(b *block.Block, slot int) bool { return b.S[slot] == want }, nil
	}
	if v.typ != t {
		f, err := fn.Convert(c.p.env, v.typ, t)
		if err != nil {
			return nil, err
		}
		f.Want = nil
		k = c.apply(x, f, v).constant
	}
	if k == nil || k.IsNull(0) {
		return func(*block.Block, int) bool { return false }, nil
	}
	return func(b *block.Block, slot int) bool { return block.Compare(t, b, slot, k, 0) == 0 }, nil
}
