package eql

import (
	"regexp"
	"sync"

	"github.com/rulevet/rulevet/source"
)

// looksStart is how EQL begins that does not parse: nobody writes these words in this order in another language.
var looksStart = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\A\s*(?:(?:any|process|file|network|registry|library|dns|authentication|driver|api)\s+where\s+\S+\s*(?:==|!=|:|in~?\s*\(|like~?\s|regex~?\s)|(?:any\s+where\s+)?(?:sequence|sample)\s+(?:by\s+\S+|with\s+maxspan)[^\n]*\s*\[)`)
})

// Looks reports whether a text is EQL with more than one word as its condition, or begins like it: for those who got it as a
// query of another language, whose parser would miss the point.
func Looks(text string) bool {
	q, issues := Parse(text)
	if source.HasErrors(issues) {
		return looksStart().MatchString(text)
	}
	switch b := q.Body.(type) {
	case *EventQuery:
		_, bare := Unparen(b.Cond).(*Field)
		return !bare // "error where user" are three words to search
	case *Sequence, *Sample:
		return true
	}
	return false
}
