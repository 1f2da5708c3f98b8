package ruletest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
)

// read parses a rule file.
func (o *Options) read(fsys fs.FS, p string) (*rule.File, []rule.Diagnostic, error) {
	if d, given := o.Documents[p]; given {
		return d.File, d.Diagnostics, nil
	}
	src, given := o.Sources[p]
	if !given {
		var err error
		if src, err = readFile(fsys, p); err != nil {
			return nil, nil, err
		}
	}
	file, diags := rule.Parse(p, src)
	return file, diags, nil
}

// runRule returns nil if Options.Run selects no case of the rule.
func runRule(fsys fs.FS, p string, o Options) *RuleResult {
	res := &RuleResult{Path: p, Cases: []CaseResult{}}
	file, diags, err := o.read(fsys, p)
	if err != nil {
		res.Problems = append(res.Problems, unreadable(p, err))
		return res
	}
	res.file, res.RuleID, res.Name = file, file.Rule.ID, file.Rule.Name
	fx := loadFixtures(fsys, p, cmp.Or(file.Rule.TimestampField, "@timestamp"), o.Update, func() compile.Needs { return o.compile.Needs(file) })
	res.Problems, res.dirs = append(res.Problems, fx.problems...), fx.dirs
	if len(fx.dirs) == 0 && o.Run != nil {
		return nil
	}
	m, why, broken := prepare(file, diags, func(file *rule.File) (Matcher, error) { return o.matcher(file, fx.beside) })
	res.NotChecked, res.matcher = why, m
	if len(fx.dirs) == 0 {
		res.untested(broken, o)
		return res
	}
	if broken.text != "" {
		res.Problems = append(res.Problems, broken.problem(file))
	}
	if e, ok := m.(*evaluator); ok && (o.Coverage || o.Suggest) {
		e.watch()
	}
	res.run(fx.cases, broken.text, o)
	if o.Run != nil && len(res.Cases) == 0 {
		return nil
	}
	res.Coverage = coverageOf(file, m)
	if o.Mutate || o.Suggest {
		res.mutate(o.Suggest)
	}
	return res
}

// run runs the cases that Options.Run selects.
func (r *RuleResult) run(cases []testCase, broken string, o Options) {
	var other *remote
	if broken == "" && len(cases) > 0 {
		other = o.remoteFor(r.file)
	}
	for _, c := range cases {
		if o.Run != nil && !o.Run.MatchString(stem(r.Path)+"/"+c.name) {
			continue
		}
		res := runCase(r.matcher, r.NotChecked, broken, c, o.Update)
		other.ask(&res, &c)
		r.Cases = append(r.Cases, res)
		r.cases = append(r.cases, c)
	}
}

// untested is what is said of a rule without fixtures: nothing of fixtures if it cannot be read.
func (r *RuleResult) untested(broken brokenRule, o Options) {
	r.noRule = r.file.Root.Get("rule") == nil && !r.file.Truncated
	switch {
	case r.NotChecked != "":
	case broken.span != (rule.Span{}):
		r.noRule = false
		r.Problems = append(r.Problems, broken.problem(r.file))
	default:
		r.Problems = append(r.Problems, noFixtures(r.file, r.Path, r.noRule))
	}
	if o.Suggest {
		r.suggestFirst()
	}
}

func noFixtures(file *rule.File, p string, noRule bool) Problem {
	if noRule {
		return Problem{Code: codeNotASubject, Severity: "info", Path: p, Message: "no rule: the file has no [rule] table"}
	}
	out := Problem{Code: codeNone, Severity: "info", Path: p, Message: "the rule has no fixtures",
		Hint: fmt.Sprintf("put an event that must match into %s", path.Join(path.Dir(p), "testdata", stem(p), "match.json"))}
	return out.atName(file)
}

// brokenRule says why a rule cannot be tested and where; the zero value is a rule that can.
type brokenRule struct {
	text, hint string
	span       rule.Span
}

func (b brokenRule) problem(file *rule.File) Problem {
	p := Problem{Code: codeRule, Severity: "error", Path: file.Path, Message: b.text, Hint: b.hint}
	if b.span != (rule.Span{}) {
		at := file.Position(b.span.Start)
		p.Line, p.Column, p.span = at.Line, at.Column, b.span
	}
	return p
}

// prepare compiles the rule. why says what keeps its cases from being checked; broken, why the rule is wrong: then its
// cases fail, so that a broken rule is never silently green.
func prepare(file *rule.File, diags []rule.Diagnostic, matcher func(*rule.File) (Matcher, error)) (m Matcher, why string, broken brokenRule) {
	for _, d := range diags {
		if d.Severity == rule.Error {
			return nil, "", brokenRule{"the rule cannot be read: " + d.Message, d.Hint, d.Span}
		}
	}
	m, err := matcher(file)
	if err == nil {
		return m, "", broken
	}
	var reason *compile.Error
	switch {
	case !errors.As(err, &reason):
		return nil, "", brokenRule{text: err.Error()}
	case reason.Unsupported:
		return nil, reason.Message, broken
	}
	return nil, "", brokenRule{reason.Message, reason.Hint, reason.Span}
}

// runCase runs one case; with a problem it fails, with a why it is not checked.
func runCase(m Matcher, why, problem string, c testCase, update bool) CaseResult {
	res := CaseResult{Name: c.name, Want: c.want.value(), File: c.file, Line: c.line, Synthetic: c.synthetic}
	if res.Error = cmp.Or(c.broken, problem); res.Error != "" {
		return res
	}
	if why != "" {
		res.NotChecked = why
		return res
	}
	if res.Error = c.undated(); res.Error != "" {
		return res
	}
	raw := c.documents()
	got, err := c.matches(m)
	var reason *compile.Error
	switch {
	case errors.As(err, &reason) && reason.Unsupported:
		res.NotChecked = reason.Message + ": give it in " + c.answersPath()
		return res
	case err != nil:
		res.Error = err.Error()
		return res
	}
	sortHits(got)
	if got == nil {
		got = []Hit{}
	}
	res.Got = got
	if update && c.golden != "" && c.want.count != countNone {
		res.record(&c)
	}
	if res.OK = c.want.holds(got); !res.OK {
		res.Diff = c.want.diff(got)
		if missing, extra, ok := c.want.wrong(got); ok {
			res.Explain = m.Explain(&Failure{Events: raw, IDs: c.ids(), Missing: missing, Extra: extra})
		}
	}
	return res
}

// undated names the first event whose @timestamp is no date: Elasticsearch does not take such an event, whatever the query.
func (c *testCase) undated() string {
	var l event.Layout
	slot, rec := l.Add("@timestamp"), event.Record{}
	dec, dates := event.NewDecoder(&l), esdate.Default()
	for i, e := range c.events {
		if dec.Decode(e.raw, &rec) != nil {
			continue // the matcher says so
		}
		for _, v := range rec.Values(slot) {
			if _, ok := dates.Value(v.Text); !ok && v.Kind == event.String || v.Kind == event.Bool {
				return fmt.Sprintf("event %d (%s, record %d): @timestamp %s is no date, so that Elasticsearch would not take the event", i, e.file, e.record, rule.Quote(v.Text))
			}
		}
	}
	return ""
}

// matches runs a rule over the events of the case. For our own evaluator it matters in which index an event is.
func (c *testCase) matches(m Matcher) ([]Hit, error) {
	if e, ok := m.(*evaluator); ok {
		return e.matchIn(c.documents(), c.indexes(), c.answers.model())
	}
	return m.Match(c.documents())
}

// indexes are the _index of the events, empty where it is not said.
func (c *testCase) indexes() []string {
	out := make([]string, len(c.events))
	for i, e := range c.events {
		out[i] = e.index
	}
	return out
}

// documents are the events as JSON.
func (c *testCase) documents() [][]byte {
	raw := make([][]byte, len(c.events))
	for i, e := range c.events {
		raw[i] = e.raw
	}
	return raw
}

// ids are the _id of the events, nil if none has one.
func (c *testCase) ids() []string {
	ids := make([]string, len(c.events))
	known := false
	for i, e := range c.events {
		ids[i], known = e.id, known || e.id != ""
	}
	if !known {
		return nil
	}
	return ids
}

// record makes the golden of a case say what matched. One that says so already is left alone; the difference to what it
// said is kept.
func (res *CaseResult) record(c *testCase) {
	data, err := encodeGolden(res.Got)
	if err != nil {
		res.Error = err.Error()
		return
	}
	c.want.exact = res.Got
	res.Want = c.want.value()
	if bytes.Equal(data, c.oldGolden) {
		return
	}
	res.Updated, res.goldenPath, res.goldenOld, res.goldenData = true, c.golden, c.oldGolden, data
	if old, err := parseGolden(c.oldGolden); err == nil {
		res.Diff = want{exact: old}.diff(res.Got)
	}
}

// commit writes the golden of a case that was updated. A case whose golden cannot be written fails; the others go on.
func (res *CaseResult) commit(fsys fs.FS, write func(string, []byte) error) {
	if !res.Updated {
		return
	}
	// What was saved while the case ran is kept. A golden that cannot be read is written anew.
	var err error
	if now, readErr := readFile(fsys, res.goldenPath); readErr == nil && !bytes.Equal(now, res.goldenOld) {
		err = fileio.ErrChanged
	}
	if err == nil {
		err = write(res.goldenPath, res.goldenData)
	}
	if err != nil {
		res.Updated, res.OK, res.Diff = false, false, ""
		res.Error = fmt.Sprintf("golden %s: not written: %v", path.Base(res.goldenPath), err)
	}
}
