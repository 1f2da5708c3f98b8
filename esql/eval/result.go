package eval

import (
	"encoding/json"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

// Result is the table that a query gives.
type Result struct {
	Columns []Column // in order
	// Rows are the rows as a response of Elasticsearch has them: a JSON array each.
	Rows []string
	// Docs are the events that the rows come from; nil if rows do not stand for events.
	Docs     []*Doc
	Warnings []string // texts as a response has them in its headers, without doubles
}

// ColumnsJSON is the member "columns" of a response.
func (r *Result) ColumnsJSON() string {
	out := []byte(`"columns":[`)
	for i, c := range r.Columns {
		if i > 0 {
			out = append(out, ',')
		}
		out = block.AppendString(append(out, `{"name":`...), c.Name)
		out = append(block.AppendString(append(out, `,"type":`...), c.Type), '}')
	}
	return string(append(out, ']'))
}

// cells parts a row into its values, as JSON.
func cells(row string) []string {
	var list []json.RawMessage
	if json.Unmarshal([]byte(row), &list) != nil {
		return nil
	}
	out := make([]string, len(list))
	for k, v := range list {
		out[k] = string(v)
	}
	return out
}

// Object is a row as a JSON object: columns by name.
func (r *Result) Object(i int) string {
	out := []byte{'{'}
	for k, v := range cells(r.Rows[i]) {
		if k > 0 {
			out = append(out, ',')
		}
		out = append(append(block.AppendString(out, r.Columns[k].Name), ':'), v...)
	}
	return string(append(out, '}'))
}

// Cells are the values of a row for a reader: texts without quotes, nil for null.
func Cells(row string) []*string {
	list := cells(row)
	out := make([]*string, len(list))
	for k, v := range list {
		var s string
		switch {
		case v == "null":
		case json.Unmarshal([]byte(v), &s) == nil:
			out[k] = &s
		default:
			out[k] = &list[k]
		}
	}
	return out
}

// collector is the end of a pipeline.
type collector struct {
	r       *Run
	columns []*column
	rows    []string
	docs    []*Doc
	lost    bool
	buf     []byte
}

func (c *collector) full() bool { return false }
func (c *collector) finish()    {}

func (c *collector) push(b *batch) {
	if len(c.columns) == 0 {
		return
	}
	for i := range b.n {
		if each := c.r.Each; each != nil {
			if b.docs != nil {
				each("", b.docs[i])
			} else {
				each(c.row(b, i), nil)
			}
			continue
		}
		c.rows = append(c.rows, c.row(b, i))
		c.r.held += 16 + len(c.rows[len(c.rows)-1])
		if b.docs != nil {
			c.docs = append(c.docs, b.docs[i])
		} else {
			c.lost = true
		}
	}
}

// row is a row as JSON.
func (c *collector) row(b *batch, i int) string {
	buf := append(c.buf[:0], '[')
	for k, col := range c.columns {
		if k > 0 {
			buf = append(buf, ',')
		}
		if col.typ.Opaque() {
			buf = append(buf, "null"...)
		} else {
			buf = b.cols[k].AppendRow(buf, i)
		}
	}
	c.buf = append(buf, ']')
	return string(c.buf)
}

func (c *collector) result(r *Run) *Result {
	res := &Result{Columns: r.p.Columns(), Rows: c.rows, Warnings: r.warnings}
	if !c.lost {
		res.Docs = c.docs
	}
	return res
}
