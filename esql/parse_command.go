package esql

import "strings"

// body reads what follows a command's name.
func (p *parser) body(word string, t token) Command {
	h := head{word: word, KeywordRange: t.span()}
	before := p.errors
	c := p.bodyOf(word, &h)
	hp := c.(interface{ commandHead() *head }).commandHead()
	hp.word, hp.KeywordRange, hp.Range = h.word, h.KeywordRange, p.from(int(t.start))
	hp.broken = p.errors > before
	return c
}

func (p *parser) bodyOf(word string, h *head) Command {
	switch word {
	case "FROM", "TS":
		return p.fromCommand(word == "TS")
	case "ROW":
		return &Row{Fields: p.fields()}
	case "SHOW":
		p.expect(tInfo, "INFO")
		return &Show{}
	case "PROMQL":
		return p.promql()
	case "WHERE":
		return &Where{Cond: p.expr()}
	case "EVAL":
		return &Eval{Fields: p.fields()}
	case "STATS":
		return p.stats(false)
	case "INLINESTATS":
		return p.stats(true)
	case "INLINE":
		if t, ok := p.expect(tStats, "STATS"); ok {
			h.word, h.KeywordRange.End = "INLINE STATS", int(t.end)
		}
		return p.stats(true)
	case "KEEP":
		return &Keep{Items: p.names()}
	case "DROP":
		return &Drop{Items: p.names()}
	case "RENAME":
		return p.rename()
	case "SORT":
		return p.sort()
	case "LIMIT":
		return p.limit()
	case "DISSECT":
		return p.dissect()
	case "GROK":
		return p.grok()
	case "ENRICH":
		return p.enrich()
	case "LOOKUP":
		return p.lookupJoin(h)
	case "MV_EXPAND":
		return &MvExpand{Field: p.column("a column")}
	case "FORK":
		return p.fork()
	}
	return p.rareCommand(word)
}

func (p *parser) rareCommand(word string) Command {
	switch word {
	case "FUSE":
		return p.fuse()
	case "CHANGE_POINT":
		return p.changePoint()
	case "COMPLETION":
		c := &Completion{Target: p.target()}
		c.Prompt = p.primary()
		c.Options = p.withMap()
		return c
	case "RERANK":
		return p.rerank()
	case "SAMPLE":
		return &Sample{Probability: p.constant("a number between 0 and 1")}
	case "MMR":
		return p.mmr()
	case "URI_PARTS", "REGISTERED_DOMAIN", "USER_AGENT", "IP_LOCATION":
		c := &Extract{Prefix: p.column("a column")}
		p.expect(tAssign, "`=`")
		c.Input = p.primary()
		c.Options = p.withMap()
		return c
	case "METRICS_INFO", "TS_INFO":
		return &MetricsInfo{}
	}
	return &BadCommand{}
}

// list reads items with commas between them; behind an error it goes on at the next comma.
func (p *parser) list(item func()) {
	depth := p.toks[p.i].depth
	for {
		item()
		if p.bad && !p.toComma(depth) {
			return
		}
		if !p.accept(tComma) {
			return
		}
	}
}

func (p *parser) fromCommand(ts bool) Command {
	c := &From{TS: ts}
	p.list(func() {
		switch p.kind() {
		case tLSub:
			c.Sources = append(c.Sources, p.subquery(true))
		case tSource, tString:
			c.Sources = append(c.Sources, p.index())
		default:
			p.unexpected("an index pattern", "")
		}
	})
	if p.at(tLBracket) && p.peek(1) == tMetadata {
		p.unexpected("`|` or the end of the query", "write METADATA without brackets, as of 9.0")
		return c
	}
	if p.accept(tMetadata) {
		p.list(func() {
			if t, ok := p.expect(tSource, "the name of a metadata field"); ok {
				c.Metadata = append(c.Metadata, &Name{Text: p.text(t), Range: t.span()})
			}
		})
	}
	return c
}

// index reads [cluster:]name[::selector].
func (p *parser) index() *Index {
	start := p.start()
	x := &Index{}
	part := func() string {
		t := p.take()
		if t.kind == tString {
			x.Quoted = true
			return stringValue(p.text(t))
		}
		return p.text(t)
	}
	x.Name = part()
	if p.at(tColon) && !x.Quoted {
		p.take()
		if p.at(tSource) || p.at(tString) {
			x.Name += ":" + part()
		} else {
			p.unexpected("an index pattern", "")
		}
	}
	if p.at(tCast) {
		p.take()
		if p.at(tSource) {
			x.Name += "::" + part()
		} else {
			p.unexpected("a selector (data, failures)", "")
		}
	}
	x.Range = p.from(start)
	return x
}

// maxSubs bounds the nesting of subqueries and branches.
const maxSubs = 50

// subquery reads a pipeline in parentheses.
func (p *parser) subquery(source bool) *Subquery {
	s := &Subquery{}
	start := p.start()
	p.expect(tLSub, "`(`")
	if p.subs++; p.subs > maxSubs {
		if !p.bad {
			p.errorAt("size", p.tok().span(), "", "subqueries are nested more than %d deep", maxSubs)
			p.bad = true
		}
	} else {
		p.pipeline(&s.Pipeline, source)
	}
	p.expect(tRSub, "`)`")
	p.subs--
	s.Range = p.from(start)
	return s
}

// promql goes over the text of PROMQL: parameters, then an expression in parentheses or to the end.
func (p *parser) promql() Command {
	c := &PromQL{}
	if p.at(tPipe) || p.at(tEOF) {
		p.unexpected("a query", "")
	}
	for !p.at(tPipe) && !p.at(tEOF) && !p.at(tRSub) && !p.bad {
		p.take()
	}
	return c
}

func (p *parser) fields() []*Field {
	var out []*Field
	p.list(func() { out = append(out, p.field()) })
	return out
}

// field reads "name = x" or "x".
func (p *parser) field() *Field {
	start := p.start()
	f := &Field{Target: p.target()}
	f.X = p.expr()
	f.Range = p.from(start)
	return f
}

// target reads "name =" if it stands here.
func (p *parser) target() *Column {
	n := 0
	for {
		switch p.peek(n) {
		case tIdent, tQuotedIdent, tParam, tParam2:
		default:
			return nil
		}
		n++
		switch p.peek(n) {
		case tDot:
			n++
			continue
		case tAssign:
			c := p.column("a column")
			p.take()
			return c
		}
		return nil
	}
}

func (p *parser) stats(inline bool) Command {
	c := &Stats{Inline: inline}
	if !p.at(tBy) {
		p.list(func() {
			start := p.start()
			a := &Agg{Field: Field{Target: p.target()}}
			a.X = p.expr()
			if p.accept(tWhere) {
				a.Where = p.expr()
			}
			a.Range = p.from(start)
			c.Aggs = append(c.Aggs, a)
		})
	}
	if t := p.tok(); p.accept(tBy) {
		c.ByWord = t.span()
		c.By = p.fields()
	}
	return c
}

func (p *parser) names() []*Name {
	var out []*Name
	p.list(func() { out = append(out, p.name("the name of a column")) })
	return out
}

// name reads a name that may have wildcards.
func (p *parser) name(what string) *Name {
	n := &Name{}
	var t nameText
	start := p.start()
	for {
		switch p.kind() {
		case tPattern:
			t.addPattern(p.text(p.take()))
		case tParam, tParam2:
			p.addParam(n, &t, p.take())
		default:
			p.unexpected(what, "")
		}
		if !p.at(tDot) {
			break
		}
		p.take()
		t.WriteByte('.')
	}
	n.Text, n.Glob = t.String(), t.glob()
	n.Range = p.from(start)
	return n
}

// nameText is a name as it is read: its text, and where wildcards stand in it.
type nameText struct {
	strings.Builder
	stars []int
}

func (t *nameText) star() {
	t.stars = append(t.stars, t.Len())
	t.WriteByte('*')
}

// glob are the parts between the wildcards; nil if there are none.
func (t *nameText) glob() []string {
	if len(t.stars) == 0 {
		return nil
	}
	out, at := make([]string, 0, len(t.stars)+1), 0
	for _, i := range t.stars {
		out, at = append(out, t.String()[at:i]), i+1
	}
	return append(out, t.String()[at:])
}

// addPattern adds one part of a name, with back-quoted pieces and wildcards.
func (t *nameText) addPattern(text string) {
	for text != "" {
		i := strings.IndexAny(text, "`*")
		if i < 0 {
			i = len(text)
		}
		t.WriteString(text[:i])
		text = text[i:]
		switch {
		case text == "":
		case text[0] == '*':
			t.star()
			text = text[1:]
		default:
			end := quotedName(text, 0)
			t.WriteString(strings.ReplaceAll(text[1:end-1], "``", "`"))
			text = text[end:]
		}
	}
}

// addParam adds a parameter to a name.
func (p *parser) addParam(n *Name, text *nameText, t token) {
	v, ok := p.paramAt(t)
	if ok && v.Kind == PatternParam && t.kind == tParam {
		s, _ := v.Value.(string)
		for i, part := range strings.Split(s, "*") {
			if i > 0 {
				text.star()
			}
			text.WriteString(part)
		}
		return
	}
	if ok {
		if t.kind == tParam && t.end-t.start == 1 {
			p.positional-- // looked at twice
		}
		var s string
		s, ok = p.paramName(t)
		text.WriteString(s)
	}
	if !ok {
		n.Param = true
	}
}

func (p *parser) rename() Command {
	c := &Rename{}
	p.list(func() {
		start := p.start()
		r := &Renaming{}
		first := p.name("the name of a column")
		switch {
		case p.accept(tAs):
			r.Old, r.New = first, p.name("the new name")
		case p.accept(tAssign):
			r.Old, r.New = p.name("the name of a column"), first
		default:
			p.unexpected("AS or `=`", "")
			r.Old, r.New = first, &Name{Param: true, Range: Span{Start: p.end(), End: p.end()}}
		}
		r.Range = p.from(start)
		c.Items = append(c.Items, r)
	})
	return c
}

func (p *parser) sort() Command {
	c := &Sort{}
	p.list(func() {
		k := &SortKey{}
		start := p.start()
		k.X = p.expr()
		if p.accept(tDesc) {
			k.Desc = true
		} else {
			p.accept(tAsc)
		}
		k.NullsFirst = k.Desc
		if p.accept(tNulls) {
			k.Explicit = true
			switch {
			case p.accept(tFirst):
				k.NullsFirst = true
			case p.accept(tLast):
				k.NullsFirst = false
			default:
				p.unexpected("FIRST or LAST", "")
			}
		}
		k.Range = p.from(start)
		c.Keys = append(c.Keys, k)
	})
	return c
}

func (p *parser) limit() Command {
	c := &Limit{Count: p.constant("a number")}
	if p.accept(tBy) {
		p.list(func() { c.By = append(c.By, p.expr()) })
	}
	return c
}

func (p *parser) dissect() Command {
	c := &Dissect{Input: p.primary()}
	c.Pattern = p.pattern()
	if p.at(tIdent) || p.at(tQuotedIdent) {
		p.list(func() {
			start := p.start()
			o := &Option{}
			if p.at(tIdent) || p.at(tQuotedIdent) {
				o.Name = p.identifier(p.take())
			} else {
				p.unexpected("the name of an option", "")
			}
			p.expect(tAssign, "`=`")
			if l, ok := p.constant("a value").(*Literal); ok {
				o.Value = l
			}
			o.Range = p.from(start)
			c.Options = append(c.Options, o)
		})
	}
	return c
}

func (p *parser) grok() Command {
	c := &Grok{Input: p.primary()}
	p.list(func() {
		if l := p.pattern(); l != nil {
			c.Patterns = append(c.Patterns, l)
		}
	})
	return c
}

// pattern reads the string of DISSECT or GROK; nil if there is none.
func (p *parser) pattern() *Literal {
	if t, ok := p.expect(tString, "a pattern in quotes"); ok {
		return &Literal{Kind: KeywordLiteral, Str: stringValue(p.text(t)), Range: t.span()}
	}
	return nil
}

func (p *parser) enrich() Command {
	c := &Enrich{}
	switch t := p.tok(); p.kind() {
	case tSource:
		c.Policy, c.PolicyRange = p.text(p.take()), t.span()
	case tString:
		c.Policy, c.PolicyRange = stringValue(p.text(p.take())), t.span()
	default:
		p.unexpected("the name of a policy", "")
	}
	if mode, name, ok := strings.Cut(c.Policy, ":"); ok && strings.HasPrefix(mode, "_") {
		c.Mode, c.Policy = strings.ToLower(mode[1:]), name
	}
	if p.accept(tOn) {
		c.On = p.name("the name of a column")
	}
	if p.accept(tWith) {
		p.list(func() {
			f := &EnrichField{}
			start := p.start()
			f.Field = p.name("the name of a field of the policy")
			if p.accept(tAssign) {
				f.New, f.Field = f.Field, p.name("the name of a field of the policy")
			}
			f.Range = p.from(start)
			c.With = append(c.With, f)
		})
	}
	return c
}

func (p *parser) lookupJoin(h *head) Command {
	c := &LookupJoin{}
	if t, ok := p.expect(tJoin, "JOIN"); ok {
		h.word, h.KeywordRange.End = "LOOKUP JOIN", int(t.end)
	}
	if p.at(tSource) || p.at(tString) {
		c.Index = p.index()
	} else {
		p.unexpected("the name of a lookup index", "")
	}
	if _, ok := p.expect(tOn, "ON"); ok {
		p.list(func() { c.On = append(c.On, p.expr()) })
	}
	return c
}

func (p *parser) fork() Command {
	c := &Fork{}
	if !p.at(tLSub) {
		p.unexpected("`(`", "FORK has its branches in parentheses")
	}
	for p.at(tLSub) {
		c.Branches = append(c.Branches, p.subquery(false))
	}
	return c
}

func (p *parser) fuse() Command {
	c := &Fuse{}
	if p.at(tIdent) && p.peek(1) != tBy || p.at(tQuotedIdent) {
		t := p.take()
		c.Type, c.TypeRange = strings.ToLower(p.identifier(t)), t.span()
	}
	for {
		switch {
		case p.isWord("score"):
			p.take()
			p.expect(tBy, "BY")
			c.Score = p.column("a column")
		case p.isWord("group"):
			p.take()
			p.expect(tBy, "BY")
			c.Group = p.column("a column")
		case p.isWord("key"):
			p.take()
			p.expect(tBy, "BY")
			p.list(func() { c.Keys = append(c.Keys, p.column("a column")) })
		case p.at(tWith):
			c.Options = p.withMap()
		default:
			return c
		}
	}
}

func (p *parser) changePoint() Command {
	c := &ChangePoint{Value: p.column("a column")}
	if p.accept(tOn) {
		c.Key = p.column("a column")
	}
	if p.isWord("as") {
		p.take()
		c.Type = p.column("a column for the type")
		p.expect(tComma, "`,`")
		c.PValue = p.column("a column for the p-value")
	}
	return c
}

func (p *parser) rerank() Command {
	c := &Rerank{Target: p.target()}
	c.Text = p.constant("the text of the question")
	if _, ok := p.expect(tOn, "ON"); ok {
		p.list(func() {
			f := &Field{}
			start := p.start()
			if f.Target = p.target(); f.Target != nil {
				f.X = p.expr()
			} else {
				f.X = p.column("a column")
			}
			f.Range = p.from(start)
			c.On = append(c.On, f)
		})
	}
	c.Options = p.withMap()
	return c
}

func (p *parser) mmr() Command {
	c := &MMR{}
	if !p.at(tOn) {
		c.Vector = p.primary()
	}
	p.expect(tOn, "ON")
	c.Field = p.column("a column")
	if p.isWord("limit") {
		p.take()
		c.Limit = p.constant("a number")
	} else {
		p.unexpected("LIMIT", "")
	}
	c.Options = p.withMap()
	return c
}

// withMap reads "WITH {…}" if it stands here.
func (p *parser) withMap() *Map {
	if p.accept(tWith) {
		return p.mapLiteral()
	}
	return nil
}
