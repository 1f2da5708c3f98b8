package compile

import (
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// Frame implements search.Framed. The one step only lets through what may count, so two queries surely do the same only if they read the
// same.
func (p *esqlProgram) Frame() search.Frame {
	return search.Frame{Kind: "rows", Rest: p.text}
}

// canonical is a query without its comments, laid out in one way.
func canonical(query string) string {
	bare := source.BlankComments(query)
	if text, err := esql.Format(bare); err == nil {
		bare = text
	}
	return strings.TrimSpace(bare)
}
