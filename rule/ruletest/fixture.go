package ruletest

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/rule/compile"
)

const (
	casesFile    = "cases.toml"
	goldenSuffix = ".golden.json"
)

// eventExts are the names under which event files are recognised, each also with .gz or .zst behind it.
var eventExts = []string{".json", ".ndjson", ".jsonl"}

// eventStem cuts the extension off the name of an event file; ok is false for other files, goldens and answers.
func eventStem(name string) (stem string, ok bool) {
	if strings.HasPrefix(name, ".") || strings.HasSuffix(name, goldenSuffix) || strings.HasSuffix(name, answersSuffix) || name == answersFile {
		return "", false
	}
	plain := strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	for _, ext := range eventExts {
		if s, found := strings.CutSuffix(plain, ext); found && s != "" {
			return s, true
		}
	}
	return "", false
}

func isEventFile(name string) bool {
	_, ok := eventStem(name)
	return ok
}

// fixtureEvent is one event of a case and where it comes from.
type fixtureEvent struct {
	raw    []byte // the document as JSON
	id     string // _id, if the file says one
	index  string // _index, likewise
	file   string // the event file, or cases.toml for an inline event
	record int    // from 1 within file
}

// testCase is a case ready to run.
type testCase struct {
	name      string
	events    []fixtureEvent
	want      want
	file      string
	line      int    // in cases.toml
	golden    string // path of the golden; empty where there can be none
	hasGolden bool
	oldGolden []byte // with update: what the golden said
	broken    string // why the case cannot be run; the details are among the problems
	synthetic bool
	answers   answers // of the model that the query asks; nil: those of the rule
}

// fixtures is what the folders of one rule hold.
type fixtures struct {
	dirs     []string
	cases    []testCase
	problems []Problem
	beside   *compile.Beside // what the rule reads beside events
}

// fixtureLoader reads the fixture folders of one rule.
type fixtureLoader struct {
	fsys      fs.FS
	timestamp string // the field at offsets apply to
	update    bool   // event files without a golden become cases, to be recorded
	dirs      []string
	files     map[string]*eventFile // by path
	names     map[string]string     // of cases in cases.toml, with the file they stand in
	needs     compile.Needs         // of the rule beside events
	answers   answers               // to the prompts of all cases; nil: none
	out       fixtures
}

// eventFile is one event file, read on first use.
type eventFile struct {
	path, stem string
	loaded     bool
	events     []fixtureEvent
	docs       []document // parsed form of events, made for cases.toml
	problems   []Problem
	used       bool
}

func loadFixtures(fsys fs.FS, ruleFile, timestampField string, update bool, needs func() compile.Needs) fixtures {
	l := fixtureLoader{fsys: fsys, timestamp: timestampField, update: update, files: map[string]*eventFile{}, names: map[string]string{}}
	l.dirs = fixtureDirs(fsys, ruleFile)
	l.out.dirs = l.dirs
	if len(l.dirs) > 0 {
		l.needs = needs()
		l.beside(ruleFile)
	}
	var tables []string
	for _, d := range l.dirs {
		if l.dir(d) {
			tables = append(tables, path.Join(d, casesFile))
		}
	}
	fileCases := l.out.cases
	l.out.cases = nil
	for _, t := range tables {
		l.casesTOML(t)
	}
	l.out.cases = append(fileCases, l.out.cases...)
	l.uniqueNames()
	l.unused()
	return l.out
}

func (l *fixtureLoader) problem(p Problem) { l.out.problems = append(l.out.problems, p) }

// warn reports a file that is not used. One whose name is a slip for that of a case is an error: a case that does not run
// looks like one that passes.
func (l *fixtureLoader) warn(p, message, hint string) {
	severity := "warning"
	if meant := slip(path.Base(p)); meant != "" {
		severity, hint = "error", fmt.Sprintf("did you mean `%s`?", meant)
	}
	l.problem(Problem{Code: codeUnused, Severity: severity, Path: p, Message: message, Hint: hint})
}

// slip returns the name of a case or of cases.toml that a file's name is near to, or nothing.
func slip(name string) string {
	if path.Ext(name) == ".toml" {
		if names := near.Names(name, []string{casesFile}); len(names) > 0 {
			return names[0]
		}
		return ""
	}
	word := strings.IndexFunc(name, func(r rune) bool { return !unicode.IsLetter(r) })
	if word < 0 {
		return ""
	}
	switch names := near.Names(name[:word], []string{"match", "nomatch"}); {
	case len(names) > 0 && name[:word] != "match" && name[:word] != "nomatch":
		return names[0] + name[word:]
	case strings.HasPrefix(name, "match.") || strings.HasPrefix(name, "nomatch."):
		return name[:word] + ".json"
	case strings.HasPrefix(name, "no-match") || strings.HasPrefix(name, "no_match"):
		return "nomatch" + name[len("no-match"):]
	}
	return ""
}

// dir takes the cases that need no cases.toml, and tells whether there is one.
func (l *fixtureLoader) dir(d string) (hasTable bool) {
	entries, err := fs.ReadDir(l.fsys, d)
	if err != nil {
		l.problem(unreadable(d, err))
		return false
	}
	names := map[string]bool{}
	for _, e := range entries {
		names[e.Name()] = true
	}
	var goldens, answers []string
	stems := map[string]bool{}
	shared := sharedGoldens(entries)
	for _, e := range entries {
		name, p := e.Name(), path.Join(d, e.Name())
		switch s, isEvents := eventStem(name); {
		case strings.HasPrefix(name, "."):
		case e.IsDir() && name == lookupDir:
			l.besideDir(p, l.needs.Lookups, "LOOKUP JOIN")
		case e.IsDir() && name == enrichDir:
			l.besideDir(p, l.needs.Policies, "ENRICH")
		case e.IsDir():
			l.subdir(p)
		case name == casesFile:
			hasTable = true
		case strings.HasSuffix(name, goldenSuffix):
			goldens = append(goldens, name)
		case name == answersFile || strings.HasSuffix(name, answersSuffix):
			answers = append(answers, name)
		case isEvents:
			stems[s] = true
			l.files[p] = &eventFile{path: p, stem: s}
			l.fileCase(l.files[p], names[s+goldenSuffix], shared[s])
		case path.Ext(name) == ".toml":
			l.warn(p, "file is not read: only "+casesFile+" is", "rename it to "+casesFile)
		case strings.HasPrefix(name, "match") || strings.HasPrefix(name, "nomatch"):
			l.warn(p, "file is not read: expected the extension .json or .ndjson", "")
		}
	}
	for _, g := range goldens {
		if !stems[strings.TrimSuffix(g, goldenSuffix)] {
			l.warn(path.Join(d, g), "golden without an event file", "expected "+strings.TrimSuffix(g, goldenSuffix)+".json or .ndjson beside it")
		}
	}
	for _, a := range answers {
		switch s, one := strings.CutSuffix(a, answersSuffix); {
		case !l.needs.Model && !l.needs.Unknown:
			l.warn(path.Join(d, a), "answers of a model, but the query asks none", "")
		case one && !stems[s]:
			l.warn(path.Join(d, a), "answers without an event file", "expected "+s+".json or .ndjson beside it")
		}
	}
	return hasTable
}

// sharedGoldens finds event files that differ in their extension only: one golden cannot serve both. It returns the first
// of each by stem.
func sharedGoldens(entries []fs.DirEntry) map[string]string {
	first, shared := map[string]string{}, map[string]string{}
	for _, e := range entries {
		s, ok := eventStem(e.Name())
		switch {
		case !ok || e.IsDir():
		case first[s] == "":
			first[s] = e.Name()
		default:
			shared[s] = first[s]
		}
	}
	return shared
}

// subdir registers the event files of a folder inside a fixture folder: they can be a base, but are no cases.
func (l *fixtureLoader) subdir(d string) {
	entries, err := fs.ReadDir(l.fsys, d)
	if err != nil {
		l.problem(unreadable(d, err))
		return
	}
	for _, e := range entries {
		if s, ok := eventStem(e.Name()); ok && !e.IsDir() {
			p := path.Join(d, e.Name())
			l.files[p] = &eventFile{path: p, stem: s}
		}
	}
}

// fileCase makes a case of an event file that says by its name or its golden what is wanted.
func (l *fixtureLoader) fileCase(f *eventFile, hasGolden bool, twin string) {
	c := testCase{name: f.stem, file: f.path, golden: path.Join(path.Dir(f.path), f.stem+goldenSuffix), hasGolden: hasGolden}
	switch {
	case strings.HasPrefix(f.stem, "nomatch"):
		c.want.count = countNone
	case strings.HasPrefix(f.stem, "match"):
		c.want.count = countSome
	case !hasGolden && !l.update:
		return
	}
	f.used = true
	l.load(f)
	c.events = f.events
	if l.needs.Model {
		c.answers = l.readAnswers(path.Join(path.Dir(f.path), f.stem+answersSuffix))
	}
	if len(f.problems) > 0 {
		c.broken = "its events cannot be read"
	}
	switch {
	case twin != "" && (hasGolden || l.update) && c.want.count != countNone:
		c.broken = "its golden is not its own"
		if twin != path.Base(f.path) { // once for the pair
			l.problem(Problem{Code: codeGolden, Severity: "error", Path: f.path, Message: fmt.Sprintf("shares the golden %s with %s", path.Base(c.golden), twin),
				Hint: "give one of the two another name"})
		}
	case hasGolden && l.update:
		c.oldGolden, _ = readFile(l.fsys, c.golden) // one that cannot be read is written anew
	case hasGolden:
		l.readGolden(&c)
	}
	l.out.cases = append(l.out.cases, c)
}

func (l *fixtureLoader) load(f *eventFile) {
	if f.loaded {
		return
	}
	f.loaded = true
	f.events, f.problems = readEvents(l.fsys, f.path)
	l.out.problems = append(l.out.problems, f.problems...)
}

// uniqueNames makes the names of file cases differ: match.json and match.ndjson keep their extension, and files of the
// same name in two folders their path.
func (l *fixtureLoader) uniqueNames() {
	rename := func(name func(c *testCase) string) {
		seen := map[string]int{}
		for _, c := range l.out.cases {
			seen[c.name]++
		}
		for i := range l.out.cases {
			if c := &l.out.cases[i]; seen[c.name] > 1 && c.golden != "" {
				c.name = name(c)
			}
		}
	}
	rename(func(c *testCase) string { return path.Base(c.file) })
	rename(func(c *testCase) string { return c.file })
}

// unused reports the event files that no case uses.
func (l *fixtureLoader) unused() {
	for _, f := range l.files {
		if !f.used {
			l.warn(f.path, "no case uses the events of this file",
				"rename it to match… or nomatch…, name it as base in "+casesFile+", or run with --update to record what matches")
		}
	}
	slices.SortStableFunc(l.out.problems, func(a, b Problem) int {
		if c := strings.Compare(a.Path, b.Path); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
}
