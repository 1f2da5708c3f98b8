package eval

import "strings"

var refKeyFields = []string{"a", "b", "c"}

func (g *gen) keyList(n int) []string {
	var out []string
	for range n {
		out = append(out, pick(g, "", "", "?")+pick(g, refKeyFields...))
	}
	return out
}

func (g *gen) refQuery() *refQuery {
	q := &refQuery{sample: g.chance(4), maxspan: pick[int64](g, 0, 3, 6, 12), size: pick(g, -1, -1, -1, 0, 2, 5), perKey: pick(g, 1, 1, 2, 5)}
	q.keys = g.keyList(g.IntN(3))
	own := g.IntN(2)
	if q.sample { // no key twice
		if len(q.keys) == 2 && strings.TrimPrefix(q.keys[0], "?") == strings.TrimPrefix(q.keys[1], "?") {
			q.keys = q.keys[:1]
		}
		if len(q.keys) > 0 {
			own = 0
		}
	}
	if q.sample && len(q.keys)+own == 0 {
		own = 1
	}
	if q.sample {
		q.maxspan = 0
	}
	positive := 0
	for n := 2 + g.IntN(3); len(q.steps) < n || positive == 0; {
		s := refStep{letter: pick(g, "A", "A", "B", "C"), keys: g.keyList(own), runs: 1}
		if !q.sample && q.maxspan > 0 && len(q.steps) < n && g.chance(4) {
			s.missing, s.letter = true, pick(g, "M", "C")
		} else {
			positive++
		}
		if !q.sample && g.chance(6) {
			s.runs = 2
		}
		if g.chance(4) {
			s.test = &refTest{field: pick(g, refKeyFields...), values: pick(g, []string{"x"}, []string{"x", "y"}, []string{"y"}), copied: !g.chance(3), not: g.chance(3)}
			if !s.test.copied {
				s.test.not, s.test.values = false, []string{"X", "y"}
			}
		}
		q.steps = append(q.steps, s)
	}
	if !q.sample && g.chance(3) {
		q.until = &refStep{letter: "U", keys: g.keyList(own), runs: 1}
	}
	for !q.sample && len(q.pipes) < 6 && g.chance(4) {
		q.pipes = append(q.pipes, limit{int64(g.IntN(5)), g.chance(2)})
	}
	return q
}

func (g *gen) refEvents() []*refEvent {
	var out []*refEvent
	at := int64(100)
	for i := range 3 + g.IntN(16) {
		at += pick[int64](g, 0, 1, 1, 2, 4)
		e := &refEvent{index: i, at: at, tie: pick(g, -1, 0, 1, 2), letters: pick(g, "A", "B", "C", "A", "B", "AU", "U", "M", "AB", "BC", "BM", "ABC"), fields: map[string][]any{}}
		for _, name := range refKeyFields {
			for range pick(g, 0, 1, 1, 1, 1, 2, 3) {
				e.fields[name] = append(e.fields[name], pick[any](g, "x", "x", "x", "y", "y", 5, "5", true, nil))
			}
		}
		out = append(out, e)
	}
	return out
}
