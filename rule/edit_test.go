package rule

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestApply(t *testing.T) {
	for _, tt := range []struct {
		name  string
		edits []Edit
		want  string // "" = error
	}{
		{"none", nil, "0123456789"},
		{"replace, delete and insert in any order", []Edit{{Span: Span{Start: 8, End: 10}, New: "X"}, {Span: Span{Start: 0, End: 2}, New: ""}, {Span: Span{Start: 5, End: 5}, New: "-"}}, "234-567X"},
		{"insertions at one place keep their order, before a replacement", []Edit{{Span: Span{Start: 3, End: 4}, New: "R"}, {Span: Span{Start: 3, End: 3}, New: "a"}, {Span: Span{Start: 3, End: 3}, New: "b"}}, "012abR456789"},
		{"neighbours", []Edit{{Span: Span{Start: 0, End: 2}, New: "a"}, {Span: Span{Start: 2, End: 4}, New: "b"}}, "ab456789"},
		{"overlap", []Edit{{Span: Span{Start: 0, End: 3}, New: "a"}, {Span: Span{Start: 2, End: 4}, New: "b"}}, ""},
		{"insertion inside a replacement", []Edit{{Span: Span{Start: 0, End: 3}, New: "a"}, {Span: Span{Start: 2, End: 2}, New: "b"}}, ""},
		{"behind the end", []Edit{{Span: Span{Start: 9, End: 11}, New: ""}}, ""},
		{"before the start", []Edit{{Span: Span{Start: -1, End: 1}, New: ""}}, ""},
		{"backwards", []Edit{{Span: Span{Start: 3, End: 2}, New: ""}}, ""},
	} {
		got, err := Apply([]byte("0123456789"), tt.edits)
		if (err != nil) != (tt.want == "") || string(got) != tt.want {
			t.Errorf("%s: got %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}

func TestMerge(t *testing.T) {
	fix := func(edits ...Edit) Fix { return Fix{Edits: edits} }
	got, conflicts := Merge(10, []Fix{
		fix(Edit{Span: Span{Start: 4, End: 6}, New: "a"}),
		fix(Edit{Span: Span{Start: 0, End: 1}, New: "b"}, Edit{Span: Span{Start: 5, End: 7}, New: "c"}), // overlaps the first, left out whole
		fix(Edit{Span: Span{Start: 4, End: 6}, New: "a"}, Edit{Span: Span{Start: 8, End: 9}, New: ""}),  // repeats the first
		fix(Edit{Span: Span{Start: 9, End: 9}, New: "d"}),                                               // at the edge of what is deleted
		fix(Edit{Span: Span{Start: 2, End: 2}, New: "e"}),
		fix(Edit{Span: Span{Start: 2, End: 2}, New: "f"}),                                              // the same place, something else
		fix(Edit{Span: Span{Start: 1, End: 3}, New: "g"}, Edit{Span: Span{Start: 2, End: 3}, New: ""}), // overlaps itself
		fix(Edit{Span: Span{Start: 10, End: 11}, New: ""}),                                             // outside
	})
	if diff := cmp.Diff([]Edit{{Span: Span{Start: 2, End: 2}, New: "e"}, {Span: Span{Start: 4, End: 6}, New: "a"}, {Span: Span{Start: 8, End: 9}, New: ""}}, got); diff != "" {
		t.Errorf("edits (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Conflict{{1, 0}, {3, 2}, {5, 4}, {6, -1}, {7, -1}}, conflicts); diff != "" {
		t.Errorf("conflicts (-want +got):\n%s", diff)
	}
}

func TestUnifiedDiff(t *testing.T) {
	got := UnifiedDiff("a", "b", []byte("1\n2\n3\n4\n5\n6\n7\n8\n9\n"), []byte("1\n2\nX\n4\n5\n6\n7\n8\n9"))
	want := "--- a\n+++ b\n@@ -1,9 +1,9 @@\n 1\n 2\n-3\n+X\n 4\n 5\n 6\n 7\n 8\n-9\n+9\n\\ No newline at end of file\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := UnifiedDiff("a", "b", []byte("x"), []byte("x")); got != nil {
		t.Errorf("equal texts differ: %q", got)
	}
}

// FuzzUnifiedDiff makes sure that patch turns the old text into the new one.
func FuzzUnifiedDiff(f *testing.F) {
	patch, err := exec.LookPath("patch")
	if err != nil {
		f.Skip("no patch")
	}
	f.Add([]byte("a\nb\nc\n"), []byte("a\nc\nd"))
	f.Add([]byte(""), []byte("a\n"))
	f.Add([]byte("a"), []byte(""))
	f.Add([]byte("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n"), []byte("b\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\n"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if len(a)+len(b) > 4096 || bytes.ContainsAny(append(a, b...), "\x00\r") {
			return
		}
		diff := UnifiedDiff("file", "file", a, b)
		if diff == nil {
			return
		}
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, a, 0o666); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(patch, "-s", "-f", path)
		cmd.Stdin = bytes.NewReader(diff)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("patch: %v %s\n%s", err, out, diff)
		}
		got, err := os.ReadFile(path)
		if err != nil && len(b) > 0 {
			t.Fatal(err)
		}
		if !bytes.Equal(got, b) {
			t.Fatalf("patched file is %q, want %q\n%s", got, b, diff)
		}
	})
}

// FuzzApply compares with a simple implementation, byte by byte.
func FuzzApply(f *testing.F) {
	f.Add([]byte("0123456789"), 1, 2, "x", 5, 5, "yz")
	f.Fuzz(func(t *testing.T, src []byte, s1, e1 int, n1 string, s2, e2 int, n2 string) {
		edits := []Edit{{Span: Span{Start: s1, End: e1}, New: n1}, {Span: Span{Start: s2, End: e2}, New: n2}}
		got, err := Apply(src, edits)
		if err != nil {
			return
		}
		var want []byte
		for i := 0; i <= len(src); i++ {
			for _, insert := range []bool{true, false} {
				for _, e := range edits {
					if e.Span.Start == i && (e.Span.End == i) == insert {
						want = append(want, e.New...)
					}
				}
			}
			deleted := false
			for _, e := range edits {
				deleted = deleted || e.Span.Start <= i && i < e.Span.End
			}
			if i < len(src) && !deleted {
				want = append(want, src[i])
			}
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}
