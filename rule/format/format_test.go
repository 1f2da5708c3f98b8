package format

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFormat(t *testing.T) {
	tests := []struct {
		name, in, want string
		opts           Options
	}{
		{name: "spaces around the equals sign", in: "[rule]\n  a=1\nb   =  \"x\"  \n", want: "[rule]\na = 1\nb = \"x\"\n"},
		{name: "one blank line before a table, none after its header",
			in: "\n\n[metadata]\n\na = 1\n[rule]\nb = 1\n\n\n\n[[rule.threat]]\nc = 1\n", want: "[metadata]\na = 1\n\n[rule]\nb = 1\n\n[[rule.threat]]\nc = 1\n"},
		{name: "deeper tables keep their place", in: "[[rule.threat]]\na = 1\n[[rule.threat.technique]]\nb = 1\n\n\n[rule.threat.tactic]\n",
			want: "[[rule.threat]]\na = 1\n[[rule.threat.technique]]\nb = 1\n\n[rule.threat.tactic]\n"},
		{name: "comments stay with what they are about",
			in:   "# top  \n\n[rule] # the rule\na = 1 # one\n\n   # about b\nb = 2\n# about the table\n[rule.c]\nd = 1\n# end",
			want: "# top\n\n[rule] # the rule\na = 1 # one\n\n# about b\nb = 2\n\n# about the table\n[rule.c]\nd = 1\n# end\n"},
		{name: "arrays", in: "a = [\"x\",\n\t\"y\" # why\n  # more\n]\nb = [ 1, 2 ]\nc = [[1,\n2],\n[3]\n]\n",
			want: "a = [\"x\",\n    \"y\", # why\n    # more\n]\nb = [ 1, 2 ]\nc = [[1,\n        2],\n    [3],\n]\n"},
		{name: "strings are copied", in: "a = '''\n  x  \n\n\n y=1 \n'''  \nb = \"\"\"q\\\"\"\"\"\"\nc = [\n\"\"\"\n  z  \n\"\"\"\n]\n",
			want: "a = '''\n  x  \n\n\n y=1 \n'''\nb = \"\"\"q\\\"\"\"\"\"\nc = [\n    \"\"\"\n  z  \n\"\"\",\n]\n"},
		{name: "quotes at the end of a block string", in: "a=\"\"\"\"\"\"\"\n", want: "a = \"\"\"\"\"\"\"\n"},
		{name: "quoted keys", in: "\"a = b\"   .c=1\n", want: "\"a = b\"   .c = 1\n"},
		{name: "CRLF becomes LF", in: "a = 1\r\n\r\nb = 2\r\n", want: "a = 1\n\nb = 2\n"},
		{name: "CRLF stays where a string holds it", in: "a = '''\r\nx\r\n'''\nb = 2\n", want: "a = '''\r\nx\r\n'''\r\nb = 2\r\n"},
		{name: "metadata sorted on request", opts: Options{SortMetadata: true},
			in: "[metadata]\n# last\nz = 1\na = 2 # first\n\n[rule]\nb = 1\na = 2\n", want: "[metadata]\na = 2 # first\n# last\nz = 1\n\n[rule]\nb = 1\na = 2\n"},
		{name: "an empty file", in: "\n\n", want: ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Format([]byte(tt.in), tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, string(got)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			again, err := Format(got, tt.opts)
			if d := cmp.Diff(string(got), string(again)); d != "" || err != nil {
				t.Errorf("second run: %v (-first +second):\n%s", err, d)
			}
		})
	}
}

func TestFormatRefusesBrokenTOML(t *testing.T) {
	_, err := Format([]byte("a = 1\nb = [1\n"), Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "2:") && !strings.HasPrefix(err.Error(), "3:") {
		t.Errorf("error = %v, want one with the position", err)
	}
}

func TestFormatCorpus(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "corpus")
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus here")
	}
	files, changed := 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".toml" {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, opts := range []Options{{}, {SortMetadata: true}} {
			out, err := Format(src, opts)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if again, err := Format(out, opts); err != nil || string(again) != string(out) {
				t.Errorf("%s: formatting again changes the file (%v):\n%s", path, err, cmp.Diff(string(out), string(again)))
			}
			if opts == (Options{}) && string(out) != string(src) {
				changed++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("formatted %d of %d files, %d changed", files, files, changed)
}

func FuzzFormat(f *testing.F) {
	for _, s := range []string{"a=1\n", "[a]\nb=[1,#x\n2]\n", "a='''x\r\n'''", "[[a.b]]\n#c\n[c]\n", "a = \"\"\"\"x\"\"\"\"\"\n", "a = {b = [1], c = 'x'}\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 1<<14 {
			return
		}
		out, err := Format([]byte(src), Options{})
		if err != nil {
			if strings.Contains(err.Error(), "report this file") {
				t.Fatalf("%q: %v: %q", src, err, layOut([]byte(src)))
			}
			return
		}
		again, err := Format(out, Options{})
		if err != nil || string(again) != string(out) {
			t.Fatalf("%q: first %q, second %q (%v)", src, out, again, err)
		}
	})
}
