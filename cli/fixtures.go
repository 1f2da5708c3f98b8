package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/exchange"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/rule/report"
	"github.com/rulevet/rulevet/rule/ruletest"
)

// fixtureRun is one run of fixtures: its result, with paths as the user writes them.
type fixtureRun struct {
	*ruletest.Report
	// diagnostics are the report's problems in the form that every output format knows.
	diagnostics []rule.Diagnostic
	files       map[string]*rule.File // by path, those that diagnostics stand in
}

// source returns a file for positions, nil if it is not at hand.
func (r *fixtureRun) source(path string) *rule.File { return r.files[path] }

// runFixtures executes the cases of the named rules. Fixtures are looked for up to the root of the repository, so the
// file system handed over is rooted there, or at the folder above all files if some lie outside.
func (c *command) runFixtures(ctx context.Context, f *testFlags, w *workspace) (*fixtureRun, error) {
	gate := w.config.Fixtures
	opts := ruletest.Options{Jobs: f.jobs, Update: f.update, Coverage: f.coverage || f.html != "" || gate.Coverage > 0, Mutate: f.mutate || gate.Mutation > 0,
		Suggest: f.suggest,
		Gate:    ruletest.Gate{MinCases: gate.MinCases, Coverage: gate.Coverage, Mutation: gate.Mutation},
		Cross:   f.cross, CrossCheck: gate.Cross, CrossAllow: gate.CrossAllow}
	opts.Stack = w.newestStack()
	if f.run != "" {
		re, err := regexp.Compile(f.run)
		if err != nil {
			return nil, usageError("--run: %w", err)
		}
		opts.Run = re
	}
	if err := checkPairs(gate.CrossAllow); err != nil {
		return nil, err
	}
	if len(w.config.Schemas) > 0 {
		catalog, err := lint.LoadCatalog(w.config.Schemas)
		if err != nil {
			return nil, usageError("schema: %w", err)
		}
		opts.Catalog = catalog
	}
	t := &tree{root: w.fixtureRoot(), user: map[string]string{}}
	if err := c.fixturePaths(&opts, f, w, t); err != nil {
		return nil, err
	}
	opts.Write = func(name string, data []byte) error {
		err := fileio.Write(t.disk(name), data)
		if err != nil {
			w.unwritten(shorten(t.disk(name)), err)
			err = w.problems[len(w.problems)-1].Err
		}
		return err
	}
	out := &fixtureRun{Report: &ruletest.Report{SchemaVersion: ruletest.SchemaVersion, Rules: []*ruletest.RuleResult{}}}
	if f.elasticsearch != "" {
		ended, stop := signal.NotifyContext(ctx, os.Interrupt)
		defer stop()
		ctx = ended
		if err := c.askCluster(ctx, f.elasticsearch, opts.Catalog, &opts); err != nil {
			return nil, err
		}
	}
	if len(opts.Paths) > 0 {
		bar := &progressBar{out: c.terminal(), now: c.Now}
		bar.start()
		opts.Progress = func(done, all int) { bar.count(done, all, "rule") }
		if opts.Suggest || opts.Mutate {
			// What is made up is thrown away soon, and there is little else: collecting it less often costs some memory and saves much time.
			defer debug.SetGCPercent(debug.SetGCPercent(garbagePercent))
		}
		result, err := ruletest.Execute(ctx, os.DirFS(t.root), opts)
		bar.clear()
		if err != nil {
			return nil, failed(err)
		}
		out.Report = result
	}
	t.showPaths(out.Report)
	if f.format == "json" {
		for _, p := range w.problems {
			out.Problems = append(out.Problems, ruletest.Problem{Code: "fixtures/unreadable", Severity: "error", Path: p.Path, Message: "cannot be read: " + p.Reason()})
		}
	}
	if err := out.diagnose(c, f, w); err != nil {
		return nil, err
	}
	return out, nil
}

// garbagePercent is how much the heap may grow before garbage is collected while mutants are tried.
const garbagePercent = 400

// checkPairs refuses globs that would never fit.
func checkPairs(allow map[string][]string) error {
	for key, list := range allow {
		for _, pattern := range append([]string{key}, list...) {
			if _, err := path.Match(pattern, ""); err != nil {
				return usageError("configuration: cross_allow: %q is no glob", pattern)
			}
		}
	}
	return nil
}

// fixturePaths fills in what is to be run, and where fixtures without a rule are looked for.
func (c *command) fixturePaths(opts *ruletest.Options, f *testFlags, w *workspace, t *tree) error {
	if w.stdin {
		src, err := c.stdinRule(w)
		if err != nil {
			return err
		}
		name := t.path(f.stdinFilename)
		if rule.FormatOf(f.stdinFilename) == rule.TOML {
			opts.Sources = map[string][]byte{name: src}
			opts.Paths = append(opts.Paths, name)
		} else {
			t.documents(opts, f.stdinFilename, src)
		}
	}
	for _, path := range w.files {
		if rule.FormatOf(path) == rule.TOML {
			opts.Paths = append(opts.Paths, t.path(path))
		} else {
			t.documents(opts, path, w.texts[path])
		}
	}
	for _, path := range w.others {
		opts.Others = append(opts.Others, t.path(path))
	}
	opts.Roots = []string{}
	for _, path := range w.paths {
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			continue
		}
		dir := t.path(path)
		opts.Roots = append(opts.Roots, dir)
		// Rules may lie below the folder that holds testdata; only the whole set tells whom its fixtures belong to.
		for w.whole && dir != "." && dir != filepath.ToSlash(filepath.Dir(dir)) {
			dir = filepath.ToSlash(filepath.Dir(dir))
			opts.Roots = append(opts.Roots, strings.TrimPrefix(dir+"/testdata", "./"))
		}
	}
	return nil
}

// fixtureRoot is the folder up to which fixtures are looked for: the repository's root; without a repository the working
// folder if the rules lie below it; the folder above all files if one lies outside of that.
func (w *workspace) fixtureRoot() string {
	root := w.root
	if wd, err := os.Getwd(); err == nil && !marked(root) && inside(wd, root) {
		root = wd
	}
	for _, path := range w.files {
		for dir := filepath.Dir(absolute(path)); !inside(root, dir) && root != filepath.Dir(root); {
			root = filepath.Dir(root)
		}
	}
	return root
}

// inside reports whether a folder is another or lies below it.
func inside(root, dir string) bool {
	rel, err := filepath.Rel(root, dir)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// tree translates between paths of the file system handed over and those of the user.
type tree struct {
	root string
	user map[string]string
}

// path is the name in the file system of a file that the user names.
func (t *tree) path(user string) string {
	rel, err := filepath.Rel(t.root, absolute(user))
	if err != nil {
		return user
	}
	rel = filepath.ToSlash(rel)
	t.user[rel] = filepath.ToSlash(filepath.Clean(user))
	return rel
}

// documents hands over the rules of an export or YAML file. The fixtures of a rule of many are those that its TOML file would
// have: in a folder with the name that import gives it.
func (t *tree) documents(opts *ruletest.Options, user string, src []byte) {
	if opts.Documents == nil {
		opts.Documents = map[string]rule.Document{}
	}
	for i, d := range rule.ParseAll(user, src) {
		as := user
		if d.Record > 0 {
			as = filepath.Join(filepath.Dir(user), cmp.Or(exchange.Stem(d.File), fmt.Sprintf("record_%d", i+1))+".toml")
		}
		name := t.path(as)
		for n := 2; opts.Documents[name].File != nil; n++ {
			name = t.path(strings.TrimSuffix(as, ".toml") + fmt.Sprintf("_%d.toml", n))
		}
		t.user[name] = filepath.ToSlash(filepath.Clean(user))
		d.Path = name
		opts.Documents[name] = d
		opts.Paths = append(opts.Paths, name)
	}
}

func (t *tree) disk(name string) string { return filepath.Join(t.root, filepath.FromSlash(name)) }

// show writes a path the way the user writes paths.
func (t *tree) show(path *string) {
	if *path == "" {
		return
	}
	if user, ok := t.user[*path]; ok {
		*path = user
		return
	}
	*path = filepath.ToSlash(shorten(t.disk(*path)))
}

func (t *tree) showPaths(result *ruletest.Report) {
	problems := func(ps []ruletest.Problem) {
		for i := range ps {
			t.show(&ps[i].Path)
		}
	}
	problems(result.Problems)
	for _, r := range result.Rules {
		t.show(&r.Path)
		problems(r.Problems)
		for i := range r.Cases {
			t.show(&r.Cases[i].File)
		}
	}
	for i := range result.CrossFire {
		t.show(&result.CrossFire[i].Fixtures)
		t.show(&result.CrossFire[i].Fires)
	}
}

// maxShown is the largest fixture file that is read again to show the line of a problem, in bytes.
const maxShown = 16 << 20

// diagnose applies the configuration and the comments of rules to the problems, and brings them into the form that all
// output formats know.
func (r *fixtureRun) diagnose(c *command, f *testFlags, w *workspace) error {
	linter, err := lint.New(lint.Options{Checks: c.checks(), Config: w.config, Only: f.only, Skip: f.skip})
	if err != nil {
		return usageError("%w", err)
	}
	r.files = map[string]*rule.File{}
	judge := func(ps []ruletest.Problem, of *ruletest.RuleResult) []ruletest.Problem {
		kept := ps[:0]
		for _, p := range ps {
			var file *rule.File
			repoPath, ruleID := w.repoPath(p.Path), ""
			if of != nil {
				file, repoPath, ruleID = of.Rule(), w.repoPath(of.Path), of.RuleID
			}
			d, ok := linter.Fixture(file, repoPath, r.diagnostic(p, ruleID))
			if !ok {
				continue
			}
			p.Severity = d.Severity.String()
			kept = append(kept, p)
			r.diagnostics = append(r.diagnostics, d)
		}
		return kept
	}
	r.Problems = judge(r.Problems, nil)
	for _, result := range r.Rules {
		if file := result.Rule(); file != nil {
			r.files[result.Path] = file
		}
		result.Problems = judge(result.Problems, result)
	}
	report.Sort(r.diagnostics)
	r.Summarize()
	return nil
}

func (r *fixtureRun) diagnostic(p ruletest.Problem, ruleID string) rule.Diagnostic {
	d := rule.Diagnostic{Code: p.Code, Path: p.Path, RuleID: ruleID, Message: p.Message, Hint: p.Hint, Span: p.Span()}
	d.Severity, _ = parseSeverity(p.Severity)
	if p.Record > 0 {
		d.Message = "record " + strconv.Itoa(p.Record) + ": " + d.Message
	}
	if p.Line == 0 {
		return d
	}
	f, known := r.files[p.Path]
	if !known {
		f = textOf(p.Path)
		r.files[p.Path] = f
	}
	if f == nil {
		d.Message = "line " + strconv.Itoa(p.Line) + ": " + d.Message
		return d
	}
	if at, ok := f.Offset(p.Line, max(1, p.Column)); ok && d.Span == (rule.Span{}) {
		d.Span = rule.Span{Start: at, End: at}
	}
	return d
}

// textOf reads a fixture to show a line of it; nil if it is compressed, huge or gone.
func textOf(path string) *rule.File {
	compressed := strings.HasSuffix(path, ".gz") || strings.HasSuffix(path, ".zst")
	if info, err := os.Stat(path); err != nil || compressed || info.Size() > maxShown {
		return nil
	}
	src, err := fileio.Read(path, fileio.MaxRule)
	if err != nil {
		return nil
	}
	return &rule.File{Path: path, Src: src} // for positions only
}

// cases converts results for the formats of package report.
func (r *fixtureRun) cases() []report.Case {
	var out []report.Case
	for _, res := range r.Rules {
		for i := range res.Cases {
			k := &res.Cases[i]
			out = append(out, report.Case{Path: res.Path, RuleID: res.RuleID, Name: k.Name, OK: k.OK, NotChecked: k.NotChecked,
				Message: failure(k), File: k.File, Line: k.Line})
		}
	}
	return out
}

// problemCases are the errors as cases that fail: JUnit knows nothing else.
func (r *fixtureRun) problemCases() []report.Case {
	var out []report.Case
	add := func(ps []ruletest.Problem, rulePath, ruleID string) {
		for _, p := range ps {
			if p.Severity == "error" {
				out = append(out, report.Case{Path: cmp.Or(rulePath, p.Path), RuleID: ruleID, Name: p.Code, Message: p.String(), File: p.Path, Line: p.Line})
			}
		}
	}
	add(r.Problems, "", "")
	for _, res := range r.Rules {
		add(res.Problems, res.Path, res.RuleID)
	}
	return out
}

// failure says in several lines why a case failed.
func failure(k *ruletest.CaseResult) string {
	var parts []string
	for _, text := range []string{k.Error, clusterFailure(k), strings.TrimRight(k.Diff, "\n"), strings.TrimRight(k.Explain, "\n")} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "\n")
}
