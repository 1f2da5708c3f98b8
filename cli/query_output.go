package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/search"
)

// matchJSON is one line of "query --format json".
type matchJSON struct {
	Keys   []*string    `json:"keys"`
	Events []*eventJSON `json:"events"`
}

type eventJSON struct {
	Index  int             `json:"index"`
	ID     string          `json:"id,omitempty"`
	Source json.RawMessage `json:"source"`
}

// queryOutput prints the results of a query.
type queryOutput struct {
	f       *queryFlags
	out     *bufio.Writer
	walker  event.Walker
	matches int
	table   *table      // nil unless that is the format
	bad     func(error) // takes a match that cannot be printed; nil: that ends the command
}

func newQueryOutput(w io.Writer, f *queryFlags, q *eql.Query) *queryOutput {
	o := &queryOutput{f: f, out: bufio.NewWriter(w)}
	if f.format == "table" && !f.count {
		o.table = newTable(f, q)
	}
	return o
}

// stream prints results at once.
func (o *queryOutput) stream(results []eval.Result) error {
	for _, r := range results {
		if err := o.add(r); err != nil {
			return err
		}
	}
	return o.out.Flush()
}

// add prints a result. A table keeps its first rows until close, or until there are enough to know how wide its columns are.
func (o *queryOutput) add(r eval.Result) error {
	o.matches++
	var err error
	switch {
	case o.f.count:
	case o.table != nil:
		o.table.add(o.out, o.matches, r)
	case o.f.format == "json":
		err = o.writeMatch(r)
	default:
		err = o.writeSources(r)
	}
	if broken := new(documentError); errors.As(err, &broken) && o.bad != nil {
		o.matches--
		o.bad(err)
		return nil
	}
	return err
}

func (o *queryOutput) close() error {
	if o.f.count {
		fmt.Fprintln(o.out, o.matches)
	}
	if o.table != nil {
		o.table.print(o.out)
	}
	return o.out.Flush()
}

// writeSources prints the events of a match, one a line.
func (o *queryOutput) writeSources(r eval.Result) error {
	for _, e := range r.Events {
		if e == nil {
			continue
		}
		doc, err := oneLine(&o.walker, e)
		if err != nil {
			return err
		}
		o.out.Write(doc)
		o.out.WriteByte('\n')
	}
	return nil
}

// writeMatch prints a match as a JSON object on a line.
func (o *queryOutput) writeMatch(r eval.Result) error {
	m := matchJSON{Keys: r.Keys, Events: make([]*eventJSON, len(r.Events))}
	if m.Keys == nil {
		m.Keys = []*string{}
	}
	for i, e := range r.Events {
		if e == nil {
			continue
		}
		doc, err := oneLine(&o.walker, e)
		if err != nil {
			return err
		}
		m.Events[i] = &eventJSON{e.Index, e.ID, doc}
	}
	enc := json.NewEncoder(o.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(m)
}

// documentError is a match that cannot be printed.
type documentError struct{ index int }

func (e *documentError) Error() string {
	return fmt.Sprintf("event %d matches, but is not valid JSON", e.index)
}

// oneLine puts a document that is laid out over several lines on one. The decoder does not look into what the query does not
// need, so that a document is not JSON may come out only here.
func oneLine(w *event.Walker, e *eval.Ref) ([]byte, error) {
	if !w.Valid(e.Source) {
		return nil, &documentError{e.Index}
	}
	if bytes.IndexByte(e.Source, '\n') < 0 {
		return e.Source, nil
	}
	var b bytes.Buffer
	err := json.Compact(&b, e.Source)
	return b.Bytes(), err
}

// tableFields are shown in a table behind the timestamp, those that some event has.
var tableFields = []string{"host.name", "event.category", "event.action", "user.name", "process.name", "process.command_line",
	"file.path", "registry.path", "destination.ip", "container.id"}

// table collects one row an event, grouped by match.
type table struct {
	fields []string
	dec    *event.Decoder
	rec    event.Record
	rows   [][]string
	used   []bool // columns that are not empty
	width  []int  // of the columns, once they are printed; then what comes later is printed as it comes
}

// newTable makes a table of the usual fields and of those that the conditions of the query name.
func newTable(f *queryFlags, q *eql.Query) *table {
	t := &table{fields: append([]string{f.timestampField}, tableFields...)}
	if f.categoryField != "event.category" {
		t.fields = append(t.fields, f.categoryField)
	}
	if q == nil {
		return t.prepared()
	}
	eql.Inspect(q, func(n eql.Node, enter bool) bool {
		filter, ok := n.(*eql.EventQuery)
		if !ok || !enter {
			return true
		}
		eql.Inspect(filter, func(n eql.Node, enter bool) bool {
			if field, ok := n.(*eql.Field); ok && enter && !slices.Contains(t.fields, field.Name) {
				t.fields = append(t.fields, field.Name)
			}
			return true
		})
		return false
	})
	return t.prepared()
}

// addFields adds columns, before any row is there.
func (t *table) addFields(names []string) {
	for _, name := range names {
		if !slices.Contains(t.fields, name) {
			t.fields = append(t.fields, name)
		}
	}
	t.prepared()
}

// prepared makes the decoder and the headings of the fields.
func (t *table) prepared() *table {
	var layout event.Layout
	for _, name := range t.fields {
		layout.Add(name)
	}
	t.dec = event.NewDecoder(&layout)
	t.rows = [][]string{append([]string{"match", "keys", "event", "id"}, t.fields...)}
	t.used = make([]bool, len(t.rows[0]))
	t.used[0], t.used[2] = true, true
	return t
}

// maxTable is how many rows decide which columns a table has, and how wide they are.
const maxTable = 10_000

// add takes the events of a match. Beyond maxTable rows they are printed.
func (t *table) add(out *bufio.Writer, match int, r eval.Result) {
	var keys []string
	for _, k := range r.Keys {
		text := "null"
		if k != nil {
			text = *k
		}
		keys = append(keys, text)
	}
	for _, e := range r.Events {
		row := []string{fmt.Sprint(match), strings.Join(keys, ", "), "missing"}
		if e != nil {
			row = append(row[:2], fmt.Sprint(e.Index), e.ID)
			row = append(row, t.cells(e.Source)...)
		}
		t.rows = append(t.rows, row)
	}
	if t.width != nil || len(t.rows) > maxTable {
		t.print(out)
	}
}

// maxCell is the widest cell, in characters.
const maxCell = 60

func (t *table) cells(doc []byte) []string {
	if t.dec.Decode(doc, &t.rec) != nil {
		return nil
	}
	var out []string
	for slot := range t.fields {
		var texts []string
		for _, v := range t.rec.Values(slot) {
			texts = append(texts, v.Text)
		}
		cell := []rune(strings.Join(strings.Fields(strings.Join(texts, ",")), " "))
		if len(cell) > maxCell {
			cell = append(cell[:maxCell-1], '…')
		}
		out = append(out, string(cell))
	}
	return out
}

// print prints the rows that wait, in the columns that are used, and forgets them.
func (t *table) print(out *bufio.Writer) {
	if t.width == nil {
		t.measure()
	}
	for _, row := range t.rows {
		var line strings.Builder
		for i, used := range t.used {
			if !used {
				continue
			}
			cell := ""
			if i < len(row) {
				cell = strings.Map(printableRune, row[i])
			}
			line.WriteString(cell + strings.Repeat(" ", max(0, t.width[i]-utf8.RuneCountInString(cell))+2))
		}
		fmt.Fprintln(out, strings.TrimRight(line.String(), " "))
	}
	t.rows = t.rows[:0]
}

// measure settles the columns by the rows so far.
func (t *table) measure() {
	t.width = make([]int, len(t.used))
	for n, row := range t.rows {
		for i, cell := range row {
			t.width[i] = max(t.width[i], utf8.RuneCountInString(cell))
			t.used[i] = t.used[i] || n > 0 && cell != "" // the first are the headings
		}
	}
}

// printableRune keeps control characters of events off the terminal.
func printableRune(r rune) rune {
	if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
		return '\ufffd'
	}
	return r
}

// explainRecord says for one event whether it matches, with the tree of clauses and the values they saw.
func explainRecord(out *bufio.Writer, program search.Program, rec *event.Record, index int) {
	fmt.Fprintf(out, "event %d:\n", index)
	for line := range strings.Lines(search.Explain(program, rec).String()) {
		fmt.Fprintf(out, "  %s\n", strings.Map(printableRune, strings.TrimSuffix(line, "\n")))
	}
}
