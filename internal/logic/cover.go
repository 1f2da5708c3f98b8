package logic

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/internal/lucene"
)

// cover is the answer to whether the values of a leaf all belong to others.
type cover struct {
	covered bool
	decided bool
	text    string   // a value that none of them has, if it is not covered
	number  *big.Rat // likewise
}

// covered tells whether every value that makes a leaf true makes one of the others true.
func (s *Space) covered(p *atom, by []*atom) cover {
	by = slices.DeleteFunc(slices.Clone(by), func(n *atom) bool { return n.set.kind != p.set.kind })
	var key strings.Builder
	key.WriteString(strconv.Itoa(p.number))
	for _, n := range by {
		key.WriteByte(' ')
		key.WriteString(strconv.Itoa(n.number))
	}
	if c, ok := s.covers[key.String()]; ok {
		return c
	}
	c := p.set.coveredBy(by, p.extent.Field.Class.Discrete(), s.effort)
	s.covers[key.String()] = c
	return c
}

// within tells whether the values of a set all belong to another.
func (x *set) within(y *set, discrete bool, effort lucene.Effort) bool {
	if x.kind != y.kind {
		return false
	}
	for _, p := range x.patterns {
		if w, ok := p.(*lucene.Wildcard); ok && len(y.patterns) == 1 {
			if sample, _ := w.Sample(); !y.patterns[0].Match(sample) {
				return false // the usual case
			}
		}
	}
	return x.coveredBy([]*atom{{set: *y}}, discrete, effort).covered
}

func (x *set) coveredBy(by []*atom, discrete bool, effort lucene.Effort) cover {
	if len(x.ranges) > 0 {
		var all []span
		for _, n := range by {
			all = append(all, n.set.ranges...)
		}
		all = merge(all, discrete)
		for _, r := range x.ranges {
			if rest := r.minus(all, discrete); len(rest) > 0 {
				return cover{decided: true, number: rest[0].example()}
			}
		}
		return cover{covered: true, decided: true}
	}
	var patterns []lucene.Pattern
	for _, n := range by {
		patterns = append(patterns, n.set.patterns...)
	}
	out := cover{covered: true, decided: true}
	for _, p := range x.patterns {
		switch c := patternCovered(p, patterns, effort); {
		case c.decided && !c.covered:
			return c
		case !c.decided:
			out = c
		}
	}
	return out
}

// patternCovered tells whether the texts of a pattern all match one of others: by simple means where they do.
func patternCovered(p lucene.Pattern, by []lucene.Pattern, effort lucene.Effort) cover {
	if w, ok := p.(*lucene.Wildcard); ok {
		if sample, one := w.Sample(); !matches(by, sample) {
			return cover{decided: true, text: sample}
		} else if one {
			return cover{covered: true, decided: true}
		}
		for _, q := range by {
			if v, ok := q.(*lucene.Wildcard); ok && v.Contains(w) {
				return cover{covered: true, decided: true}
			}
		}
	}
	text, found, decided := lucene.Find([][]lucene.Pattern{{p}}, by, effort)
	return cover{covered: decided && !found, decided: decided, text: text}
}

func matches(list []lucene.Pattern, s string) bool {
	for _, p := range list {
		if p.Match(s) {
			return true
		}
	}
	return false
}

// share is how many samples of a set belong to another.
type share uint8

const (
	none share = iota
	some
	all
)

// sampled tells how many of the samples of a set belong to another: with fewer than all of them it is no part of it. A set without
// samples counts as all.
func (x *set) sampled(y *set) share {
	if len(x.ranges) > 0 {
		return x.sampledRanges(y)
	}
	if x.samples == nil {
		x.samples = samplesOf(x.patterns)
	}
	if len(x.samples) < len(x.patterns) {
		return all
	}
	in, out := false, false
	for _, sample := range x.samples {
		if matches(y.patterns, sample) {
			in = true
		} else {
			out = true
		}
		if in && out {
			return some
		}
	}
	if out {
		return none
	}
	return all
}

func (x *set) sampledRanges(y *set) share {
	if len(intersect(x.ranges, y.ranges)) == 0 {
		return none
	}
	return all
}

// only is the key of a set that is one text, as far as letters count; ok is false for others.
func (x *set) only() (key string, ok bool) {
	if len(x.patterns) != 1 {
		return "", false
	}
	w, ok := x.patterns[0].(*lucene.Wildcard)
	if !ok || w.Kind() != lucene.ExactKind {
		return "", false
	}
	return string(rune('0'+w.Case())) + w.Literal(), true
}

// sample is a text of a set, or "".
func (x *set) sample() string {
	for _, p := range x.patterns {
		if w, ok := p.(*lucene.Wildcard); ok {
			text, _ := w.Sample()
			return text
		}
	}
	return ""
}

// samplesOf are the samples of patterns up to the first that has none.
func samplesOf(list []lucene.Pattern) []string {
	out := make([]string, 0, len(list))
	for _, p := range list {
		w, ok := p.(*lucene.Wildcard)
		if !ok {
			break
		}
		text, _ := w.Sample()
		out = append(out, text)
	}
	return out
}
