package backward

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/witness"
)

// Values are the fields of a row by name.
type Values = witness.Values

// table is what the rows of a segment are: its columns with their types.
type table struct {
	index *eval.Index
	now   time.Time
	types map[*term]string
}

// probe computes terms on rows.
type probe struct {
	program *eval.Program
	names   []string // of its layout
}

// probe makes the program that computes terms.
func (t *table) probe(list ...*term) (*probe, error) {
	w := &writer{names: map[*term]string{}}
	var last []string
	for i, x := range list {
		last = append(last, fmt.Sprintf("rulevet_result%d = %s", i, w.value(x)))
	}
	keep := make([]string, len(list))
	for i := range list {
		keep[i] = fmt.Sprintf("rulevet_result%d", i)
	}
	w.line("EVAL %s", strings.Join(last, ", "))
	w.line("KEEP %s", strings.Join(keep, ", "))
	return t.compile("FROM t" + w.b.String())
}

func (t *table) compile(text string) (*probe, error) {
	q, issues := esql.Parse(text)
	for _, i := range issues {
		return nil, fmt.Errorf("%s", i.Message)
	}
	p, err := eval.Compile(q, eval.Options{Indexes: []*eval.Index{t.index}, Layout: &event.Layout{}, Now: t.now, Open: true, NoRowLimit: true})
	if err != nil {
		return nil, err
	}
	return &probe{p, p.Layout().Names()}, nil
}

// run computes the terms on each row: null is nil, several values are a list.
func (p *probe) run(rows []Values) ([][]any, error) {
	run := p.program.Start(nil)
	var rec event.Record
	for _, row := range rows {
		rec.Slots = rec.Slots[:0]
		for _, name := range p.names {
			var vs []event.Value
			for _, v := range row[name] {
				vs = append(vs, witness.Scalar(v))
			}
			rec.Slots = append(rec.Slots, vs)
		}
		run.Add(&rec, &eval.Meta{})
	}
	res, err := run.Finish()
	if err != nil {
		return nil, err
	}
	out := make([][]any, len(res.Rows))
	for i, text := range res.Rows {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// writer writes commands that compute terms one after another.
type writer struct {
	b     strings.Builder
	names map[*term]string // columns of terms that have one
	taken []*term          // a piece of each text that was taken apart
}

func (w *writer) line(format string, args ...any) {
	w.b.WriteString("\n| ")
	fmt.Fprintf(&w.b, format, args...)
}

// maxInline is the size up to which a term is written where it is read.
const maxInline = 4

// value is the text of a term: itself, or the name of its column.
func (w *writer) value(t *term) string {
	switch t.kind {
	case fieldTerm:
		return esql.QuoteName(t.name)
	case constTerm:
		return t.parts[0]
	case expandTerm:
		return w.value(t.kids[0])
	case pieceTerm:
		return w.piece(t)
	}
	if name, ok := w.names[t]; ok {
		return name
	}
	text := t.render(func(k *term) string {
		v := w.value(k)
		if t.brackets(k) {
			v = "(" + v + ")"
		}
		return v
	})
	if t.size <= maxInline {
		return text
	}
	name := fmt.Sprintf("rulevet_term%d", t.id)
	w.line("EVAL %s = %s", name, text)
	w.names[t] = name
	return name
}

// piece takes a text apart, once for all pieces, under names that no field has.
func (w *writer) piece(t *term) string {
	name := w.pieceName(t)
	if _, ok := w.names[t]; ok {
		return name
	}
	w.names[t] = name
	for _, k := range w.taken {
		if k.cmd == t.cmd && k.kids[0] == t.kids[0] {
			return name
		}
	}
	input := fmt.Sprintf("rulevet_input%d", len(w.taken))
	w.line("EVAL %s = %s", input, w.value(t.kids[0]))
	w.taken = append(w.taken, t)
	switch cmd := t.cmd.(type) {
	case *esql.Dissect:
		text := renameDissect(cmd.Pattern.Str, func(key string) string { return w.pieceName(&term{name: key, cmd: cmd, kids: t.kids}) })
		options := ""
		for _, o := range cmd.Options {
			options += " " + o.Name + "=" + esql.FormatExpr(o.Value)
		}
		w.line("DISSECT %s %s%s", input, esql.QuoteString(text), options)
	case *esql.Grok:
		var patterns []string
		for _, p := range cmd.Patterns {
			text := renameGrok(p.Str, func(key string) string { return w.pieceName(&term{name: key, cmd: cmd, kids: t.kids}) })
			patterns = append(patterns, esql.QuoteString(text))
		}
		w.line("GROK %s %s", input, strings.Join(patterns, ", "))
	}
	return name
}

// pieceName is a name for a column of DISSECT or GROK.
func (w *writer) pieceName(t *term) string {
	return fmt.Sprintf("rulevet_piece%d_%d_%x", t.cmd.Span().Start, t.kids[0].id, t.name)
}

var (
	dissectKey = regexp.MustCompile(`%\{(\+?)([^}?+/>-][^}/>]*?)((?:/\d+)?(?:->)?)\}`)
	grokKey    = regexp.MustCompile(`%\{(\w+):([^:}]+)(:\w+)?\}`)
	grokGroup  = regexp.MustCompile(`\(\?<([^=!>]+)>`)
)

// renameDissect gives the keys of a pattern other names.
func renameDissect(pattern string, name func(string) string) string {
	return dissectKey.ReplaceAllStringFunc(pattern, func(s string) string {
		m := dissectKey.FindStringSubmatch(s)
		return "%{" + m[1] + name(m[2]) + m[3] + "}"
	})
}

// renameGrok gives the fields of a pattern other names.
func renameGrok(pattern string, name func(string) string) string {
	pattern = grokKey.ReplaceAllStringFunc(pattern, func(s string) string {
		m := grokKey.FindStringSubmatch(s)
		return "%{" + m[1] + ":" + name(m[2]) + m[3] + "}"
	})
	return grokGroup.ReplaceAllStringFunc(pattern, func(s string) string {
		return "(?<" + name(grokGroup.FindStringSubmatch(s)[1]) + ">"
	})
}
