package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unread fails when it is read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("standard input is read")
	return 0, errors.New("read")
}

// failing ends in an error.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the line is cut") }

// dynamic writes a mapping that leaves the types of fields to the events.
func dynamic(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "mapping.json")
	if err := os.WriteFile(path, []byte(`{"properties": {"a": {"type": "keyword"}}}`), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDryRunReadsNoEvents: without files there are no events to take types from, and none is waited for.
func TestDryRunReadsNoEvents(t *testing.T) {
	schema := dynamic(t)
	for _, tt := range []struct {
		language, query string
		want            int
	}{
		{"eql", "any where x == 1", 1},
		{"eql", "any where a == \"x\"", 0},
		{"kuery", "x:1", 0},
		{"lucene", "x:1", 0},
		{"esql", "FROM b | WHERE x == 1", 1},
	} {
		var out, errs bytes.Buffer
		got := Main([]string{"query", "--dry-run", "--schema", schema, "--language", tt.language, tt.query}, Options{Stdin: unread{t}, Stdout: &out, Stderr: &errs})
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s%s", tt.query, diff, errs.String())
		}
	}
}

// TestCopyOfInputFails: what becomes of the copy of standard input is told, and not under the name of a file that nobody knows.
func TestCopyOfInputFails(t *testing.T) {
	var out, errs bytes.Buffer
	code := Main([]string{"query", "--schema", dynamic(t), "any where x == 1"}, Options{Stdin: failing{}, Stdout: &out, Stderr: &errs})
	want := "rulevet: standard input is read twice, and its copy in " + os.TempDir() + " cannot be written: the line is cut\n"
	if diff := cmp.Diff(want, errs.String()); diff != "" || code != 3 {
		t.Errorf("exit %d (-want +got):\n%s", code, diff)
	}
	gone := filepath.Join(t.TempDir(), "gone")
	if t.Setenv("TMPDIR", gone); os.TempDir() != gone {
		return // not what this system goes by
	}
	errs.Reset()
	code = Main([]string{"query", "--schema", dynamic(t), "any where x == 1"}, Options{Stdin: strings.NewReader("{}"), Stdout: &out, Stderr: &errs})
	want = "rulevet: standard input is read twice, and its copy in " + os.TempDir() + " cannot be written: no such file or directory\n"
	if diff := cmp.Diff(want, errs.String()); diff != "" || code != 3 {
		t.Errorf("exit %d (-want +got):\n%s", code, diff)
	}
}
