package ruletest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/search"
)

// CrossFire tells that a rule matches in the fixtures of another.
type CrossFire struct {
	Fixtures string `json:"fixtures"` // path of the rule whose fixtures they are
	Fires    string `json:"fires"`    // path of the rule that matches in them
	// Cases are those in which it does.
	Cases []CrossCase `json:"cases"`
	// Expected is set if Options.CrossAllow names the pair.
	Expected bool `json:"expected,omitempty"`
}

// CrossCase is one case in which another rule matches.
type CrossCase struct {
	Name string `json:"name"`          // as in CaseResult
	Got  []Hit  `json:"got,omitempty"` // what the other rule matches in it
	// Error says why the other rule could not be decided, for example because its script fails on the events.
	Error string `json:"error,omitempty"`
}

// crossFire runs the cases of every rule against all other rules of the set: those that were run, and Others.
func crossFire(ctx context.Context, fsys fs.FS, o Options, results []*RuleResult) ([]CrossFire, error) {
	set := &rulePack{others: map[int]Matcher{}}
	for _, r := range results {
		set.add(r.Path, r.matcher)
	}
	for _, p := range o.Others {
		if m := otherMatcher(fsys, p, o); m != nil {
			set.add(p, m)
		}
	}
	if err := set.build(); err != nil {
		return nil, err
	}
	out := make([][]CrossFire, len(results))
	err := parallel(ctx, o.Jobs, len(results), func(i int) {
		out[i] = crossFireOf(results[i], set, set.newShooter(), o.CrossAllow)
	})
	return slices.Concat(out...), err
}

// otherMatcher compiles a rule that is only to fire; nil if it cannot be run.
func otherMatcher(fsys fs.FS, p string, o Options) Matcher {
	file, diags, err := o.read(fsys, p)
	if err != nil {
		return nil // it is reported when it is named itself
	}
	m, _, _ := prepare(file, diags, func(file *rule.File) (Matcher, error) {
		return o.matcher(file, besideOf(fsys, p, o.compile.Needs(file)))
	})
	return m
}

func crossFireOf(r *RuleResult, set *rulePack, s *shooter, allow map[string][]string) []CrossFire {
	byRule := map[int][]CrossCase{}
	for _, c := range r.cases {
		if c.broken != "" {
			continue
		}
		for i, hit := range s.fire(c.documents()) {
			hit.Name = c.name
			byRule[i] = append(byRule[i], *hit)
		}
	}
	var out []CrossFire
	for i, p := range set.paths {
		if cases := byRule[i]; len(cases) > 0 && p != r.Path {
			out = append(out, CrossFire{Fixtures: r.Path, Fires: p, Cases: cases, Expected: allowed(allow, stem(r.Path), stem(p))})
		}
	}
	return out
}

// allowed tells whether a list of expected pairs names this one. Keys and values are globs on the stems of rules.
func allowed(allow map[string][]string, fixtures, fires string) bool {
	for pattern, others := range allow {
		if ok, _ := path.Match(pattern, fixtures); !ok {
			continue
		}
		for _, o := range others {
			if ok, _ := path.Match(o, fires); ok {
				return true
			}
		}
	}
	return false
}

// crossProblems makes findings of the pairs that nobody expects.
func crossProblems(results []*RuleResult, fired []CrossFire) {
	by := map[string]*RuleResult{}
	for _, r := range results {
		by[r.Path] = r
	}
	for _, f := range fired {
		if r := by[f.Fixtures]; !f.Expected && r.file != nil {
			p := Problem{Code: codeCross, Severity: "warning", Path: f.Fixtures,
				Message: fmt.Sprintf("rule %s matches in %s of this rule, %s", stem(f.Fires), wording.Count(len(f.Cases), "case"), caseNames(f.Cases)),
				Hint:    fmt.Sprintf("if both should fire, add %q = [%q] to [fixtures.cross_allow]", stem(f.Fixtures), stem(f.Fires))}
			r.Problems = append(r.Problems, p.atName(r.file))
		}
	}
}

// caseNames lists at most three.
func caseNames(cases []CrossCase) string {
	out := ""
	for i, c := range cases[:min(len(cases), 3)] {
		if i > 0 {
			out += ", "
		}
		out += fmt.Sprintf("%q", c.Name)
	}
	if len(cases) > 3 {
		out += " and more"
	}
	return out
}

// rulePack is the rules of a set. Those of package compile are one search.Set: an event is decoded once for all, and only the
// rules that can match are asked.
type rulePack struct {
	paths    []string
	programs []search.Program
	rules    []int           // by program, its place among the paths
	others   map[int]Matcher // rules of an evaluator of the caller's
	layout   event.Layout
	set      *search.Set
}

func (s *rulePack) add(p string, m Matcher) {
	at := len(s.paths)
	s.paths = append(s.paths, p)
	e, ok := m.(*evaluator)
	switch {
	case m == nil: // the rule cannot be run
	case !ok:
		s.others[at] = m
	default:
		program, err := e.program.On(&s.layout)
		if err != nil { // cannot be: it has been compiled before
			return
		}
		s.programs, s.rules = append(s.programs, program), append(s.rules, at)
	}
}

func (s *rulePack) build() (err error) {
	s.set, err = search.NewSet(s.programs)
	return err
}

// shooter decides all rules over the events of one case after another. It serves one goroutine.
type shooter struct {
	*rulePack
	decoder *event.Decoder
	rec     event.Record
}

func (s *rulePack) newShooter() *shooter {
	return &shooter{rulePack: s, decoder: event.NewDecoder(&s.layout)}
}

// fire returns what came of each rule that matches or cannot be decided, by its place among the paths.
func (s *shooter) fire(events [][]byte) map[int]*CrossCase {
	out := map[int]*CrossCase{}
	of := func(rule int) *CrossCase {
		if out[rule] == nil {
			out[rule] = &CrossCase{}
		}
		return out[rule]
	}
	at := 0
	run := s.set.NewRun(search.SetOptions{
		Buffer: maxEventBytes, // events need not be in order
		Match: func(program int, r search.Result) {
			c := of(s.rules[program])
			c.Got = append(c.Got, hitsOf([]search.Result{r})...)
		},
		Fail: func(program int, err error) {
			var reason *compile.Error
			if !errors.As(err, &reason) || !reason.Unsupported { // a model is not asked in the cases of other rules
				of(s.rules[program]).Error = eventError(at, err).Error()
			}
		},
	})
	for i, raw := range events {
		at = i
		if s.decoder.Decode(raw, &s.rec) != nil {
			return nil // the case fails by itself
		}
		run.Feed(&s.rec, search.Ref{Index: i}, nil)
	}
	run.Close()
	for rule, m := range s.others {
		hits, err := m.Match(events)
		if err != nil {
			of(rule).Error = err.Error()
		} else if len(hits) > 0 {
			of(rule).Got = hits
		}
	}
	for _, c := range out {
		sortHits(c.Got)
	}
	return out
}
