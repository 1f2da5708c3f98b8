package lsp

import (
	"context"
	"errors"

	"github.com/rulevet/rulevet/rule/format"
)

// symbols is the outline of a document: tables with their keys, events in brackets of a query.
func symbols(_ context.Context, s *server, d *document, _ *documentParams) (any, error) {
	o := d.outline()
	out := []documentSymbol{}
	next := 0
	for i := -1; i < len(o.headers); i++ {
		var keys []documentSymbol
		for ; next < len(o.entries) && o.entries[next].header == i; next++ {
			if e := &o.entries[next]; e.eq >= 0 && e.key != "" {
				keys = append(keys, d.keySymbol(e))
			}
		}
		if i < 0 {
			out = append(out, keys...)
			continue
		}
		h := o.headers[i]
		end := h.end
		if len(keys) > 0 {
			end = d.text.offset(keys[len(keys)-1].Range.End)
		}
		t := documentSymbol{Name: h.name, Kind: symbolModule, Range: d.text.span(h.start, end), SelectionRange: d.text.span(h.start, h.end), Children: keys}
		if h.array {
			t.Kind = symbolArray
		}
		for _, k := range keys {
			if k.Name == "name" || k.Name == "id" && t.Detail == "" {
				t.Detail = k.Detail
			}
		}
		if t.Name == "" {
			t.Name = "(no name)"
		}
		out = append(out, t)
	}
	if !s.client.TextDocument.DocumentSymbol.Hierarchical {
		return d.flat(out), nil
	}
	return out, nil
}

func (d *document) keySymbol(e *entry) documentSymbol {
	k := documentSymbol{Name: e.key, Kind: symbolKey, Range: d.text.span(e.keyStart, e.valEnd), SelectionRange: d.text.span(e.keyStart, e.keyEnd)}
	if len(e.literals) == 1 && !e.literals[0].multi {
		k.Detail = d.outline().text(&e.literals[0])
	}
	return k
}

// symbolInformation is a symbol for clients that know no hierarchy.
type symbolInformation struct {
	Name     string   `json:"name"`
	Kind     int      `json:"kind"`
	Location location `json:"location"`
}

func (d *document) flat(list []documentSymbol) []symbolInformation {
	out := []symbolInformation{}
	for _, s := range list {
		out = append(out, symbolInformation{s.Name, s.Kind, location{d.uri, s.Range}})
		out = append(out, d.flat(s.Children)...)
	}
	return out
}

// folding folds tables and values over several lines.
func folding(_ context.Context, _ *server, d *document, _ *documentParams) (any, error) {
	o := d.outline()
	out := []foldingRange{}
	add := func(start, end int, kind string) {
		if from, to := d.text.lineOf(start), d.text.lineOf(end); to > from {
			out = append(out, foldingRange{from, to, kind})
		}
	}
	next := 0
	for i, h := range o.headers {
		end := h.end
		for ; next < len(o.entries) && o.entries[next].header <= i; next++ {
			if o.entries[next].header == i {
				end = o.entries[next].valEnd
			}
		}
		add(h.start, end, "region")
	}
	for i := range o.entries {
		add(o.entries[i].keyStart, o.entries[i].valEnd, "")
	}
	return out, nil
}

// formatting lays the file out as "rulevet fmt" does. A file that does not parse stays as it is.
func formatting(_ context.Context, _ *server, d *document, _ *documentParams) (any, error) {
	src, err := format.Format(d.text.src, format.Options{})
	var syntax *format.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return []textEdit{}, nil // the diagnostics say why
	case err != nil:
		return nil, err
	}
	edits := d.replacement(src)
	if edits == nil {
		edits = []textEdit{}
	}
	return edits, nil
}
