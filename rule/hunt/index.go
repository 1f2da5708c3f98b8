package hunt

import (
	"strings"

	"github.com/rulevet/rulevet/search"
)

// selector remembers which rules run on the events of an index.
type selector struct {
	hunt  *Hunt
	known map[string]search.Selection
}

// maxIndexes bounds the selections that are remembered.
const maxIndexes = 1 << 12

// of returns the rules for an index; nil, for all, if the event does not say where it was.
func (s *selector) of(index string) search.Selection {
	if index == "" || s.hunt.opts.AnyIndex {
		return nil
	}
	sel, ok := s.known[index]
	if !ok {
		if len(s.known) >= maxIndexes {
			clear(s.known)
		}
		sel = s.hunt.set.Select(func(i int) bool { return s.hunt.rules[i].indexes.Match(index) })
		s.known[strings.Clone(index)] = sel
	}
	return sel
}
