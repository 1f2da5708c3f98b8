package page

import (
	"encoding/json"
	"fmt"
	"html/template"
	"path"
	"strings"

	"github.com/rulevet/rulevet/rule/report/internal/style"
	"github.com/rulevet/rulevet/rule/ruletest"
)

// view is what the template shows. Its texts are plain; the template escapes them.
type view struct {
	Title, Tool, Policy string
	CSS                 template.CSS
	JS                  template.JS
	Failed              bool
	Tiles               []tile
	Problems            []problem
	Rules               []*ruleView
	Statuses            []statusCount
	Matrices            []matrixView
}

// tile is one figure of the summary.
type tile struct {
	Label, Value, Note string
	Level              string // good, warn, bad or none
	Meter              *meter
}

// meter is a share of 100.
type meter struct {
	Percent int
	Text    string
	Level   string
}

type statusCount struct {
	Status, Label string
	Count         int
}

type problem struct{ Severity, Text, Code, Hint string }

// Statuses of rules, in the order in which the page counts them.
const (
	failed     = "failed"
	passed     = "passed"
	untested   = "untested"
	notChecked = "unchecked"
)

type ruleView struct {
	ID, Name, Path, RuleID string
	Status, StatusLabel    string
	CaseCount              string
	Open                   bool
	NotChecked             string
	Coverage, Mutation     *meter
	Query                  []segment
	Marked                 bool // the query has marks to explain
	Cases                  []caseView
	Problems               []problem
	Survivors              []survivorView
	Suggestions            []suggestion
	Untried                int
	Cross                  []crossView
	Techniques             []string
}

type caseView struct {
	Name, Place, Status, StatusLabel string
	File                             string // the last part of Place
	Want, Got                        string
	Synthetic                        bool
	Diff                             []diffLine
	Explain, Error                   string
}

type diffLine struct{ Class, Text string }

type survivorView struct {
	Kind string
	Text []segment
	Kill *suggestion // a case that would notice it
}

// suggestion is a made-up case as an entry of cases.toml.
type suggestion struct{ Why, TOML string }

func newSuggestion(s *ruletest.Suggestion) *suggestion {
	if s == nil {
		return nil
	}
	return &suggestion{plain(s.Why), plain(strings.TrimSpace(s.TOML))}
}

type crossView struct {
	Name     string
	Anchor   string // of the other rule, empty if it is not on the page
	Cases    string
	Expected bool
}

func newView(d Data) *view {
	v := &view{Title: d.Title, Tool: d.Tool, Policy: policy(), CSS: template.CSS(style.CSS), JS: template.JS(js), Failed: d.Report.Failed()}
	if v.Title == "" {
		v.Title = "Detection rule tests"
	}
	v.Title, v.Tool = plain(v.Title), plain(v.Tool)
	v.Problems = problems(d.Report.Problems)
	anchors := map[string]string{}
	for i, r := range d.Report.Rules {
		anchors[r.Path] = fmt.Sprintf("rule-%d", i+1)
	}
	for _, r := range d.Report.Rules {
		rv := newRule(r, anchors[r.Path])
		rv.Cross = crossOf(d.Report, r.Path, anchors)
		v.Rules = append(v.Rules, rv)
	}
	v.count()
	v.Matrices = newMatrices(d, anchors)
	v.tiles(d.Report)
	return v
}

func problems(ps []ruletest.Problem) []problem {
	var out []problem
	for _, p := range ps {
		text := p.Path
		if p.Line > 0 {
			text = fmt.Sprintf("%s:%d:%d", p.Path, p.Line, p.Column)
		}
		if p.Record > 0 {
			text += fmt.Sprintf(": record %d", p.Record)
		}
		out = append(out, problem{p.Severity, plain(text + ": " + p.Message), p.Code, plain(p.Hint)})
	}
	return out
}

func newRule(r *ruletest.RuleResult, id string) *ruleView {
	v := &ruleView{ID: id, Name: plain(r.Name), Path: plain(r.Path), RuleID: plain(r.RuleID), NotChecked: plain(r.NotChecked)}
	if strings.TrimSpace(v.Name) == "" {
		v.Name = v.Path
	}
	v.Problems = problems(r.Problems)
	v.Query = query(r)
	v.Marked = r.Coverage != nil && r.Coverage.Conditions > 0
	if c := r.Coverage; c != nil && len(r.Cases) > 0 {
		v.Coverage = newMeter(c.Share(), fmt.Sprintf("%d of %d conditions seen true and false", c.Covered, c.Conditions))
	}
	if m := r.Mutation; m != nil {
		v.Mutation = newMeter(m.Score(), fmt.Sprintf("%d of %d mutants noticed", m.Killed, m.Mutants))
		v.Untried = m.Untried
		for _, s := range m.Survivors {
			v.Survivors = append(v.Survivors, survivorView{plain(s.Kind), change(s.Diff), newSuggestion(s.Kill)})
		}
	}
	for i := range r.Suggestions {
		v.Suggestions = append(v.Suggestions, *newSuggestion(&r.Suggestions[i]))
	}
	for i := range r.Cases {
		v.Cases = append(v.Cases, newCase(&r.Cases[i]))
	}
	v.status(r)
	v.Techniques = techniques(r)
	return v
}

// status sums the cases up. What is wrong comes first, and is open.
func (v *ruleView) status(r *ruletest.RuleResult) {
	ok, bad := 0, 0
	for _, c := range r.Cases {
		switch {
		case c.NotChecked != "":
		case c.OK:
			ok++
		default:
			bad++
		}
	}
	for _, p := range r.Problems {
		if p.Severity == "error" {
			v.Open = true
		}
	}
	switch {
	case bad > 0 || v.Open:
		v.Status, v.StatusLabel, v.Open = failed, "failed", true
	case r.NotChecked != "":
		v.Status, v.StatusLabel = notChecked, "not checked"
	case len(r.Cases) == 0:
		v.Status, v.StatusLabel = untested, "untested"
	default:
		v.Status, v.StatusLabel = passed, "passed"
	}
	switch {
	case bad > 0:
		v.CaseCount = fmt.Sprintf("%d of %s failed", bad, count(len(r.Cases), "case"))
	case len(r.Cases) > 0:
		v.CaseCount = count(len(r.Cases), "case")
	default:
		v.CaseCount = "no cases"
	}
}

func newCase(c *ruletest.CaseResult) caseView {
	v := caseView{Name: plain(c.Name), Place: plain(c.Place()), File: plain(path.Base(c.Place())), Synthetic: c.Synthetic, Want: wanted(c),
		Explain: plain(c.Explain), Error: plain(c.Error)}
	switch {
	case c.NotChecked != "":
		v.Status, v.StatusLabel = notChecked, "not checked"
	case c.OK:
		v.Status, v.StatusLabel = passed, "passed"
	default:
		v.Status, v.StatusLabel = failed, "failed"
	}
	if c.Got != nil {
		v.Got = plain(hits(c.Got))
	}
	for line := range strings.Lines(plain(c.Diff)) {
		line = strings.TrimRight(line, "\n")
		v.Diff = append(v.Diff, diffLine{diffClass(line), line})
	}
	return v
}

func diffClass(line string) string {
	switch {
	case strings.HasPrefix(line, "-"):
		return "del"
	case strings.HasPrefix(line, "+"):
		return "add"
	}
	return ""
}

// wanted is what a case wants, in words.
func wanted(c *ruletest.CaseResult) string {
	switch w := c.Want.(type) {
	case bool:
		if w {
			return "a match"
		}
		return "no match"
	case int:
		return count(w, "match")
	case []ruletest.Hit:
		return plain("exactly " + hits(w))
	}
	return plain(compact(c.Want))
}

// maxHits bounds the matches that a line lists.
const maxHits = 6

func hits(hs []ruletest.Hit) string {
	if len(hs) == 0 {
		return "no match"
	}
	var parts []string
	for _, h := range hs[:min(len(hs), maxHits)] {
		parts = append(parts, h.String())
	}
	if more := len(hs) - maxHits; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, " ")
}

func compact(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "ch"):
		return fmt.Sprintf("%d %ses", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// newMeter rounds down: 99.6 % is not yet 100 %.
func newMeter(share float64, text string) *meter {
	m := &meter{Percent: int(share*100 + 1e-9), Text: text, Level: "warn"}
	switch {
	case m.Percent == 100:
		m.Level = "good"
	case m.Percent < 50:
		m.Level = "bad"
	}
	return m
}

// crossOf lists the other rules that match in the fixtures of a rule.
func crossOf(r *ruletest.Report, rulePath string, anchors map[string]string) []crossView {
	var out []crossView
	for _, x := range r.CrossFire {
		if x.Fixtures != rulePath {
			continue
		}
		var names []string
		for _, c := range x.Cases {
			names = append(names, c.Name)
		}
		out = append(out, crossView{Name: plain(x.Fires), Anchor: anchors[x.Fires], Cases: plain(strings.Join(names, ", ")), Expected: x.Expected})
	}
	return out
}
