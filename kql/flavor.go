package kql

import "fmt"

// flavor tells that Elasticsearch's own kql query, which KQL() in ES|QL is too, takes the text otherwise.
func (c *checker) flavor() {
	other, issues := Parse(c.q.Source, Server)
	const what = "Elasticsearch's own kql query, and so KQL() in ES|QL, "
	if HasErrors(issues) {
		c.report("query/kql-flavor", Info, issues[0].Span, "", what+"refuses this query: %s", issues[0].Message)
		return
	}
	a, b := &shape{flavor: Kuery}, &shape{flavor: Server}
	a.node(c.q.Root)
	b.node(other.Root)
	for i := range a.parts {
		if i >= len(b.parts) || a.parts[i].text != b.parts[i].text {
			c.report("query/kql-flavor", Info, a.parts[i].at, "put brackets around mixed operators, and quote what has backslashes before a wildcard", what+"takes this otherwise than Kibana")
			return
		}
	}
}

// shape is what a query means, in a form in which both flavors can be compared.
type shape struct {
	flavor Flavor
	parts  []part
}

type part struct {
	text string
	at   Span
}

func (s *shape) add(at Span, format string, args ...any) {
	s.parts = append(s.parts, part{fmt.Sprintf(format, args...), at})
}

func (s *shape) node(n Node) {
	switch n := n.(type) {
	case *And:
		s.list("and", n.At, n.Items)
	case *Or:
		s.list("or", n.At, n.Items)
	case *Not:
		s.add(n.At, "not")
		s.node(n.Item)
	case *Nested:
		s.literal("nested", n.Field)
		s.node(n.Item)
		s.add(n.At, "end")
	case *Range:
		s.literal(n.Op, n.Field)
		s.literal("value", n.Value)
	case *Is:
		s.literal(":", n.Field)
		s.node(n.Value)
	case *Value:
		s.literal("value", n.Literal)
	case *Text:
		if n.Literal == nil {
			s.node(n.Item)
			return
		}
		s.literal("text", n.Literal)
	}
}

// list flattens brackets that change nothing.
func (s *shape) list(word string, at Span, items []Node) {
	s.add(at, "%s", word)
	var flat func([]Node)
	flat = func(items []Node) {
		for _, i := range items {
			if and, ok := i.(*And); ok && word == "and" {
				flat(and.Items)
			} else if or, ok := i.(*Or); ok && word == "or" {
				flat(or.Items)
			} else {
				s.node(i)
			}
		}
	}
	flat(items)
	s.add(at, "end")
}

func (s *shape) literal(role string, l *Literal) {
	switch {
	case l.Kind == Quoted:
		s.add(l.At, "%s quoted %q", role, l.Text)
	case l.Kind != Pattern:
		s.add(l.At, "%s %q", role, l.Text)
	case s.flavor == Kuery:
		s.add(l.At, "%s pattern %q", role, l.Parts())
	default:
		s.add(l.At, "%s pattern %q", role, serverParts(l.Text))
	}
}

// serverParts is a pattern of the server as the texts between its wildcards: there a backslash escapes once more, and ? is a
// wildcard too.
func serverParts(text string) []string {
	parts := []string{""}
	for i := 0; i < len(text); i++ {
		last := len(parts) - 1
		switch text[i] {
		case '\\':
			if i+1 < len(text) {
				i++
			}
			parts[last] += text[i : i+1]
		case '*':
			parts = append(parts, "")
		case '?':
			parts[last] += "?\x00" // not the plain character
		default:
			parts[last] += text[i : i+1]
		}
	}
	return parts
}
