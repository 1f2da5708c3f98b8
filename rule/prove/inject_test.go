package prove

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/source"
)

// fault puts a part that does nothing, or harm, into a query. It returns the new query and where the part stands; "" where there is no place
// for it.
type fault struct {
	name  string
	code  string // that is to be found
	equal bool   // leaving it out changes nothing
	put   func(*tuner) (string, source.Span)
}

var faults = []fault{
	{"a limit twice", "query/absorbed", true, func(t *tuner) (string, source.Span) {
		and := t.conjunction()
		if and == nil {
			return "", source.Span{}
		}
		return t.behind(and, " and ", t.text(and.Kids[t.random.IntN(len(and.Kids))]))
	}},
	{"an alternative twice", "query/absorbed", true, func(t *tuner) (string, source.Span) {
		or := t.choose(func(c *predicate.Cond) bool { return c.Op == predicate.OpOr && !constant(c) && onlyLeaves(c.Kids) })
		if or == nil {
			return "", source.Span{}
		}
		return t.behind(or, " or ", t.text(or.Kids[t.random.IntN(len(or.Kids))]))
	}},
	{"a weaker limit", "query/absorbed", true, func(t *tuner) (string, source.Span) {
		and := t.conjunction()
		if and == nil {
			return "", source.Span{}
		}
		kid := t.text(and.Kids[t.random.IntN(len(and.Kids))])
		return t.behind(and, " and ", "("+kid+" or "+t.donor()+")")
	}},
	{"an exclusion twice", "query/exclusion-never-applies", true, func(t *tuner) (string, source.Span) {
		var place *predicate.Cond
		var parts []string
		for _, c := range t.conds {
			if c.Op != predicate.OpAnd || constant(c) {
				continue
			}
			for _, k := range c.Kids {
				if k.Op == predicate.OpNot && len(k.Kids[0].Kids) == 0 && k.Kids[0].Origin != nil && len(k.Kids[0].Origin.Members()) > 1 && strings.HasPrefix(t.text(k), "not ") {
					m := k.Kids[0].Origin.Members()
					first := t.query[k.Kids[0].Span.Start:m[0].Span.Start]
					place, parts = c, append(parts, "not "+strings.TrimRight(first, "( \n")+" ("+t.text(m[len(m)-1])+")")
				}
			}
		}
		if place == nil {
			return "", source.Span{}
		}
		return t.behind(place, " and ", parts[len(parts)-1])
	}},
	{"a limit and its opposite", "query/never-matches", false, func(t *tuner) (string, source.Span) {
		and := t.conjunction()
		if and == nil {
			return "", source.Span{}
		}
		return t.behind(and, " and ", "not ("+t.text(and.Kids[t.random.IntN(len(and.Kids))])+")")
	}},
	{"an alternative that a limit rules out", "query/dead-clause", true, func(t *tuner) (string, source.Span) {
		and := t.conjunction()
		if and == nil {
			return "", source.Span{}
		}
		kid := t.text(and.Kids[t.random.IntN(len(and.Kids))])
		query, at := t.behind(and, " and ", "("+t.donor()+" or not ("+kid+"))")
		dead := "not (" + kid + ")"
		return query, source.Span{Start: at.End - 1 - len(dead), End: at.End - 1}
	}},
	{"a value that a pattern covers", "query/unreachable-value", false, func(t *tuner) (string, source.Span) {
		c := t.choose(func(c *predicate.Cond) bool {
			return c.Origin != nil && len(c.Origin.Members()) > 1 && strings.HasSuffix(t.text(c.Origin.Members()[0]), `*"`)
		})
		if c == nil || t.language() != "eql" {
			return "", source.Span{}
		}
		m := c.Origin.Members()
		value := strings.TrimSuffix(t.text(m[0]), `*"`) + `zz9"`
		end := m[len(m)-1].Span.End
		return t.query[:end] + ", " + value + t.query[end:], source.Span{Start: end + 2, End: end + 2 + len(value)}
	}},
}

// constant reports a condition that says nothing of events.
func constant(c *predicate.Cond) bool {
	_, ok := c.Node.(predicate.Constant)
	return ok
}

func onlyLeaves(list []*predicate.Cond) bool {
	return !slices.ContainsFunc(list, func(c *predicate.Cond) bool { return len(c.Kids) > 0 || constant(c) || c.Aside })
}

// conjunction is a chain of limits at the top of a step.
func (t *tuner) conjunction() *predicate.Cond {
	root := ownRoot(t.steps[t.random.IntN(len(t.steps))].Cond)
	if root == nil || root.Op != predicate.OpAnd {
		return nil
	}
	own := slices.DeleteFunc(slices.Clone(root.Kids), func(c *predicate.Cond) bool { return c.Aside || constant(c) || len(c.Kids) > 0 })
	if len(own) < 2 {
		return nil
	}
	return &predicate.Cond{Span: root.Span, Op: root.Op, Kids: own}
}

// behind puts a member behind the last one of a chain, in brackets if it is one itself.
func (t *tuner) behind(chain *predicate.Cond, word, text string) (string, source.Span) {
	text = strings.TrimSpace(text)
	end, _ := closed(t.query, chain.Span.Start, chain.Span.End)
	body := strings.TrimRight(t.query[:end], " \n")
	at := len(body) + len(word)
	return body + word + text + t.query[end:], source.Span{Start: at, End: at + len(text)}
}

// TestFaults puts faults into public rules: each must be found, where it stands, and what its edit leaves must match what the rule did before.
func TestFaults(t *testing.T) {
	compiler := &compile.Compiler{}
	rules := publicRules(t, compiler)
	donors := donorsOf(rules)
	random := rand.New(rand.NewPCG(*tuningSeed, 7))
	type count struct{ n, found, placed, edits int }
	counts := map[string]*count{}
	for tries, done := 0, 0; done < *tunings && tries < 20**tunings; tries++ {
		p := rules[random.IntN(len(rules))]
		f := faults[random.IntN(len(faults))]
		tuner := newTuner(random, p, donors)
		query, at := f.put(tuner)
		if query == "" {
			continue
		}
		q, ok := compiled(compiler, tuner, query)
		if !ok {
			continue
		}
		done++
		key := f.name + " (" + languageOf(p.File) + ")"
		c := counts[key]
		if c == nil {
			c = &count{}
			counts[key] = c
		}
		c.n++
		found := false
		for _, i := range Review(query, q, true) {
			if i.Code != f.code {
				continue
			}
			found = true
			related := slices.ContainsFunc(i.Related, func(r source.Related) bool { return r.Span.Start >= at.Start && r.Span.End <= at.End })
			if i.Span.Start >= at.Start-1 && i.Span.End <= at.End+1 || related || f.code == "query/never-matches" {
				c.placed++
			}
			if len(i.Edits) == 0 {
				break
			}
			c.edits++
			fixed := query[:i.Edits[0].Span.Start] + i.Edits[0].New + query[i.Edits[0].Span.End:]
			if r, ok := compiled(compiler, tuner, fixed); !ok {
				t.Errorf("%s: the edit breaks the query:\n%s\n%s", key, query, fixed)
			} else if d := Rules(compiler, q.File, r.File); d.Relation != Equal {
				t.Errorf("%s: the edit makes it %v %s:\n%s\n%s", key, d.Relation, d.Why, query, fixed)
			}
			break
		}
		if found {
			c.found++
		} else if testing.Verbose() {
			t.Logf("%s: %s: not found: %s", key, filepath.Base(p.File.Path), query[at.Start:at.End])
		}
	}
	total, found := 0, 0
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		c := counts[key]
		t.Logf("%-50s %s", key, fmt.Sprintf("%d: %d found, %d in place, %d with an edit", c.n, c.found, c.placed, c.edits))
		total, found = total+c.n, found+c.found
	}
	if found*100 < total*90 {
		t.Errorf("%d of %d faults were found", found, total)
	}
}

func compiled(c *compile.Compiler, t *tuner, query string) (*compile.Program, bool) {
	text := t.withQuery(query)
	if text == "" {
		text = t.src
	}
	f, _ := rule.Parse(t.file.Path, []byte(text))
	p, err := c.Compile(f, compile.Options{})
	return p, err == nil
}
