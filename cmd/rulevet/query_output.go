package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/eql/event"
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

func (c *Command) writeResults(f *queryFlags, results []eval.Result) error {
	out := bufio.NewWriter(c.Stdout)
	switch {
	case f.count:
		fmt.Fprintln(out, len(results))
	case f.format == "json":
		if err := writeMatches(out, results); err != nil {
			return err
		}
	case f.format == "table":
		writeTable(out, results)
	default:
		for _, r := range results {
			for _, e := range r.Events {
				if e != nil {
					out.Write(oneLine(e.Source))
					out.WriteByte('\n')
				}
			}
		}
	}
	return out.Flush()
}

func writeMatches(out *bufio.Writer, results []eval.Result) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, r := range results {
		m := matchJSON{Keys: r.Keys, Events: make([]*eventJSON, len(r.Events))}
		if m.Keys == nil {
			m.Keys = []*string{}
		}
		for i, e := range r.Events {
			if e != nil {
				m.Events[i] = &eventJSON{e.Index, e.ID, oneLine(e.Source)}
			}
		}
		if err := enc.Encode(m); err != nil {
			return err
		}
	}
	return nil
}

// oneLine puts a document that is laid out over several lines on one.
func oneLine(doc []byte) []byte {
	if bytes.IndexByte(doc, '\n') < 0 {
		return doc
	}
	var b bytes.Buffer
	if json.Compact(&b, doc) != nil {
		return bytes.ReplaceAll(doc, []byte("\n"), []byte(" "))
	}
	return b.Bytes()
}

// tableFields are shown in a table, those that some event has.
var tableFields = []string{"@timestamp", "host.name", "event.category", "event.action", "user.name", "process.name", "process.command_line",
	"file.path", "registry.path", "destination.ip", "container.id"}

// writeTable writes one line an event, grouped by match.
func writeTable(out *bufio.Writer, results []eval.Result) {
	var layout event.Layout
	for _, name := range tableFields {
		layout.Add(name)
	}
	dec := event.NewDecoder(&layout)
	rows := [][]string{append([]string{"match", "keys", "event"}, tableFields...)}
	used := map[int]bool{0: true, 2: true}
	for i, r := range results {
		var keys []string
		for _, k := range r.Keys {
			if k == nil {
				keys = append(keys, "null")
			} else {
				keys = append(keys, *k)
			}
		}
		used[1] = used[1] || len(keys) > 0
		for _, e := range r.Events {
			row := []string{fmt.Sprint(i + 1), strings.Join(keys, ", "), "missing"}
			if e != nil {
				row[2] = fmt.Sprint(e.Index)
				row = append(row, cells(dec, e.Source, used)...)
			}
			rows = append(rows, row)
		}
	}
	writeRows(out, rows, used)
}

func cells(dec *event.Decoder, doc []byte, used map[int]bool) []string {
	var rec event.Record
	if dec.Decode(doc, &rec) != nil {
		return nil
	}
	var out []string
	for slot := range tableFields {
		var texts []string
		for _, v := range rec.Values(slot) {
			texts = append(texts, v.Text)
		}
		cell := []rune(strings.Join(strings.Fields(strings.Join(texts, ",")), " "))
		if len(cell) > 60 {
			cell = append(cell[:59], '…')
		}
		used[slot+3] = used[slot+3] || len(cell) > 0
		out = append(out, string(cell))
	}
	return out
}

// writeRows aligns the columns that are used.
func writeRows(out *bufio.Writer, rows [][]string, used map[int]bool) {
	width := map[int]int{}
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i := range rows[0] {
			if !used[i] {
				continue
			}
			cell := ""
			if i < len(row) {
				cell = strings.Map(printableRune, row[i])
			}
			line.WriteString(cell + strings.Repeat(" ", width[i]-len([]rune(cell))+2))
		}
		fmt.Fprintln(out, strings.TrimRight(line.String(), " "))
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
func explainRecord(out *bufio.Writer, program *eval.Program, rec *event.Record, index int) {
	fmt.Fprintf(out, "event %d:\n", index)
	for line := range strings.Lines(program.Explain(rec).String()) {
		fmt.Fprintf(out, "  %s\n", strings.Map(printableRune, strings.TrimSuffix(line, "\n")))
	}
}
