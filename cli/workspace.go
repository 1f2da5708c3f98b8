package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/discover"
	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/rule/lint/config"
	"github.com/rulevet/rulevet/schema"
)

// workspace is what a run works on: the rule files named, the rest of the repository, and its configuration.
type workspace struct {
	root   string        // absolute path of the repository
	checks []*lint.Check // whose codes the configuration may name
	config *lint.Config
	// configured tells that there is a configuration file. Without one there are no roots to compare with: the working
	// folder may be anything, a home folder too.
	configured bool
	baseline   string            // as configured; empty = none
	failOn     string            // as configured; empty = error
	paths      []string          // what was searched: the arguments, else the roots
	whole      bool              // the configured roots were searched, not arguments
	files      []string          // rules, named, sorted, cleaned, as the user writes paths
	others     []string          // further files of the configured roots
	beside     []string          // files beside rules, named: exceptions, actions, hunting queries
	passed     []string          // named or found, but no rules
	companions []string          // configured folders of exceptions and actions
	texts      map[string][]byte // of files and beside, as read
	notes      []string          // about the configuration, to be told
	stdin      bool              // a rule comes from standard input
	stdinSrc   []byte            // its text, once read
	problems   []discover.Problem
}

// open finds the configuration and the rule files of the arguments.
func (c *command) open(f *commonFlags, args []string) (*workspace, error) {
	w := &workspace{checks: c.checks()}
	args = slices.DeleteFunc(slices.Clone(args), func(a string) bool {
		w.stdin = w.stdin || a == "-"
		return a == "-"
	})
	if slices.Contains(args, "") {
		return nil, usageError("a path is empty: expected a file, a folder or a glob")
	}
	start := "."
	if len(args) > 0 {
		start = args[0]
	}
	roots, err := w.configure(f, start)
	if err != nil {
		return nil, err
	}
	for _, note := range w.notes {
		fmt.Fprintf(c.Stderr, "rulevet: %s\n", note)
	}
	if len(args) == 0 && !w.stdin {
		args, w.whole = append(roots, w.companions...), true
	}
	w.paths = args
	found, named, problems := discover.Rules(args)
	w.problems = problems
	w.sift(found, named)
	if len(w.files)+len(w.beside) == 0 && !w.stdin && len(w.problems) == 0 && !allNamed(w.passed, named) {
		return nil, failed(noRules(w.paths, w.passed))
	}
	if w.configured {
		missing := w.rest(roots)
		for i := 0; i < len(missing) && !w.whole; i++ {
			fmt.Fprintf(c.Stderr, "rulevet: the configuration has a root that is not there: %v\n", missing[i])
		}
	}
	return w, nil
}

// configure reads the configuration and returns the roots as paths a user would write.
func (w *workspace) configure(f *commonFlags, start string) (roots []string, err error) {
	w.root = repositoryRoot(start)
	path := f.config
	if path == "" {
		path = filepath.Join(w.root, config.Name)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			w.config = &lint.Config{}
			roots, err := w.repository(w.root)
			w.override(f)
			if len(roots) == 0 {
				roots = []string{"."}
			}
			return roots, err
		}
	}
	src, err := fileio.Read(path, fileio.MaxConfig)
	if err != nil {
		return nil, usageError("configuration: %w", err)
	}
	file, err := config.Parse(filepath.ToSlash(shorten(path)), src, w.checks...)
	if err != nil {
		return nil, usageError("%w", err)
	}
	dir := filepath.Dir(path)
	w.config, w.failOn, w.configured = file.Lint, file.FailOn, true
	if w.config == nil {
		w.config = &lint.Config{}
	}
	if file.Baseline != "" {
		w.baseline = filepath.Join(dir, file.Baseline)
	}
	for i, s := range w.config.Schemas {
		w.config.Schemas[i] = under(dir, s)
	}
	if w.config.RuleSchema != "" {
		w.config.RuleSchema = under(dir, w.config.RuleSchema)
	}
	upstream, err := w.repository(dir)
	if err != nil {
		return nil, err
	}
	w.override(f)
	for _, r := range file.Roots {
		roots = append(roots, shorten(filepath.Join(dir, r)))
	}
	if len(roots) == 0 {
		roots = upstream
	}
	if len(roots) == 0 {
		roots = []string{shorten(dir)}
	}
	return roots, nil
}

// repository takes what .rulevet.toml leaves open from the _config.yaml of a rule repository, if there is one: in a
// folder, or in the one that CUSTOM_RULES_DIR names. It returns the folders of the rules.
func (w *workspace) repository(dir string) (roots []string, err error) {
	custom := os.Getenv("CUSTOM_RULES_DIR")
	if custom != "" {
		dir = custom
	}
	repo, err := config.ReadRepository(os.DirFS(dir))
	switch {
	case errors.Is(err, config.ErrForeign) && custom == "":
		w.notes = append(w.notes, fmt.Sprintf("%s is not used: %v", filepath.ToSlash(shorten(filepath.Join(dir, config.RepositoryName))), err))
		return nil, nil
	case errors.Is(err, fs.ErrNotExist) && custom == "":
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, usageError("CUSTOM_RULES_DIR is %s, but there is no %s [config/not-found]", custom, config.RepositoryName)
	case err != nil:
		return nil, usageError("%s: %w", filepath.ToSlash(shorten(dir)), err)
	}
	if repo.Problems != nil {
		repo.Problems.Path = filepath.ToSlash(shorten(filepath.Join(dir, config.RepositoryName)))
		for line := range strings.Lines(repo.Problems.Error()) {
			w.notes = append(w.notes, "warning: "+strings.TrimSpace(line))
		}
	}
	repo.Apply(w.config)
	for _, d := range repo.Companions {
		w.companions = append(w.companions, shorten(filepath.Join(dir, d)))
	}
	for _, s := range repo.Schemas {
		w.config.Schemas = append(w.config.Schemas, filepath.Join(dir, s))
	}
	for _, r := range repo.Roots {
		roots = append(roots, shorten(filepath.Join(dir, r)))
	}
	w.configured = w.configured || len(roots) > 0
	return roots, nil
}

// under makes the file of FILE or PATTERN=FILE relative to a folder.
func under(dir, spec string) string {
	if pattern, file, scoped := strings.Cut(spec, "="); scoped {
		return pattern + "=" + under(dir, file)
	}
	if filepath.IsAbs(spec) {
		return spec
	}
	return filepath.Join(dir, spec)
}

// override lets flags win over the configuration.
func (w *workspace) override(f *commonFlags) {
	if len(f.stacks) > 0 {
		w.config.Stacks = f.stacks
	}
	if f.attack != "" {
		w.config.Attack = f.attack
	}
	w.config.Schemas = append(w.config.Schemas, f.schemas...)
}

// newestStack is the newest stack that the configuration or a flag names, empty if none does.
func (w *workspace) newestStack() string {
	newest := ""
	for _, s := range w.config.Stacks {
		if newest == "" || schema.CompareVersions(s, newest) > 0 {
			newest = s
		}
	}
	return newest
}

// rest finds the files of the roots that are not named: set-wide checks compare with them. It returns the roots that do
// not exist.
func (w *workspace) rest(roots []string) (missing []discover.Problem) {
	named := map[string]bool{}
	for _, path := range w.files {
		named[absolute(path)] = true
	}
	all, _, problems := discover.Rules(roots) // a file that cannot be read is reported when it is named
	for _, p := range problems {
		if slices.Contains(roots, filepath.FromSlash(p.Path)) {
			missing = append(missing, p)
		}
	}
	for _, path := range all {
		if !named[absolute(path)] {
			w.others = append(w.others, path)
		}
	}
	return missing
}

func absolute(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	return abs
}

// shorten writes a path from the working folder if it lies below, as a user would.
func shorten(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(wd, absolute(path))
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return path
	}
	return rel
}

// repositoryRoot returns the folder upward from path that holds .rulevet.toml, else the one with _config.yaml or the top of
// a git checkout, else the folder of path itself.
func repositoryRoot(path string) string {
	abs := absolute(path)
	for !isDir(abs) && abs != filepath.Dir(abs) {
		abs = filepath.Dir(abs)
	}
	root := ""
	for dir := abs; ; dir = filepath.Dir(dir) {
		if exists(dir, config.Name) {
			return dir
		}
		if root == "" && exists(dir, config.RepositoryName) {
			root = dir
		}
		git := exists(dir, ".git")
		switch {
		case !git && dir != filepath.Dir(dir):
		case root != "":
			return root
		case git:
			return dir
		default:
			return abs
		}
	}
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// marked reports whether a folder is the top of a repository.
func marked(dir string) bool {
	return exists(dir, config.Name) || exists(dir, config.RepositoryName) || exists(dir, ".git")
}

// repoPath returns a path from the root of the repository, with slashes; the path itself if it lies outside. Where no
// folder is marked as a root, the checks need the names of the folders all the same: the path starts with the name of
// the working folder, so that "_deprecated/x.toml" and, in that folder, "x.toml" are told from active rules.
func (w *workspace) repoPath(path string) string {
	if !marked(w.root) {
		abs := absolute(path)
		if wd, err := os.Getwd(); err == nil {
			if rel, err := filepath.Rel(filepath.Dir(wd), abs); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
				return filepath.ToSlash(rel)
			}
		}
		return strings.TrimPrefix(filepath.ToSlash(strings.TrimPrefix(abs, filepath.VolumeName(abs))), "/")
	}
	rel, err := filepath.Rel(w.root, absolute(path))
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(rel)
}
