package eval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/internal/predicate"
)

// Patterns on computed values run as scripts, in Java: regular expressions read otherwise than in Lucene's queries on fields,
// "*" and "." stop at line breaks, and patterns fold ASCII letters only, while a text without a wildcard compares by Java's
// compareToIgnoreCase.

// computedMatch makes the test of : like like~ regex regex~ on a computed value.
func computedMatch(op eql.Op, texts []string) (predicate.Text, error) {
	if op == eql.Regex || op == eql.RegexFold {
		return computedRegex(texts, op == eql.RegexFold)
	}
	out := predicate.Text{ID: fmt.Sprintf("computed %s %q", op, texts), Hints: predicate.Hints{Shapes: texts}}
	var plain []string
	var patterns []*lucene.JavaWildcard
	for _, t := range texts {
		if strings.ContainsAny(t, "*?") {
			patterns = append(patterns, lucene.NewJavaWildcard(t, op != eql.Like))
		} else {
			plain = append(plain, t)
		}
	}
	equal := computedEqual(plain).Match
	if op == eql.Like {
		equal = func(s string) bool { return slices.Contains(plain, s) }
	}
	out.Match = func(s string) bool {
		return equal(s) || slices.ContainsFunc(patterns, func(w *lucene.JavaWildcard) bool { return w.Match(s) })
	}
	return out, nil
}

// computedEqual is equality with one of the texts by Java's compareToIgnoreCase.
func computedEqual(texts []string) predicate.Text {
	return predicate.Text{ID: fmt.Sprintf("equal %q", texts), Hints: predicate.Hints{Shapes: texts}, Match: func(s string) bool {
		return slices.ContainsFunc(texts, func(t string) bool { return eqlfunc.EqualFold(s, t) })
	}}
}

// computedRegex compiles the alternatives of regex. One without any of Lucene's operators has become an equality before
// it gets to Java (LANGUAGE.md 4.6).
func computedRegex(texts []string, fold bool) (predicate.Text, error) {
	pattern := lucene.JoinPatterns(texts)
	out := predicate.Text{ID: fmt.Sprintf("java %t %q", fold, pattern), Hints: predicate.Hints{Regexps: texts}}
	if literal, ok := lucene.RegexpLiteral(pattern); ok {
		if fold {
			return computedEqual([]string{literal}), nil
		}
		out.Match = func(s string) bool { return s == literal }
		return out, nil
	}
	re, err := lucene.CompileJava(pattern, fold)
	if err != nil {
		return out, fmt.Errorf("regular expression on a computed value: %w", err)
	}
	out.Match = re.MatchString
	return out, nil
}
