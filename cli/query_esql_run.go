package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/source"
)

// runESQL checks an ES|QL query against the fields of the events, and runs it: its result are rows.
func (c *command) runESQL(ctx context.Context, f *queryFlags, text string, files []string) error {
	q, issues := esql.Parse(text)
	if _, err := os.Stat(text); err == nil && source.HasErrors(issues) {
		return usageError("%s is a file, but the first argument is the query: write rulevet query QUERY %s", text, text)
	}
	if source.HasErrors(issues) {
		return c.queryIssues(f, text, issues)
	}
	if len(files) == 0 && readsEvents(q) {
		files = []string{"-"}
	}
	data, err := c.esqlData(ctx, f, q, files)
	if err != nil {
		return err
	}
	_, found := esql.Check(q, data.schema)
	if err := c.queryIssues(f, text, slices.Concat(issues, found, stackIssues(q, f.stack))); err != nil {
		return err
	}
	program, err := eval.Compile(q, data.options(c, f))
	if err != nil {
		return c.esqlRefused(f, text, err)
	}
	res, err := c.esqlRun(ctx, program, files, maxQueryHeld)
	var broken *eval.Error
	switch {
	case errors.As(err, &broken):
		return c.esqlRefused(f, text, err)
	case err != nil:
		return err
	}
	for _, w := range res.Warnings {
		fmt.Fprintf(c.Stderr, "warning: %s\n", w)
	}
	return writeRows(c.Stdout, f, res)
}

// readsEvents tells whether a query has a FROM; one that begins with ROW needs no events.
func readsEvents(q *esql.Query) bool {
	for n := range esql.Preorder(q) {
		if _, ok := n.(*esql.From); ok {
			return true
		}
	}
	return false
}

// esqlRefused reports what the evaluator does not take, or what failed while the query ran.
func (c *command) esqlRefused(f *queryFlags, text string, err error) error {
	issue := source.Issue{Code: "query/plan", Level: source.Error, Message: err.Error(), Span: source.Span{End: len(text)}}
	var e *eval.Error
	if errors.As(err, &e) {
		issue.Span = e.Span
	}
	return c.queryIssues(f, text, []source.Issue{issue})
}

// maxQueryHeld is how many bytes of groups, and of rows that wait for the end, a query may hold.
const maxQueryHeld = 512 << 20

// esqlRun feeds the events of the files to a run.
func (c *command) esqlRun(ctx context.Context, p *eval.Program, files []string, limit int) (*eval.Result, error) {
	run := p.Start(nil)
	dec := event.NewDecoder(p.Layout())
	var rec event.Record
	var failure error
	err := c.eachInput(ctx, files, func(path string, in io.Reader) bool {
		reader, err := event.NewReader(path, in)
		if err != nil {
			failure = err
			return false
		}
		defer reader.Close()
		for ctx.Err() == nil {
			doc, err := reader.Read(dec, &rec)
			if err == io.EOF {
				return true
			}
			if err != nil {
				failure = err
				return false
			}
			if !run.Add(&rec, &eval.Meta{ID: doc.ID, Index: doc.IndexName, Source: doc.Source}) {
				return false
			}
			if run.Held() > limit {
				failure = fmt.Errorf("%s:%d: up to here the query holds more than %d MiB of groups and rows: ask for fewer of them, by a WHERE in front or fewer fields behind BY",
					path, doc.Line, limit>>20)
				return false
			}
		}
		return false
	})
	if err = cmp.Or(err, failure, ctx.Err()); err != nil {
		return nil, failed(err)
	}
	return run.Finish()
}

// eachInput opens the files one after another until f returns false.
func (c *command) eachInput(ctx context.Context, files []string, f func(path string, in io.Reader) bool) error {
	for _, path := range files {
		if path == "-" {
			if s, ok := c.Stdin.(io.Seeker); ok {
				s.Seek(0, io.SeekStart)
			}
			if !f("standard input", c.Stdin) {
				return nil
			}
			continue
		}
		file, err := openEvents(ctx, path)
		if err != nil {
			return err
		}
		more := f(path, file)
		file.Close()
		if !more {
			return nil
		}
	}
	return nil
}

// writeRows prints the result of an ES|QL query.
func writeRows(w io.Writer, f *queryFlags, res *eval.Result) error {
	if f.size >= 0 && len(res.Rows) > f.size {
		res.Rows = res.Rows[:f.size]
	}
	out := bufio.NewWriter(w)
	switch {
	case f.count:
		fmt.Fprintln(out, len(res.Rows))
	case f.format == "json":
		fmt.Fprintf(out, "{%s,\"values\":[%s]}\n", res.ColumnsJSON(), strings.Join(res.Rows, ","))
	case f.format == "ndjson":
		for i := range res.Rows {
			out.WriteString(res.Object(i))
			out.WriteByte('\n')
		}
	default:
		writeRowTable(out, res)
	}
	return out.Flush()
}

// maxRowCell is how wide a column of a table gets.
const maxRowCell = 60

func writeRowTable(out *bufio.Writer, res *eval.Result) {
	rows := make([][]string, 0, len(res.Rows)+1)
	head := make([]string, len(res.Columns))
	for i, col := range res.Columns {
		head[i] = col.Name
	}
	rows = append(rows, head)
	for i := range res.Rows {
		cells := make([]string, len(head))
		for k, value := range eval.Cells(res.Rows[i]) {
			if value == nil {
				continue
			}
			cell := strings.Map(printableRune, *value)
			if r := []rune(cell); len(r) > maxRowCell {
				cell = string(r[:maxRowCell-1]) + "…"
			}
			cells[k] = cell
		}
		rows = append(rows, cells)
	}
	widths := make([]int, len(head))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += cell + strings.Repeat(" ", widths[i]-len([]rune(cell))+2)
		}
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// esqlData is what an ES|QL query is checked against and runs on.
type esqlData struct {
	schema  *esql.Schema
	indexes []*eval.Index
	lookups map[string]*eval.Table
	policy  map[string]*eval.Policy
}

func (d *esqlData) options(c *command, f *queryFlags) eval.Options {
	v, ok := check.ParseVersion(f.stack)
	return eval.Options{Indexes: d.indexes, Lookups: d.lookups, Policies: d.policy, Now: c.Now(), V8: ok && v[0] < 9}
}

// esqlData reads the schemas and looks at the events for the fields that these do not list.
func (c *command) esqlData(ctx context.Context, f *queryFlags, q *esql.Query, files []string) (*esqlData, error) {
	catalog, err := schema.New()
	if err != nil {
		return nil, failed(err)
	}
	d := &esqlData{schema: &esql.Schema{}, lookups: map[string]*eval.Table{}, policy: map[string]*eval.Policy{}}
	set := newIndexSet(catalog.View(schema.Request{}, ""))
	for _, spec := range f.schemas {
		if err := set.load(spec, d); err != nil {
			return nil, usageError("--schema: %w", err)
		}
	}
	if len(files) > 0 {
		if c.Stdin, err = replayed(ctx, c.Stdin, files); err != nil {
			return nil, failed(err)
		}
		c.eachInput(ctx, files, func(path string, in io.Reader) bool { // what cannot be read is left to the run to report
			set.sample(path, in, eval.Reads(q))
			return true
		})
	}
	for _, spec := range f.lookups {
		if err := set.lookup(spec, d); err != nil {
			return nil, usageError("--lookup: %w", err)
		}
	}
	d.indexes = set.list(q)
	if d.schema.Fields == nil && (len(files) > 0 || len(f.schemas) > 0) {
		d.schema.Fields = eval.FieldTypes(q, d.indexes)
	}
	return d, nil
}

// indexSet collects indexes with their fields.
type indexSet struct {
	catalog  *schema.View
	mapped   []*eval.Sampler
	unmapped map[string]*eval.Sampler // by _index, of events that no mapping is for
	names    []string
	closed   bool // a schema gives all fields
}

func newIndexSet(view *schema.View) *indexSet {
	return &indexSet{catalog: view, unmapped: map[string]*eval.Sampler{}}
}

// splitSpec parts PATTERN=FILE.
func splitSpec(spec string) (pattern, path string) {
	if p, f, ok := strings.Cut(spec, "="); ok {
		return p, f
	}
	return "", spec
}

// load reads one --schema.
func (s *indexSet) load(spec string, d *esqlData) error {
	pattern, path := splitSpec(spec)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return s.overlays(spec)
	}
	data, err := fileio.Read(path, fileio.MaxData)
	if err != nil {
		return err
	}
	if esql.IsSchema(data) {
		sch, err := esql.ParseSchema(data)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		d.schema = sch
		s.closed = true
		return s.flat(pattern, sch)
	}
	list, err := eval.Mapping(pattern, data)
	if err != nil || !hasFields(list) {
		return s.overlays(spec)
	}
	for _, ix := range list {
		s.mapped = append(s.mapped, eval.NewSampler(ix))
	}
	return nil
}

func hasFields(list []*eval.Index) bool {
	return slices.ContainsFunc(list, func(ix *eval.Index) bool { return len(ix.Fields) > 0 })
}

// flat takes the fields of a schema in the flat layout. Of a field with two types the second is that of another index.
func (s *indexSet) flat(pattern string, sch *esql.Schema) error {
	add := func(name string, fields esql.Fields) {
		ix := &eval.Index{Name: name, Closed: true}
		names, _ := fields.Names()
		for _, n := range names {
			types, _ := fields.Lookup(n)
			if len(types) > 0 {
				typ, _, _ := strings.Cut(types[0], ":")
				ix.Fields = append(ix.Fields, eval.Field{Name: n, Type: typ})
			}
		}
		s.mapped = append(s.mapped, eval.NewSampler(ix))
	}
	for _, name := range slices.Sorted(mapKeys(sch.Indexes)) {
		add(name, sch.Indexes[name])
	}
	if sch.Fields != nil {
		add(pattern, sch.Fields)
	}
	return nil
}

// sample looks at the events of an input.
func (s *indexSet) sample(path string, in io.Reader, reads func(index string) bool) {
	reader, err := event.NewReader(path, in)
	if err != nil {
		return
	}
	defer reader.Close()
	for {
		doc, err := reader.Next()
		if err != nil {
			return
		}
		if reads(doc.IndexName) {
			s.of(doc.IndexName).Add(doc.Source)
		}
	}
}

// of is the sampler of an event's index.
func (s *indexSet) of(index string) *eval.Sampler {
	for _, m := range s.mapped {
		if m.Fits(index) {
			return m
		}
	}
	if len(s.mapped) == 0 {
		index = "" // without mappings all events are alike
	}
	u := s.unmapped[index]
	if u == nil {
		u = eval.NewSampler(&eval.Index{Name: index})
		u.Keywords, u.Known = true, s.known
		index = strings.Clone(index)
		s.unmapped[index] = u
		s.names = append(s.names, index)
	}
	return u
}

// known is the type of a field in ECS.
func (s *indexSet) known(name string) (eval.Field, bool) { return eval.CatalogField(s.catalog, name) }

// list returns the indexes. Without mappings the fields of ECS that the query names are there as well.
func (s *indexSet) list(q *esql.Query) []*eval.Index {
	var out []*eval.Index
	for _, m := range s.mapped {
		out = append(out, m.Index())
	}
	if len(s.mapped) == 0 {
		u := s.of("")
		for n := range esql.Preorder(q) {
			if col, ok := n.(*esql.Column); ok {
				u.Want(col.Name)
			} else if name, ok := n.(*esql.Name); ok && name.Glob == nil {
				u.Want(name.Text)
			}
		}
	}
	for _, name := range s.names {
		out = append(out, s.unmapped[name].Index())
	}
	return out
}
