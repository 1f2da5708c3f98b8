package esql

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
)

// Info is what Check found out about a query: all that running it needs to know. Tables have no entry for what is in
// error or not known.
type Info struct {
	Query *Query // the tree that was checked
	// Columns are those of the result, in order. Open: there may be others, behind or between them.
	Columns []*Attr
	Open    bool // there may be more columns than Columns lists: not all fields of an index are known
	// Types are the types of expressions, after Casts of their operands.
	Types map[Expr]Type
	// Casts are implicit: the value of the expression is converted to the type before its parent uses it.
	Casts map[Expr]Type
	// Refs are the columns that names stand for.
	Refs map[*Column]*Attr
	// Funcs are the functions that are called.
	Funcs map[*Call]*Func
	// Defs are the columns that a *Field, *Agg, *Renaming or *EnrichField makes.
	Defs map[Node]*Attr
	// In and Out are the columns in front of and behind a command.
	In, Out map[Command][]*Attr
	// Fields are the names of the index fields that the query uses, in order of the first use, with the place.
	Fields []FieldUse
}

// FieldUse is the first use of a field of the indexes.
type FieldUse struct {
	Attr *Attr // the column that is meant
	Span Span  // place in the query
}

// Check finds what Elasticsearch would refuse, and gives every expression its type. Parse errors are not repeated: a
// command that could not be read ends what is checked. A nil schema knows nothing. It does not change the query and
// never panics. Issues come stage by stage, in the order in which Elasticsearch would find them.
func Check(q *Query, s *Schema) (*Info, []Issue) {
	if s == nil {
		s = &Schema{}
	}
	c := &checker{q: q, schema: s, facts: readFacts(), used: map[*Attr]bool{}, constantArgs: constantArgs(), valueArgs: valueArgs(), info: &Info{Query: q, Types: map[Expr]Type{}, Casts: map[Expr]Type{}, Refs: map[*Column]*Attr{},
		Funcs: map[*Call]*Func{}, Defs: map[Node]*Attr{}, In: map[Command][]*Attr{}, Out: map[Command][]*Attr{}}}
	c.settings()
	if out := c.pipeline(&q.Pipeline, nil); out != nil {
		c.info.Columns, c.info.Open = out.cols, out.open != nil
	}
	c.style()
	slices.SortStableFunc(c.issues, func(a, b staged) int {
		order := cmp.Compare(a.stage, b.stage)
		if order == 0 && a.stage == stageVerify {
			order = cmp.Compare(b.command, a.command)
		}
		return cmp.Or(order, cmp.Compare(a.Span.Start, b.Span.Start))
	})
	issues := make([]Issue, 0, len(c.issues))
	for _, i := range c.issues {
		issues = append(issues, i.Issue)
	}
	return c.info, issues
}

// stage is where Elasticsearch would find an error. It stops at the first stage that has one.
type stage uint8

const (
	stageBuild   stage = iota // while the tree is built: the parser's errors
	stageIndex                // indexes, policies
	stageArity                // functions are made
	stageResolve              // names and types
	stageVerify               // places, and what commands ask of types
	stageFold                 // constants
	stageStyle                // no error
)

type staged struct {
	Issue
	stage   stage
	command int // where the command begins
}

type checker struct {
	unions     int   // FROM with several sources around
	guesses    int   // searches for near names so far
	lines      []int // where lines begin
	q          *Query
	schema     *Schema
	facts      *facts
	info       *Info
	issues     []staged
	nullify    bool
	command    Command
	used       map[*Attr]bool // by something but KEEP and DROP
	subqueries int            // in the query

	constantArgs, valueArgs map[demand]bool
	subs                    int   // nested subqueries
	fork1                   *Fork // the first
	ts                      bool  // the source is TS

	invalid map[*Literal]bool // regular expressions that are none
	regexps map[string]error  // what was found out of them, by text
	sources map[*Attr]Expr    // what columns are made of
}

func (c *checker) fail(st stage, id string, at Span, hint, format string, args ...any) *Issue {
	ph := Analysis
	switch st {
	case stageBuild:
		ph = Parsing
	case stageFold:
		ph = Folding
	}
	at0 := 0
	if c.command != nil {
		at0 = c.command.Span().Start
	}
	c.issues = append(c.issues, staged{Issue{Code: codeOf(id), Level: Error, Phase: ph, Span: at, Message: fmt.Sprintf(format, args...), Hint: hint}, st, at0})
	return &c.issues[len(c.issues)-1].Issue
}

// untyped reports operands or arguments of the wrong type: Elasticsearch finds them together with unknown names.
func (c *checker) untyped(id string, at Span, hint, format string, args ...any) {
	c.fail(stageResolve, id, at, hint, format, args...)
}

// verify reports an error that Elasticsearch finds once all names and types are known, the last command first.
func (c *checker) verify(id string, at Span, hint, format string, args ...any) {
	c.fail(stageVerify, id, at, hint, format, args...)
}

// text is the source of a node.
func (c *checker) text(n Node) string {
	s := n.Span()
	if s.Start < 0 || s.End > len(c.q.Source) || s.Start >= s.End {
		return ""
	}
	return c.q.Source[s.Start:s.End]
}

// quote shows the source of a node in a message, on one line.
func (c *checker) quote(n Node) string {
	s := c.text(n)
	if strings.ContainsAny(s, "\r\n") {
		s = strings.Join(strings.Fields(s), " ")
	}
	return quoted(s)
}

// settings checks SET.
func (c *checker) settings() {
	for _, s := range c.q.Settings {
		if _, bad := s.Value.(*BadExpr); bad || s.Value == nil || s.Name == "" {
			continue
		}
		lit, _ := s.Value.(*Literal)
		wrong := func(hint string) {
			c.fail(stageBuild, "setting", s.Range, hint, "setting %s has a wrong value: %s", quoted(s.Name), c.quote(s.Value))
		}
		switch s.Name {
		case "unmapped_fields":
			v := ""
			if lit != nil {
				v = strings.ToLower(lit.Str)
			}
			switch {
			case lit == nil || lit.Kind != KeywordLiteral:
				wrong(`expected "default", "nullify" or "load"`)
			case v == "nullify" || v == "load":
				c.nullify = true
			case v != "default":
				wrong(`expected "default", "nullify" or "load"`)
			}
		case "time_zone":
			if lit == nil || lit.Kind != KeywordLiteral || !isTimeZone(lit.Str) {
				wrong(`expected a time zone such as "+05:00" or "Europe/Berlin"`)
			}
		case "approximation":
			if lit != nil && lit.Kind != BoolLiteral && lit.Kind != NullLiteral {
				wrong("expected true, false or a map of options")
			}
		case "project_routing":
			wrong("it is for serverless projects")
		default:
			hint := "settings are approximation, time_zone and unmapped_fields"
			if n := near.Names(s.Name, []string{"approximation", "time_zone", "unmapped_fields"}); len(n) > 0 {
				hint = "did you mean " + n[0] + "?"
			}
			c.fail(stageBuild, "setting", s.Range, hint, "unknown setting %s", quoted(s.Name))
		}
	}
}

// pipeline checks commands one after the other; in is the scope in front of a branch of FORK, nil for a query with a
// source. It returns the scope behind the last command; nil if it is not known.
func (c *checker) pipeline(p *Pipeline, in *scope) *scope {
	for i, cmd := range p.Commands {
		if i > maxCommands {
			return unknownScope(in) // the parser has reported it
		}
		c.command = cmd
		if in != nil {
			c.info.In[cmd] = in.cols
		}
		var out *scope
		switch _, bad := cmd.(*BadCommand); {
		case !bad && !broken(cmd):
			out = c.step(cmd, in)
		case in != nil && keepsColumns(cmd):
			out = in.copy()
		}
		if out == nil {
			out = unknownScope(in)
		}
		if in == nil || len(in.before) == len(out.before) {
			out.before = append(out.before[:len(out.before):len(out.before)], cmd)
		}
		c.info.Out[cmd] = out.cols
		in = out
	}
	return in
}

// unknownScope is the scope behind a command of which nothing is known: any column may be there, and what was checked
// so far says nothing of what follows.
func unknownScope(in *scope) *scope {
	out := newScope(nil)
	out.open = &openScope{made: map[string]*Attr{}}
	if in != nil {
		out.before = in.before
	}
	return out
}

// keepsColumns tells whether a command leaves the columns as they are.
func keepsColumns(cmd Command) bool {
	switch cmd.(type) {
	case *Where, *Sort, *Limit, *Sample:
		return true
	}
	return false
}

// broken tells whether a part of a command could not be read.
func broken(cmd Command) bool {
	if cmd.Broken() {
		return true
	}
	for n := range Preorder(cmd) {
		switch n := n.(type) {
		case *BadExpr, *BadCommand, *Param:
			return true
		case *Name:
			if n.Param {
				return true
			}
		case *Column:
			if n.Name == "" {
				return true
			}
		}
	}
	return false
}

// step checks one command and returns the scope behind it.
func (c *checker) step(cmd Command, in *scope) *scope {
	switch cmd := cmd.(type) {
	case *From:
		return c.from(cmd)
	case *Row:
		return c.row(cmd)
	case *Show:
		return newScope([]*Attr{{Name: "version", Type: TypeKeyword, Kind: ComputedAttr}, {Name: "date", Type: TypeKeyword, Kind: ComputedAttr},
			{Name: "hash", Type: TypeKeyword, Kind: ComputedAttr}})
	case *PromQL:
		return nil
	}
	if in == nil {
		return nil
	}
	switch cmd := cmd.(type) {
	case *Where:
		c.where(cmd.Cond, in, "WHERE")
		return in.copy()
	case *Eval:
		return c.eval(cmd, in)
	case *Stats:
		return c.stats(cmd, in)
	case *Keep:
		return c.keep(cmd, in)
	case *Drop:
		return c.drop(cmd, in)
	case *Rename:
		return c.rename(cmd, in)
	case *Sort:
		return c.sort(cmd, in)
	case *Limit:
		return c.limit(cmd, in)
	case *Dissect:
		return c.dissect(cmd, in)
	case *Grok:
		return c.grok(cmd, in)
	case *MvExpand:
		return c.mvExpand(cmd, in)
	case *Enrich:
		return c.enrich(cmd, in)
	case *LookupJoin:
		return c.lookupJoin(cmd, in)
	case *Fork:
		return c.fork(cmd, in)
	}
	return c.rare(cmd, in)
}

func (c *checker) rare(cmd Command, in *scope) *scope {
	switch cmd := cmd.(type) {
	case *Sample:
		c.sample(cmd)
		return in.copy()
	case *ChangePoint:
		return c.changePoint(cmd, in)
	case *Completion:
		return c.completion(cmd, in)
	case *Rerank:
		return c.rerank(cmd, in)
	case *Fuse:
		return c.fuse(cmd, in)
	case *MMR:
		return c.mmr(cmd, in)
	case *Extract:
		return c.extract(cmd, in)
	case *MetricsInfo:
		return c.metricsInfo(cmd, in)
	}
	return nil
}

// column finds the column of a name, reports it if there is none, and remembers the use.
func (c *checker) column(col *Column, in *scope) *Attr {
	a := c.lookup(col.Name, col.Range, in)
	if a != nil {
		c.info.Refs[col] = a
	}
	return a
}

func (c *checker) lookup(name string, at Span, in *scope) *Attr {
	a := c.named(name, at, in)
	if a != nil {
		c.use(a)
	}
	return a
}

// named is lookup for commands that choose columns: that is no use of them.
func (c *checker) named(name string, at Span, in *scope) *Attr {
	a, _ := in.find(name)
	if a == nil && in.nullify {
		if _, isGone := in.gone[name]; !isGone && in.last.verb == "" {
			a = &Attr{Name: name, Type: TypeNull, Field: name}
			in.byName[name] = len(in.cols)
			in.cols = append(in.cols, a)
			return a
		}
	}
	if a == nil {
		c.unknownColumn(name, at, in)
		return nil
	}
	if a.Kind == FieldAttr && a.Field != "" {
		c.info.Fields = append(c.info.Fields, FieldUse{a, at})
	}
	return a
}

func (c *checker) unknownColumn(name string, at Span, in *scope) {
	message, hint := "unknown column "+quoted(name), ""
	var related []Related
	g, isGone := in.gone[name]
	if !isGone && in.last.verb != "" && c.known(name, in) {
		g, isGone = in.last, true
	}
	if isGone {
		where := fmt.Sprintf("%s at line %d", g.verb, c.line(g.at.Start))
		message = quoted(name) + " is gone after " + where
		if g.to != "" {
			message = fmt.Sprintf("%s is %s after %s", quoted(name), quoted(g.to), where)
		}
		related = append(related, Related{Span: g.at, Message: "gone here"})
	}
	var names []string
	if c.guesses++; c.guesses <= maxGuesses {
		names = in.suggest(name)
	}
	if len(names) > 0 {
		hint = "did you mean " + quoted(names[0]) + "?"
	} else if isGone && (g.verb == "STATS" || g.verb == "KEEP") {
		hint = "only " + columnList(in) + " are left"
	}
	i := c.fail(stageResolve, "unknown-column", at, hint, "%s", message)
	i.Related = related
	if len(names) > 0 && !isGone && !strings.Contains(c.q.Source[at.Start:at.End], "`") {
		i.Edits, i.Unsafe = []Edit{{Span: at, New: names[0]}}, true
	}
}

// maxGuesses bounds the searches for near names, which are slow.
const maxGuesses = 20

// line is the line of an offset, from 1.
func (c *checker) line(at int) int {
	if c.lines == nil {
		c.lines = []int{0}
		for i := range len(c.q.Source) {
			if c.q.Source[i] == '\n' {
				c.lines = append(c.lines, i+1)
			}
		}
	}
	n, _ := slices.BinarySearch(c.lines, at+1)
	return n
}

// columnList names the columns of a scope, the first few.
func columnList(in *scope) string {
	const most = 6
	var out []string
	for i, a := range in.cols {
		if a == nil {
			continue
		}
		if i == most {
			return strings.Join(out, ", ") + fmt.Sprintf(" and %d more", len(in.cols)-most)
		}
		out = append(out, quoted(a.Name))
	}
	return strings.Join(out, ", ")
}

// known tells whether a name was a column of the query's source, so that a command must have taken it away.
func (c *checker) known(name string, in *scope) bool {
	if c.guesses <= maxGuesses {
		for _, cmd := range in.before {
			for _, a := range c.info.Out[cmd] {
				if a.Name == name {
					return true
				}
			}
		}
	}
	if f := c.schema.Fields; f != nil {
		_, p := f.Lookup(name)
		return p == Present
	}
	return false
}

// Verify parses and checks a query. The issues of both are in one list, those of the parser first.
func Verify(src string, s *Schema) (*Info, []Issue) {
	var params []ParamValue
	if s != nil {
		params = s.Params
	}
	q, issues := ParseParams(src, params)
	info, more := Check(q, s)
	return info, append(issues, more...)
}
