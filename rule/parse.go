package rule

import (
	"fmt"
	"path"
	"strings"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/source"
)

// Parse reads a rule file, and keeps src, whose bytes may not change afterwards. It never fails: problems are diagnostics
// (file/encoding, file/syntax). What stands before a syntax error is in the tree; keys and tables that are defined twice keep
// their first value.
func Parse(name string, src []byte) (*File, []Diagnostic) {
	doc := tomlspan.Parse(src)
	f := &File{Path: cleanPath(name), Src: src, Rule: &Rule{}, Metadata: &Metadata{}, Root: doc.Root, Comments: doc.Comments,
		Truncated: doc.Truncated, text: doc.Text, index: doc.Lines}
	f.fill()
	diags := f.asDiagnostics(doc.Errors)
	for i := range diags {
		diags[i].Path, diags[i].RuleID = f.Path, f.Rule.ID
	}
	return f, diags
}

// Unread is a text that is not read as a rule, for the positions in it: a query on its own, say.
func Unread(name string, src []byte) *File {
	return &File{Path: cleanPath(name), Src: src, Rule: &Rule{}, Metadata: &Metadata{}, Root: &Node{Kind: TableNode}, Truncated: true, index: source.NewLines(src)}
}

func cleanPath(name string) string {
	if name == "" {
		return ""
	}
	return path.Clean(strings.ReplaceAll(name, "\\", "/"))
}

// decode checks the encoding and sets f.text. It returns false if there is nothing to parse: a file of more than limit bytes, say.
func (f *File) decode(limit int) ([]Diagnostic, bool) {
	text, errs, ok := tomlspan.Decode(f.Src, limit, false)
	f.text = text
	return f.asDiagnostics(errs), ok
}

// asDiagnostics makes findings of what is wrong with the text of the file.
func (f *File) asDiagnostics(errs []tomlspan.Error) []Diagnostic {
	var out []Diagnostic
	for _, e := range errs {
		d := Diagnostic{Code: "file/syntax", Severity: Error, Span: e.Span, Message: e.Message, Hint: e.Hint}
		if e.Kind == tomlspan.Encoding || e.Kind == tomlspan.Mark {
			d.Code = "file/encoding"
		}
		for _, r := range e.Related {
			d.Related = append(d.Related, Related{Span: r.Span, Message: r.Message})
		}
		if e.Fix != nil {
			d.Fixes = []Fix{*asFix(e.Fix)}
		}
		if e.Kind.Grammar() {
			f.forTOML(&d)
		}
		out = append(out, d)
	}
	return out
}

// forTOML answers a file of another format with what it is not; a repair of one line would be no help.
func (f *File) forTOML(d *Diagnostic) {
	switch ext := strings.ToLower(path.Ext(f.Path)); ext {
	case ".yml", ".yaml", ".json", ".ndjson":
		d.Hint = "rules are TOML files; a name in " + Quote(ext) + " says another format"
		d.Fixes = nil
	}
}

// spelling is how a file of another format writes its strings: it is only read.
func (f *File) spelling(segments func(doc string, at Span, value string) []source.Segment) *source.Spelling {
	return &source.Spelling{Doc: f.text, Segments: segments, Edits: func(*Text, []ValueEdit) ([]Edit, error) {
		return nil, fmt.Errorf("only TOML files are edited, this one is %s", f.Format)
	}}
}

// Unportable is a piece of valid TOML that some reader refuses.
type Unportable struct {
	Span   Span   // place in the file
	What   string // what it is, for a message: "a hexadecimal integer"
	Python bool   // Python's tomllib refuses it too, as it is newer than TOML 1.0; else pytoml alone
	Fix    *Fix   // nil if there is no plain way to write it otherwise
}

// Unportable lists what pytoml, with which the Python tool of detection-rules reads rules, or tomllib of Python's standard library
// cannot read: pytoml stopped at TOML 0.4, tomllib at 1.0. Of a file that is not TOML there is nothing.
func (f *File) Unportable() []Unportable {
	if f.Root == nil || f.Truncated || f.text == "" || f.Format != TOML {
		return nil
	}
	var out []Unportable
	for _, u := range tomlspan.Unportable(f.text, f.Root) {
		out = append(out, Unportable{Span: u.Span, What: u.What, Python: u.Python, Fix: asFix(u.Fix)})
	}
	return out
}

// asFix is a repair of the text as one of the file; nil for none.
func asFix(f *tomlspan.Fix) *Fix {
	if f == nil {
		return nil
	}
	return &Fix{Message: f.Message, Safe: f.Safe, Edits: f.Edits}
}

// Quote shows a piece of the user's text in a message: in backquotes, on one line, shortened to 60 characters.
func Quote(s string) string { return wording.Quote(s) }

// QuoteTOML writes a text as a one-line basic string.
func QuoteTOML(s string) string { return tomlspan.QuoteString(s) }
