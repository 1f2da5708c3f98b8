package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
)

// comparison is a file before and after repairs.
type comparison struct {
	before, after *fileRun
	edits         []rule.Edit // of all repairs, sorted by place, disjoint
	repairs       []Applied
	fresh         []rule.Span  // what the edits wrote, in the new text
	keyLines      map[int]bool // lines of the new text on which a key was repaired; nil until it is asked for
	lifted        func() bool  // whether a key says something now that said nothing before
}

// objection says what the repairs do that they must not; empty if they may be made. A finding that is less than those
// repaired does not matter.
func (c *comparison) objection() string {
	shift := 0
	for _, e := range c.edits {
		start := e.Span.Start + shift
		c.fresh = append(c.fresh, rule.Span{Start: start, End: start + len(e.New)})
		shift += len(e.New) - (e.Span.End - e.Span.Start)
	}
	if why := c.remains(); why != "" {
		return why
	}
	c.lifted = sync.OnceValue(func() bool {
		still := map[string]bool{}
		for _, key := range c.after.doubtful {
			still[key] = true
		}
		return slices.ContainsFunc(c.before.doubtful, func(key string) bool { return !still[key] })
	})
	old, least := count(c.before.diags), rule.Error
	for _, a := range c.repairs {
		least = min(least, a.Diagnostic.Severity)
	}
	for _, d := range c.after.diags {
		if k := d.Code + "\x00" + d.Message; old[k] > 0 {
			old[k]--
			old[d.Code]--
			continue
		}
		if old[d.Code]--; old[d.Code] >= 0 {
			continue // the old one in other words
		}
		if d.Severity >= least && !c.revealed(d) {
			return fmt.Sprintf("it would introduce %s: %s", d.Code, d.Message)
		}
	}
	return ""
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

// remains reports a finding that is still where it was and of which there are no fewer: its repair does not help.
func (c *comparison) remains() string {
	type place struct {
		code, message string
		start         int
	}
	still := map[place]bool{}
	for _, d := range c.after.diags {
		still[place{d.Code, d.Message, d.Span.Start}] = true
	}
	now, want := count(c.after.diags), count(c.before.diags)
	for _, a := range c.repairs {
		want[a.Diagnostic.Code+"\x00"+a.Diagnostic.Message]--
	}
	for _, a := range c.repairs {
		d := a.Diagnostic
		key := d.Code + "\x00" + d.Message
		if now[key] > want[key] && still[place{d.Code, d.Message, c.moved(d.Span.Start)}] {
			return "its finding stays: " + d.Message
		}
	}
	return ""
}

// moved is where an offset of the old text is in the new one.
func (c *comparison) moved(at int) int {
	i, _ := slices.BinarySearchFunc(c.edits, at, func(e rule.Edit, at int) int { return cmp.Compare(e.Span.End, at+1) })
	if i == 0 {
		return at
	}
	return at + c.fresh[i-1].End - c.edits[i-1].Span.End
}

// touched reports whether a span of the new text meets what the edits wrote.
func (c *comparison) touched(s rule.Span) bool {
	i, _ := slices.BinarySearchFunc(c.fresh, s.Start, func(f rule.Span, at int) int {
		if f.End < at {
			return -1
		}
		return 1
	})
	return i < len(c.fresh) && c.fresh[i].Start <= s.End
}

// revealed tells a finding that the repairs brought to light from one that they caused: its check could not look for it
// before, in all of the file or, where a key or the syntax around it was wrong, there.
func (c *comparison) revealed(d rule.Diagnostic) bool {
	known := c.after.linter.known[d.Code]
	if known == nil || c.before.blind(known) {
		return true
	}
	breaks := d.Code == "file/syntax" || d.Code == "file/encoding" || d.Code == "query/syntax"
	if breaks || c.touched(d.Span) {
		return false
	}
	return c.lifted() || c.onRepairedKey(d.Span.Start)
}

// onRepairedKey reports whether an offset of the new text lies on a line on which a key was repaired: its value is seen now.
func (c *comparison) onRepairedKey(at int) bool {
	f := c.after.file
	if c.keyLines == nil {
		c.keyLines = map[int]bool{}
		for _, a := range c.repairs {
			if strings.HasPrefix(a.Diagnostic.Code, "schema/") {
				c.keyLines[f.Position(c.moved(a.Diagnostic.Span.Start)).Line] = true
			}
		}
	}
	return c.keyLines[f.Position(at).Line]
}

// blind reports whether a check could not look for its findings, or not everywhere: the file or the query was not read to
// its end, or the check did not apply.
func (r *fileRun) blind(c *check.Check) bool {
	if !r.syntaxOK {
		return true
	}
	if c.Part == check.PartQuery || c.Part == check.PartFields {
		return r.queryBroken || !r.applies(c)
	}
	return !r.applies(c)
}
