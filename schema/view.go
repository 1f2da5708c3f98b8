package schema

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/schema/internal/blob"
)

// Request says what a View is for.
type Request struct {
	Indexes  []string // index patterns, exclusions with a leading "-"
	Packages []string // integration packages of the rule
	Datasets []string // data sets that the query or step demands; empty = all
	Modules  []string // values of event.module that it demands, likewise; those that are no package count for nothing
}

// View is the union of the mappings that the indexes of a request can have. It is safe for concurrent use.
type View struct {
	*content
	stack Stack
}

// content is what a view knows. The views of stacks with the same schemas share it.
type content struct {
	catalog *Catalog
	targets []*resolved
	layers  []*table
	loose   []*table // asked for names that no layer has
	ruling  []*table // overlays that belong to every index of the request: their types stand against the embedded ones
	outside []*table // other data streams of the packages in targets
	mu      sync.Mutex
	cache   map[string]*Result
	// list holds the names for suggestions, made when a first name is not found.
	listOnce sync.Once
	list     []listedName
}

// View resolves a request for one stack version; "" is the newest known. Without any index and package it is the view
// of ECS alone, with a gap.
func (c *Catalog) View(req Request, stack string) *View { return c.Views(req, stack)[0] }

// Views resolves a request for several stack versions. Those whose schemas are the same share what they look up.
func (c *Catalog) Views(req Request, stacks ...string) []*View {
	targets := c.addPackages(pinModules(c.pin(c.expand(req.Indexes), req.Datasets), req.Modules), req.Packages)
	if len(targets) == 0 {
		targets = []*resolved{{Target: Target{Kind: OpenTarget, Gaps: []Gap{{Kind: OpenPattern}}}}}
	}
	var out []*View
	for _, version := range stacks {
		s := c.stack(version)
		i := slices.IndexFunc(out, func(v *View) bool { return v.stack.ECS == s.ECS && v.stack.old() == s.old() })
		if i >= 0 {
			out = append(out, &View{out[i].content, s})
			continue
		}
		v := &View{&content{catalog: c, targets: targets, cache: map[string]*Result{}}, s}
		v.build()
		out = append(out, v)
	}
	return out
}

// Same reports whether two views of one call of Views know the same fields.
func (v *View) Same(w *View) bool { return v.content == w.content }

// pin keeps what can hold events of the data sets: their streams; Beats and alerts, which hold many; and a data set of
// its own for a pattern that can match anything.
func (c *Catalog) pin(targets []*resolved, datasets []string) []*resolved {
	if len(datasets) == 0 {
		return targets
	}
	var out []*resolved
	for _, t := range targets {
		switch {
		case len(t.streams) > 0:
			t = t.without(func(s *stream) bool { return !slices.Contains(datasets, s.dataset) })
			if len(t.streams) > 0 {
				out = append(out, t)
			}
		case t.Kind == OpenTarget:
			out = append(out, c.datasetTargets(t, datasets)...)
		default:
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return targets
	}
	return out
}

// pinModules keeps the packages of the modules, if the indexes have them, besides what holds many modules: packages call
// event.module by their own name.
func pinModules(targets []*resolved, modules []string) []*resolved {
	named := func(t *resolved) bool { return slices.Contains(modules, t.Package) }
	if len(modules) == 0 || !slices.ContainsFunc(targets, named) {
		return targets
	}
	return slices.DeleteFunc(slices.Clone(targets), func(t *resolved) bool { return t.Kind == IntegrationTarget && !named(t) && len(t.streams) > 0 })
}

func (c *Catalog) datasetTargets(open *resolved, datasets []string) []*resolved {
	var out []*resolved
	for _, d := range datasets {
		name, _, _ := strings.Cut(d, ".")
		p := c.packages[name]
		if p == nil {
			return []*resolved{open}
		}
		i := slices.IndexFunc(p.streams, func(s *stream) bool { return s.dataset == d })
		if i < 0 {
			return []*resolved{open}
		}
		out = append(out, c.packageTarget(open.Pattern, p, p.streams[i:i+1]))
	}
	return out
}

// addPackages adds packages that no index stands for: their fields may enrich the events of the indexes. A package
// without field data is a gap.
func (c *Catalog) addPackages(targets []*resolved, names []string) []*resolved {
	for _, name := range names {
		if slices.ContainsFunc(targets, func(t *resolved) bool { return t.Package == name }) {
			continue
		}
		t := &resolved{Target: Target{Package: name, Gaps: []Gap{{Kind: NoData, Package: name}}}}
		if p := c.packages[name]; p != nil && len(p.streams) > 0 {
			t = c.packageTarget("", p, p.streams)
		}
		t.Kind = PackageTarget
		targets = append(targets, t)
	}
	return targets
}

// build lists the tables of the view in order of precedence, each once: overlays, the lists that correct others, ECS, the
// indexes' own. ECS belongs to every target but Endgame's, and so do the additions to process.* that Elastic Defend
// makes.
func (v *View) build() {
	c := v.catalog
	var own, extra, loose, tables []*table
	ecs := false
	for _, t := range v.targets {
		ecs = ecs || t.Kind != EndgameTarget
		for _, o := range c.overlays {
			if o.appliesTo(indexName(t.Pattern)) {
				tables = append(tables, o.own)
			}
		}
		for _, s := range t.streams {
			own = append(own, v.streamTables(s)...)
		}
		loose = append(loose, t.loose...)
		for _, t := range t.tables {
			if t.supplement {
				extra = append(extra, t)
			} else {
				own = append(own, t)
			}
		}
	}
	if ecs {
		tables = append(tables, c.tables["endpoint-custom"])
	}
	tables = append(tables, extra...)
	if ecs {
		tables = append(tables, c.tables["ecs/"+v.stack.ECS])
	}
	tables = append(tables, own...)
	v.layers = distinct(tables)
	v.ruling = v.findRuling()
	v.loose = distinct(slices.DeleteFunc(loose, func(t *table) bool { return slices.Contains(v.layers, t) }))
	v.outside = v.otherStreams()
}

// findRuling lists the overlays that apply to every index of the request.
func (v *View) findRuling() []*table {
	var out []*table
	for _, o := range v.catalog.overlays {
		foreign := func(t *resolved) bool { return t.Kind != PackageTarget && !o.appliesTo(indexName(t.Pattern)) }
		if !slices.ContainsFunc(v.targets, foreign) {
			out = append(out, o.own)
		}
	}
	return out
}

// streamTables leaves out the old release of endpoint unless the stack is of that age.
func (v *View) streamTables(s *stream) []*table {
	if v.stack.old() {
		return s.tables
	}
	return s.tables[:1]
}

func (v *View) otherStreams() []*table {
	var list []*table
	for _, t := range v.targets {
		p := v.catalog.packages[t.Package]
		if p == nil || t.Kind == PackageTarget {
			continue
		}
		for _, s := range p.streams {
			if !slices.Contains(v.layers, s.tables[0]) {
				list = append(list, s.tables[0])
			}
		}
	}
	return distinct(list)
}

func distinct(tables []*table) []*table {
	var out []*table
	for _, t := range tables {
		if t != nil && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// PatternsOf lists the index patterns of the request that bring in a table; none for ECS, which belongs to all.
func (v *View) PatternsOf(s Source) []string {
	var out []string
	has := func(t *table) bool { return t.source == s }
	for _, t := range v.targets {
		in := slices.ContainsFunc(t.tables, has) || slices.ContainsFunc(t.loose, has) ||
			slices.ContainsFunc(t.streams, func(st *stream) bool { return slices.ContainsFunc(st.tables, has) })
		if in && t.Pattern != "" && !slices.Contains(out, t.Pattern) {
			out = append(out, t.Pattern)
		}
	}
	return out
}

// Stack returns the stack the view is for.
func (v *View) Stack() Stack { return v.stack }

// Targets lists what the request resolved to, in order.
func (v *View) Targets() []Target {
	out := make([]Target, len(v.targets))
	for i, t := range v.targets {
		out[i] = t.Target
	}
	return out
}

// Lookup says what the view knows about a name. The result must not be changed.
func (v *View) Lookup(name string) *Result {
	v.mu.Lock()
	defer v.mu.Unlock()
	if r := v.cache[name]; r != nil {
		return r
	}
	r := v.lookup(name)
	v.cache[name] = r
	return r
}

func (v *View) lookup(name string) *Result {
	r := &Result{}
	if v.find(v.layers, name, name, r); len(r.Types) == 0 {
		v.find(v.loose, name, name, r)
	} else if len(v.loose) > 0 && !r.corrected {
		var other Result
		v.find(v.loose, name, name, &other)
		r.Doubtful = len(other.Types) > 0 && !alike(other.Types[0].Type, r.Types[0].Type)
	}
	if len(r.Types) == 0 {
		v.findDynamic(name, r)
	}
	if len(r.Types) == 0 {
		v.notFound(name, r)
		return r
	}
	r.Presence = Known
	v.followAlias(r)
	r.Nested = v.nestedParent(name)
	v.findExact(r)
	return r
}

// find collects what the tables say about field row (a name, or a template that stands for name).
func (v *View) find(tables []*table, row, name string, r *Result) {
	id := v.catalog.data.Find(row)
	for _, t := range tables {
		for f := range t.fields(v.catalog.data, id, row) {
			f.Name = name
			if f.External {
				f.Type = v.ecsType(id, row)
			}
			if row != name && f.Type == "object" {
				f.Type = f.ObjectType // of a template's object: the type below it, "" if not stated
			}
			if t.textual && f.Type == "text" {
				f.Type = "keyword"
			}
			if r.corrected && !t.supplement || r.ruled && t.overlay == nil {
				continue
			}
			r.corrected = r.corrected || t.supplement
			r.ruled = r.ruled || slices.Contains(v.ruling, t)
			r.add(f, t.sourceOf(f))
		}
	}
}

// ecsType is the type that ECS gives a field.
func (v *View) ecsType(id uint32, name string) string {
	for f := range v.catalog.tables["ecs/"+v.stack.ECS].fields(v.catalog.data, id, name) {
		return f.Type
	}
	return ""
}

// fields yields the rows of a table about one name.
func (t *table) fields(data *blob.Reader, id uint32, name string) func(func(Field) bool) {
	return func(yield func(Field) bool) {
		if t.overlay != nil {
			for _, f := range t.overlay.named(name) {
				if !yield(f) {
					return
				}
			}
			return
		}
		if id == blob.NoName {
			return
		}
		list := t.entries()
		i, _ := slices.BinarySearchFunc(list, id, compareEntry)
		for ; i < len(list) && list[i].Name == id; i++ {
			typ, flags := data.Attr(list[i].Attr)
			if !yield(ParseField(name, typ, flags)) {
				return
			}
		}
	}
}

// add enters one definition. A list that corrects others silences their types. The first gives the field; flags that later ones state and it does not are kept too.
func (r *Result) add(f Field, s Source) {
	if len(r.Types) == 0 {
		r.Field = f
	}
	if isDate(f.Type) && isDate(r.Field.Type) {
		r.Field.Format = joinFormats(r.Field.Format, f.Format)
	}
	r.Field.Array = r.Field.Array || f.Array
	if r.Field.IgnoreAbove == 0 {
		r.Field.IgnoreAbove = f.IgnoreAbove
	}
	for i := range r.Types {
		if r.Types[i].Type == f.Type {
			if !slices.Contains(r.Types[i].Sources, s) {
				r.Types[i].Sources = append(r.Types[i].Sources, s)
			}
			return
		}
	}
	r.Types = append(r.Types, TypeUse{f.Type, []Source{s}})
}

func isDate(t string) bool { return t == "date" || t == "date_nanos" }

// joinFormats are the formats of a date that is mapped in several ways: a value of one index parses by its own.
func joinFormats(a, b string) string {
	const standard = "strict_date_optional_time||epoch_millis" // what a mapping without "format" has
	if a == b {
		return a
	}
	list := strings.Split(cmp.Or(a, standard), "||")
	for _, f := range strings.Split(cmp.Or(b, standard), "||") {
		if !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	return strings.Join(list, "||")
}

// followAlias replaces an alias by the field it stands for. A chain of aliases is no valid mapping and is not followed.
func (v *View) followAlias(r *Result) {
	if r.Field.Type != "alias" || r.Field.Path == "" {
		return
	}
	target := &Result{}
	v.find(v.layers, r.Field.Path, r.Field.Path, target)
	if len(target.Types) == 0 || target.Field.Type == "alias" {
		return
	}
	r.Alias = r.Field.Path
	r.Field, r.Types = target.Field, target.Types
}

// nestedParent returns the nearest ancestor mapped as nested. The embedded tables have few such objects, so most names
// are done without a search.
func (v *View) nestedParent(name string) string {
	for parent := parentOf(name); parent != ""; parent = parentOf(parent) {
		if _, ok := slices.BinarySearch(v.catalog.nested, parent); !ok && len(v.catalog.overlays) == 0 {
			continue
		}
		var r Result
		v.find(v.layers, parent, parent, &r)
		if len(r.Types) > 0 && r.Field.Type == "nested" {
			return parent
		}
	}
	return ""
}

// findExact looks for the keyword multi-field of a text field.
func (v *View) findExact(r *Result) {
	if !isText(r.Field.Type) {
		return
	}
	for _, suffix := range []string{".keyword", ".raw", ".exact", ".caseless", ".wildcard"} {
		var e Result
		v.find(v.layers, r.Field.Name+suffix, r.Field.Name+suffix, &e)
		if len(e.Types) > 0 && isKeyword(e.Field.Type) {
			r.Exact = e.Field.Name
			return
		}
	}
}

// alike reports whether two types take the same literals.
func alike(a, b string) bool {
	return a == b || (isText(a) || isKeyword(a)) && (isText(b) || isKeyword(b)) || isNumber(a) && isNumber(b)
}

func isNumber(t string) bool {
	switch t {
	case "byte", "short", "integer", "long", "unsigned_long", "half_float", "float", "scaled_float", "double":
		return true
	}
	return false
}

func isText(t string) bool    { return t == "text" || t == "match_only_text" }
func isKeyword(t string) bool { return t == "keyword" || t == "wildcard" || t == "constant_keyword" }

func parentOf(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[:i]
	}
	return ""
}

// findDynamic looks for a template row ("o365.audit.Parameters.*"), an ancestor with an object type, or a flattened one.
func (v *View) findDynamic(name string, r *Result) {
	for _, star := range v.catalog.stars {
		if n := len(r.Types); globMatch(star, name) {
			if v.find(v.layers, star, name, r); len(r.Types) > n {
				r.Parent = star
			}
		}
	}
	v.overlayStars(name, r)
	for parent := parentOf(name); parent != "" && len(r.Types) == 0; parent = parentOf(parent) {
		var p Result
		v.find(v.layers, parent, parent, &p)
		for _, use := range p.Types {
			f := Field{Name: name, Type: use.Type}
			switch {
			case use.Type == "flattened":
			case p.Field.ObjectType != "":
				f.Type = p.Field.ObjectType
			default:
				continue
			}
			for _, s := range use.Sources {
				r.add(f, s)
			}
			r.Parent = parent
			break
		}
	}
	if len(r.Types) == 0 {
		r.Parent = ""
	}
}

// notFound decides between absent and undecidable.
func (v *View) notFound(name string, r *Result) {
	r.Presence = Absent
	if v.find(v.outside, name, name, r); len(r.Types) > 0 {
		r.Presence, r.Outside = Known, true
		r.Gaps = v.gapsOf(r.Types[0].Sources[0])
		return
	}
	if parent := v.openObject(name); parent != "" {
		r.Presence, r.Parent = Undecidable, parent
		r.Gaps = append(r.Gaps, Gap{Kind: OpenObject, Object: parent})
	}
	for _, t := range v.targets {
		for _, g := range t.Gaps {
			if v.described(t, g) {
				continue
			}
			if g.Kind != OldPackage || v.catalog.owns(t.Package, name) {
				r.Presence = Undecidable
			}
			r.Gaps = append(r.Gaps, g)
		}
	}
}

// gapsOf returns the gaps of the targets whose package has a table.
func (v *View) gapsOf(s Source) []Gap {
	name, _, _ := strings.Cut(s.Table, ".")
	for _, t := range v.targets {
		if t.Package == name && len(t.Gaps) > 0 {
			return t.Gaps
		}
	}
	return nil
}

// described reports whether an overlay made for the target fills a gap: one that lists all fields fills any but that of
// a pattern that can match anything, every other only that of an unknown pattern.
func (v *View) described(t *resolved, g Gap) bool {
	return g.Kind != OpenPattern && slices.ContainsFunc(v.catalog.overlays, func(o *Overlay) bool {
		return len(o.Patterns) > 0 && (o.Complete || g.Kind == UnknownName) && o.appliesTo(indexName(t.Pattern))
	})
}

// openObject returns the nearest ancestor that is an object without listed members.
func (v *View) openObject(name string) string {
	parent := parentOf(name)
	for ; parent != ""; parent = parentOf(parent) {
		var p Result
		v.find(v.layers, parent, parent, &p)
		if len(p.Types) > 0 {
			if (p.Field.Type == "object" || p.Field.Type == "nested") && !v.HasMembers(parent) && p.Field.Dynamic != "strict" && p.Field.Dynamic != "false" {
				return parent
			}
			return ""
		}
		if v.HasMembers(parent) {
			return "" // a plain object with listed members
		}
	}
	return ""
}

// HasMembers reports whether the view lists a field below parent.
func (v *View) HasMembers(parent string) bool {
	prefix := parent + "."
	for n := range v.names() {
		if strings.HasPrefix(n, prefix) {
			return true
		}
	}
	return false
}

// names yields every listed name of the view, some of them more than once.
func (v *View) names() func(func(string) bool) {
	return func(yield func(string) bool) {
		all := v.catalog.names()
		for _, t := range slices.Concat(v.layers, v.loose) {
			if t.overlay != nil {
				for _, f := range t.overlay.Fields {
					if !yield(f.Name) {
						return
					}
				}
				continue
			}
			for _, e := range t.entries() {
				if int(e.Name) < len(all) && !yield(all[e.Name]) {
					return
				}
			}
		}
	}
}

// owns reports whether a name lies in the part of the name space that a package uses and ECS does not: newer versions
// of the package may have added it.
func (c *Catalog) owns(pkgName, name string) bool {
	root, _, _ := strings.Cut(name, ".")
	if root == pkgName {
		return true
	}
	if c.ecsRoots()[root] {
		return false
	}
	p := c.packages[pkgName]
	if p == nil {
		return false
	}
	names := c.names()
	for _, s := range p.streams {
		for _, e := range s.tables[0].entries() {
			if r, _, _ := strings.Cut(names[e.Name], "."); r == root {
				return true
			}
		}
	}
	return false
}
