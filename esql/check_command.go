package esql

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
)

// The source commands, and those that choose, rename and order columns.

func (c *checker) from(cmd *From) *scope {
	meta := c.metadata(cmd)
	var outs []*scope
	patterns := 0
	if len(cmd.Sources) > 1 {
		if c.unions > 0 && slices.ContainsFunc(cmd.Sources, isSubquery) {
			c.fail(stageFold, "subquery", cmd.Range, "", "a subquery cannot hold others beside it")
		}
		c.unions++
		defer func() { c.unions-- }()
	}
	for _, src := range cmd.Sources {
		switch src := src.(type) {
		case *Index:
			patterns++
			c.indexName(src)
		case *Subquery:
			if cmd.TS {
				c.fail(stageBuild, "subquery", src.Range, "", "TS reads no subquery")
			}
			saved := c.command
			c.subs++
			c.subqueries++
			if out := c.pipeline(&src.Pipeline, nil); out != nil {
				outs = append(outs, out)
			}
			c.subs--
			c.command = saved
		}
	}
	var own *scope
	if patterns > 0 {
		if own = c.indexScope(cmd); own == nil {
			return nil
		}
		own.set(append(own.cols, meta...))
	}
	out := own
	if out == nil && len(outs) == 0 {
		return nil
	}
	if len(outs) > 0 {
		if own != nil {
			outs = append([]*scope{own}, outs...)
		}
		out = c.union(outs)
	}
	out.nullify = c.nullify
	out.before = nil
	c.ts = cmd.TS
	return out
}

func isSubquery(s Source) bool {
	_, ok := s.(*Subquery)
	return ok
}

func (c *checker) metadata(cmd *From) []*Attr {
	var out []*Attr
	seen := map[string]bool{}
	for _, n := range cmd.Metadata {
		if strings.Contains(n.Text, "*") {
			out = append(out, c.metadataPattern(n, cmd)...)
			continue
		}
		t, ok := c.facts.metadata[n.Text]
		switch {
		case !ok:
			var names []string
			for name := range c.facts.metadata {
				names = append(names, name)
			}
			slices.Sort(names)
			hint := "fields are " + strings.Join(names, ", ")
			if m := near.Names(n.Text, names); len(m) > 0 {
				hint = "did you mean " + quoted(m[0]) + "?"
			}
			c.fail(stageBuild, "metadata", n.Range, hint, "unknown metadata field %s", quoted(n.Text))
		case seen[n.Text]:
			c.fail(stageBuild, "metadata", n.Range, "remove it", "metadata field %s is listed twice", quoted(n.Text))
		default:
			out = append(out, &Attr{Name: n.Text, Field: n.Text, Type: t, Kind: MetadataAttr, Span: n.Range})
		}
		seen[n.Text] = true
	}
	return out
}

// metadataPattern makes the columns of a pattern of METADATA: the fields that fit and are not named.
func (c *checker) metadataPattern(n *Name, cmd *From) []*Attr {
	pattern := &Name{Text: n.Text, Glob: strings.Split(n.Text, "*")}
	var out []*Attr
	found := false
	for _, name := range slices.Sorted(maps.Keys(c.facts.metadata)) {
		if !pattern.Matches(name) {
			continue
		}
		found = true
		if !slices.ContainsFunc(cmd.Metadata, func(o *Name) bool { return o.Text == name }) {
			out = append(out, &Attr{Name: name, Field: name, Type: c.facts.metadata[name], Kind: MetadataAttr, Span: n.Range})
		}
	}
	if !found {
		c.fail(stageResolve, "metadata", n.Range, "", "no metadata field fits %s", quoted(n.Text))
	}
	return out
}

// indexScope makes the columns of the fields of the index patterns; nil if there is no such index.
func (c *checker) indexScope(cmd *From) *scope {
	var names []string
	at := cmd.KeywordRange
	for _, src := range cmd.Sources {
		if x, ok := src.(*Index); ok {
			names = append(names, x.Name)
			if len(names) == 1 {
				at = x.Range
			}
		}
	}
	pattern := strings.Join(names, ",")
	fields := c.schema.Fields
	if c.schema.Indexes != nil {
		if f, ok := c.schema.Indexes[pattern]; ok {
			fields = f
		} else {
			fields = nil
			for _, n := range names {
				if f, ok := c.schema.Indexes[n]; ok {
					fields = f
				}
			}
			if fields == nil {
				c.fail(stageIndex, "unknown-index", at, "", "unknown index %s", quoted(pattern))
				return nil
			}
		}
	} else if c.schema.NoIndex {
		c.fail(stageIndex, "unknown-index", at, "", "unknown index %s", quoted(pattern))
		return nil
	}
	return fieldScope(fields, FieldAttr)
}

// fieldScope makes columns of fields, in the order of their names.
func fieldScope(fields Fields, kind AttrKind) *scope {
	s := newScope(nil)
	if fields == nil {
		s.open = &openScope{made: map[string]*Attr{}}
		return s
	}
	names, all := fields.Names()
	if !all {
		s.open = &openScope{fields: fields, made: map[string]*Attr{}}
		return s
	}
	var cols []*Attr
	for _, n := range names {
		if types, p := fields.Lookup(n); p == Present {
			a := &Attr{Name: n, Field: n, Kind: kind}
			a.setMapping(types)
			cols = append(cols, a)
		}
	}
	s.set(cols)
	return s
}

// union joins the columns of several sources, or of the branches of FORK.
func (c *checker) union(list []*scope) *scope {
	out := newScope(nil)
	var cols []*Attr
	at := map[string]int{}
	for _, s := range list {
		for _, a := range s.cols {
			i, ok := at[a.Name]
			if !ok {
				at[a.Name] = len(cols)
				n := *a
				if n.Kind != MetadataAttr {
					n.Kind = ComputedAttr
				}
				cols = append(cols, &n)
				continue
			}
			switch was := cols[i].Type; {
			case was == a.Type || a.Type == TypeNull || a.Type == TypeUnknown:
			case was == TypeNull:
				cols[i].Type = a.Type
			case was == TypeUnknown:
			case was.Text() && a.Type.Text():
				cols[i].Type = TypeKeyword
			case was.Date() && a.Type.Date():
				cols[i].Type = TypeDateNanos
			default:
				cols[i].Type, cols[i].Mapping = TypeUnsupported, []string{was.String(), a.Type.String()}
			}
		}
		if s.open != nil {
			out.open = &openScope{made: map[string]*Attr{}}
		}
		for k, v := range s.gone {
			out.gone[k] = v
		}
		if s.last.verb != "" {
			out.last = s.last
		}
		out.nullify = out.nullify || s.nullify
	}
	out.set(cols)
	for _, a := range cols {
		delete(out.gone, a.Name)
	}
	return out
}

// indexName checks the name of an index or pattern.
func (c *checker) indexName(x *Index) {
	if why := badIndexName(x.Name, x.Quoted); why != "" {
		c.fail(stageBuild, "index-name", x.Range, "", "index name %s %s", quoted(x.Name), why)
	}
}

// badIndexName says what is wrong with a name, list of names or pattern; empty if nothing is.
func badIndexName(name string, isQuoted bool) string {
	for _, part := range strings.Split(name, ",") {
		part = strings.TrimSpace(part)
		index, selector, has := strings.Cut(part, "::")
		if has && selector != "data" && selector != "failures" {
			return "has an unknown selector: expected ::data or ::failures"
		}
		if i := strings.LastIndexByte(index, ':'); i >= 0 {
			index = index[i+1:]
		}
		index = strings.TrimPrefix(index, "-")
		if strings.HasPrefix(index, "<") && strings.HasSuffix(index, ">") {
			continue
		}
		switch {
		case index == "":
			return "is empty"
		case strings.ContainsAny(index, "\\/?\"<>| ,#:"):
			return "has a character that no index name has"
		case index[0] == '_' || index[0] == '+':
			return "begins with `" + index[:1] + "`"
		case index == "." || index == "..":
			return "is no name"
		}
	}
	return ""
}

func (c *checker) row(cmd *Row) *scope {
	s := newScope(nil)
	for _, f := range cmd.Fields {
		c.define(f, s, "ROW")
	}
	s.trim()
	return s
}

func (c *checker) eval(cmd *Eval, in *scope) *scope {
	out := in.copy()
	for _, f := range cmd.Fields {
		c.define(f, out, "EVAL")
	}
	out.trim()
	return out
}

// define evaluates one target of EVAL or ROW and adds its column.
func (c *checker) define(f *Field, in *scope, verb string) {
	t := c.expr(f.X, env{scope: in, verb: verb})
	switch {
	case t == TypeUnknown:
	case t.Span() || t.Counter() || t == TypeSource || t == TypeAggregateMetricDouble && verb == "ROW":
		c.verify("type", f.Range, "", "%s has type %s, which no column can have", c.quote(f.X), t)
		t = TypeUnknown
	case t == TypeUnsupported:
		t = TypeUnknown
	}
	a := &Attr{Name: c.fieldName(f), Type: t, Kind: ComputedAttr, Span: f.Range}
	if f.Target != nil {
		a.Span = f.Target.Range
	}
	c.info.Defs[f] = a
	in.add(a)
}

// fieldName is the name that a target gives its column: its own text if there is no other.
func (c *checker) fieldName(f *Field) string {
	if f.Target != nil {
		return f.Target.Name
	}
	if col, ok := f.X.(*Column); ok {
		return col.Name
	}
	return c.text(f.X)
}

func (c *checker) keep(cmd *Keep, in *scope) *scope {
	type chosen struct {
		attr *Attr
		rank int
		seq  int
	}
	picked := map[*Attr]*chosen{}
	seq, stars := 0, 0
	pick := func(a *Attr, rank int) {
		if p := picked[a]; p == nil || p.rank >= rank {
			seq++
			picked[a] = &chosen{a, rank, seq}
		}
	}
	var wild []*Name
	matching := in.matching()
	for _, n := range cmd.Items {
		switch {
		case n.Glob == nil:
			if a := c.named(n.Text, n.Range, in); a != nil {
				pick(a, 1)
			}
		default:
			rank := 3
			if n.star() {
				rank = 4
				if stars++; stars == 2 {
					c.fail(stageBuild, "wildcard", n.Range, "remove it", "KEEP has %s twice", quoted("*"))
				}
			}
			found := matching(n)
			for _, a := range found {
				pick(a, rank)
			}
			if len(found) == 0 && in.open == nil && !n.star() {
				c.noMatch(n, in)
			}
			wild = append(wild, n)
		}
	}
	list := make([]*chosen, 0, len(picked))
	for _, p := range picked {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *chosen) int { return a.seq - b.seq })
	cols := make([]*Attr, len(list))
	for i, p := range list {
		cols[i] = p.attr
	}
	out := in.copy()
	if len(wild) > 0 && in.open != nil {
		out.open.keep = append(out.open.keep, wild)
	} else {
		out.open = nil
	}
	if !slices.ContainsFunc(wild, (*Name).star) {
		out.last = gone{verb: cmd.word, at: cmd.KeywordRange}
	}
	c.lose(in, out, cols, cmd.word, cmd.KeywordRange)
	out.set(cols)
	return out
}

// lose notes the columns that a command takes away.
func (c *checker) lose(in, out *scope, kept []*Attr, verb string, at Span) {
	names := make(map[string]bool, len(kept))
	for _, a := range kept {
		names[a.Name] = true
		delete(out.gone, a.Name)
	}
	for _, a := range in.cols {
		if !names[a.Name] {
			out.gone[a.Name] = gone{verb: verb, at: at}
		}
	}
}

func (c *checker) noMatch(n *Name, in *scope) {
	hint := ""
	if names := in.suggest(strings.ReplaceAll(n.Text, "*", "")); len(names) > 0 {
		hint = "did you mean " + quoted(names[0]) + "?"
	}
	c.fail(stageResolve, "unknown-column", n.Range, hint, "no column fits %s", quoted(n.Text))
}

func (c *checker) drop(cmd *Drop, in *scope) *scope {
	out := in.copy()
	removed := map[*Attr]bool{}
	matching := in.matching()
	for _, n := range cmd.Items {
		if n.Glob == nil {
			if a := c.named(n.Text, n.Range, in); a != nil {
				removed[a] = true
				out.gone[n.Text] = gone{verb: "DROP", at: n.Range}
			}
			continue
		}
		if n.star() {
			c.fail(stageBuild, "removed-all", n.Range, "", "DROP %s would leave no column", quoted("*"))
			continue
		}
		found := matching(n)
		for _, a := range found {
			removed[a] = true
			out.gone[a.Name] = gone{verb: "DROP", at: n.Range}
		}
		if in.open != nil {
			out.open.drop = append(out.open.drop, n)
		} else if len(found) == 0 {
			c.noMatch(n, in)
		}
	}
	out.set(slices.DeleteFunc(slices.Clone(in.cols), func(a *Attr) bool { return removed[a] }))
	return out
}

func (c *checker) rename(cmd *Rename, in *scope) *scope {
	out := in.copy()
	cols := slices.Clone(in.cols)
	place := maps.Clone(in.byName)
	renamed := map[string]*Renaming{}
	for _, r := range cmd.Items {
		if r.Old.Glob != nil || r.New.Glob != nil {
			n := r.Old
			if n.Glob == nil {
				n = r.New
			}
			c.fail(stageBuild, "wildcard", n.Range, "", "RENAME takes no wildcard: %s", quoted(n.Text))
			continue
		}
		at, found := place[r.Old.Text]
		if !found && r.Old.Text == r.New.Text { // Elasticsearch looks for no such column
			continue
		}
		if !found {
			if was := renamed[r.Old.Text]; was != nil {
				i := c.fail(stageResolve, "renamed", r.Old.Range, "", "%s is renamed to %s already", quoted(r.Old.Text), quoted(was.New.Text))
				i.Related = []Related{{Span: was.Range, Message: "renamed here"}}
				continue
			}
			a := c.named(r.Old.Text, r.Old.Range, in)
			if a == nil {
				continue
			}
			at = len(cols)
			cols = append(cols, a)
		} else if a := cols[at]; a.Kind == FieldAttr && a.Field != "" {
			c.info.Fields = append(c.info.Fields, FieldUse{a, r.Old.Range})
		}
		old := cols[at]
		if r.Old.Text != r.New.Text && c.unusable(old, r.Old.Range) {
			continue
		}
		n := *old
		n.Name, n.Renamed, n.Span = r.New.Text, old, r.New.Range
		cols[at] = &n
		c.info.Defs[r] = &n
		if r.Old.Text != r.New.Text {
			if over, ok := place[r.New.Text]; ok {
				cols[over] = nil
			}
			delete(place, r.Old.Text)
			place[r.New.Text] = at
			out.gone[r.Old.Text] = gone{verb: "RENAME", at: r.Range, to: r.New.Text}
			renamed[r.Old.Text] = r
		}
		delete(out.gone, r.New.Text)
		delete(renamed, r.New.Text)
	}
	out.set(slices.DeleteFunc(cols, func(a *Attr) bool { return a == nil }))
	return out
}

// unusable reports a field of a type that ES|QL can't handle.
func (c *checker) unusable(a *Attr, at Span) bool {
	if a.Type != TypeUnsupported {
		return false
	}
	if len(a.Mapping) > 1 {
		c.fail(stageResolve, "ambiguous-type", at, fmt.Sprintf("choose a type: %s::%s", a.Name, "keyword"),
			"column %s has different types in the indexes: %s", quoted(a.Name), strings.Join(a.Mapping, ", "))
	} else {
		c.fail(stageResolve, "unsupported-type", at, "", "column %s has type %s, which ES|QL can only keep or drop", quoted(a.Name), strings.Join(a.Mapping, ", "))
	}
	return true
}

func (c *checker) sort(cmd *Sort, in *scope) *scope {
	for _, k := range cmd.Keys {
		t := c.expr(k.X, env{scope: in, verb: "SORT"})
		if !sortable(t) {
			c.verify("type", k.X.Span(), "", "cannot sort by %s, which has type %s", c.quote(k.X), t)
		}
	}
	return in.copy()
}

func sortable(t Type) bool {
	switch t {
	case TypeSource, TypeTsid, TypeAggregateMetricDouble, TypeHistogram, TypeDateRange, TypeFlattened:
		return false
	}
	return !t.Spatial() && !t.Counter() && !t.Span()
}

func (c *checker) limit(cmd *Limit, in *scope) *scope {
	if l, ok := cmd.Count.(*Literal); !ok || l.Kind != IntegerLiteral || l.Int < 0 {
		c.fail(stageBuild, "bad-literal", cmd.Range, "", "LIMIT takes a whole number that is not negative, found %s", c.quote(cmd.Count))
	}
	for _, x := range cmd.By {
		if t := c.expr(x, env{scope: in, verb: "LIMIT BY", group: true}); !groupable(t) || t.Span() {
			c.verify("grouping", x.Span(), "", "cannot group by %s, which has type %s", c.quote(x), t)
		}
	}
	return in.copy()
}

func (c *checker) sample(cmd *Sample) {
	l, ok := cmd.Probability.(*Literal)
	if v := number(l); !ok || l.Kind < IntegerLiteral || l.Kind > DoubleLiteral || v <= 0 || v >= 1 {
		c.fail(stageBuild, "bad-literal", cmd.Range, "", "SAMPLE takes a number between 0 and 1, found %s", c.quote(cmd.Probability))
	}
}

// number is the value of a numeric literal.
func number(l *Literal) float64 {
	switch {
	case l == nil:
		return 0
	case l.Kind == DoubleLiteral:
		return l.Float
	case l.Kind == UnsignedLongLiteral:
		return float64(l.Uint)
	}
	return float64(l.Int)
}

func (c *checker) mvExpand(cmd *MvExpand, in *scope) *scope {
	a := c.column(cmd.Field, in)
	if a == nil || c.unusable(a, cmd.Field.Range) {
		return in.copy()
	}
	out := in.copy()
	n := *a
	n.Kind, n.Span = ComputedAttr, cmd.Field.Range
	c.info.Defs[cmd] = &n
	cols := slices.Clone(in.cols)
	if i := slices.Index(cols, a); i >= 0 {
		cols[i] = &n
	} else {
		cols = append(cols, &n)
	}
	out.set(cols)
	return out
}

// where checks a condition.
func (c *checker) where(x Expr, in *scope, verb string) {
	t := c.expr(x, env{scope: in, verb: verb, condition: true})
	c.boolean(x, t)
}

func (c *checker) boolean(x Expr, t Type) {
	if t != TypeBoolean && t != TypeNull && t != TypeUnknown {
		c.verify("type", x.Span(), "", "expected a condition, found %s, which has type %s", c.quote(x), t)
	}
}
