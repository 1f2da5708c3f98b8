package schema

import (
	"slices"
	"strings"
	"sync"
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

	longestOnce sync.Once
	longestName int // see longest
}

// View resolves a request for one stack version; "" is the newest known. Without any index and package it is the view
// of ECS alone, with a gap.
func (c *Catalog) View(req Request, stack string) *View { return c.Views(req, stack)[0] }

// Views resolves a request for several stack versions. Views of one request on stacks whose schemas are the same share what they look up,
// and the catalog keeps it for the next one who asks.
func (c *Catalog) Views(req Request, stacks ...string) []*View {
	key := viewKey{indexes: strings.Join(req.Indexes, "\n"), packages: strings.Join(req.Packages, "\n"),
		datasets: strings.Join(req.Datasets, "\n"), modules: strings.Join(req.Modules, "\n")}
	out := make([]*View, len(stacks))
	for i, version := range stacks {
		s := c.stack(version)
		old := s.old()
		if i > 0 && key.ecs == s.ECS && key.old == old { // the usual case, for which the cache need not be asked
			out[i] = &View{out[i-1].content, s}
			continue
		}
		key.ecs, key.old = s.ECS, old
		out[i] = &View{c.views.get(key, func() *content { return c.content(req, s) }), s}
	}
	return out
}

// content resolves a request for a stack.
func (c *Catalog) content(req Request, s Stack) *content {
	targets := c.addPackages(pinModules(c.pin(c.expand(req.Indexes), req.Datasets), req.Modules), req.Packages)
	if len(targets) == 0 {
		targets = []*resolved{{Target: Target{Kind: OpenTarget, Gaps: []Gap{{Kind: OpenPattern}}}}}
	}
	v := &View{&content{catalog: c, targets: targets, cache: map[string]*Result{}}, s}
	v.build()
	return v.content
}

// viewKey is a Request that can be compared, and what of a stack decides what is known.
type viewKey struct {
	indexes, packages, datasets, modules, ecs string
	old                                       bool
}

// viewCache keeps what views know: the rules of a set ask for the same few indexes.
type viewCache struct {
	mu    sync.Mutex
	known map[viewKey]*content
}

// mostViews bounds the cache, for an editor that runs for days while index patterns are typed.
const mostViews = 5000

// get returns what is kept under a key, or makes it, which two may do at the same time.
func (c *viewCache) get(key viewKey, make func() *content) *content {
	c.mu.Lock()
	v := c.known[key]
	c.mu.Unlock()
	if v != nil {
		return v
	}
	v = make()
	c.mu.Lock()
	defer c.mu.Unlock()
	if first := c.known[key]; first != nil {
		return first
	}
	if len(c.known) >= mostViews || c.known == nil {
		c.known = map[viewKey]*content{}
	}
	c.known[key] = v
	return v
}

// Same reports whether two views of one request know the same fields.
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
	listed := map[string]bool{}
	for _, t := range targets {
		listed[t.Package] = true
	}
	for _, name := range names {
		if listed[name] {
			continue
		}
		listed[name] = true
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
