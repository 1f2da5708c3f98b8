package discover

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRules(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{
		"rules/b.toml", "rules/a.toml", "rules/sub/c.toml", "rules/note.md", "rules/.hidden.toml", "rules/.git/x.toml",
		"rules/testdata/a/cases.toml", "rules/vendor/v.toml", "rules/folder.toml/d.toml", "one.txt",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("..", "rules/sub/loop"); err != nil {
		t.Skip("no symbolic links here")
	}
	if err := os.Symlink("nowhere", "rules/gone.toml"); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		args     []string
		want     []string
		problems []string
	}{
		{name: "a folder is searched, a folder named like a rule too",
			args:     []string{"rules"},
			want:     []string{"rules/a.toml", "rules/b.toml", "rules/folder.toml/d.toml", "rules/sub/c.toml"},
			problems: []string{"rules/gone.toml: no such file or directory"}},
		{name: "a file is taken whatever its name, once", args: []string{"one.txt", "./one.txt"}, want: []string{"one.txt"}},
		{name: "a glob", args: []string{"rules/[ab].toml"}, want: []string{"rules/a.toml", "rules/b.toml"}},
		{name: "a path that does not exist", args: []string{"nope"}, problems: []string{"nope: no such file or directory"}},
		{name: "a glob without a match", args: []string{"no*"}, problems: []string{"no*: no file matches the pattern"}},
		{name: "testdata named outright is searched", args: []string{"rules/testdata"}, want: []string{"rules/testdata/a/cases.toml"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _, problems := Rules(tt.args)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("files (-want +got):\n%s", d)
			}
			var texts []string
			for _, p := range problems {
				texts = append(texts, p.Error())
			}
			if d := cmp.Diff(tt.problems, texts); d != "" {
				t.Errorf("problems (-want +got):\n%s", d)
			}
		})
	}
}

func TestRulesReportsUnreadableFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads every folder")
	}
	dir := t.TempDir()
	locked := filepath.Join(dir, "locked")
	if err := os.Mkdir(locked, 0); err != nil {
		t.Fatal(err)
	}
	_, _, problems := Rules([]string{dir})
	if len(problems) != 1 || !strings.Contains(problems[0].Error(), "permission denied") {
		t.Errorf("problems = %v, want one about the locked folder", problems)
	}
}
