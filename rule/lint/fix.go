package lint

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"

	"github.com/rulevet/rulevet/internal/parallel"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
)

// FixOptions says which fixes Fix applies.
type FixOptions struct {
	Unsafe bool // those for a person to accept too
}

// FixResult is what Fix did.
type FixResult struct {
	Files   []FixedFile // changed files, in the order of the sources
	Refused []Refused   // fixes that were not made, with the reason
}

// FixedFile is a file with its fixes made.
type FixedFile struct {
	Path     string    // as the user gave it
	Src, New []byte    // before and after
	Applied  []Applied // fixes in the order made
}

// Applied is a fix that was made for a finding. Spans refer to the text that the round of fixes started from.
type Applied struct {
	Diagnostic rule.Diagnostic // the finding that is gone
	Fix        rule.Fix        // what was done about it
}

// Refused is a fix that was not made.
type Refused struct {
	Diagnostic rule.Diagnostic // the finding that stays
	Fix        rule.Fix        // what was not done
	Why        string          // one line
}

// setRounds bounds how often the whole set is looked at again: a fix of one file can bring up a finding about another.
const setRounds = 5

// Fix applies the fixes of all findings in the named files, one of each finding: the first that is safe, or the first of
// all with Unsafe. It goes on until no fix is left to make, so that a second call on the result changes nothing. A fix
// that makes the file invalid, leaves its finding or brings up another one is refused; what it only brings to light, because
// it could not be looked for before, is no obstacle. Nothing is written.
func (l *Linter) Fix(ctx context.Context, named, others []Source, opts FixOptions) (*FixResult, error) {
	fixers := make([]*fixer, len(named))
	sources := slices.Clone(named)
	for i := range fixers {
		fixers[i] = newFixer(l, &sources[i], opts.Unsafe)
	}
	for range setRounds {
		runs, err := l.lintAll(ctx, sources, others, false)
		if err != nil {
			return nil, err
		}
		changed := make([]bool, len(named))
		err = parallel.Each(ctx, l.jobs, len(named), func(i int) { changed[i] = fixers[i].run(runs[i]) })
		if err != nil {
			return nil, err
		}
		if !slices.Contains(changed, true) || !l.fixesSets() {
			break
		}
	}
	out := &FixResult{}
	for i, f := range fixers {
		if len(f.applied) > 0 {
			out.Files = append(out.Files, FixedFile{Path: named[i].Path, Src: named[i].Src, New: f.source.Src, Applied: f.applied})
		}
		out.Refused = append(out.Refused, f.refusals()...)
	}
	return out, nil
}

// fixesSets reports whether a check over the whole set offers fixes.
func (l *Linter) fixesSets() bool {
	return slices.ContainsFunc(l.sets, func(c *check.Check) bool { return c.Fix != check.NoFix })
}

// Bounds of how often one file is linted to find out which fixes can be made: so much text in all, but a few times however long
// the file is.
const (
	triedBytes = 4 << 20
	minTries   = 40
	maxTries   = 2000
)

// fixer repairs one file.
type fixer struct {
	linter  *Linter
	source  *Source
	unsafe  bool
	applied []Applied
	refused map[refusal]Refused
	order   []refusal
	seen    map[[sha256.Size]byte]bool // texts that there were, so that two fixes do not undo each other for ever
	tries   int                        // how often the file may still be linted
}

// refusal names a fix whatever its place in the file.
type refusal struct{ code, message, fix, line string }

func newFixer(l *Linter, s *Source, unsafe bool) *fixer {
	return &fixer{linter: l, source: s, unsafe: unsafe, refused: map[refusal]Refused{}, seen: map[[sha256.Size]byte]bool{},
		tries: min(max(triedBytes/(len(s.Src)+1), minTries), maxTries)}
}

// run makes fixes until none is left; it reports whether the file has changed. before is what there is to repair, with the
// findings of the whole set; later rounds see the file alone.
func (f *fixer) run(before *fileRun) bool {
	changed, fresh := false, false
	f.seen[sha256.Sum256(f.source.Src)] = true
	for {
		chosen := f.choose(before)
		if len(chosen) == 0 && fresh && len(f.refused) > 0 {
			// What was refused may be possible now that other fixes have been made.
			clear(f.refused)
			f.order, fresh = nil, false
			chosen = f.choose(before)
		}
		if len(chosen) == 0 {
			return changed
		}
		if f.round(chosen, before) {
			changed, fresh = true, true
			before = f.lint(f.source.Src)
		}
	}
}

// choose picks the fixes of a round: the first suitable one of every finding that goes together with those before it. The
// others wait for another round.
func (f *fixer) choose(r *fileRun) []Applied {
	var all []Applied
	var fixes []rule.Fix
	for _, d := range r.diags {
		for _, x := range d.Fixes {
			a := Applied{d, x}
			if _, no := f.refused[f.key(r, a)]; (x.Safe || f.unsafe) && !no {
				all, fixes = append(all, a), append(fixes, x)
				break
			}
		}
	}
	_, conflicts := rule.Merge(len(f.source.Src), fixes)
	chosen := all[:0]
	for i, a := range all {
		if len(conflicts) == 0 || conflicts[0].Index != i {
			chosen = append(chosen, a)
			continue
		}
		if conflicts[0].With < 0 {
			f.refuse(r, a, "its edits overlap")
		}
		conflicts = conflicts[1:]
	}
	return chosen
}

// round makes as many of the chosen fixes as go well together; it reports whether the file has changed.
func (f *fixer) round(chosen []Applied, before *fileRun) bool {
	made, text := f.take(nil, nil, chosen, before)
	if len(made) == 0 {
		return false
	}
	f.source.Src = text
	f.seen[sha256.Sum256(text)] = true
	f.applied = append(f.applied, made...)
	return true
}

// take adds fixes to those that were taken: all of them or, if that is no improvement, what can be taken of each half. text
// is the file with the fixes that were taken.
func (f *fixer) take(taken []Applied, text []byte, list []Applied, before *fileRun) ([]Applied, []byte) {
	if f.tries <= 0 {
		for _, a := range list {
			f.refuse(before, a, "too many fixes of this file cannot be made")
		}
		return taken, text
	}
	both := slices.Concat(taken, list)
	src, why := f.try(both, before)
	switch {
	case why == "":
		return both, src
	case len(list) == 1:
		f.refuse(before, list[0], why)
		return taken, text
	}
	half := len(list) / 2
	taken, text = f.take(taken, text, list[:half], before)
	return f.take(taken, text, list[half:], before)
}

// try makes fixes and lints the result; why says what is wrong with it.
func (f *fixer) try(repairs []Applied, before *fileRun) (src []byte, why string) {
	f.tries--
	fixes := make([]rule.Fix, len(repairs))
	for i, a := range repairs {
		fixes[i] = a.Fix
	}
	edits, _ := rule.Merge(len(f.source.Src), fixes)
	src, err := rule.Apply(f.source.Src, edits)
	switch {
	case err != nil:
		return nil, err.Error()
	case bytes.Equal(src, f.source.Src):
		return nil, "it changes nothing"
	case f.seen[sha256.Sum256(src)]:
		return nil, "another fix undoes it"
	}
	c := &comparison{before: before, after: f.lint(src), edits: edits, repairs: repairs}
	return src, c.objection()
}

func (f *fixer) key(r *fileRun, a Applied) refusal {
	line := ""
	if r.file != nil {
		const most = 200 // a line may be long, and have many findings
		at, s := a.Diagnostic.Span.Start, r.file.LineSpan(a.Diagnostic.Span.Start)
		line = r.file.Slice(rule.Span{Start: max(s.Start, at-most), End: min(s.End, at+most)})
	}
	return refusal{a.Diagnostic.Code, a.Diagnostic.Message, a.Fix.Message, line}
}

func (f *fixer) refuse(r *fileRun, a Applied, why string) {
	key := f.key(r, a)
	if _, again := f.refused[key]; !again {
		f.order = append(f.order, key)
	}
	f.refused[key] = Refused{Diagnostic: a.Diagnostic, Fix: a.Fix, Why: why}
}

// refusals lists what was refused, in order.
func (f *fixer) refusals() []Refused {
	var out []Refused
	for _, key := range f.order {
		out = append(out, f.refused[key])
	}
	return out
}

// lint checks the file alone.
func (f *fixer) lint(src []byte) *fileRun {
	s := *f.source
	s.Src, s.File = src, nil
	r := f.linter.lintFile(&s)
	f.linter.finish(r)
	return r
}
