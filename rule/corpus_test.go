package rule

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/pelletier/go-toml/v2"
	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/source"
)

// corpus calls visit for every public rule file beside the module; it skips the test where there are none.
func corpus(t testing.TB, visit func(name string, src []byte)) {
	t.Helper()
	root := "../../shared/corpus/detection-rules"
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus beside the module")
	}
	n := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".toml") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n++
		visit(strings.TrimPrefix(path, root+"/"), src)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d rule files", n)
}

func TestCorpusLoads(t *testing.T) {
	nodes, strs, bytes := 0, 0, 0
	corpus(t, func(name string, src []byte) {
		f, diags := Parse(name, src)
		for _, d := range diags {
			t.Errorf("%s:%d: %s", name, f.Position(d.Span.Start).Line, d.Message)
		}
		bytes += len(src)
		checkTree(t, f)
		walk(f.Root, func(n *Node) {
			nodes++
			if n.Kind == StringNode {
				strs++
			}
		})
		var want map[string]any
		if err := toml.Unmarshal(src, &want); err != nil {
			t.Errorf("%s: go-toml: %v", name, err)
		}
		if diff := cmp.Diff(want, plain(f.Root), cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s: values differ from go-toml's (-want +got):\n%s", name, diff)
		}
		if f.Rule.ID == "" || f.Rule.Name == "" || f.Metadata.CreationDate == "" {
			t.Errorf("%s: typed rule not filled: %+v", name, f.Rule)
		}
	})
	t.Logf("%d bytes, %d nodes, %d strings", bytes, nodes, strs)
}

func walk(n *Node, visit func(*Node)) {
	visit(n)
	for _, c := range n.Children {
		walk(c, visit)
	}
}

// plain converts a tree to what go-toml decodes into map[string]any, dates left out.
func plain(n *Node) any {
	switch n.Kind {
	case TableNode:
		m := map[string]any{}
		for _, c := range n.Children {
			m[c.Key] = plain(c)
		}
		return m
	case ArrayNode:
		a := []any{}
		for _, c := range n.Children {
			a = append(a, plain(c))
		}
		return a
	case StringNode:
		return n.Str
	case IntegerNode:
		return n.Int
	case FloatNode:
		return n.Float
	case BoolNode:
		return n.Bool
	case DateNode:
		return date{}
	}
	return "invalid"
}

type date struct{}

// undated replaces the dates in what go-toml decodes.
func undated(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = undated(e)
		}
	case []any:
		for i, e := range v {
			v[i] = undated(e)
		}
	case time.Time, toml.LocalDate, toml.LocalDateTime, toml.LocalTime:
		return date{}
	}
	return v
}

// checkTree tests what holds for every file: spans lie in the file and nest, and offset maps reproduce the values.
func checkTree(t testing.TB, f *File) {
	t.Helper()
	inside := func(outer, inner Span) bool { return outer.Start <= inner.Start && inner.End <= outer.End }
	var check func(n *Node)
	check = func(n *Node) {
		if n.Span.Start > n.Span.End || n.Entry.End > len(f.Src) || !inside(n.Entry, n.Span) {
			t.Fatalf("%s: node %q: span %v is not inside its entry %v", f.Path, n.Key, n.Span, n.Entry)
		}
		if n.Key != "" && !inside(n.Entry, n.KeySpan) && n.Form != source.FromSubheader {
			t.Fatalf("%s: key %q at %v is not inside its entry %v", f.Path, n.Key, n.KeySpan, n.Entry)
		}
		for _, c := range n.Children {
			if !inside(n.Entry, c.Entry) {
				t.Fatalf("%s: entry %v of %q is not inside %v of %q", f.Path, c.Entry, c.Key, n.Entry, n.Key)
			}
			check(c)
		}
		if text := n.Text(); text != nil {
			checkText(t, f, text)
		}
	}
	check(f.Root)
	for i, c := range f.Comments {
		if f.text[c.Span.Start:c.Span.End] != c.Text || !strings.HasPrefix(c.Text, "#") {
			t.Fatalf("%s: comment %q is not at %v", f.Path, c.Text, c.Span)
		}
		if i > 0 && f.Comments[i-1].Span.End > c.Span.Start {
			t.Fatalf("%s: comments out of order: %v, %v", f.Path, f.Comments[i-1].Span, c.Span)
		}
	}
}

// checkText tests that a text's segments tile its content and that mapping each character forth and back is exact.
func checkText(t testing.TB, f *File, text *Text) {
	t.Helper()
	raw := f.text[text.Span.Start:text.Span.End]
	value, segments := tomlspan.DecodeLiteral(raw, text.Span.Start)
	if value != text.Value {
		t.Fatalf("%s: map of %s gives %q, want %q", f.Path, raw, value, text.Value)
	}
	at, file := 0, segments[0].At
	for _, s := range segments {
		if s.Value != at || s.At != file {
			t.Fatalf("%s: segments of %s do not tile: %+v", f.Path, raw, segments)
		}
		at, file = at+s.ValueLen, file+s.Len
	}
	if rest := f.text[file:text.Span.End]; at != len(text.Value) || strings.Trim(rest, raw[:1]) != "" || len(rest) > 3 || segments[0].At > text.Span.Start+5 {
		t.Fatalf("%s: segments of %s do not cover it: %+v", f.Path, raw, segments)
	}
	for i, r := range text.Value {
		if i > 4000 {
			break
		}
		s := text.FileSpan(i, i+len(string(r)))
		if back, ok := text.ValueOffset(s.Start); !ok || back != i {
			t.Fatalf("%s: value offset %d of %s maps to %d and back to %d", f.Path, i, raw, s.Start, back)
		}
		if piece := f.text[s.Start:s.End]; piece != string(r) && !strings.HasPrefix(piece, `\`) {
			t.Fatalf("%s: character %q at %d of %s maps to %q", f.Path, r, i, raw, piece)
		}
	}
}
