package eval

import "github.com/rulevet/rulevet/esql/eval/internal/text"

// GrokExpression is a regular expression of package regexp for texts of which a pattern of GROK takes the pieces given. It is a
// guess: what package regexp lacks is left out.
func GrokExpression(pattern string, pieces map[string]string) string {
	return text.GrokExpression(pattern, pieces)
}

// GroupEnd is the offset behind the parenthesis that closes the group of a regular expression whose content begins at an offset.
func GroupEnd(expression string, from int) int { return text.Closing(expression, from) }
