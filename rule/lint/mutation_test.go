package lint

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
)

// mutant is a rule with one thing broken.
type mutant struct {
	name  string // of the mutator, for the summary
	codes []string
	edits []rule.Edit
	at    int      // offset in the new text on whose line the finding starts
	also  []string // codes that follow from the same defect and may be reported besides
}

// mutator makes mutants of a rule; none where the rule has nothing to break.
type mutator func(f *rule.File) []mutant

// one wraps a mutator that makes one mutant or none.
func one(name, codes string, apply func(f *rule.File) (edits []rule.Edit, at int, ok bool)) mutator {
	return func(f *rule.File) []mutant {
		edits, at, ok := apply(f)
		if !ok {
			return nil
		}
		return []mutant{{name: name + " → " + codes, codes: strings.Fields(codes), edits: edits, at: at}}
	}
}

// allow names codes that a mutator may bring up besides its own.
func (m mutator) allow(codes string) mutator {
	return func(f *rule.File) []mutant {
		list := m(f)
		for i := range list {
			list[i].also = append(list[i].also, strings.Fields(codes)...)
		}
		return list
	}
}

// only restricts a mutator to some rules.
func (m mutator) only(keep func(*rule.File) bool) mutator {
	return func(f *rule.File) []mutant {
		if !keep(f) {
			return nil
		}
		return m(f)
	}
}

func mutators() []mutator {
	return slices.Concat(schemaMutators(), valueMutators(), threatMutators(), noteMutators(), queryMutators())
}

// perMutator bounds how often a mutator is used: most defects are found everywhere or nowhere.
var perMutator = flag.Int("mutants", 2, "mutants that each mutator makes")

// mutationScore is what the mutants of one mutator came to.
type mutationScore struct {
	made, found, noisy int
	safe, repaired     int // findings with a safe fix, and those that it removes without another one
	misses             []string
}

// TestCorpusMutants breaks one thing of a public rule at a time and wants its code on its line, once, and nothing else.
func TestCorpusMutants(t *testing.T) {
	scores := scoreMutants(t, mutationSample(corpus(t)))
	made, found, noisy, safe, repaired := 0, 0, 0, 0, 0
	for _, name := range slices.Sorted(maps.Keys(scores)) {
		s := scores[name]
		made, found, noisy = made+s.made, found+s.found, noisy+s.noisy
		safe, repaired = safe+s.safe, repaired+s.repaired
		for _, m := range s.misses {
			t.Log(m)
		}
	}
	t.Logf("%d mutators, %d of %d mutants found once on their line, %d with another finding; %d of %d safe fixes repair", len(scores), found, made, noisy, repaired, safe)
	if repaired*100 < safe*95 { // a repair is refused where it would bring up another finding
		t.Errorf("%d of %d safe fixes are not made", safe-repaired, safe)
	}
	if found*1000 < made*995 {
		t.Errorf("%d of %d mutants found, less than 99.5 %%", found, made)
	}
	if noisy*100 > made {
		t.Errorf("%d of %d mutants bring up more than their own finding", noisy, made)
	}
}

// mutationSample is every file in an order that mixes folders and types, the same in every run.
func mutationSample(all []Source) []Source {
	out := make([]Source, 0, len(all))
	const stride = 37
	for start := range stride {
		for i := start; i < len(all); i += stride {
			out = append(out, all[i])
		}
	}
	return out
}

func scoreMutants(t *testing.T, sources []Source) map[string]*mutationScore {
	l, err := New(Options{Config: &check.Config{Preset: check.Strict, Vocabulary: check.Vocabulary{MLJobs: map[string][]string{"pad": {"pad_linux_rare_process_executed_by_user"}}}}, Now: corpusNow})
	if err != nil {
		t.Fatal(err)
	}
	scores := map[string]*mutationScore{}
	for _, s := range sources {
		f, _ := rule.Parse(s.Path, s.Src)
		if f.Metadata.Maturity != "production" {
			continue
		}
		var before map[string]int
		for _, m := range mutators() {
			for _, mu := range m(f) {
				score := scores[mu.name]
				if score == nil {
					score = &mutationScore{}
					scores[mu.name] = score
				}
				if score.made >= *perMutator {
					continue
				}
				if before == nil {
					before = findingsOf(lintAlone(l, s))
				}
				score.judge(t, l, s, mu, before)
			}
		}
	}
	return scores
}

func lintAlone(l *Linter, s Source) *fileRun {
	r := l.lintFile(&s)
	l.finish(r)
	return r
}

func findingsOf(r *fileRun) map[string]int {
	out := map[string]int{}
	for _, d := range r.diags {
		out[d.Code+"\x00"+d.Message]++
	}
	return out
}

// judge lints a mutant and compares with what the whole rule gives.
func (s *mutationScore) judge(t *testing.T, l *Linter, src Source, mu mutant, before map[string]int) {
	text, err := rule.Apply(src.Src, mu.edits)
	if err != nil {
		t.Fatalf("%s: %s: %v", src.Path, mu.name, err)
	}
	r := lintAlone(l, Source{Path: src.Path, Src: text})
	want := r.file.Position(min(mu.at, len(text))).Line
	old := maps.Clone(before)
	hits, noise := 0, 0
	var got []string
	for _, d := range r.diags {
		key := d.Code + "\x00" + d.Message
		if old[key] > 0 {
			old[key]--
			continue
		}
		line := r.file.Position(d.Span.Start).Line
		switch {
		case slices.Contains(mu.codes, d.Code) && line == want:
			hits++
			s.repair(t, l, src.Path, text, d)
		case d.Severity > rule.Info && !slices.Contains(mu.also, d.Code):
			noise++
		default:
			continue
		}
		got = append(got, fmt.Sprintf("%d %s %q", line, d.Code, d.Message))
	}
	s.made++
	if hits == 1 {
		s.found++
	}
	if noise > 0 {
		s.noisy++
	}
	if hits != 1 || noise > 0 {
		s.misses = append(s.misses, fmt.Sprintf("%s: %s: want line %d, got %s", mu.name, src.Path, want, strings.Join(got, "; ")))
	}
}

// repair lets the linter make the safe fix of a finding, as --fix does: it must be gone.
func (s *mutationScore) repair(t *testing.T, l *Linter, path string, text []byte, d rule.Diagnostic) {
	if !slices.ContainsFunc(d.Fixes, func(f rule.Fix) bool { return f.Safe }) {
		return
	}
	s.safe++
	r, err := l.Fix(t.Context(), []Source{{Path: path, Src: text}}, nil, FixOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Files) == 1 && findingsOf(lintAlone(l, Source{Path: path, Src: r.Files[0].New}))[d.Code+"\x00"+d.Message] == 0 {
		s.repaired++
		return
	}
	why := "it does not go away"
	if len(r.Refused) > 0 {
		why = r.Refused[0].Why
	}
	s.misses = append(s.misses, fmt.Sprintf("%s: %s is not repaired: %s", path, d.Code, why))
}
