package prove

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/internal/logic"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
)

// maxCrowd is the largest number of events that are made for a rule that counts.
const maxCrowd = 5000

// crowds are the events around one for types of rules that need more than it: the same again, with other values of what is to be
// counted, or an indicator.
func (g *generator) crowds(m moment, variant int) [][]moment {
	r := g.file.Rule
	switch {
	case r.Threshold != nil:
		return [][]moment{g.group(m, r.Threshold)}
	case r.NewTerms != nil:
		return [][]moment{{{g.filled(m.values, r.NewTerms.Value), 0}}}
	case r.ThreatMatch != nil:
		return g.matched(m, variant)
	}
	return nil
}

// group are events of one group of a threshold rule that reach its number.
func (g *generator) group(m moment, t *rule.Threshold) []moment {
	n := t.Value
	for _, c := range t.Cardinality {
		n = max(n, c.Value)
	}
	return g.crowd(g.filled(m.values, t.Field), int(min(max(n, 1), maxCrowd)), func(i int, v logic.Values) {
		for _, c := range t.Cardinality {
			v[c.Field] = []any{g.sample(c.Field, i)}
		}
	})
}

// filled are values with the fields that must be there.
func (g *generator) filled(v logic.Values, fields []string) logic.Values {
	out := maps.Clone(v)
	for _, field := range fields {
		if field != "" && out[field] == nil {
			out[field] = []any{g.sample(field, 0)}
		}
	}
	return out
}

func (g *generator) crowd(base logic.Values, n int, change func(i int, v logic.Values)) []moment {
	out := make([]moment, n)
	for i := range out {
		out[i] = moment{maps.Clone(base), time.Duration(i) * time.Second}
		change(i, out[i].values)
	}
	return out
}

// timeLayout is how times are written.
const timeLayout = "2006-01-02T15:04:05.000Z"

// sample is the i-th value that a field may have, by its type.
func (g *generator) sample(field string, i int) any {
	info, presence := g.program.Fields().Lookup(field)
	if presence != mapping.Present {
		return g.scene.text(field, i)
	}
	switch t := info.Type; {
	case t == mapping.IP:
		return fmt.Sprintf("192.0.2.%d", 1+i%250)
	case t == mapping.Boolean:
		return i%2 == 0
	case t.Numeric():
		return int64(1000 + i)
	case t.DateFamily():
		return began.Add(time.Duration(i) * time.Second).Format(timeLayout)
	}
	return g.scene.text(field, i)
}

// scene is what the rule leaves open: the host, the user, the agent, the data stream.
type scene struct {
	index, dataset string
	host, user, id string
	os             string
}

func newScene(f *rule.File, seed uint64) *scene {
	random := rand.New(rand.NewPCG(seed, 1))
	s := &scene{}
	for _, p := range f.Rule.Index {
		if !strings.HasPrefix(p, "-") {
			s.index, s.dataset = concrete(p)
			break
		}
	}
	if s.index == "" {
		s.index, s.dataset = concrete("")
	}
	s.host = fmt.Sprintf("host-%d", 1+random.IntN(90))
	s.user = []string{"alex", "kim", "sasha", "robin", "jo"}[random.IntN(5)]
	s.id = fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", random.Uint32(), random.Uint32()&0xffff, random.Uint32()&0xfff, random.Uint32()&0xfff, random.Uint64()&0xffffffffffff)
	for _, t := range f.Rule.Tags {
		if os, ok := strings.CutPrefix(t, "OS: "); ok && s.os == "" {
			s.os = strings.ToLower(os)
		}
	}
	return s
}

// concrete is an index that fits a pattern, and its data set.
func concrete(pattern string) (index, dataset string) {
	name := strings.TrimRight(strings.ReplaceAll(pattern, "*", ""), "-.")
	if i := strings.LastIndexByte(name, ':'); i >= 0 { // of a remote cluster
		name = name[i+1:]
	}
	if name == "" {
		name = "logs-generic"
	}
	kind, rest, ok := strings.Cut(name, "-")
	switch {
	case (!ok || !dataStream(kind)) && pattern != "" && !strings.Contains(pattern, "*"):
		return name, ""
	case !ok || !dataStream(kind):
		return name + "-2026.01.01", ""
	}
	dataset, _, _ = strings.Cut(rest, "-")
	if !strings.ContainsAny(pattern, "*") {
		return name, dataset
	}
	return kind + "-" + dataset + "-default", dataset
}

func dataStream(kind string) bool { return kind == "logs" || kind == "metrics" || kind == "traces" }

// text is the i-th text for a field.
func (s *scene) text(field string, i int) string {
	name := field[strings.LastIndexByte(field, '.')+1:]
	switch {
	case name == "ip":
		return fmt.Sprintf("192.0.2.%d", 1+i%250)
	case field == "host.name":
		return fmt.Sprintf("%s-%d", s.host, i+1)
	case field == "user.name":
		return fmt.Sprintf("%s%d", s.user, i+1)
	}
	return fmt.Sprintf("%s-%d", name, i+1)
}

// fact is what a field of an event has.
type fact struct{ path, value string }

// facts are what is the same for all events of the scene.
func (s *scene) facts() []fact {
	kind, _, _ := strings.Cut(s.index, "-")
	module, _, _ := strings.Cut(s.dataset, ".")
	list := []fact{
		{"ecs.version", "8.17.0"}, {"event.kind", "event"}, {"event.dataset", s.dataset}, {"event.module", module}, {"agent.id", s.id}, {"agent.version", "9.5.0"},
		{"host.name", s.host}, {"host.hostname", s.host}, {"host.id", s.id}, {"host.os.type", s.os}, {"user.name", s.user},
	}
	if dataStream(kind) {
		list = append(list, fact{"data_stream.type", kind}, fact{"data_stream.dataset", s.dataset}, fact{"data_stream.namespace", "default"})
	}
	return slices.DeleteFunc(list, func(f fact) bool { return f.value == "" })
}

// furnish adds what an index needs to the fields of an event, but for fields that the program reads.
func (s *scene) furnish(v logic.Values, read map[string]bool, after time.Duration, i int) {
	at := began.Add(after)
	if v["@timestamp"] == nil {
		v["@timestamp"] = []any{at.Format(timeLayout)}
	}
	list := append(s.facts(), fact{"event.id", fmt.Sprintf("%s-%d", s.id[:8], i+1)}, fact{"event.created", at.Format(timeLayout)},
		fact{"event.ingested", at.Add(2 * time.Second).Format(timeLayout)})
	for _, x := range list {
		if !read[x.path] && free(v, x.path) {
			v[x.path] = []any{x.value}
		}
	}
}

// free reports whether a field can be added: neither it nor an object above or below it is there.
func free(v logic.Values, path string) bool {
	if v[path] != nil {
		return false
	}
	for have := range v {
		if strings.HasPrefix(have, path+".") || strings.HasPrefix(path, have+".") {
			return false
		}
	}
	return true
}

// Index is the name of an index that the events of a rule would be in.
func Index(f *rule.File) string { return newScene(f, 0).index }
