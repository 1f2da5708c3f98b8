// Package compile makes programs of rules: language, rule type, field types of the indexes that a rule searches. Whoever runs
// rules does so through it (rulevet test, hunt, diff, a Go program), so that all give the same verdict.
//
// A query language is one entry in languages.go, a rule type one in types.go. Everything else, such as coverage, mutation, near
// misses, explanations and the search of many rules at once, works on package search and knows neither.
package compile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/querydsl"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// Compiler compiles rules. The zero value is useful: the embedded catalog and the newest stack that it knows. It is safe for
// concurrent use, and remembers the fields of indexes that it has seen.
type Compiler struct {
	Catalog *schema.Catalog // field types of indexes; nil: the embedded ones
	// Stack is the version whose mappings and behaviour count; a rule that needs a newer one is run as on that. Empty: the newest that
	// the catalog knows.
	Stack string
	// Languages are further ones: rules of the type that is called like a language have their query in it.
	Languages []Language
}

// embedded is the catalog of the embedded tables: opening it once serves every rule of a process.
var embedded = sync.OnceValues(schema.New)

// Options say how a rule is compiled. The zero value is useful.
type Options struct {
	// Layout receives the fields that the program reads, so that programs can share decoded records; nil makes a new one.
	Layout *event.Layout
	// Now is what "now" in a date literal means; zero is the time of Compile.
	Now time.Time
	// Archive says that the events are those of a long time, not of one run of the rule. Rules whose results depend on when they run are not
	// supported then.
	Archive bool
	// Like is the rule whose indexes tell the types of fields, as for two versions of a rule that are compared; nil: the rule itself.
	Like *rule.File
	// Query is the query of the rule, which is not parsed again then; nil: it is parsed.
	Query Query
	// Beside is what the rule reads beside events; nil: nothing is given.
	Beside *Beside
}

// Program is a rule as a program. It is immutable and safe for concurrent use.
type Program struct {
	search.Program
	File *rule.File // the rule it was made of

	query    Query
	language Language
	kind     ruleType
	fields   mapping.Fields
	filters  querydsl.Query // nil if the rule has none
	settings Settings
}

// Error says why a rule is no program.
type Error struct {
	// Unsupported is set if nothing is wrong with the rule, but it cannot be run here: it is not checked.
	Unsupported bool
	Message     string    // one line, lower case
	Hint        string    // what to do; may be empty
	Span        rule.Span // in the file; zero if it is about the file as a whole
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// Compile makes the program of a rule. The error is an *Error.
func (c *Compiler) Compile(file *rule.File, o Options) (*Program, error) {
	q, lang, kind, err := c.parse(file, o.Query)
	if err != nil {
		return nil, err
	}
	if kind.windowed && o.Archive {
		return nil, &Error{Unsupported: true, Message: fmt.Sprintf("rules of type %q are not run over an archive: what they find depends on when they run", kind.name)}
	}
	like := o.Like
	if like == nil {
		like = file
	}
	fields, err := c.fields(like, indexesOf(like, q))
	if err != nil {
		return nil, &Error{Message: err.Error()}
	}
	p := &Program{File: file, query: q, language: lang, kind: kind, fields: open{fields}, settings: settingsOf(file, o)}
	p.settings.Stack = c.stack(file)
	var unknown *Error
	if p.filters, unknown = filters(file, "filters"); unknown != nil {
		return nil, unknown
	}
	if p.Program, err = p.build(q, p.settings); err != nil {
		return nil, located(file, err)
	}
	return p, nil
}

// Reads lists the keys of a file ("rule.type", with all that is in them) that Compile looks at beside the query. A file that is shrunk to
// them (rule.File.Shrink) gives the same program.
func Reads() []string {
	keys := []string{"metadata.integration", "metadata.min_stack_version"}
	for _, key := range []string{"type", "language", "index", "data_view_id", "filters", "from", "threshold", "new_terms", "threat_index", "threat_query",
		"threat_language", "threat_mapping", "threat_filters", "timestamp_field", "timestamp_override", "tiebreaker_field", "event_category_override"} {
		keys = append(keys, "rule."+key)
	}
	return keys
}

// parse reads the query of a rule, unless it was parsed before, and finds out of what type it is.
func (c *Compiler) parse(file *rule.File, parsed Query) (Query, Language, ruleType, error) {
	fail := func(e *Error) (Query, Language, ruleType, error) { return nil, Language{}, ruleType{}, e }
	switch {
	case file.Truncated:
		return fail(&Error{Message: "the file is not valid TOML"})
	case file.Root.Get("rule") == nil:
		return fail(&Error{Message: "the file has no [rule] table"})
	}
	lang, kind, refused := c.dispatch(file)
	if refused != nil {
		return fail(refused)
	}
	if file.Query == nil {
		return fail(&Error{Message: "the rule has no query"})
	}
	if parsed != nil {
		return parsed, lang, kind, nil
	}
	q, issues := lang.Parse(file.Query.Value)
	for _, i := range issues {
		if i.Level == source.Error {
			return fail(&Error{Message: "the query is not valid: " + i.Message, Hint: i.Hint, Span: file.Query.FileSpan(i.Span.Start, i.Span.End)})
		}
	}
	return q, lang, kind, nil
}

// located is the error of a query that parses, but cannot be run.
func located(file *rule.File, err error) *Error {
	out := &Error{Message: "the query cannot be run: " + err.Error(), Span: file.Query.FileSpan(0, 0)}
	var at *CheckError
	if errors.As(err, &at) {
		out.Unsupported = at.NotRun
		out.Hint, out.Span = at.Issue.Hint, file.Query.FileSpan(at.Issue.Span.Start, at.Issue.Span.End)
	}
	return out
}

// build makes the program of a query of the rule: its own, or one of its mutants.
func (p *Program) build(q Query, s Settings) (search.Program, error) {
	program, err := q.Compile(p.fields, s)
	if err != nil {
		return nil, err
	}
	return p.whole(program, s)
}

// whole makes the program of the rule from that of its query: only events that pass the filters count, and the type of the rule
// says what is a match.
func (p *Program) whole(program search.Program, s Settings) (search.Program, error) {
	program, err := p.restrict(program, s)
	if err != nil || p.kind.wrap == nil {
		return program, err
	}
	return p.kind.wrap(program, p.File, p.fields, s)
}

// Unwrap is the program of the query, with what the rule's type makes of it.
func (p *Program) Unwrap() search.Program { return p.Program }

// On is the same rule on another layout, as programs that share a stream need it.
func (p *Program) On(layout *event.Layout) (*Program, error) {
	out := *p
	out.settings.Layout = layout
	var err error
	if out.Program, err = p.build(p.query, out.settings); err != nil {
		return nil, located(p.File, err)
	}
	return &out, nil
}

// Fields are the field types that the program was compiled with.
func (p *Program) Fields() mapping.Fields { return p.fields }

// Mutants lists small changes of the rule's query, each a program for the layout. The query is parsed again, so the program itself may be used
// meanwhile; the mutants may not be compiled by several goroutines at once.
func (p *Program) Mutants(layout *event.Layout) []*search.Mutant {
	q, _ := p.language.Parse(p.File.Query.Value)
	s := p.settings
	s.Layout = layout
	return q.Mutants(p.fields, s, func(program search.Program) search.Program {
		wrapped, err := p.whole(program, s)
		if err != nil {
			return nil
		}
		return wrapped
	})
}

// Fields returns the field types of the rule's indexes.
func (c *Compiler) Fields(file *rule.File) (mapping.Fields, error) {
	return c.fields(file, file.Rule.Index)
}

// indexesOf are the index patterns of a rule: its list, or those that the query names itself.
func indexesOf(file *rule.File, q Query) []string {
	if own, ok := q.(interface{ Indexes() []string }); ok && len(file.Rule.Index) == 0 {
		return own.Indexes()
	}
	return file.Rule.Index
}

// Indicators is the program of the query for indicators, of a rule that compares events with them; nil for other rules. It works on the
// layout of the rule.
func (p *Program) Indicators() search.Program {
	for x := p.Program; ; {
		if t, ok := x.(*threatMatch); ok {
			return t.indicators
		}
		outer, ok := x.(interface{ Unwrap() search.Program })
		if !ok {
			return nil
		}
		x = outer.Unwrap()
	}
}

// Indexes are the index patterns that the rule searches, as it writes them; none means all.
func (p *Program) Indexes() []string { return indexesOf(p.File, p.query) }

func (c *Compiler) fields(file *rule.File, indexes []string) (mapping.Fields, error) {
	catalog := c.Catalog
	if catalog == nil {
		var err error
		if catalog, err = embedded(); err != nil {
			return nil, err
		}
	}
	return catalog.View(schema.Request{Indexes: indexes, Packages: file.Metadata.Integration}, c.stack(file)), nil
}

// stack is the version that a rule is run as on.
func (c *Compiler) stack(file *rule.File) string {
	if least := file.Metadata.MinStackVersion; c.Stack != "" && schema.CompareVersions(least, c.Stack) > 0 {
		return least
	}
	return c.Stack
}

// open are fields of an index that may have more than the schema knows: whether a field exists at all is the linter's question, its
// type is what the events say.
type open struct{ mapping.Fields }

// Lookup implements mapping.Fields.
func (o open) Lookup(name string) (mapping.Info, mapping.Presence) {
	info, presence := o.Fields.Lookup(name)
	if presence == mapping.Absent {
		return mapping.Info{}, mapping.Undecidable
	}
	return info, presence
}

// Names implements mapping.Lister.
func (o open) Names(prefix string) []string {
	if l, ok := o.Fields.(mapping.Lister); ok {
		return l.Names(prefix)
	}
	return nil
}

// dispatch finds the language and the type of a rule.
func (c *Compiler) dispatch(file *rule.File) (Language, ruleType, *Error) {
	r, known, types := file.Rule, languages(), ruleTypes()
	for _, l := range c.Languages {
		known, types = append(known, l), append(types, ruleType{name: l.Name, languages: []string{l.Name}})
	}
	if r.Type == "" && r.Language == "" {
		return Language{}, ruleType{}, &Error{Message: "the rule says neither its language nor its type", Hint: `an EQL rule has type = "eql" and language = "eql"`}
	}
	unknown := &Error{Unsupported: true, Message: fmt.Sprintf("rules in %q cannot be run, only %s can", r.Language, titles(known))}
	i := slices.IndexFunc(types, func(t ruleType) bool {
		return t.name == r.Type || r.Type == "" && slices.Contains(t.languages, r.Language)
	})
	switch {
	case i < 0 && r.Type == "":
		return Language{}, ruleType{}, unknown
	case i < 0:
		return Language{}, ruleType{}, &Error{Unsupported: true, Message: fmt.Sprintf("rules of type %q cannot be run", r.Type)}
	case types[i].unsupported != "":
		return Language{}, ruleType{}, &Error{Unsupported: true, Message: types[i].unsupported}
	}
	kind, name := types[i], r.Language
	if name == "" {
		name = kind.languages[0]
	}
	at := slices.IndexFunc(known, func(l Language) bool { return l.Name == name })
	switch {
	case at < 0 && r.Language == "":
		return Language{}, ruleType{}, &Error{Unsupported: true, Message: fmt.Sprintf("rules of type %q cannot be run", r.Type)}
	case at < 0:
		return Language{}, ruleType{}, unknown
	case !slices.Contains(kind.languages, name):
		return Language{}, ruleType{}, &Error{Message: fmt.Sprintf("a rule of type %q cannot be in %q", r.Type, name), Hint: fmt.Sprintf("expected language = %q", kind.languages[0])}
	}
	return known[at], kind, nil
}

// titles lists languages for a message.
func titles(list []Language) string {
	var names []string
	for _, l := range list {
		names = append(names, l.Title)
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
