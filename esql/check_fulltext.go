package esql

// Full-text search: ":", MATCH, MATCH_PHRASE, KQL, QSTR and KNN.

// matchOperator checks "field : value".
func (c *checker) matchOperator(x *Match, e env) Type {
	c.fullTextPlace(x, ":", e)
	field := c.expr(x.Field, e)
	value := c.expr(x.Value, e)
	c.matchTypes(x, "`:`", x.Field, x.Value, field, value)
	return TypeBoolean
}

func (c *checker) matchTypes(x Expr, name string, fx, vx Expr, field, value Type) {
	if field == TypeUnknown || value == TypeUnknown {
		return
	}
	if value == TypeNull {
		c.untyped("type", x.Span(), "use IS NULL", "%s searches for a value, not for null", name)
		return
	}
	if field == TypeNull {
		return
	}
	for _, s := range c.facts.funcs["match"].sigs {
		if s.args[0].has(field) && s.args[1].has(value) {
			return
		}
	}
	c.untyped("type", x.Span(), "", "%s cannot go with these types: %s, %s", name, c.typed(fx, field), c.typed(vx, value))
}

// fullTextPlace checks where full-text search stands, and behind which commands.
func (c *checker) fullTextPlace(x Expr, name string, e env) {
	if !e.condition || e.group {
		place := "it stands in WHERE, in STATS, and in EVAL inside SCORE(…)"
		if e.verb == "WHERE" {
			place = "in WHERE it stands under AND, OR and NOT only"
		}
		c.verify("full-text", x.Span(), place, "full-text search %s cannot stand here", c.quote(x))
		return
	}
	for _, cmd := range e.scope.before {
		st := stageVerify
		switch cmd := cmd.(type) {
		case *From, *Where, *Sort, *Sample:
			continue
		case *Limit, *MvExpand, *Stats, *Fork, *Fuse:
		case *ChangePoint, *Rerank, *MMR:
			st = stageFold
			if name == "KQL" || name == "QSTR" {
				st = stageVerify
			}
		case *Row:
			if name != "KQL" && name != "QSTR" {
				continue
			}
		default:
			_ = cmd
			if name != "KQL" && name != "QSTR" {
				continue
			}
		}
		i := c.fail(st, "full-text", x.Span(), "move the WHERE to the front", "full-text search %s cannot stand behind %s", c.quote(x), cmd.Word())
		i.Related = []Related{{Span: cmd.Span(), Message: cmd.Word() + " stands here"}}
		return
	}
}
