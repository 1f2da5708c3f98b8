// Package discover turns the paths of a command line into the rule files they mean.
package discover

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// skipped names folders that never hold rules: fixtures, version control and other people's code.
var skipped = map[string]bool{"testdata": true, "vendor": true, "node_modules": true, "__pycache__": true}

// Problem is a path that could not be read; the search goes on without it.
type Problem struct {
	Path string
	Err  error
}

func (p Problem) Error() string { return fmt.Sprintf("%s: %s", p.Path, p.Reason()) }

// Reason says what is wrong, without the path.
func (p Problem) Reason() string { return reason(p.Err).Error() }

// reason strips the operation and path that the os package repeats in its errors.
func reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// Rules returns the rule files that the arguments name, in sorted order, each once, cleaned and with slashes: a file
// as it is whatever its name, a folder searched for regular files *.toml, a glob expanded and each result taken likewise. Hidden
// folders and files, testdata and vendored folders are skipped in a search, and symbolic links to folders are not
// followed, so a link loop ends. A path that does not exist, or a glob without a match, is a Problem. Named tells the files
// that an argument or glob stands for itself from those that a search came upon.
func Rules(args []string) (files []string, named map[string]bool, problems []Problem) {
	s := search{seen: map[string]bool{}, named: map[string]bool{}}
	for _, arg := range args {
		s.add(arg)
	}
	slices.Sort(s.files)
	return s.files, s.named, s.problems
}

type search struct {
	files       []string
	seen, named map[string]bool
	problems    []Problem
}

func (s *search) add(arg string) {
	info, err := os.Stat(arg)
	if err == nil {
		s.addPath(arg, info)
		return
	}
	if !strings.ContainsAny(arg, "*?[") {
		s.problem(arg, err)
		return
	}
	matches, err := filepath.Glob(arg)
	if err != nil {
		s.problem(arg, fmt.Errorf("not a glob pattern: %w", err))
		return
	}
	if len(matches) == 0 {
		s.problem(arg, errors.New("no file matches the pattern"))
	}
	for _, m := range matches {
		if info, err := os.Stat(m); err != nil {
			s.problem(m, err)
		} else {
			s.addPath(m, info)
		}
	}
}

func (s *search) addPath(path string, info fs.FileInfo) {
	if !info.IsDir() {
		s.file(path)
		s.named[clean(path)] = true
		return
	}
	err := filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			s.problem(p, err)
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if p == path {
			return nil
		}
		if strings.HasPrefix(d.Name(), ".") || d.IsDir() && skipped[d.Name()] {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() || filepath.Ext(d.Name()) != ".toml" {
			return nil
		}
		s.found(p, d)
		return nil
	})
	if err != nil {
		s.problem(path, err)
	}
}

// found takes a file that a search came upon, following a symbolic link. A pipe or device would block the run: it is taken
// only if it is named outright.
func (s *search) found(path string, d fs.DirEntry) {
	mode := d.Type()
	if mode&fs.ModeSymlink != 0 {
		target, err := os.Stat(path)
		if err != nil {
			s.problem(path, err)
			return
		}
		mode = target.Mode()
	}
	switch {
	case mode.IsDir():
	case mode.IsRegular():
		s.file(path)
	default:
		s.problem(path, errors.New("not a regular file"))
	}
}

func (s *search) file(path string) {
	if path = clean(path); !s.seen[path] {
		s.seen[path] = true
		s.files = append(s.files, path)
	}
}

// clean is how paths are shown: without detours, with slashes.
func clean(path string) string { return filepath.ToSlash(filepath.Clean(path)) }

func (s *search) problem(path string, err error) {
	s.problems = append(s.problems, Problem{Path: filepath.ToSlash(path), Err: err})
}
