package hunt

import (
	"regexp"
	"strings"

	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/search"
)

// patterns are the index patterns of a rule in their order. No patterns match every index.
type patterns []pattern

type pattern struct {
	not  bool // "-pattern" takes indexes out again
	glob *lucene.Wildcard
}

// newPatterns reads the index list of a rule. A name with date math, which only a cluster can resolve, matches everything.
func newPatterns(list []string) patterns {
	var out patterns
	for _, item := range list {
		for text := range strings.SplitSeq(item, ",") {
			text = strings.TrimSpace(text)
			not := strings.HasPrefix(text, "-")
			text = withoutCluster(strings.TrimPrefix(text, "-"))
			if strings.HasPrefix(text, "<") {
				if !not {
					return nil
				}
				continue
			}
			out = append(out, pattern{not, lucene.NewWildcard(text, lucene.Sensitive)})
		}
	}
	return out
}

func withoutCluster(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

// backing is the name of an index behind a data stream, restored or mounted perhaps.
var backing = regexp.MustCompile(`^(?:[a-z]+-)*\.ds-(.+)-\d{4}\.\d{2}\.\d{2}-\d{6}$`)

// match reports whether a search of the rule would look into the index.
func (p patterns) match(index string) bool {
	if len(p) == 0 {
		return true
	}
	index = withoutCluster(index)
	stream := index
	if m := backing.FindStringSubmatch(index); m != nil {
		stream = m[1]
	}
	matched := false
	for _, x := range p {
		if x.glob.Match(index) || x.glob.Match(stream) {
			matched = !x.not
		}
	}
	return matched
}

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
		sel = s.hunt.set.Select(func(i int) bool { return s.hunt.rules[i].indexes.match(index) })
		s.known[strings.Clone(index)] = sel
	}
	return sel
}
