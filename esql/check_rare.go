package esql

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
)

// Commands that call a model, and rare ones.

func (c *checker) changePoint(cmd *ChangePoint, in *scope) *scope {
	value := c.column(cmd.Value, in)
	if value != nil && !c.unusable(value, cmd.Value.Range) && value.Type != TypeUnknown && !value.Type.Numeric() && value.Type != TypeNull {
		c.verify("type", cmd.Value.Range, "", "CHANGE_POINT looks at numbers: %s is %s", quoted(cmd.Value.Name), value.Type)
	}
	name, at := "@timestamp", cmd.Range
	if cmd.Key != nil {
		name, at = cmd.Key.Name, cmd.Key.Range
	}
	key := c.lookup(name, at, in)
	if key != nil && cmd.Key != nil {
		c.info.Refs[cmd.Key] = key
	}
	if key != nil && !c.unusable(key, at) && !sortable(key.Type) {
		c.verify("type", at, "", "CHANGE_POINT needs a key that can be sorted: %s is %s", quoted(name), key.Type)
	}
	typ := &Attr{Name: "type", Type: TypeKeyword, Kind: ComputedAttr, Span: cmd.KeywordRange}
	p := &Attr{Name: "pvalue", Type: TypeDouble, Kind: ComputedAttr, Span: cmd.KeywordRange}
	if cmd.Type != nil {
		typ.Name, typ.Span = cmd.Type.Name, cmd.Type.Range
	}
	if cmd.PValue != nil {
		p.Name, p.Span = cmd.PValue.Name, cmd.PValue.Range
	}
	return in.with(typ, p)
}

// endpoint checks the options of a command that calls a model.
func (c *checker) endpoint(h *head, options *Map, task string, required bool) {
	var id *Literal
	var extra *Entry
	if options != nil {
		for _, e := range options.Entries {
			if e.Key != "inference_id" {
				if extra == nil && !(e.Key == "task_settings" && task == "completion") {
					extra = e
				}
				continue
			}
			l, ok := e.Value.(*Literal)
			if !ok || l.Kind != KeywordLiteral {
				c.fail(stageBuild, "option", e.Value.Span(), "", "inference_id takes a string, found %s", c.quote(e.Value))
				return
			}
			id = l
		}
	}
	if extra != nil {
		c.fail(stageBuild, "option", extra.Range, "the option is inference_id", "%s has no option %s", h.word, quoted(extra.Key))
	}
	if id == nil {
		if required {
			c.fail(stageBuild, "option", h.Range, `add WITH {"inference_id": "…"}`, "%s needs the option inference_id", h.word)
		} else if c.schema.Inference != nil && c.schema.Inference[".rerank-v1-elasticsearch"] == "" {
			c.fail(stageResolve, "unknown-inference", h.Range, `add WITH {"inference_id": "…"}`, "unknown inference endpoint %s", quoted(".rerank-v1-elasticsearch"))
		}
		return
	}
	if c.schema.Inference == nil {
		return
	}
	got, ok := c.schema.Inference[id.Str]
	switch {
	case !ok:
		var names []string
		for n := range c.schema.Inference {
			names = append(names, n)
		}
		hint := ""
		if m := near.Names(id.Str, names); len(m) > 0 {
			hint = "did you mean " + quoted(m[0]) + "?"
		}
		c.fail(stageResolve, "unknown-inference", id.Range, hint, "unknown inference endpoint %s", quoted(id.Str))
	case got != task:
		c.fail(stageResolve, "unknown-inference", id.Range, "", "inference endpoint %s does %s, not %s", quoted(id.Str), got, task)
	}
}

func (c *checker) completion(cmd *Completion, in *scope) *scope {
	t := c.expr(cmd.Prompt, env{scope: in, verb: "COMPLETION"})
	if !t.Text() && t != TypeUnknown && t != TypeNull {
		c.verify("type", cmd.Prompt.Span(), "convert with TO_STRING", "the prompt of COMPLETION is a string: %s", c.typed(cmd.Prompt, t))
	}
	c.endpoint(&cmd.head, cmd.Options, "completion", true)
	a := &Attr{Name: "completion", Type: TypeKeyword, Kind: ComputedAttr, Span: cmd.KeywordRange}
	if cmd.Target != nil {
		a.Name, a.Span = cmd.Target.Name, cmd.Target.Range
	}
	c.info.Defs[cmd] = a
	return in.with(a)
}

func (c *checker) rerank(cmd *Rerank, in *scope) *scope {
	if l, ok := cmd.Text.(*Literal); ok && l.Kind != KeywordLiteral {
		c.fail(stageBuild, "type", l.Range, "", "the text of RERANK is a string, found %s", c.quote(l))
	}
	for _, f := range cmd.On {
		t := c.expr(f.X, env{scope: in, verb: "RERANK"})
		if !t.Text() && t != TypeUnknown && t != TypeNull {
			c.verify("type", f.Range, "convert with TO_STRING", "RERANK reads strings: %s", c.typed(f.X, t))
		}
	}
	c.endpoint(&cmd.head, cmd.Options, "rerank", false)
	a := &Attr{Name: "_score", Type: TypeDouble, Kind: ComputedAttr, Span: cmd.KeywordRange}
	if cmd.Target != nil {
		a.Name, a.Span = cmd.Target.Name, cmd.Target.Range
	}
	c.info.Defs[cmd] = a
	return in.with(a)
}

// fuse checks FUSE, which joins the branches of a FORK by score.
func (c *checker) fuse(cmd *Fuse, in *scope) *scope {
	switch cmd.Type {
	case "", "rrf", "linear":
	default:
		c.fail(stageBuild, "option", cmd.Range, "types are RRF and LINEAR", "FUSE has no type %s", quoted(cmd.Type))
		return nil
	}
	col := func(x *Column, name string) *Attr {
		at := cmd.Range
		if x != nil {
			name, at = x.Name, x.Range
		}
		a, unknown := in.find(name)
		if a == nil && !unknown {
			c.fail(stageResolve, "grouping", at, "read it with METADATA, or name another column", "FUSE needs the column %s", quoted(name))
		}
		if a != nil && x != nil {
			c.info.Refs[x] = a
		}
		return a
	}
	if a := col(cmd.Score, "_score"); a != nil && a.Type != TypeDouble && a.Type != TypeUnknown {
		c.verify("type", spanOf(cmd.Score, cmd), "", "the score of FUSE is a double: %s is %s", quoted(a.Name), a.Type)
	}
	col(cmd.Group, "_fork")
	keys := cmd.Keys
	if len(keys) == 0 {
		col(nil, "_id")
		col(nil, "_index")
	}
	for _, k := range keys {
		if a := col(k, ""); a != nil && !a.Type.Text() && a.Type != TypeUnknown {
			c.verify("type", k.Range, "", "a key of FUSE is a string: %s is %s", quoted(a.Name), a.Type)
		}
	}
	c.fuseOptions(cmd)
	for _, a := range in.cols {
		if a.Type == TypeUnsupported || !groupable(a.Type) || a.Type == TypeHistogram {
			c.verify("type", cmd.Range, "drop it in front of FUSE", "FUSE cannot take column %s, which has type %s", quoted(a.Name), a.Type)
			break
		}
	}
	if !c.limited(in) {
		c.verify("limit", cmd.Range, "add LIMIT to the branches, or in front of FUSE", "FUSE takes a limited number of rows")
	}
	score := "_score"
	if cmd.Score != nil {
		score = cmd.Score.Name
	}
	out := in.copy()
	slices.SortStableFunc(out.cols, func(a, b *Attr) int { return cmp.Compare(btoi(b.Name == score), btoi(a.Name == score)) })
	out.set(slices.Clone(out.cols))
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func spanOf(x *Column, cmd Command) Span {
	if x != nil {
		return x.Range
	}
	return cmd.Span()
}

// limited tells whether the number of rows is limited.
func (c *checker) limited(in *scope) bool {
	for _, cmd := range in.before {
		switch cmd := cmd.(type) {
		case *Limit:
			return true
		case *Stats:
			if !cmd.Inline {
				return true
			}
		case *Fork:
			all := len(cmd.Branches) > 0
			for _, b := range cmd.Branches {
				all = all && slices.ContainsFunc(b.Commands, func(x Command) bool {
					switch x := x.(type) {
					case *Limit:
						return true
					case *Stats:
						return !x.Inline
					}
					return false
				})
			}
			if all {
				return true
			}
		case *Row:
			return true
		}
	}
	return false
}

func (c *checker) fuseOptions(cmd *Fuse) {
	if cmd.Options == nil {
		return
	}
	known := []string{"weights"} // rank_constant and normalizer are refused by 9.5.3
	for _, e := range cmd.Options.Entries {
		if !slices.Contains(known, e.Key) {
			c.verify("option", cmd.Range, "options are "+strings.Join(known, ", "), "FUSE has no option %s", quoted(e.Key))
		}
	}
}

func (c *checker) mmr(cmd *MMR, in *scope) *scope {
	if a := c.column(cmd.Field, in); a != nil && !c.unusable(a, cmd.Field.Range) && a.Type != TypeDenseVector && a.Type != TypeUnknown {
		c.verify("type", cmd.Field.Range, "", "MMR looks at vectors: %s is %s", quoted(a.Name), a.Type)
	}
	if l, ok := cmd.Limit.(*Literal); ok && (l.Kind != IntegerLiteral || l.Int <= 0) {
		c.verify("bad-literal", cmd.Range, "", "the limit of MMR is a whole number above 0, found %s", c.quote(l))
	}
	if cmd.Options != nil {
		for _, e := range cmd.Options.Entries {
			if e.Key != "lambda" {
				c.verify("option", cmd.Range, "the option is lambda", "MMR has no option %s", quoted(e.Key))
			}
		}
	}
	if cmd.Vector != nil {
		c.expr(cmd.Vector, env{scope: in, verb: "MMR"})
	}
	if !c.limited(in) {
		c.verify("limit", cmd.Range, "add LIMIT in front", "MMR takes a limited number of rows")
	}
	return in.copy()
}

// extract checks commands that take a string to pieces.
func (c *checker) extract(cmd *Extract, in *scope) *scope {
	t := c.expr(cmd.Input, env{scope: in, verb: cmd.word})
	want := t.Text()
	if cmd.word == "IP_LOCATION" {
		want = want || t == TypeIP
	}
	if !want && t != TypeUnknown && t != TypeNull {
		c.verify("type", cmd.Input.Span(), "", "%s reads strings: %s", cmd.word, c.typed(cmd.Input, t))
	}
	var cols []*Attr
	for _, p := range extractParts(cmd.word) {
		cols = append(cols, &Attr{Name: cmd.Prefix.Name + "." + p.Name, Type: mappingType(p.Type), Kind: ComputedAttr, Span: cmd.Prefix.Range})
	}
	out := in.with(cols...)
	if cmd.word == "IP_LOCATION" {
		out.open = &openScope{made: map[string]*Attr{}} // what it gives depends on the database
	}
	return out
}

// extractParts are the columns that a command makes, below its prefix.
func extractParts(word string) []PolicyField {
	switch word {
	case "USER_AGENT":
		return []PolicyField{{"name", "keyword"}, {"version", "keyword"}, {"os.name", "keyword"}, {"os.version", "keyword"}, {"os.full", "keyword"},
			{"device.name", "keyword"}}
	case "URI_PARTS":
		return []PolicyField{{"domain", "keyword"}, {"fragment", "keyword"}, {"path", "keyword"}, {"extension", "keyword"}, {"port", "integer"},
			{"query", "keyword"}, {"scheme", "keyword"}, {"user_info", "keyword"}, {"username", "keyword"}, {"password", "keyword"}}
	case "REGISTERED_DOMAIN":
		return []PolicyField{{"domain", "keyword"}, {"registered_domain", "keyword"}, {"top_level_domain", "keyword"}, {"subdomain", "keyword"}}
	}
	return nil
}

func (c *checker) metricsInfo(cmd *MetricsInfo, in *scope) *scope {
	ok := false
	if len(in.before) > 0 {
		from, isFrom := in.before[0].(*From)
		ok = isFrom && from.TS
	}
	if !ok {
		c.verify("type", cmd.Range, "", "%s stands behind TS", cmd.word)
	}
	names := []string{"metric_name", "data_stream", "unit", "metric_type", "field_type", "dimension_fields"}
	if cmd.word == "TS_INFO" {
		names = append(names, "dimensions")
	}
	var cols []*Attr
	for _, n := range names {
		cols = append(cols, &Attr{Name: n, Type: TypeKeyword, Kind: ComputedAttr, Span: cmd.Range})
	}
	out := newScope(cols)
	out.before = in.before
	out.last = gone{verb: cmd.word, at: cmd.KeywordRange}
	return out
}
