package page

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/rule/ruletest"
)

// segment is a piece of text with a class of its own; Title says what the colour means.
type segment struct{ Text, Class, Title string }

// words are the comments and keywords of EQL outside of conditions, which show the structure of a query.
var words = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*|\b(?:sequence|sample|by|with|maxspan|runs|until|where|and|or|not|in~?|like~?|regex~?|any)\b`)
})

// query cuts the text of a query at its conditions.
func query(r *ruletest.RuleResult) []segment {
	f := r.Rule()
	if f == nil || f.Query == nil {
		return nil
	}
	text := strings.TrimRight(f.Query.Value, " \t\r\n")
	if r.Coverage == nil || len(r.Cases) == 0 {
		return []segment{{Text: plain(text)}}
	}
	var out []segment
	at := 0
	for _, c := range r.Coverage.All {
		if c.Query.Start < at || c.Query.End > len(text) {
			continue // conditions neither overlap nor leave the query
		}
		out = append(out, structure(text[at:c.Query.Start])...)
		out = append(out, mark(text[c.Query.Start:c.Query.End], c))
		at = c.Query.End
	}
	return append(out, structure(text[at:])...)
}

// structure sets keywords and comments off.
func structure(text string) []segment {
	var out []segment
	at := 0
	for _, m := range words().FindAllStringIndex(text, -1) {
		class := "kw"
		if text[m[0]] == '/' {
			class = "comment"
		}
		out = append(out, segment{Text: plain(text[at:m[0]])}, segment{Text: plain(text[m[0]:m[1]]), Class: class})
		at = m[1]
	}
	return append(out, segment{Text: plain(text[at:])})
}

func mark(text string, c ruletest.Condition) segment {
	s := segment{Text: plain(text), Class: "seen", Title: fmt.Sprintf("true for %s, false for %d", count(c.True, "event"), c.False)}
	switch {
	case c.True > 0 && c.False > 0:
		return s
	case c.True > 0:
		s.Class, s.Title = "part never-false", "never false: "+s.Title
	case c.False > 0:
		s.Class, s.Title = "part never-true", "never true: "+s.Title
	default:
		s.Class, s.Title = "unseen", "never reached"
	}
	return s
}

var changed = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?s)\[-(.*?)-\]|\{\+(.*?)\+\}`) })

// change shows a mutant: what goes as [-…-], what comes as {+…+}.
func change(diff string) []segment {
	var out []segment
	at := 0
	for _, m := range changed().FindAllStringSubmatchIndex(diff, -1) {
		out = append(out, segment{Text: plain(diff[at:m[0]])})
		if m[2] >= 0 {
			out = append(out, segment{Text: plain(diff[m[2]:m[3]]), Class: "del"})
		} else {
			out = append(out, segment{Text: plain(diff[m[4]:m[5]]), Class: "add"})
		}
		at = m[1]
	}
	return append(out, segment{Text: plain(diff[at:])})
}

// techniques lists what a rule maps to, as "T1059.004 Unix Shell".
func techniques(r *ruletest.RuleResult) []string {
	f := r.Rule()
	if f == nil {
		return nil
	}
	seen := map[string]bool{}
	var out []string
	add := func(id, name string) {
		if id != "" && !seen[id] {
			seen[id] = true
			out = append(out, strings.TrimSpace(plain(id+" "+name)))
		}
	}
	for _, t := range f.Rule.Threat {
		for _, te := range t.Techniques {
			add(te.ID, te.Name)
			for _, sub := range te.Subtechniques {
				add(sub.ID, sub.Name)
			}
		}
	}
	return out
}
