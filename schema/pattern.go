package schema

import (
	"slices"
	"strings"
)

// TargetKind tells what an index pattern stands for.
type TargetKind uint8

// Kinds of targets. Custom means that only an overlay knows the pattern.
const (
	_ TargetKind = iota
	BeatTarget
	EndgameTarget
	IntegrationTarget
	AlertsTarget
	PackageTarget // no pattern: a package whose fields other packages' events carry (problemchild)
	OpenTarget    // the pattern can match anything
	UnknownTarget
	CustomTarget
)

// Target is what one index pattern of a request resolves to.
type Target struct {
	Kind     TargetKind // what sort of data it is
	Pattern  string     // as written; empty for PackageTarget
	Package  string     // integration package
	Datasets []string   // data streams that match, as in data_stream.dataset
	Gaps     []Gap      // why the catalog's knowledge of the target is incomplete
}

// resolved is a Target with its tables.
type resolved struct {
	Target
	streams []*stream
	tables  []*table // besides those of the streams
	loose   []*table // lists made for other patterns that this one meets
}

// Targets says what an index pattern without leading "-" stands for; there is at least one target.
func (c *Catalog) Targets(pattern string) []Target {
	list := c.resolve(pattern)
	out := make([]Target, len(list))
	for i, t := range list {
		out[i] = t.Target
	}
	return out
}

// resolve says what a pattern without leading "-" stands for. Results are kept per catalog.
func (c *Catalog) resolve(pattern string) []*resolved {
	if v, ok := c.targets.Load(pattern); ok {
		return v.([]*resolved)
	}
	list := c.resolveNew(pattern)
	c.targets.Store(pattern, list)
	return list
}

func (c *Catalog) resolveNew(pattern string) []*resolved {
	index := indexName(pattern)
	list := c.resolveKind(pattern, index)
	for _, t := range list {
		c.nonECS(t, index)
	}
	return list
}

// indexName drops a remote-cluster prefix, the selector of a data stream's component and the prefix of backing indexes.
func indexName(pattern string) string {
	pattern = strings.TrimSuffix(strings.TrimSuffix(pattern, "::data"), "::failures")
	if i := strings.LastIndexByte(pattern, ':'); i >= 0 {
		pattern = pattern[i+1:]
	}
	return strings.TrimPrefix(strings.TrimSpace(pattern), ".ds-")
}

func (c *Catalog) resolveKind(pattern, index string) []*resolved {
	one := func(kind TargetKind, gap GapKind, tables ...*table) []*resolved {
		r := &resolved{Target: Target{Kind: kind, Pattern: pattern}, tables: tables}
		if gap != 0 {
			r.Gaps = []Gap{{Kind: gap, Pattern: pattern}}
		}
		return []*resolved{r}
	}
	head, _, wild := strings.Cut(index, "*")
	name, _, _ := strings.Cut(head, "-")
	switch {
	case strings.HasPrefix(index, ".alerts-security"), strings.HasPrefix(index, ".internal.alerts-security"), strings.HasPrefix(index, ".siem-signals"):
		return one(AlertsTarget, OpenPattern)
	case name == "endgame":
		return one(EndgameTarget, 0, c.tables["endgame"])
	case c.tables["beat/"+name] != nil:
		return one(BeatTarget, 0, c.tables["beat/"+name], c.tables["beat/libbeat"])
	case strings.HasSuffix(name, "beat"):
		return one(BeatTarget, NoData, c.tables["beat/libbeat"])
	case strings.HasPrefix(index, "apm-"):
		return c.apmTargets(pattern, index)
	}
	if t := c.mlTarget(pattern, index); t != nil {
		return t
	}
	if strings.HasPrefix(index, "-") || head == "" && !wild {
		return one(UnknownTarget, UnknownName)
	}
	return c.resolveStreams(pattern, index)
}

// apmTargets resolves the index names of APM before data streams.
func (c *Catalog) apmTargets(pattern, index string) []*resolved {
	p := c.packages["apm"]
	if p == nil {
		return []*resolved{{Target: Target{Kind: UnknownTarget, Pattern: pattern, Gaps: []Gap{{Kind: UnknownName, Pattern: pattern}}}}}
	}
	part := ""
	if strings.Contains(index, "transaction") {
		part = "traces"
	}
	return []*resolved{c.packageTarget(pattern, p, apmStreams(p.streams, part))}
}

// apmStreams chooses the data streams of APM that hold traces, metrics or logs: their names say so.
func apmStreams(all []*stream, kind string) []*stream {
	return slices.DeleteFunc(slices.Clone(all), func(s *stream) bool { return !strings.Contains(s.dataset, kind) })
}

// mlTarget resolves the results of a machine learning package ("ml_beaconing.all"); nil if it is not one.
func (c *Catalog) mlTarget(pattern, index string) []*resolved {
	rest, ok := strings.CutPrefix(index, "ml_")
	name, _, _ := strings.Cut(rest, ".")
	if p := c.packages[strings.TrimSuffix(name, "*")]; ok && p != nil && len(p.streams) > 0 {
		return []*resolved{c.packageTarget(pattern, p, p.streams)}
	}
	return nil
}

func (c *Catalog) packageTarget(pattern string, p *pkg, streams []*stream) *resolved {
	r := &resolved{Target: Target{Kind: IntegrationTarget, Pattern: pattern, Package: p.name}, streams: streams}
	for _, s := range streams {
		r.Datasets = append(r.Datasets, s.dataset)
	}
	if have, old := p.old(); old {
		r.Gaps = append(r.Gaps, Gap{Kind: OldPackage, Pattern: pattern, Package: p.name, Have: have, Newest: p.newest})
	}
	return r
}

// resolveStreams finds the data streams whose index names (type-dataset-namespace) a pattern can match.
func (c *Catalog) resolveStreams(pattern, index string) []*resolved {
	rest, typed := cutStreamType(index)
	if strings.Trim(rest, "*-") == "" {
		return []*resolved{{Target: Target{Kind: OpenTarget, Pattern: pattern, Gaps: []Gap{{Kind: OpenPattern, Pattern: pattern}}}}}
	}
	if !typed && !strings.HasPrefix(index, "*") {
		return []*resolved{{Target: Target{Kind: UnknownTarget, Pattern: pattern, Gaps: []Gap{{Kind: UnknownName, Pattern: pattern}}}}}
	}
	var list []*resolved
	for _, name := range sortedKeys(c.packages) {
		p := c.packages[name]
		var streams []*stream
		for _, s := range p.streams {
			if !p.ml && matchesStream(rest, s.dataset) {
				streams = append(streams, s)
			}
		}
		if kind, _, _ := strings.Cut(index, "-"); name == "apm" && typed {
			streams = apmStreams(streams, strings.Trim(kind, "*"))
		}
		if len(streams) > 0 {
			list = append(list, c.packageTarget(pattern, p, streams))
		}
	}
	return append(list, c.leftOver(pattern, rest, list)...)
}

// matchesStream matches the part of a pattern behind "logs-". A pattern that ends in the dataset or in a part of its
// name without wildcard ("logs-endpoint.events.process") is taken to mean it.
func matchesStream(rest, dataset string) bool {
	return globOverlap(rest, dataset+"-*") || rest == dataset
}

// leftOver says what else a pattern can match than the streams found: data streams of a package that the catalog lacks,
// or packages whose name the pattern leaves open.
func (c *Catalog) leftOver(pattern, rest string, found []*resolved) []*resolved {
	name := rest
	if i := strings.IndexAny(rest, ".*-"); i >= 0 {
		name = rest[:i]
	}
	open := len(name) < len(rest) && rest[len(name)] == '*'
	p := c.packages[name]
	switch {
	case p != nil && len(found) > 0:
		return nil // "logs-okta*" means okta, though it would match okta2.x too
	case p != nil && !open || p != nil && len(found) == 0:
		return []*resolved{{Target: Target{Kind: IntegrationTarget, Pattern: pattern, Package: name, Gaps: []Gap{{Kind: NoData, Pattern: pattern, Package: name}}}}}
	case open:
		return []*resolved{{Target: Target{Kind: OpenTarget, Pattern: pattern, Gaps: []Gap{{Kind: OpenPattern, Pattern: pattern}}}}}
	}
	return []*resolved{{Target: Target{Kind: UnknownTarget, Pattern: pattern, Package: name, Gaps: []Gap{{Kind: UnknownName, Pattern: pattern, Package: name}}}}}
}

// cutStreamType drops "logs-", "metrics-", "traces-" or a wildcard in its place.
func cutStreamType(index string) (rest string, ok bool) {
	for _, t := range []string{"logs-", "metrics-", "traces-", "synthetics-", "profiling-"} {
		if rest, ok := strings.CutPrefix(index, t); ok {
			return rest, true
		}
	}
	for _, t := range []string{"logs*", "metrics*", "traces*"} {
		if rest, ok := strings.CutPrefix(index, t); ok {
			return "*" + rest, true
		}
	}
	return index, false
}

// nonECS adds the tables of fields that rules use beyond the packages' own. Upstream takes those of the very pattern;
// what a rule may use on one pattern exists on others that meet it, but says nothing about the types there.
func (c *Catalog) nonECS(r *resolved, index string) {
	for _, info := range c.data.Tables() {
		key, ok := strings.CutPrefix(info.Name, "non-ecs/")
		switch {
		case !ok:
		case key == index:
			r.tables = append(r.tables, c.tables[info.Name])
		case key != "metrics-*" && !isBroad(index) && globOverlap(key, index):
			r.loose = append(r.loose, c.tables[info.Name])
		}
	}
}

func isBroad(index string) bool {
	rest, _ := cutStreamType(index)
	return strings.Trim(rest, "*-") == ""
}

// expand applies exclusions ("-logs-x.*" takes away what earlier patterns matched) and returns the targets left. A text
// may hold several patterns with commas between, and an exclusion may stand behind a cluster ("eu:-logs-x.*").
func (c *Catalog) expand(patterns []string) []*resolved {
	var list []*resolved
	for p := range strings.SplitSeq(strings.Join(patterns, ","), ",") {
		if p = strings.TrimSpace(p); p == "" {
			continue
		}
		ex, isExclusion := strings.CutPrefix(p, "-")
		if cluster, rest, ok := strings.Cut(p, ":-"); ok && !isExclusion {
			ex, isExclusion = cluster+":"+rest, true
		}
		if !isExclusion {
			list = append(list, c.resolve(p)...)
			continue
		}
		list = exclude(list, indexName(ex))
	}
	return list
}

// exclude removes whole patterns and data streams that pattern covers.
func exclude(list []*resolved, pattern string) []*resolved {
	rest, typed := cutStreamType(pattern)
	var out []*resolved
	for _, t := range list {
		if globMatch(pattern, indexName(t.Pattern)) {
			continue
		}
		if typed && len(t.streams) > 0 {
			t = t.without(func(s *stream) bool { return globMatch(rest, s.dataset+"-*") })
			if len(t.streams) == 0 {
				continue
			}
		}
		out = append(out, t)
	}
	return out
}

// without returns the target less the streams that drop reports.
func (t *resolved) without(drop func(*stream) bool) *resolved {
	d := *t
	d.streams = slices.DeleteFunc(slices.Clone(t.streams), drop)
	d.Datasets = nil
	for _, s := range d.streams {
		d.Datasets = append(d.Datasets, s.dataset)
	}
	return &d
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
