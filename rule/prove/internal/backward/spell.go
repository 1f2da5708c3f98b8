package backward

import (
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/internal/lucene"
)

// demand is what conditions want of the text of one column: a pattern of each list, and none of others.
type demand struct {
	within  [][]lucene.Pattern
	outside []lucene.Pattern
}

// spelled are texts of columns that satisfy all conditions which are about the text of one column alone.
func spelled(s *space, conds []*term) map[string]string {
	all := map[string]*demand{}
	for _, c := range conds {
		not := c.kind == opTerm && c.op == esql.Not
		if not {
			c = c.kids[0]
		}
		x, list := s.patterns(c)
		if x == nil || x.kind != fieldTerm {
			continue
		}
		d := all[x.name]
		if d == nil {
			d = &demand{}
			all[x.name] = d
		}
		if not {
			d.outside = append(d.outside, list...)
		} else {
			d.within = append(d.within, list)
		}
	}
	out := map[string]string{}
	for name, d := range all {
		if len(d.within) == 0 || len(d.within)+len(d.outside) < 2 {
			continue
		}
		if text, found, _ := lucene.Find(d.within, d.outside, lucene.Quick); found {
			out[name] = text
		}
	}
	return out
}

// patterns are those that a condition wants one of for the text of a column; nil if it is about anything else.
func (s *space) patterns(t *term) (x *term, list []lucene.Pattern) {
	if len(t.kids) == 0 {
		return nil, nil
	}
	x = carrier(t.kids[0])
	switch {
	case t.kind == opTerm && t.op == esql.Or:
		x, list = s.patterns(t.kids[0])
		y, more := s.patterns(t.kids[1])
		if x != y {
			return nil, nil
		}
		return x, append(list, more...)
	case t.kind == opTerm && t.op == esql.Equal, t.kind == inTerm:
		for _, k := range t.kids[1:] {
			v, _ := s.value(k)
			text, ok := v.(string)
			if !ok {
				return nil, nil
			}
			list = append(list, lucene.NewLiteral(text, lucene.Sensitive))
		}
	case t.kind == likeTerm && t.op == esql.Equal:
		for _, p := range patternTexts(t) {
			re, err := lucene.CompileRegexp(p, lucene.Sensitive)
			if err != nil {
				return nil, nil
			}
			list = append(list, re)
		}
	case t.kind == likeTerm:
		for _, p := range patternTexts(t) {
			list = append(list, lucene.NewEscaped(p, lucene.Sensitive))
		}
	case t.kind == callTerm && len(t.kids) == 2:
		v, _ := s.value(t.kids[1])
		text, ok := v.(string)
		switch {
		case !ok || strings.ContainsAny(text, `*?\`):
			return nil, nil
		case t.name == "starts_with":
			list = append(list, lucene.NewPrefix(text, lucene.Sensitive))
		case t.name == "ends_with":
			list = append(list, lucene.NewSuffix(text, false, lucene.Sensitive))
		case t.name == "contains":
			list = append(list, lucene.NewContains(text, false, lucene.Sensitive))
		default:
			return nil, nil
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	return x, list
}
