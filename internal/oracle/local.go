package main

import (
	"encoding/json"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/schema/overlay"
)

// fieldsOf reads the mapping of a batch once.
var fieldsOf = func() func(b *batch) mapping.Fields {
	var mu sync.Mutex
	known := map[string]mapping.Fields{}
	return func(b *batch) mapping.Fields {
		mu.Lock()
		defer mu.Unlock()
		if f := known[b.name]; f != nil {
			return f
		}
		catalog, err := schema.New()
		if err != nil {
			panic(err)
		}
		text, err := json.Marshal(b.mapping)
		if err != nil {
			panic(err)
		}
		all, err := overlay.Read("mapping.json", text, nil)
		if err != nil {
			panic(err)
		}
		known[b.name] = catalog.Only(all...)
		return known[b.name]
	}
}()

// local is what rulevet says of a condition over the documents of a batch.
func local(b *batch, condition string) (out answer) {
	q, issues := eql.Parse("any where " + condition)
	info, more := eql.Check(q, fieldsOf(b))
	for _, is := range append(issues, more...) {
		if is.Level == eql.Error {
			return answer{err: is.Code + ": " + is.Message}
		}
	}
	p, err := eval.Compile(q, info, eval.Options{})
	if err != nil {
		return answer{err: err.Error()}
	}
	dec := event.NewDecoder(p.Layout())
	var rec event.Record
	for i, d := range b.docs {
		text, err := json.Marshal(d)
		if err == nil {
			err = dec.Decode(text, &rec)
		}
		var ok bool
		if err == nil {
			ok, err = p.Match(&rec)
		}
		if err != nil {
			return answer{err: err.Error()}
		}
		if ok {
			out.ids = append(out.ids, i)
		}
	}
	return out
}

// chosen reports a difference that is deliberate: the type check of EQL, which the Query DSL does not have, refuses in
// with texts on other types (package eval, "Deliberate choices").
func chosen(condition string, ours answer) bool {
	return strings.HasPrefix(ours.err, "query/type-mismatch: item of in must have type") ||
		strings.HasPrefix(ours.err, "query/not-boolean") && strings.Contains(condition, "not ")
}
