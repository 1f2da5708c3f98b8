package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/discover"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
)

// notARule is why a file is passed over.
const notARule = "not a rule: the file has no table [rule]"

// sift reads the files and tells rules from what lies beside them and from the files of other tools.
func (w *workspace) sift(found []string, named map[string]bool) {
	w.texts = map[string][]byte{}
	for _, path := range found {
		src, err := readRule(path)
		if err != nil {
			w.problems = append(w.problems, discover.Problem{Path: path, Err: err})
			continue
		}
		switch kind := kindOf(path, src, named[path]); {
		case kind == rule.RuleKind:
			w.files = append(w.files, path)
		case kind.Companion() || w.inCompanions(path):
			w.beside = append(w.beside, path)
		default:
			w.passed = append(w.passed, path)
			continue
		}
		w.texts[path] = src
	}
}

// kindOf tells what a file is. One that the user names and that has no content of another tool is meant to be a rule.
func kindOf(path string, src []byte, named bool) rule.Kind {
	if rule.IsRule(src) || rule.FormatOf(path) != rule.TOML {
		return rule.RuleKind
	}
	file, _ := rule.Parse(path, src)
	kind := file.Kind()
	if named && (kind == rule.BlankKind || kind == rule.ForeignKind && file.Truncated) {
		return rule.RuleKind
	}
	return kind
}

// inCompanions reports a file in a folder that is configured to hold files beside rules.
func (w *workspace) inCompanions(path string) bool {
	return slices.ContainsFunc(w.companions, func(dir string) bool { return inside(absolute(dir), absolute(path)) })
}

// allNamed reports that there are paths, and that the user gave each of them.
func allNamed(paths []string, named map[string]bool) bool {
	return len(paths) > 0 && !slices.ContainsFunc(paths, func(p string) bool { return !named[p] })
}

// passedOver says which files a command that works on rules has left alone, in one line.
func (c *command) passedOver(w *workspace) {
	list := slices.Concat(w.beside, w.passed)
	if len(list) == 0 {
		return
	}
	slices.Sort(list)
	more := ""
	if n := len(list) - 1; n > 0 {
		more = " and " + wording.Count(n, "other file")
	}
	fmt.Fprintf(c.Stderr, "rulevet: passed over: %s%s: %s\n", list[0], more, notARule)
}

// besides are the files beside rules, for the linter.
func (w *workspace) besides() []lint.Source {
	var out []lint.Source
	for _, path := range w.beside {
		out = append(out, lint.Source{Path: path, Src: w.texts[path], RepoPath: w.repoPath(path), Companion: w.inCompanions(path)})
	}
	return out
}

// receipts adds the files that are passed over to a report: nothing of them was checked.
func (w *workspace) receipts(found *lint.Report) {
	for _, path := range w.passed {
		found.Files = append(found.Files, lint.FileReport{Path: path, Repo: w.repoPath(path), Skipped: []lint.Skip{{Part: lint.PartRule, Why: notARule}}})
	}
	slices.SortStableFunc(found.Files, func(a, b lint.FileReport) int { return strings.Compare(a.Path, b.Path) })
}
