package kql

// FieldUse is a field that a query names.
type FieldUse struct {
	Name    string // in braces with the names of the braces before it
	Span    Span   // place of the name in the query
	Pattern bool   // a pattern of names
	Nested  bool   // it stands in braces
	Object  bool   // braces follow it
}

// Fields lists the fields that a query names, in source order.
func Fields(q *Query) []FieldUse {
	var out []FieldUse
	appendFields(q.Root, "", &out)
	return out
}

func appendFields(n Node, path string, out *[]FieldUse) {
	add := func(l *Literal, object bool) string {
		name := l.Text
		if path != "" {
			name = path + "." + name
		}
		*out = append(*out, FieldUse{name, l.At, l.Kind == Pattern, path != "", object})
		return name
	}
	switch n := n.(type) {
	case *And:
		for _, i := range n.Items {
			appendFields(i, path, out)
		}
	case *Or:
		for _, i := range n.Items {
			appendFields(i, path, out)
		}
	case *Not:
		appendFields(n.Item, path, out)
	case *Nested:
		appendFields(n.Item, add(n.Field, true), out)
	case *Range:
		add(n.Field, false)
	case *Is:
		if n.Field.Kind != Null {
			add(n.Field, false)
		}
	}
}
