package esql

import (
	"fmt"
	"strconv"
)

// ParamKind is what a parameter may stand for.
type ParamKind uint8

// Kinds of parameters.
const (
	ValueParam      ParamKind = iota // a constant; with ?? a name
	IdentifierParam                  // a name
	PatternParam                     // a pattern of names
)

// ParamValue is the value of one parameter of a query.
type ParamValue struct {
	Name string    // empty for a positional one
	Kind ParamKind // what a reference to it stands for
	// Value is nil, a bool, int64, float64, string, or a []any of these.
	Value any
}

// paramAt finds the value of a parameter token; ok is false, and the error reported, if there is none.
func (p *parser) paramAt(t token) (ParamValue, bool) {
	name := p.text(t)[1:]
	if t.kind == tParam2 {
		name = name[1:]
	}
	if name == "" {
		p.positional++
		if p.positional > len(p.params) {
			p.paramError(t, fmt.Sprintf("parameter %d has no value", p.positional))
			return ParamValue{}, false
		}
		return p.params[p.positional-1], true
	}
	if n, err := strconv.Atoi(name); err == nil {
		if n < 1 || n > len(p.params) {
			p.paramError(t, fmt.Sprintf("parameter %s has no value", quoted(p.text(t))))
			return ParamValue{}, false
		}
		return p.params[n-1], true
	}
	for _, v := range p.params {
		if v.Name == name {
			return v, true
		}
	}
	p.paramError(t, fmt.Sprintf("parameter %s has no value", quoted(p.text(t))))
	return ParamValue{}, false
}

func (p *parser) paramError(t token, message string) {
	p.errors++
	p.late = append(p.late, Issue{Code: codeOf("parameter"), Level: Error, Phase: Parsing, Span: t.span(), Message: message})
}

// paramName is the name that a parameter stands for, where a name is wanted.
func (p *parser) paramName(t token) (string, bool) {
	v, ok := p.paramAt(t)
	if !ok {
		return "", false
	}
	s, isText := v.Value.(string)
	if t.kind == tParam2 {
		if v.Value == nil {
			p.paramError(t, fmt.Sprintf("parameter %s is null: expected a name", quoted(p.text(t))))
			return "", false
		}
		if !isText {
			s = fmt.Sprint(v.Value)
		}
		return s, true
	}
	if v.Kind == ValueParam {
		p.paramError(t, fmt.Sprintf("parameter %s is a constant: expected a name", quoted(p.text(t))))
		return "", false
	}
	return s, true
}

// literalOf makes a literal of a parameter's value.
func literalOf(value any, at Span) *Literal {
	l := &Literal{Range: at}
	switch v := value.(type) {
	case bool:
		l.Kind, l.Bool = BoolLiteral, v
	case int64:
		l.setInt(v)
	case float64:
		l.Kind, l.Float = DoubleLiteral, v
	case string:
		l.Kind, l.Str = KeywordLiteral, v
	case []any:
		l.Kind = ListLiteral
		for _, x := range v {
			l.List = append(l.List, literalOf(x, at))
		}
		l.widen()
	}
	return l
}

func (l *Literal) setInt(v int64) {
	l.Kind, l.Int = LongLiteral, v
	if int64(int32(v)) == v {
		l.Kind = IntegerLiteral
	}
}

// widen gives the numbers of a list the kind that holds all of them.
func (l *Literal) widen() {
	most := NullLiteral
	for _, x := range l.List {
		if x.Kind >= IntegerLiteral && x.Kind <= DoubleLiteral {
			most = max(most, x.Kind)
		}
	}
	for _, x := range l.List {
		if x.Kind < IntegerLiteral || x.Kind >= most {
			continue
		}
		if most == DoubleLiteral {
			x.Float = float64(x.Int)
			if x.Kind == UnsignedLongLiteral {
				x.Float = float64(x.Uint)
			}
		}
		if most == UnsignedLongLiteral {
			x.Uint = uint64(x.Int)
		}
		x.Kind = most
	}
}
