package schema

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/schema/internal/blob"
)

// Event is one documented kind of event of Elastic Defend and the fields it can carry. The lists of properties are
// empty where the documents do not state them, which means unknown, not none.
type Event struct {
	Slug     string   // "process.linux.fork_exec_exit"
	OS       []string // systems that send it: "windows", "linux", "macos"
	Dataset  string   // value of event.dataset and data_stream.dataset
	Category []string // values of event.category
	Type     []string // values of event.type
	Action   []string // values of event.action
	Code     []string // values of event.code
	Provider []string // values of event.provider
	catalog  *Catalog
	table    *table
	below    []string // prefixes under which the event can hold any field ("process.")
}

// Has reports whether the event can carry the field.
func (e *Event) Has(field string) bool {
	for _, p := range e.below {
		if strings.HasPrefix(field, p) {
			return true
		}
	}
	return e.table.has(e.catalog.data.Find(field))
}

func (t *table) has(id uint32) bool {
	if id == blob.NoName {
		return false
	}
	_, ok := slices.BinarySearchFunc(t.entries(), id, compareEntry)
	return ok
}

func compareEntry(e blob.Entry, id uint32) int { return int(int64(e.Name) - int64(id)) }

// Events lists the documented events of Elastic Defend.
func (c *Catalog) Events() []*Event { return c.events() }

func (c *Catalog) readEvents() []*Event {
	var list []*Event
	stars := make([]uint32, len(c.stars))
	for i, star := range c.stars {
		stars[i] = c.data.Find(star)
	}
	for line := range strings.Lines(c.data.Text("events")) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		e := &Event{Slug: f[0], OS: splitBar(f[1]), Category: splitBar(f[3]), Type: splitBar(f[4]), Action: splitBar(f[5]), catalog: c}
		if i, j := strings.IndexByte(f[2], '-'), strings.LastIndexByte(f[2], '-'); i < j {
			e.Dataset = f[2][i+1 : j]
		}
		for cond := range strings.FieldsSeq(f[6]) {
			key, value, _ := strings.Cut(cond, "=")
			switch key {
			case "event.code":
				e.Code = append(e.Code, splitBar(value)...)
			case "event.provider":
				e.Provider = append(e.Provider, splitBar(value)...)
			}
		}
		e.table = c.tables["event/"+e.Slug]
		for i, star := range c.stars {
			if p, ok := strings.CutSuffix(star, "*"); ok && e.table.has(stars[i]) {
				e.below = append(e.below, p)
			}
		}
		list = append(list, e)
	}
	return list
}

func splitBar(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "|")
}

// Mapped reports whether a data stream of Elastic Defend maps the field, ECS aside: whether the stream's own mapping
// lists it.
func (c *Catalog) Mapped(dataset, field string) bool {
	id := c.data.Find(field)
	for _, p := range c.packages {
		for _, s := range p.streams {
			if s.dataset == dataset {
				return s.tables[0].has(id)
			}
		}
	}
	return false
}

// PackageHas reports whether a data stream of the package lists the field itself.
func (c *Catalog) PackageHas(name, field string) bool {
	p := c.packages[name]
	if p == nil {
		return false
	}
	id := c.data.Find(field)
	return slices.ContainsFunc(p.streams, func(s *stream) bool { return s.tables[0].has(id) })
}
