package arrows

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// page is the name of a page of documentation in a text.
var page = regexp.MustCompile(`[A-Za-z0-9_./-]+\.md\b`)

// section is a numbered section of a page: "eql/LANGUAGE.md 4.6" or "LANGUAGE.md section 4.6".
var section = regexp.MustCompile(`([A-Za-z/]*LANGUAGE\.md),? (?:sections? )?([0-9]+(?:\.[0-9]+)?)`)

// elsewhere are names of pages that stand for others, and addresses.
var elsewhere = map[string]bool{
	"rule/lint/docs/area/name.md": true, // any page
	"//github.com/rulevet/rulevet/blob/main/rule/lint/docs/rule/severity-risk.md": true, // on the web
}

// TestReferences: a page that a comment or a page of this project names is one that ships with it, and so is its section.
func TestReferences(t *testing.T) {
	root := os.DirFS("../..")
	n := 0
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if ext := path.Ext(name); ext != ".go" && ext != ".md" && ext != ".txtar" || strings.HasPrefix(name, "internal/arrows/") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			if path.Ext(name) == ".go" {
				var comment bool
				if _, line, comment = strings.Cut(line, "//"); !comment {
					continue
				}
			}
			for _, m := range section.FindAllStringSubmatch(line, -1) {
				if !hasSection(root, path.Dir(name), m[1], m[2]) {
					t.Errorf("%s names section %s of %s, which has none: %s", name, m[2], m[1], strings.TrimSpace(line))
				}
			}
			for _, p := range page.FindAllString(line, -1) {
				if n++; !ships(root, path.Dir(name), p) && !elsewhere[p] {
					t.Errorf("%s names %s, which is not in the project: %s", name, p, strings.TrimSpace(line))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 20 {
		t.Errorf("only %d references were found", n)
	}
}

// hasSection tells whether a page of a language has a heading with a number.
func hasSection(root fs.FS, dir, page, number string) bool {
	at, ok := find(root, dir, page)
	if !ok {
		return false
	}
	text, err := fs.ReadFile(root, at)
	return err == nil && regexp.MustCompile(`(?m)^#+ `+regexp.QuoteMeta(number)+`\.? `).Match(text)
}

// ships tells whether a page is there.
func ships(root fs.FS, dir, page string) bool {
	_, ok := find(root, dir, page)
	return ok
}

// find looks for a page as seen from a folder, from one above it, or from the root.
func find(root fs.FS, dir, page string) (string, bool) {
	for {
		at := path.Join(dir, page)
		if info, err := fs.Stat(root, at); err == nil && !info.IsDir() {
			return at, true
		}
		if dir == "." {
			return "", false
		}
		dir = path.Dir(dir)
	}
}
