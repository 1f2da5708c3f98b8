package eval

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/kql"
	kqleval "github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/source"
)

// docTest is KQL() or QSTR(): a search on events as they come.
type docTest struct{ program *kqleval.Program }

func (t *docTest) match(rec *event.Record) bool { return t.program.Match(rec) }

type testFeed struct {
	key hiddenKey
	w   *block.Builder
}

// query compiles KQL() and QSTR().
func (c *compiler) query(x *esql.Call, options map[string]string) *expr {
	name := strings.ToUpper(x.Name)
	if len(c.p.sources) != 1 {
		c.fail(x, "`%s` needs an index behind FROM", name)
	}
	arg := c.expr(x.Args[0]).arg()
	text, ok := arg.Text()
	if !ok {
		c.fail(x, "%s: expected a constant text", name)
	}
	s := c.p.sources[0]
	o := kqleval.Options{Now: c.p.opts.Now, Layout: c.p.layout, CaseInsensitive: options["case_insensitive"] == "true",
		TimeZone: options["time_zone"], DefaultField: options["default_field"]}
	var program *kqleval.Program
	var err error
	if x.Name == "qstr" {
		program, err = kqleval.CompileLucene(text, sourceFields{s}, o)
	} else {
		q, issues := kql.Parse(text, kql.Server)
		for _, i := range issues {
			if i.Level == source.Error {
				c.fail(x, "%s: %s", name, i.Message)
			}
		}
		program, err = kqleval.Compile(q, sourceFields{s}, o)
	}
	if err != nil {
		c.fail(x, "%s: %s", name, err)
	}
	t := &docTest{program}
	s.tests = append(s.tests, t)
	if c.p.tests == nil {
		c.p.tests = map[*esql.Call]*docTest{}
	}
	c.p.tests[x] = t
	key := hiddenKey{test: t}
	return &expr{typ: block.Boolean, run: func(_ *Run, b *batch) *block.Block {
		if set := b.hidden[key]; set != nil {
			return set
		}
		return block.Nulls(block.Boolean, b.n)
	}}
}

// sourceFields shows the fields of a source to KQL.
type sourceFields struct{ s *indexSource }

func (f sourceFields) find(name string) (*Field, []string) {
	var first *Field
	var also []string
	for _, ix := range f.s.indexes {
		for i := range ix.Fields {
			if ix.Fields[i].Name != name {
				continue
			}
			if first == nil {
				first = &ix.Fields[i]
			} else if ix.Fields[i].Type != first.Type {
				also = append(also, ix.Fields[i].Type)
			}
		}
	}
	return first, also
}

// Lookup implements mapping.Fields.
func (f sourceFields) Lookup(name string) (mapping.Info, mapping.Presence) {
	field, also := f.find(name)
	if field == nil {
		return mapping.Info{}, mapping.Absent
	}
	info := mapping.Info{Type: mapping.TypeOf(field.Type), Name: field.Type, Also: also, Normalized: field.Lowercase, IgnoreAbove: field.IgnoreAbove,
		NullValue: field.NullValue, Format: field.Format, Constant: field.Constant, Scale: field.Scale, NoDocValues: field.Unsorted}
	if field.Lowercase {
		info.Normalizer = "lowercase"
	}
	return info, mapping.Present
}

// Suggest implements mapping.Fields.
func (f sourceFields) Suggest(string) []string { return nil }

// Names implements mapping.Lister.
func (f sourceFields) Names(prefix string) []string {
	var names []string
	for _, ix := range f.s.indexes {
		for _, field := range ix.Fields {
			if strings.HasPrefix(field.Name, prefix) {
				names = append(names, field.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
