package ruletest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"runtime"
	"strconv"
	"sync"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
)

// Matcher is a compiled query.
type Matcher interface {
	// Match runs the query over event documents (JSON) and returns what matches, by position. It must not depend on an
	// earlier call, and may be called from one goroutine at a time.
	Match(events [][]byte) ([]Match, error)
	// Explain says why events did not match: the first false condition with the value it saw, or how far a sequence got.
	Explain(events [][]byte) string
}

// Options say what Execute does. The zero value runs every case.
type Options struct {
	Paths []string       // rule files, folders or globs in the file system; none = all of it
	Run   *regexp.Regexp // unanchored, on "<rule stem>/<case name>"; nil = all
	// Compile makes a Matcher of a rule's query, which has parsed without errors. The query options of the rule
	// (event_category_override, timestamp_field, tiebreaker_field) are in file.Rule. Nil: package eval with the field types of the embedded schema, batch mode; "?field" counts as mapped.
	Compile func(file *rule.File, q *eql.Query) (Matcher, error)
	Update  bool                                 // write goldens
	Write   func(name string, data []byte) error // how to write a golden; needed for Update
	Jobs    int                                  // rules at a time; 0 = number of processors
	// Coverage fills RuleResult.Coverage. It needs the default evaluator: with Compile there is none.
	Coverage bool
}

// Execute runs the cases of the rules in fsys. The error tells that it could not run; what is wrong with rules and
// fixtures is in the report.
func Execute(ctx context.Context, fsys fs.FS, o Options) (*Report, error) {
	if o.Update && o.Write == nil {
		return nil, errors.New("goldens cannot be updated: the file system is read-only")
	}
	if o.Compile == nil {
		o.Compile = compiler()
	}
	files, problems := ruleFiles(fsys, o.Paths)
	rep := &Report{SchemaVersion: SchemaVersion, Rules: []*RuleResult{}, Problems: append(problems, orphans(fsys, o.Paths, files)...)}
	results, errs := make([]*RuleResult, len(files)), make([]error, len(files))
	jobs := o.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(jobs, len(files)) {
		wg.Go(func() {
			for i := range next {
				results[i], errs[i] = runRule(fsys, files[i], o)
			}
		})
	}
	for i := range files {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return nil, err
	}
	for _, r := range results {
		if r != nil {
			rep.Rules = append(rep.Rules, r)
		}
	}
	rep.summarize()
	return rep, nil
}

// Failed tells whether a case failed or a problem of severity error was found.
func (r *Report) Failed() bool { return r.Summary.Failed > 0 || r.Summary.Errors > 0 }

func (r *Report) summarize() {
	s := &r.Summary
	count := func(ps []Problem) {
		for _, p := range ps {
			switch p.Severity {
			case "error":
				s.Errors++
			case "warning":
				s.Warnings++
			}
		}
	}
	count(r.Problems)
	for _, res := range r.Rules {
		s.Rules++
		count(res.Problems)
		if len(res.Cases) > 0 {
			s.WithFixtures++
		}
		for _, c := range res.Cases {
			s.Cases++
			switch {
			case c.NotChecked != "":
				s.NotChecked++
			case c.OK:
				s.Passed++
			default:
				s.Failed++
			}
			if c.Updated {
				s.Updated++
			}
		}
	}
}

// runRule returns nil if Run selects no case of the rule.
func runRule(fsys fs.FS, p string, o Options) (*RuleResult, error) {
	res := &RuleResult{Path: p, Cases: []CaseResult{}}
	src, err := fs.ReadFile(fsys, p)
	if err != nil {
		res.Problems = append(res.Problems, unreadable(p, err))
		return res, nil
	}
	file, diags := rule.Parse(p, src)
	res.RuleID, res.Name = file.Rule.ID, file.Rule.Name
	timestamp := file.Rule.TimestampField
	if timestamp == "" {
		timestamp = "@timestamp"
	}
	fx := loadFixtures(fsys, p, timestamp, o.Update)
	res.Problems = append(res.Problems, fx.problems...)
	if len(fx.dirs) == 0 {
		res.Problems = append(res.Problems, noFixtures(file, p))
		if o.Run != nil {
			return nil, nil
		}
		return res, nil
	}
	m, why, problem := prepare(file, diags, o)
	if problem != "" {
		res.Problems = append(res.Problems, Problem{Code: codeRule, Severity: "error", Path: p, Message: problem})
	}
	res.NotChecked = why
	if e, ok := m.(*evaluator); ok && o.Coverage {
		e.watch()
	}
	for _, c := range fx.cases {
		if o.Run != nil && !o.Run.MatchString(stem(p)+"/"+c.name) {
			continue
		}
		cr, err := runCase(m, why, problem, c, o)
		if err != nil {
			return nil, err
		}
		res.Cases = append(res.Cases, cr)
	}
	if o.Run != nil && len(res.Cases) == 0 {
		return nil, nil
	}
	res.Coverage = coverageOf(file, m)
	return res, nil
}

func noFixtures(file *rule.File, p string) Problem {
	if file.Root.Get("rule") == nil {
		return Problem{Code: codeNotASubject, Severity: "info", Path: p, Message: "no rule: the file has no [rule] table"}
	}
	return Problem{Code: codeNone, Severity: "info", Path: p, Message: "the rule has no fixtures",
		Hint: fmt.Sprintf("put an event that must match into %s", path.Join(path.Dir(p), "testdata", stem(p), "match.json"))}
}

// prepare compiles the rule's query. why says what keeps its cases from being checked; problem, why the rule is wrong:
// then its cases fail, so that a broken rule is never silently green.
func prepare(file *rule.File, diags []rule.Diagnostic, o Options) (m Matcher, why, problem string) {
	for _, d := range diags {
		if d.Severity == rule.Error {
			return nil, "", "the rule cannot be read: " + d.Message
		}
	}
	r := file.Rule
	switch {
	case r.Language != "eql" && r.Type != "eql":
		kind := r.Language
		if kind == "" {
			kind = r.Type
		}
		return nil, fmt.Sprintf("rules in %s cannot be run, only EQL can", strconv.Quote(kind)), ""
	case file.Query == nil:
		return nil, "", "the rule has fixtures but no query"
	}
	q, issues := eql.Parse(file.Query.Value)
	for _, i := range issues {
		if i.Level == eql.Error {
			return nil, "", "the query is not valid: " + i.Message
		}
	}
	m, err := o.Compile(file, q)
	if err != nil {
		return nil, "", "the query cannot be run: " + err.Error()
	}
	return m, "", ""
}

// runCase runs one case; with a problem it fails, with a why it is not checked. The error is a golden that could not be written.
func runCase(m Matcher, why, problem string, c testCase, o Options) (CaseResult, error) {
	res := CaseResult{Name: c.name, Want: c.want.value(), File: c.file, Line: c.line, Synthetic: c.synthetic}
	if res.Error = cmp.Or(c.broken, problem); res.Error != "" {
		return res, nil
	}
	if why != "" {
		res.NotChecked = why
		return res, nil
	}
	raw := make([][]byte, len(c.events))
	for i, e := range c.events {
		raw[i] = e.raw
	}
	got, err := m.Match(raw)
	if err != nil {
		res.Error = err.Error()
		return res, nil
	}
	sortMatches(got)
	if got == nil {
		got = []Match{}
	}
	res.Got = got
	if o.Update && c.golden != "" && c.want.count != countNone {
		data, err := encodeGolden(got)
		if err == nil {
			err = o.Write(c.golden, data)
		}
		if err != nil {
			return res, fmt.Errorf("golden %s: %w", c.golden, err)
		}
		c.want.exact, res.Updated = got, true
		res.Want = c.want.value()
	}
	if res.OK = c.want.holds(got); !res.OK {
		res.Diff, res.Explain = c.want.diff(got), m.Explain(raw)
	}
	return res, nil
}
