package lint

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/rule"
)

// FixOptions says which fixes Fix applies.
type FixOptions struct {
	Unsafe bool // those for a person to accept too
}

// FixResult is what Fix did.
type FixResult struct {
	Files   []FixedFile // changed files, in the order of the sources
	Refused []Refused
}

// FixedFile is a file with its fixes made.
type FixedFile struct {
	Path     string
	Src, New []byte
	Applied  []Applied
}

// Applied is a fix that was made for a finding. Spans refer to the text that the round of fixes started from.
type Applied struct {
	Diagnostic rule.Diagnostic
	Fix        rule.Fix
}

// Refused is a fix that was not made.
type Refused struct {
	Diagnostic rule.Diagnostic
	Fix        rule.Fix
	Why        string
}

// fixRounds bounds the rounds for one file: a fix can bring up the next finding, as a new tag its order.
const fixRounds = 10

// Fix applies the fixes of all findings in the named files: the first one of each that is safe, or the first of all
// with Unsafe. Fixes that overlap wait for another round. A fix that would make the file invalid, leave its finding, or
// bring up another finding is refused. Nothing is written; a second call on the result changes nothing.
func (l *Linter) Fix(ctx context.Context, named, others []Source, opts FixOptions) (*FixResult, error) {
	report, err := l.Lint(ctx, named, others)
	if err != nil {
		return nil, err
	}
	byPath := map[string][]rule.Diagnostic{}
	for _, d := range report.Diagnostics {
		byPath[d.Path] = append(byPath[d.Path], d)
	}
	fixers := make([]*fixer, len(named))
	err = l.parallel(ctx, len(named), func(i int) {
		fixers[i] = &fixer{linter: l, source: named[i], unsafe: opts.Unsafe}
		fixers[i].run(byPath[named[i].Path])
	})
	if err != nil {
		return nil, err
	}
	out := &FixResult{}
	for i, f := range fixers {
		if len(f.applied) > 0 {
			out.Files = append(out.Files, FixedFile{Path: named[i].Path, Src: named[i].Src, New: f.source.Src, Applied: f.applied})
		}
		out.Refused = append(out.Refused, f.refused...)
	}
	return out, nil
}

// fixer repairs one file.
type fixer struct {
	linter  *Linter
	source  Source
	unsafe  bool
	applied []Applied
	refused []Refused
}

// run makes rounds until nothing is left to fix. Findings of set-wide checks are fixed in the first round only: later
// rounds see the file alone.
func (f *fixer) run(diags []rule.Diagnostic) {
	refused := map[string]bool{}
	for range fixRounds {
		chosen, conflicts := f.choose(diags, refused)
		if len(chosen) == 0 {
			return
		}
		progress := f.applyAll(chosen, diags, refused)
		if !progress && len(conflicts) == 0 {
			return
		}
		diags = f.lint(f.source.Src)
	}
	if left, _ := f.choose(diags, refused); len(left) > 0 {
		for _, a := range left {
			f.refuse(a, fmt.Sprintf("still there after %d rounds", fixRounds))
		}
	}
}

// choose picks the fixes of a round: the first suitable one of every finding that does not overlap one chosen before.
func (f *fixer) choose(diags []rule.Diagnostic, refused map[string]bool) (chosen, conflicts []Applied) {
	var taken []rule.Edit
	for _, d := range diags {
		i := slices.IndexFunc(d.Fixes, func(x rule.Fix) bool { return x.Safe || f.unsafe })
		if i < 0 || refused[f.key(d)] {
			continue
		}
		a := Applied{d, d.Fixes[i]}
		fresh, ok := merge(taken, a.Fix.Edits)
		if !ok {
			conflicts = append(conflicts, a)
			continue
		}
		a.Fix.Edits = fresh
		taken = append(taken, fresh...)
		chosen = append(chosen, a)
	}
	return chosen, conflicts
}

// merge returns the edits that are not among those taken; ok is false if one of them overlaps or touches another.
func merge(taken, edits []rule.Edit) (fresh []rule.Edit, ok bool) {
	for _, e := range edits {
		if slices.Contains(taken, e) {
			continue
		}
		for _, t := range taken {
			if e.Span.Start <= t.Span.End && t.Span.Start <= e.Span.End {
				return nil, false
			}
		}
		fresh = append(fresh, e)
	}
	return fresh, true
}

// applyAll makes the chosen fixes together or, if that is no improvement, one after another.
func (f *fixer) applyAll(chosen []Applied, before []rule.Diagnostic, refused map[string]bool) bool {
	var edits []rule.Edit
	for _, a := range chosen {
		edits = append(edits, a.Fix.Edits...)
	}
	if src, why := f.try(edits, before, chosen...); why == "" {
		f.source.Src = src
		f.applied = append(f.applied, chosen...)
		return true
	} else if len(chosen) == 1 {
		f.refuse(chosen[0], why)
		refused[f.key(chosen[0].Diagnostic)] = true
		return false
	}
	// Only the first one that can be made: the places of the others move.
	for _, a := range chosen {
		if len(a.Fix.Edits) == 0 {
			continue // the same repair as that of a finding before it
		}
		src, why := f.try(a.Fix.Edits, before, a)
		if why == "" {
			f.source.Src = src
			f.applied = append(f.applied, a)
			return true
		}
		f.refuse(a, why)
		refused[f.key(a.Diagnostic)] = true
	}
	return false
}

// try makes edits and lints the result; why says what is wrong with it. A new finding that is less than those repaired is
// no obstacle: a query that parses again shows what could not be seen before.
func (f *fixer) try(edits []rule.Edit, before []rule.Diagnostic, repairs ...Applied) (src []byte, why string) {
	src, err := rule.Apply(f.source.Src, edits)
	if err != nil {
		return nil, err.Error()
	}
	if bytes.Equal(src, f.source.Src) {
		return nil, "it changes nothing"
	}
	old, least := count(before), rule.Error
	for _, a := range repairs {
		least = min(least, a.Diagnostic.Severity)
	}
	for _, d := range f.lint(src) {
		k := d.Code + "\x00" + d.Message
		if old[k]--; old[k] < 0 && !sameCode(old, d.Code) && d.Severity >= least {
			return nil, fmt.Sprintf("it would introduce %s: %s", d.Code, d.Message)
		}
	}
	return src, ""
}

// count counts findings by code and message, and by code alone.
func count(diags []rule.Diagnostic) map[string]int {
	out := map[string]int{}
	for _, d := range diags {
		out[d.Code+"\x00"+d.Message]++
		out[d.Code]++
	}
	return out
}

// sameCode takes a finding whose wording changed for the old one of its code, if there was one.
func sameCode(old map[string]int, code string) bool {
	old[code]--
	return old[code] >= 0
}

func (f *fixer) key(d rule.Diagnostic) string {
	return fmt.Sprint(d.Code, "\x00", d.Message)
}

func (f *fixer) refuse(a Applied, why string) {
	f.refused = append(f.refused, Refused{Diagnostic: a.Diagnostic, Fix: a.Fix, Why: why})
}

// lint checks the file alone.
func (f *fixer) lint(src []byte) []rule.Diagnostic {
	s := f.source
	s.Src = src
	r := f.linter.lintFile(&s)
	f.linter.finish(r)
	return r.diags
}
