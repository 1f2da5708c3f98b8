package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/schema"
)

// ruleBatches makes a batch of each event query in EQL of a folder: its conditions one by one and as a whole, over
// documents made of the values that the query names.
func ruleBatches(fsys fs.FS, r *rand.Rand) ([]batch, error) {
	catalog, err := schema.New()
	if err != nil {
		return nil, err
	}
	ecs := catalog.All()
	var out []batch
	err = fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".toml") {
			return err
		}
		src, err := fs.ReadFile(fsys, path)
		if err != nil {
			return err
		}
		f, _ := rule.Parse(path, src)
		if f == nil || f.Query == nil || f.Rule.Language != "eql" {
			return nil
		}
		q, issues := eql.Parse(f.Query.Value)
		body, isEvent := q.Body.(*eql.EventQuery)
		if !isEvent || slices.ContainsFunc(issues, func(is eql.Issue) bool { return is.Level == eql.Error }) {
			return nil
		}
		out = append(out, ruleBatch(fmt.Sprintf("rule-%d", len(out)), body.Cond, ecs, r))
		return nil
	})
	return out, err
}

func ruleBatch(name string, cond eql.Expr, fields mapping.Fields, r *rand.Rand) batch {
	b := batch{name: name, mapping: object{"dynamic": false, "properties": object{"@timestamp": object{"type": "date"}}}}
	values := map[string][]any{}
	types := map[string]string{}
	eql.Inspect(cond, func(n eql.Node, enter bool) bool {
		if f, ok := n.(*eql.Field); ok && enter {
			types[f.Name] = "keyword"
			if info, p := fields.Lookup(f.Name); p == mapping.Present {
				switch t := info.Type.String(); t {
				case "ip", "date", "boolean", "long", "float", "double", "integer":
					types[f.Name] = t
				}
			}
		}
		return true
	})
	collect(cond, values, r)
	for f, t := range types {
		b.mapping["properties"].(object)[f] = object{"type": t}
	}
	for range 30 {
		d := map[string]any{"@timestamp": "2024-05-03T00:00:00Z"}
		for f, t := range types {
			if list := values[f]; len(list) > 0 && r.IntN(6) > 0 {
				if v := pick(r, list); t == "keyword" || fits(t, v) {
					d[f] = v
				}
			}
		}
		b.docs = append(b.docs, d)
	}
	b.conditions = append(b.conditions, eql.FormatExpr(cond))
	for n := range eql.Preorder(cond) {
		if e, ok := n.(eql.Expr); ok {
			switch e.(type) {
			case *eql.Match, *eql.In, *eql.Call, *eql.Binary:
				b.conditions = append(b.conditions, eql.FormatExpr(e))
			}
		}
	}
	return b
}

// fits tells whether a document may hold a value in a field of the type.
func fits(t string, v any) bool {
	s, isText := v.(string)
	switch t {
	case "ip":
		_, ok := eqlfunc.ParseIP(s)
		return isText && ok
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "date":
		return false
	}
	_, ok := v.(number)
	return ok
}

// collect gathers values that the conditions of each field are about.
func collect(cond eql.Expr, values map[string][]any, r *rand.Rand) {
	add := func(x eql.Expr, e eql.Expr) {
		f, ok := eql.Unparen(x).(*eql.Field)
		v, constant, err := eql.Fold(e, nil)
		if !ok || !constant || err != nil || v.IsNull() {
			return
		}
		plain := value(v)
		values[f.Name] = append(values[f.Name], plain)
		if s, isText := plain.(string); isText {
			for range 2 {
				values[f.Name] = append(values[f.Name], fill(r, s))
			}
		}
	}
	for n := range eql.Preorder(cond) {
		switch n := n.(type) {
		case *eql.Binary:
			add(n.X, n.Y)
		case *eql.Match:
			for _, l := range n.List {
				add(n.X, l)
			}
		case *eql.In:
			for _, l := range n.List {
				add(n.X, l)
			}
		case *eql.Call:
			for _, a := range n.Args[min(1, len(n.Args)):] {
				add(n.Args[0], a)
			}
		case *eql.Field:
			values[n.Name] = append(values[n.Name], "x", true, false, number("4"), "10.7.0.1")
		}
	}
}

// fill puts texts in place of wildcards, and changes the case now and then.
func fill(r *rand.Rand, s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case c == '*':
			b.WriteString(word(r, 3))
		case c == '?':
			b.WriteString("x")
		case r.IntN(12) == 0:
			b.WriteString(strings.ToUpper(string(c)))
		default:
			b.WriteRune(c)
		}
	}
	return b.String() + pick(r, []string{"", "", "", "x"})
}
