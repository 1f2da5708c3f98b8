package compile

import (
	"errors"
	"fmt"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/internal/querydsl"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// filters are the [[rule.filters]] of a rule as one query, nil if none counts. Kibana adds them to the query: those that are
// negated must not match, those that are disabled are left out. The error names a filter that cannot be applied.
func filters(file *rule.File, key string) (querydsl.Query, *Error) {
	list := file.Lookup("rule", key)
	if list == nil {
		return nil, nil
	}
	all := &querydsl.Bool{MinShould: querydsl.Unset}
	for i, n := range list.Children {
		q, negated, err := filter(n.Value(), n)
		if err != nil {
			return nil, &Error{Unsupported: true, Span: n.Span, Message: fmt.Sprintf("number %d of `%s` cannot be applied: %v", i+1, key, err)}
		}
		switch {
		case q == nil:
		case negated:
			all.MustNot = append(all.MustNot, q)
		default:
			all.Filter = append(all.Filter, q)
		}
	}
	if len(all.Filter)+len(all.MustNot) == 0 {
		return nil, nil
	}
	return all, nil
}

// filter translates one filter as Kibana does; the query is nil if it is disabled.
func filter(v any, n *rule.Node) (q querydsl.Query, negated bool, err error) {
	o, ok := v.(map[string]any)
	if !ok {
		return nil, false, fmt.Errorf("it is no table")
	}
	meta, _ := o["meta"].(map[string]any)
	if meta["disabled"] == true {
		return nil, false, nil
	}
	negated = meta["negate"] == true
	if meta["type"] == "combined" {
		q, err = combined(meta, n)
		return q, negated, err
	}
	body, ok := o["query"]
	if !ok { // as filters of old: the query stands beside meta
		rest := map[string]any{}
		for k, v := range o {
			if k != "meta" && k != "$state" {
				rest[k] = v
			}
		}
		body = rest
	}
	q, err = querydsl.Decode(body, source.Span(n.Span))
	return q, negated, err
}

// combined translates a filter that is made of others.
func combined(meta map[string]any, n *rule.Node) (querydsl.Query, error) {
	params, _ := meta["params"].([]any)
	out := &querydsl.Bool{MinShould: querydsl.Unset}
	for _, p := range params {
		q, negated, err := filter(p, n)
		if err != nil {
			return nil, err
		}
		switch {
		case q == nil:
			continue
		case negated:
			q = querydsl.None(q.At(), q)
		}
		if meta["relation"] == "OR" || meta["relation"] == "or" {
			out.Should, out.MinShould = append(out.Should, q), 1
		} else {
			out.Filter = append(out.Filter, q)
		}
	}
	return out, nil
}

// restrict applies the filters of a rule to a program.
func (p *Program) restrict(program search.Program, s Settings) (search.Program, error) {
	if p.filters == nil {
		return program, nil
	}
	cond, err := condition(p.filters, p.fields, program.Layout(), s)
	if err != nil {
		return nil, err
	}
	return search.Restrict(program, cond), nil
}

func condition(q querydsl.Query, fields mapping.Fields, layout *event.Layout, s Settings) (*predicate.Cond, error) {
	cond, err := querydsl.Compile(q, querydsl.Options{Fields: fields, Layout: layout, Now: s.Now, Open: true})
	var refused *querydsl.Error
	if errors.As(err, &refused) {
		return nil, fmt.Errorf("a filter is refused: %s", refused.Message)
	}
	return cond, err
}
