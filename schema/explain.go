package schema

import "strings"

// Place is one list that has a field.
type Place struct {
	Source Source // the field list that has it
	Field  Field  // as that list describes it
}

// Explanation says where a field exists.
type Explanation struct {
	Name   string   // of the field
	Places []Place  // every embedded list and overlay that has the field
	Stacks []string // stacks whose ECS version has it
	Near   []string // near names, if no list has it
}

// Explain says where a field exists, whatever the index, and suggests near names if it exists nowhere.
func (c *Catalog) Explain(name string) *Explanation {
	e := c.Where(name)
	if len(e.Places) == 0 {
		e.Near = c.all().Suggest(name)
	}
	return e
}

// Where is Explain without near names, which take a search through everything.
func (c *Catalog) Where(name string) *Explanation {
	e := &Explanation{Name: name}
	id := c.data.Find(name)
	for _, info := range c.data.Tables() {
		if strings.HasPrefix(info.Name, "event/") {
			continue
		}
		t := c.tables[info.Name]
		for f := range t.fields(c.data, id, name) {
			e.Places = append(e.Places, Place{t.source, f})
		}
	}
	for _, o := range c.overlays {
		for _, f := range o.named(name) {
			e.Places = append(e.Places, Place{o.own.sourceOf(f), f})
		}
	}
	for _, s := range c.stacks {
		if c.tables["ecs/"+s.ECS].has(id) {
			e.Stacks = append(e.Stacks, s.Version)
		}
	}
	return e
}

// everything is a view of all tables, for suggestions and completion.
func (c *Catalog) everything() *View {
	v := &View{&content{catalog: c, cache: map[string]*Result{}}, c.stack("")}
	for _, info := range c.data.Tables() {
		if !strings.HasPrefix(info.Name, "event/") {
			v.layers = append(v.layers, c.tables[info.Name])
		}
	}
	for _, o := range c.overlays {
		v.layers = append(v.layers, o.own)
	}
	return v
}

// All is the view of every table, whatever the index.
func (c *Catalog) All() *View { return c.all() }

// Names lists the names of the view that start with a prefix, sorted: completion data for editors.
func (v *View) Names(prefix string) []string {
	set := map[string]bool{}
	for n := range v.names() {
		if strings.HasPrefix(n, prefix) {
			set[n] = true
		}
	}
	return sortedKeys(set)
}

// Packages lists the integration packages the catalog knows by name, with or without field data.
func (c *Catalog) Packages() []string { return sortedKeys(c.packages) }

// HasPackage reports whether the catalog knows an integration package by name.
func (c *Catalog) HasPackage(name string) bool { return c.packages[name] != nil }

// Patterns lists the index patterns of all known data streams and Beats, for suggestions.
func (c *Catalog) Patterns() []string {
	set := map[string]bool{"endgame-*": true, ".alerts-security.*": true}
	for _, info := range c.data.Tables() {
		if b, ok := strings.CutPrefix(info.Name, "beat/"); ok && b != "libbeat" {
			set[b+"-*"] = true
		}
	}
	for _, p := range c.packages {
		for _, s := range p.streams {
			set["logs-"+s.dataset+"-*"] = true
			set["logs-"+s.dataset+"*"] = true
		}
		set["logs-"+p.name+".*"], set["logs-"+p.name+"*"] = true, true
	}
	return sortedKeys(set)
}

// Covers reports whether index pattern a matches everything that pattern b matches.
func Covers(a, b string) bool { return globMatch(a, b) }
