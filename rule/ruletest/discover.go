package ruletest

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
)

// skippedDirs names folders that never hold rules.
var skippedDirs = map[string]bool{"testdata": true, "vendor": true, "node_modules": true, "__pycache__": true}

// ruleFiles returns the rule files that the patterns name, sorted, each once: a file as it is, a folder searched for
// *.toml, a glob expanded and each result taken likewise. No pattern means the whole file system.
func ruleFiles(fsys fs.FS, o Options) ([]string, []Problem) {
	patterns := o.Paths
	if len(patterns) == 0 {
		patterns = []string{"."}
	}
	s := ruleSearch{fsys: fsys}
	for _, p := range patterns {
		if _, parsed := o.Documents[p]; parsed || o.Sources[p] != nil {
			s.files = append(s.files, p)
			continue
		}
		s.pattern(p)
	}
	slices.Sort(s.files)
	return slices.Compact(s.files), s.problems
}

type ruleSearch struct {
	fsys     fs.FS
	files    []string
	problems []Problem
}

func (s *ruleSearch) fail(p string, err error) {
	s.problems = append(s.problems, unreadable(p, err))
}

func (s *ruleSearch) pattern(p string) {
	clean := path.Clean(strings.TrimSuffix(p, "/..."))
	if clean == "..." {
		clean = "."
	}
	if !fs.ValidPath(clean) {
		s.fail(p, errors.New("the path leads out of the file system: expected a relative path with slashes"))
		return
	}
	if _, err := fs.Stat(s.fsys, clean); err == nil {
		s.path(clean)
		return
	} else if !strings.ContainsAny(clean, "*?[") {
		s.fail(p, err)
		return
	}
	found, err := fs.Glob(s.fsys, clean)
	if err == nil && len(found) == 0 {
		err = errors.New("no file matches the pattern")
	}
	if err != nil {
		s.fail(p, err)
	}
	for _, f := range found {
		s.path(f)
	}
}

func (s *ruleSearch) path(root string) {
	err := fs.WalkDir(s.fsys, root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			s.fail(p, err)
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if p == root {
			if !d.IsDir() {
				s.files = append(s.files, p)
			}
			return nil
		}
		if d.IsDir() && (skippedDirs[d.Name()] || strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		if !d.IsDir() && path.Ext(p) == ".toml" && !strings.HasPrefix(d.Name(), ".") {
			s.files = append(s.files, p)
		}
		return nil
	})
	if err != nil {
		s.fail(root, err)
	}
}

// stem is the name of the rule file without folder and extension.
func stem(ruleFile string) string {
	return strings.TrimSuffix(path.Base(ruleFile), path.Ext(ruleFile))
}

// fixtureDirs returns the folders testdata/<stem> of a rule, the one beside it first, then those of its parents up to
// the root. All of them count: a folder higher up is not hidden by a nearer one, so that no fixture is skipped.
func fixtureDirs(fsys fs.FS, ruleFile string) []string {
	var dirs []string
	for dir := path.Dir(ruleFile); ; dir = path.Dir(dir) {
		d := path.Join(dir, "testdata", stem(ruleFile))
		if info, err := fs.Stat(fsys, d); err == nil && info.IsDir() {
			dirs = append(dirs, d)
		}
		if dir == "." {
			return dirs
		}
	}
}

// orphans reports fixture folders under the searched folders that belong to no rule of the set. A folder counts as one
// only if it lies in testdata and holds a match* or nomatch* file, a golden or cases.toml: testdata is used for other
// things too.
func orphans(fsys fs.FS, o Options, rules []string) []Problem {
	roots := o.Roots
	if roots == nil {
		roots = searchRoots(fsys, o.Paths)
	}
	if len(roots) == 0 {
		return nil
	}
	claimed, stems := map[string]bool{}, map[string]bool{}
	for _, r := range append(slices.Clone(rules), o.Others...) {
		stems[stem(r)] = true
		for _, d := range fixtureDirs(fsys, r) {
			claimed[d] = true
		}
	}
	var out []Problem
	for _, root := range roots {
		_ = fs.WalkDir(fsys, root, func(p string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return nil // unreadable folders are reported by the search for rules
			}
			if p != root && (strings.HasPrefix(d.Name(), ".") || skippedDirs[d.Name()] && d.Name() != "testdata") {
				return fs.SkipDir
			}
			if path.Base(path.Dir(p)) != "testdata" {
				return nil
			}
			if !claimed[p] && holdsFixtures(fsys, p) {
				claimed[p] = true
				out = append(out, orphan(p, stems))
			}
			return fs.SkipDir
		})
	}
	slices.SortFunc(out, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
	return out
}

func orphan(dir string, stems map[string]bool) Problem {
	name := path.Base(dir)
	p := Problem{Code: codeOrphan, Severity: "error", Path: dir,
		Message: fmt.Sprintf("fixtures without a rule: no %s.toml beside the testdata folder or below it", name),
		Hint:    "the folder must bear the name of the rule file"}
	if names := near.Names(name, slices.Sorted(maps.Keys(stems))); len(names) > 0 {
		p.Hint = "did you mean " + quoteList(names) + "?"
	}
	return p
}

// searchRoots are the folders among the patterns: naming one rule file must not report the fixtures of its siblings.
func searchRoots(fsys fs.FS, patterns []string) []string {
	if len(patterns) == 0 {
		return []string{"."}
	}
	var roots []string
	for _, p := range patterns {
		p = path.Clean(p)
		if info, err := fs.Stat(fsys, p); err == nil && info.IsDir() {
			roots = append(roots, p)
		}
	}
	return roots
}

// holdsFixtures tells fixtures from what else lies in testdata folders: a name that only this package gives a meaning.
func holdsFixtures(fsys fs.FS, dir string) bool {
	if name := path.Base(dir); name == lookupDir || name == enrichDir { // what rules share
		return false
	}
	entries, _ := fs.ReadDir(fsys, dir)
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		n := e.Name()
		return n == casesFile || strings.HasSuffix(n, goldenSuffix) ||
			isEventFile(n) && (strings.HasPrefix(n, "match") || strings.HasPrefix(n, "nomatch"))
	})
}
