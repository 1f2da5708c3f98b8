// Package indexname tells which indexes the index patterns of a rule stand for.
package indexname

import (
	"regexp"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/internal/lucene"
)

// Patterns are index patterns in their order. No patterns match every index.
type Patterns []pattern

type pattern struct {
	not  bool // "-pattern" takes indexes out again
	glob *lucene.Wildcard
}

// New reads a list of index patterns. A name with date math, which only a cluster can resolve, matches everything.
func New(list []string) Patterns {
	var out Patterns
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
var backing = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:[a-z]+-)*\.ds-(.+)-\d{4}\.\d{2}\.\d{2}-\d{6}$`) })

// Match reports whether a search in the patterns would look into the index.
func (p Patterns) Match(index string) bool {
	if len(p) == 0 {
		return true
	}
	index = withoutCluster(index)
	stream := index
	if m := backing().FindStringSubmatch(index); m != nil {
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
