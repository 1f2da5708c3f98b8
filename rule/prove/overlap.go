package prove

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/logic"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/source"
)

// Overlap is a pair of rules of which one finds nothing by itself: whenever Inner matches, Outer does.
type Overlap struct {
	Inner *rule.File // every event set that it matches Outer matches too
	Outer *rule.File // matches at least what Inner does
	Equal bool       // and the other way round; then Inner is the one that comes first
}

// OverlapOptions say which overlaps are wanted. The zero value is useful.
type OverlapOptions struct {
	Equal bool // only pairs that match the same, which is faster
	// Outline gives what is known of a rule already; nil: nothing. done is set for a rule that is known not to count.
	Outline func(*rule.File) (o *Outline, done bool)
}

// Overlaps proves of pairs of rules that the one matches whenever the other does, over the same indexes. Rules that do not run are left
// out. The pairs come in the order of the files.
func Overlaps(compiler *compile.Compiler, files []*rule.File, o OverlapOptions) []Overlap {
	pairs := likely(compiler, files, o)
	if len(pairs) == 0 {
		return nil
	}
	c := &comparer{space: quickSpace()}
	sides := c.sides(compiler, files, pairs)
	number := map[[2]int]int{}
	for n, pair := range pairs {
		number[pair] = n
	}
	var out []Overlap
	for n, pair := range pairs {
		inner, outer := sides[pair[0]], sides[pair[1]]
		if inner == nil || outer == nil || !c.proves(inner, outer) {
			continue
		}
		back, both := number[[2]int{pair[1], pair[0]}]
		found := Overlap{Inner: files[pair[0]], Outer: files[pair[1]], Equal: both && c.proves(outer, inner)}
		switch {
		case found.Equal && back < n: // it was said there
		case !found.Equal && (o.Equal || found.Inner.Rule.NewTerms != nil): // with fewer events more is new
		default:
			out = append(out, found)
		}
	}
	return out
}

// Outline is what tells quickly that a rule has nothing to do with another.
type Outline struct {
	group  string   // rules of different groups are not compared
	fields []string // that its conditions read, sorted
	needs  []logic.Requirement
	limits [][]string // the fields of each of its limits: who limits none of these can match more
	single bool       // it has one step
}

// Study asks several questions of one rule. The answers share what is known of its conditions. It is not safe for concurrent use.
type Study struct {
	program *compile.Program
	space   *logic.Space
}

// NewStudy is that of a rule.
func NewStudy(p *compile.Program) *Study {
	s := &Study{p, quickSpace()}
	s.space.Name(p.Layout().Names())
	return s
}

// Review is that of the query of the rule; see there.
func (y *Study) Review(infos bool) []source.Issue {
	return review(y.space, y.program.File.Query.Value, y.program.Program, infos)
}

// Outline is that of the rule; nil if it visibly can never match, because everything holds of such a rule.
func (y *Study) Outline() *Outline {
	p, space := y.program, y.space
	s := newSide(p.Program)
	if s.frame.Hopeless {
		return nil
	}
	out := &Outline{group: groupOf(p, s), single: len(s.steps) == 1}
	var forms []*logic.Formula
	for i, step := range s.steps {
		if s.inverse(i) {
			continue
		}
		form := space.Of(step.Node)
		forms, out.needs = append(forms, form), append(out.needs, space.Requires(form)...)
		for _, limit := range space.Conjuncts(form) {
			if fields := space.Reads(limit); len(fields) > 0 && !space.Opaque(limit) {
				out.limits = append(out.limits, fields)
			}
		}
	}
	out.fields = space.Reads(forms...)
	return out
}

// groupOf names rules that make results of events in the same way.
func groupOf(p *compile.Program, s *side) string {
	f := p.File
	kind := f.Rule.Type
	switch {
	case p.Plain():
		kind = "event"
	case s.frame.Kind == "rows":
		kind = s.frame.Rest
	}
	parts := []string{kind, f.Rule.DataViewID}
	for _, key := range []string{"exceptions_list", "threat_filters"} {
		parts = append(parts, text(f, key))
	}
	return strings.Join(parts, "\x00")
}

// admits reports whether what surrounds the query of a rule lets a match of another through: indexes, thresholds and the like.
func admits(inner, outer *rule.Rule) bool {
	if notCovered(inner.Index, outer.Index) || len(inner.Index) == 0 && len(outer.Index) > 0 {
		return false
	}
	return !slices.ContainsFunc(typeParts(inner, outer), func(p aside) bool { return p.relation != Wider })
}

// possible makes the formulas of a side; it is nil if one can never be true.
func (c *comparer) possible(s *side) *side {
	for i, step := range s.steps {
		form := c.space.Of(step.Node)
		s.forms = append(s.forms, form)
		if answer, _ := c.space.Possible(form); answer == logic.Never && !s.inverse(i) {
			return nil
		}
	}
	return s
}

// sides compiles the rules of pairs for one layout.
func (c *comparer) sides(compiler *compile.Compiler, files []*rule.File, pairs [][2]int) map[int]*side {
	layout := &event.Layout{}
	out := map[int]*side{}
	for _, pair := range pairs {
		for _, i := range pair {
			if _, done := out[i]; done {
				continue
			}
			out[i] = nil
			p, err := compiler.Compile(files[i], compile.Options{Layout: layout, Now: Now()})
			if err != nil {
				continue
			}
			out[i] = c.possible(newSide(p.Program))
		}
	}
	return out
}

// proves tells whether every match of a has one of b in it, by proof.
func (c *comparer) proves(a, b *side) bool {
	if !sameSteps(a, b) {
		return c.embeds(a, b)
	}
	fragile := slices.Contains(a.frame.Missing, true)
	if b.frame.Hopeless || a.frame.Rest != b.frame.Rest || !spanFits(a.frame.Span, b.frame.Span, fragile) ||
		!sameKeys(a, b) && (fragile || a.stops() || !coarser(a, b, nil)) {
		return false
	}
	for i := range a.forms {
		from, to := a.forms[i], b.forms[i]
		if a.inverse(i) {
			from, to = to, from
		}
		if !c.implies(from, to) || fragile && from != to && !a.inverse(i) && !c.implies(to, from) {
			return false
		}
	}
	return true
}
