package schema

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/schema/internal/blob"
)

//go:embed data/catalog.bin
var embedded string

// Catalog holds the embedded tables and a user's overlays. It is safe for concurrent use.
type Catalog struct {
	data     *blob.Reader
	tables   map[string]*table // by name of the embedded table
	packages map[string]*pkg
	stacks   []Stack
	stars    []string // names with a wildcard
	nested   []string // names that some table maps as nested, sorted
	overlays []*Overlay
	names    func() []string
	targets  *sync.Map // pattern -> *resolved
	views    *viewCache
	events   func() []*Event
	popular  func() map[string]int // rules that use a field
	all      func() *View          // every table, for suggestions
}

// table is one embedded table or overlay.
type table struct {
	source  Source
	rows    int
	entries func() []blob.Entry // sorted by name; nil for an overlay
	overlay *Overlay
	// supplement marks lists of fields that rules use beyond the packages' own; they overrule the other tables.
	supplement bool
	textual    bool // text fields of the source are searchable like keywords (Endgame)
}

// pkg is an integration package.
type pkg struct {
	name    string
	newest  string // newest version known; empty if not stated
	streams []*stream
	ml      bool // no data streams: its fields are added by ingest pipelines and jobs
}

// stream is a data stream of a package.
type stream struct {
	dataset string // as in data_stream.dataset: "endpoint.events.process"
	tables  []*table
}

// Stack is a version of the Elastic Stack, "9.5", and the versions of ECS, of the Beats and of the Endgame schema that belong to it.
type Stack struct{ Version, ECS, Beats, Endgame string }

// old reports whether the stack comes with the endpoint package 8 too.
func (s Stack) old() bool { return CompareVersions(s.Version, "9") < 0 }

// New opens the embedded catalog. It decodes no table. The error can only come from a damaged build.
func New() (*Catalog, error) {
	r, err := blob.Open(embedded)
	if err != nil {
		return nil, err
	}
	c := &Catalog{data: r, tables: map[string]*table{}, packages: map[string]*pkg{}, targets: &sync.Map{}, views: &viewCache{}}
	c.names = sync.OnceValue(r.Names)
	c.events = sync.OnceValue(c.readEvents)
	c.all = sync.OnceValue(c.everything)
	c.popular = sync.OnceValue(func() map[string]int { return readPopular(r.Text("use")) })
	for i, info := range r.Tables() {
		c.tables[info.Name] = newTable(r, i, info)
	}
	for line := range strings.Lines(r.Text("packages")) {
		name, newest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		c.packages[name] = &pkg{name: name, newest: newest}
	}
	for _, info := range r.Tables() {
		c.addStream(info.Name)
	}
	for line := range strings.Lines(r.Text("stacks")) {
		f := strings.Fields(line)
		c.stacks = append(c.stacks, Stack{f[0], f[1], f[2], f[3]})
	}
	c.stars, c.nested = strings.Fields(r.Text("stars")), strings.Fields(r.Text("nested"))
	return c, nil
}

func readPopular(text string) map[string]int {
	m := map[string]int{}
	for line := range strings.Lines(text) {
		name, count, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		m[name], _ = strconv.Atoi(count)
	}
	return m
}

func newTable(r *blob.Reader, i int, info blob.Info) *table {
	t := &table{rows: info.Rows, source: Source{tableLabel(info.Name), info.Version}}
	t.textual = info.Name == "endgame"
	t.supplement = info.Name == "endpoint-custom" || strings.HasPrefix(info.Name, "non-ecs/")
	t.entries = sync.OnceValue(func() []blob.Entry {
		e, err := r.Decode(i)
		if err != nil {
			return nil // cannot happen: the test of the generator decodes every table
		}
		return e
	})
	return t
}

// tableLabel turns the name of an embedded table into what a user reads.
func tableLabel(name string) string {
	kind, rest, ok := strings.Cut(name, "/")
	switch {
	case !ok:
		return name
	case kind == "non-ecs":
		return "non-ecs " + rest
	case kind == "ecs":
		return kind // the rest is the version
	}
	return rest
}

// addStream enters an integration table under its package. Event streams of endpoint are called
// endpoint.events.<stream> in index names.
func (c *Catalog) addStream(name string) {
	kind, rest, _ := strings.Cut(name, "/")
	if kind != "integration" {
		return
	}
	pkgName, _, hasStream := strings.Cut(rest, ".")
	p := c.packages[pkgName]
	if p == nil {
		p = &pkg{name: pkgName}
		c.packages[pkgName] = p
	}
	s := &stream{dataset: datasetName(rest), tables: []*table{c.tables[name]}}
	p.ml = !hasStream
	if old := c.tables["endpoint-8.15.0/"+rest]; old != nil {
		s.tables = append(s.tables, old)
	}
	p.streams = append(p.streams, s)
}

func datasetName(stream string) string {
	rest, ok := strings.CutPrefix(stream, "endpoint.")
	if ok && slices.Contains(endpointEventStreams(), rest) {
		return "endpoint.events." + rest
	}
	return stream
}

// endpointEventStreams are the streams of Elastic Defend that hold events.
func endpointEventStreams() []string {
	return []string{"api", "device", "file", "library", "network", "process", "registry", "security"}
}

// With returns a catalog with further overlays. Both catalogs share the embedded data.
func (c *Catalog) With(overlays ...*Overlay) *Catalog {
	d := *c
	d.targets, d.views = &sync.Map{}, &viewCache{}
	d.overlays = append(slices.Clone(c.overlays), overlays...)
	d.all = sync.OnceValue(d.everything)
	return &d
}

// Stacks lists the stack versions the catalog knows, oldest first.
func (c *Catalog) Stacks() []Stack { return slices.Clone(c.stacks) }

// stack returns the newest known stack that is not above version; the oldest for versions below all, the newest for "".
func (c *Catalog) stack(version string) Stack {
	if i := slices.IndexFunc(c.stacks, func(s Stack) bool { return s.Version == version }); i >= 0 {
		return c.stacks[i]
	}
	best := c.stacks[0]
	for _, s := range c.stacks {
		if version == "" || CompareVersions(s.Version, version) <= 0 {
			best = s
		}
	}
	return best
}

// old reports whether newer versions of the package exist than the embedded one, and which one is embedded.
func (p *pkg) old() (have string, is bool) {
	if len(p.streams) == 0 || p.newest == "" {
		return "", false
	}
	have = p.streams[0].tables[0].source.Version
	if have != "" && have[0] >= '0' && have[0] <= '9' {
		return have, CompareVersions(have, p.newest) < 0
	}
	return have, true // a transcription, or a Beat's module
}

// Age is an integration package whose embedded version, Have, is older than the Newest, as far as was known when the tables were made.
type Age struct{ Package, Have, Newest string }

// Old lists the packages whose field data is older than the newest version known, by name.
func (c *Catalog) Old() []Age {
	var out []Age
	for _, name := range sortedKeys(c.packages) {
		if have, old := c.packages[name].old(); old {
			out = append(out, Age{name, have, c.packages[name].newest})
		}
	}
	return out
}

// Popularity is the number of public rules that use a field: one that is used and not listed is newer than the lists, rather
// than misspelt.
func (c *Catalog) Popularity(name string) int { return c.popularity(name) }

// Size is how large the embedded catalog is.
type Size struct {
	Embedded, Decoded     int // bytes: in the binary, and of all names and tables once decoded (views need a part of them)
	Tables, Rows, Names   int // field lists, their entries, and different field names
	Packages, DataStreams int // integration packages with field data
}

// Size decodes the whole catalog to measure it.
func (c *Catalog) Size() Size {
	s := Size{Embedded: len(embedded)}
	for _, n := range c.names() {
		s.Names++
		s.Decoded += len(n) + 16
	}
	for _, t := range c.tables {
		s.Tables++
		s.Rows += t.rows
		s.Decoded += len(t.entries()) * 8
	}
	for _, p := range c.packages {
		s.DataStreams += len(p.streams)
		if len(p.streams) > 0 {
			s.Packages++
		}
	}
	return s
}

// CompareVersions compares dotted version numbers; a missing part counts as 0, what is no number compares as text.
func CompareVersions(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		if c := strings.Compare(x, y); c != 0 {
			return c
		}
	}
	return 0
}
