package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/discover"
	"github.com/rulevet/rulevet/rule/lint"
)

// configName is the name of the configuration file.
const configName = ".rulevet.toml"

// workspace is what a run works on: the rule files named, the rest of the repository, and its configuration.
type workspace struct {
	root     string // absolute path of the repository
	config   *lint.Config
	baseline string   // as configured; empty = none
	files    []string // named, sorted, cleaned, as the user writes paths
	others   []string // further files of the configured roots
	stdin    bool     // a rule comes from standard input
	problems []discover.Problem
}

// open finds the configuration and the rule files of the arguments.
func (c *Command) open(f *commonFlags, args []string) (*workspace, error) {
	w := &workspace{config: &lint.Config{}}
	args = slices.DeleteFunc(slices.Clone(args), func(a string) bool {
		w.stdin = w.stdin || a == "-"
		return a == "-"
	})
	start := "."
	if len(args) > 0 {
		start = args[0]
	}
	w.root = repositoryRoot(start)
	if len(args) == 0 && !w.stdin {
		args = []string{"."}
	}
	w.files, w.problems = discover.Rules(args)
	if len(w.files) == 0 && !w.stdin && len(w.problems) == 0 {
		return nil, failed(errNoRules)
	}
	return w, nil
}

// repositoryRoot returns the folder upward from path that holds a configuration or is the top of a git checkout, else
// the folder of path itself.
func repositoryRoot(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "."
	}
	if info, err := os.Stat(abs); err != nil || !info.IsDir() {
		abs = filepath.Dir(abs)
	}
	for dir := abs; ; dir = filepath.Dir(dir) {
		for _, mark := range []string{configName, ".git"} {
			if _, err := os.Stat(filepath.Join(dir, mark)); !errors.Is(err, fs.ErrNotExist) && err == nil {
				return dir
			}
		}
		if dir == filepath.Dir(dir) {
			return abs
		}
	}
}

// repoPath returns a path from the root of the repository, with slashes; the path itself if it lies outside.
func (w *workspace) repoPath(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.ToSlash(path)
	}
	rel, err := filepath.Rel(w.root, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(rel)
}
