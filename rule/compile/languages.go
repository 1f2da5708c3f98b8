package compile

import (
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// Language is all that a query language has to bring.
type Language struct {
	Name  string // as rules write it
	Title string // in messages
	// Parse reads a query. Those with errors are not compiled.
	Parse func(text string) (Query, []source.Issue)
}

// languages are those that can be run.
func languages() []Language {
	return []Language{
		{"eql", "EQL", parseEQL},
		{"kuery", "KQL", parseKuery},
		{"lucene", "Lucene", parseLucene},
		{"esql", "ES|QL", parseESQL},
	}
}

// Query is a parsed query of a language.
type Query interface {
	// Compile makes a program for events whose fields are as given. What the type check rejects is a *CheckError.
	Compile(fields mapping.Fields, s Settings) (search.Program, error)
	// Mutants lists small changes of the query that a good test notices. It may change the tree of the query while one
	// of them is compiled, so a query whose mutants are asked for is not to be used for anything else at the same time.
	// build makes of the program of a changed query that of the rule; nil if it cannot.
	Mutants(fields mapping.Fields, s Settings, build func(search.Program) search.Program) []*search.Mutant
}

// Settings are the options of a rule's search, in no language's terms.
type Settings struct {
	Layout          *event.Layout // receives the fields that the program reads; nil makes a new one
	Now             time.Time     // what "now" in a date means; zero is the time of Compile
	CategoryField   string        // empty: the language's own
	TimestampField  string        // empty: @timestamp
	TiebreakerField string        // empty: none
	Stack           string        // the version whose behaviour counts; empty: the newest
	Beside          *Beside       // what the query reads beside events; nil: nothing is given
}

func settingsOf(file *rule.File, o Options) Settings {
	if o.Now.IsZero() {
		o.Now = time.Now() // the same for the rule and its mutants
	}
	return Settings{Layout: o.Layout, Now: o.Now, CategoryField: file.Rule.EventCategoryOverride,
		TimestampField: file.Rule.TimestampField, TiebreakerField: file.Rule.TiebreakerField, Beside: o.Beside}
}

// CheckError is what the type check of a language rejects.
type CheckError struct {
	Issue  source.Issue // the first error; its place is in the query
	NotRun bool         // nothing is wrong with the query, but it cannot be run here
}

// Error implements error.
func (e *CheckError) Error() string { return e.Issue.Message }
