package schema

import (
	"strings"
	"testing"
)

// Members of objects are found as by looking at all names, and no embedded name is as long as is assumed.
func TestMembers(t *testing.T) {
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	o := NewOverlay("own.json", nil, []Field{{Name: "own.a.b", Type: "keyword"}, {Name: "own-er", Type: "keyword"}, {Name: "process.own", Type: "long"}})
	for name, v := range map[string]*View{
		"process": c.View(Request{Indexes: []string{"logs-endpoint.events.process-*"}}, ""),
		"beats":   c.View(Request{Indexes: []string{"winlogbeat-*", "filebeat-*"}}, ""),
		"own":     c.With(o).View(Request{Indexes: []string{"logs-endpoint.events.process-*"}}, ""),
	} {
		members := map[string]bool{}
		for n := range v.names() {
			for parent := parentOf(n); parent != ""; parent = parentOf(parent) {
				members[parent] = true
			}
			if len(n) >= longestEmbedded {
				t.Errorf("%q has %d letters", n, len(n))
			}
		}
		ask := map[string]bool{"own": true, "own.a": true, "ow": true, "own-er": true, "none": true, "proc": true, strings.Repeat("a.", 300) + "b": true}
		for n := range v.names() {
			ask[n], ask[parentOf(n)] = true, true
		}
		delete(ask, "")
		for n := range ask {
			if got := v.HasMembers(n); got != members[n] {
				t.Errorf("%s: %q has members: %v, want %v", name, n, got, members[n])
			}
		}
	}
}

// A part of the name space belongs to a package if its fields use it and those of ECS do not.
func TestOwns(t *testing.T) {
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	names := c.names()
	first := func(table *table) map[string]bool {
		roots := map[string]bool{}
		for _, e := range table.entries() {
			root, _, _ := strings.Cut(names[e.Name], ".")
			roots[root] = true
		}
		return roots
	}
	ecs := first(c.tables["ecs/"+c.stacks[len(c.stacks)-1].ECS])
	for name, p := range c.packages {
		own := map[string]bool{name: true}
		for _, s := range p.streams {
			for root := range first(s.tables[0]) {
				own[root] = own[root] || !ecs[root]
			}
		}
		for _, root := range append(sortedKeys(own), "process", "none", name+"x") {
			for _, field := range []string{root, root + ".a.b"} {
				if got := c.owns(name, field); got != own[root] {
					t.Errorf("%s owns %s: %v, want %v", name, field, got, own[root])
				}
			}
		}
	}
}
