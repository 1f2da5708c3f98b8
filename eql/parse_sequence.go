package eql

import (
	"fmt"
	"math"
	"strconv"
)

// header is what sequence, sample and join share: keys and terms.
type header struct {
	keyword Span
	by      []Expr
	maxspan *MaxSpan
	terms   []*Term
	until   *Term
	untilAt Span
	rng     Span
}

func (p *parser) sequence() *Sequence {
	h := p.header("sequence")
	s := &Sequence{Keyword: h.keyword, By: h.by, MaxSpan: h.maxspan, Terms: h.terms, Until: h.until, UntilRange: h.untilAt, Range: h.rng}
	if !p.skipped {
		p.checkSequence(s)
	}
	return s
}

func (p *parser) sample() *Sample {
	h := p.header("sample")
	s := &Sample{Keyword: h.keyword, By: h.by, Terms: h.terms, Range: h.rng}
	if !p.skipped {
		p.checkSample(s)
	}
	return s
}

// join parses the join of the old dialect: Elasticsearch parses it and rejects it afterwards.
func (p *parser) join() *Join {
	h := p.header("join")
	j := &Join{Keyword: h.keyword, By: h.by, Terms: h.terms, Until: h.until, UntilRange: h.untilAt, Range: h.rng}
	if !p.skipped {
		p.checkKeyCounts(len(j.By), j.Terms, j.Until)
		p.checkNoRuns("join", append(j.Terms[:len(j.Terms):len(j.Terms)], untilTerms(j.Until)...))
		if len(j.Terms) < 2 {
			p.errorf(j.Keyword, "", "a join needs at least two clauses, found %d", len(j.Terms))
		}
	}
	return j
}

func untilTerms(t *Term) []*Term {
	if t == nil {
		return nil
	}
	return []*Term{t}
}

// header parses everything after the keyword.
func (p *parser) header(what string) header {
	h := header{keyword: p.next().span()}
	p.options(what, &h)
	for {
		switch {
		case p.at(tLBracket) || p.at(tMissing):
			h.terms = append(h.terms, p.term())
		case p.at(tUntil) || p.isWord("until"):
			p.until(what, &h)
		case p.at(tEOF) || p.at(tPipe):
			h.rng = Span{h.keyword.Start, p.prevEnd()}
			if len(h.terms) == 0 && !p.skipped {
				p.expected("[", "a clause is written [category where condition]")
				p.skipped = true
			}
			return h
		default:
			p.expected("[", p.clauseHint())
			p.skipToClause()
		}
	}
}

func (p *parser) clauseHint() string {
	switch p.kind() {
	case tRBracket:
		return "remove the bracket, or add the opening one"
	case tBang:
		return "a missing event is written ![ without a blank"
	case tAnd, tOr:
		return "clauses follow one another without and/or"
	case tComma:
		return "clauses follow one another without commas"
	case tWith:
		return "after the join keys of a clause only with runs=N can stand, once"
	}
	return "a clause is written [category where condition]"
}

func (p *parser) skipToClause() {
	p.skipped = true
	for {
		switch p.kind() {
		case tEOF, tPipe, tLBracket, tMissing, tUntil:
			return
		}
		p.i++
	}
}

// options parses "by keys" and "with maxspan=…", in the wrong order too.
func (p *parser) options(what string, h *header) {
	withAt := -1
	for {
		t := p.tok()
		switch {
		case t.kind == tBy || p.isWord("by"):
			p.acceptKeyword(tBy, "by")
			keys := p.joinKeys()
			switch {
			case h.by != nil:
				p.errorf(t.span(), "write the keys in one list: by a, b", "by is given twice")
			case withAt >= 0:
				p.byAfterWith(Span{withAt, int(t.start)}, Span{int(t.start), p.prevEnd()})
			}
			h.by = append(h.by, keys...)
		case t.kind == tWith || p.isWord("with"):
			p.acceptKeyword(tWith, "with")
			withAt = int(t.start)
			if m := p.maxspan(what, int(t.start)); m != nil {
				if h.maxspan != nil {
					p.errorf(m.Range, "", "maxspan is given twice")
				}
				h.maxspan = m
			}
		case t.kind == tMaxspan:
			at := Span{int(t.start), int(t.start)}
			p.add(Issue{ID: "maxspan", Span: t.span(), Message: "maxspan needs with in front of it", Hint: "write with maxspan=…",
				Edits: []Edit{{at, "with "}}})
			h.maxspan = p.maxspan(what, int(t.start))
			withAt = int(t.start)
		default:
			return
		}
	}
}

// byAfterWith reports "with maxspan=… by …"; the repair swaps the two.
func (p *parser) byAfterWith(with, by Span) {
	text := p.src[with.Start:with.End]
	swapped := p.src[by.Start:by.End] + " " + trimRightBlank(text)
	p.add(Issue{ID: "join-keys", Span: by, Message: "by stands before with, not after it", Hint: "write sequence by … with maxspan=…",
		Edits: []Edit{{Span{with.Start, by.End}, swapped}}})
}

func trimRightBlank(s string) string {
	for len(s) > 0 && charClass[s[len(s)-1]]&charSpace != 0 {
		s = s[:len(s)-1]
	}
	return s
}

// joinKeys parses the list after "by". Anything but a field is an unsupported key (spec/eql.md 2.3).
func (p *parser) joinKeys() []Expr {
	keys := p.exprList(tLBracket)
	for _, k := range keys {
		switch k := k.(type) {
		case *Field, *BadExpr:
		default:
			p.add(Issue{ID: "join-keys", Span: k.Span(), Message: fmt.Sprintf("a join key must be a field, found %s", p.source(k)),
				Hint: "write the name of a field, or ?name if it may be missing"})
		}
	}
	return keys
}

// term parses a clause with its keys and runs.
func (p *parser) term() *Term {
	open := p.next()
	t := &Term{Missing: open.kind == tMissing}
	t.Filter = p.filter(true)
	if !p.accept(tRBracket) {
		if p.lastErr != p.i {
			p.add(Issue{Span: open.span(), Message: "bracket is not closed", Hint: "add ] after the condition",
				Related: []Related{{p.tok().span(), "the clause should end before this"}}})
		}
		p.lastErr = p.i
	}
	if p.at(tBy) || p.isWord("by") {
		p.acceptKeyword(tBy, "by")
		t.By = p.joinKeys()
	}
	for p.at(tWith) || p.isWord("with") {
		p.termWith(t)
	}
	p.fork()
	t.Range = Span{int(open.start), p.prevEnd()}
	return t
}

// termWith parses "with runs=N" and reports keys that come after it.
func (p *parser) termWith(t *Term) {
	start := int(p.tok().start)
	p.acceptKeyword(tWith, "with")
	if p.isWord("fork") {
		p.fork()
		return
	}
	if r := p.runs(start); r != nil {
		if t.Runs != nil {
			p.errorf(r.Range, "", "runs is given twice")
		}
		t.Runs = r
	}
	if p.at(tBy) {
		by := int(p.tok().start)
		p.i++
		t.By = append(t.By, p.joinKeys()...)
		p.byAfterWith(Span{start, by}, Span{by, p.prevEnd()})
	}
}

// fork reports the fork of the old dialect, "fork" or "fork=true".
func (p *parser) fork() {
	if !p.isWord("fork") {
		return
	}
	t := p.next()
	if p.accept(tAssign) {
		p.next()
	}
	p.add(Issue{ID: "fork", Span: Span{int(t.start), p.prevEnd()}, Message: "fork is not supported by Elasticsearch",
		Hint: "remove it: one event can already take part in several sequences"})
}

func (p *parser) until(what string, h *header) {
	t := p.tok()
	p.acceptKeyword(tUntil, "until")
	if h.until != nil {
		p.errorf(t.span(), "keep one until", "until is given twice")
	}
	if what == "sample" {
		p.errorf(t.span(), "remove it, or use sequence", "a sample has no until")
	}
	h.untilAt = t.span()
	if !p.at(tLBracket) && !p.at(tMissing) {
		p.expected("[ after until", "write until [category where condition]")
		p.skipToClause()
		if !p.at(tLBracket) && !p.at(tMissing) {
			return
		}
	}
	h.until = p.term()
	if h.until.Missing {
		at := h.until.Range
		p.add(Issue{ID: "until-missing", Level: Warning, Span: Span{at.Start, at.Start + 2}, Message: "until ignores the ! of ![",
			Hint: "write until [ …", Edits: []Edit{{Span{at.Start, at.Start + 1}, ""}}})
	}
	if h.until.Runs != nil {
		p.add(Issue{ID: "runs", Span: h.until.Runs.Range, Message: "until cannot have runs", Hint: "remove it"})
	}
	if p.at(tLBracket) || p.at(tMissing) {
		p.errorf(p.tok().span(), "move until behind the last clause", "a clause follows until")
	}
}

// assign consumes "=" after an option; ":" and "==" are reported and taken.
func (p *parser) assign(name, id string) bool {
	t := p.tok()
	switch t.kind {
	case tAssign:
	case tEq, tColon:
		p.add(Issue{ID: id, Span: t.span(), Message: fmt.Sprintf("expected = after %s, found %s", name, p.text(t)), Hint: "write =",
			Edits: []Edit{{t.span(), "="}}})
	default:
		p.expected("= after "+name, "")
		return false
	}
	p.i++
	return true
}

// maxspan parses "maxspan=N unit" after "with" (spec/eql.md 2.2).
func (p *parser) maxspan(what string, start int) *MaxSpan {
	t := p.tok()
	if what != "sequence" {
		p.add(Issue{ID: "maxspan", Span: Span{start, int(t.end)}, Message: fmt.Sprintf("a %s has no with options", what), Hint: "remove it, or use sequence"})
	} else if t.kind != tMaxspan {
		p.maxspanName(t)
	}
	if p.at(tMaxspan) || p.at(tIdent) {
		p.i++
	}
	if !p.assign("maxspan", "maxspan") {
		p.skipToClause()
		return nil
	}
	m := &MaxSpan{}
	negative := p.accept(tMinus)
	n := p.tok()
	if n.kind != tInt && n.kind != tDecimal {
		p.maxspanValue(n)
		return nil
	}
	p.i++
	unit := p.tok()
	if unit.kind == tIdent {
		m.Unit = p.text(unit)
		p.i++
	}
	m.Range = Span{start, p.prevEnd()}
	p.interval(m, n, unit, negative)
	return m
}

func (p *parser) maxspanName(t token) {
	is := Issue{ID: "maxspan", Span: t.span(), Message: fmt.Sprintf("expected maxspan after with, found %s", p.describe(t)), Hint: "write with maxspan=…"}
	switch {
	case t.kind == tIdent && p.text(t) == "runs":
		is.ID, is.Hint = "runs", "runs belongs to one clause: [ … ] with runs=N"
	case t.kind == tIdent:
		is.Edits = []Edit{{t.span(), "maxspan"}}
	}
	p.add(is)
}

// maxspanValue reports a value that is no number, and skips it.
func (p *parser) maxspanValue(t token) {
	is := Issue{ID: "maxspan", Span: t.span(), Message: fmt.Sprintf("expected a number and a unit after maxspan=, found %s", p.describe(t)),
		Hint: "write for example maxspan=1m; units are ms, s, m, h and d"}
	if t.kind == tString || t.kind == tRawString || t.kind == tOldString {
		is.Edits = []Edit{{t.span(), stringValue(t.kind, p.text(t))}}
		p.i++
	}
	if p.lastErr != p.i {
		p.add(is)
	}
}

// units are the time units of maxspan in nanoseconds.
func unitNanos(unit string) int64 {
	switch unit {
	case "ms":
		return 1e6
	case "s":
		return 1e9
	case "m":
		return 60e9
	case "h":
		return 3600e9
	case "d":
		return 86400e9
	}
	return 0
}

// interval checks number and unit and fills in the value. A span over 292 years counts as 292 years.
func (p *parser) interval(m *MaxSpan, n, unit token, negative bool) {
	number, hint := p.text(n), "units are ms, s, m, h and d"
	report := func(at Span, edits []Edit, hint, format string, args ...any) {
		p.add(Issue{ID: "maxspan", Span: at, Message: fmt.Sprintf(format, args...), Hint: hint, Edits: edits})
	}
	value, err := strconv.ParseInt(number, 10, 64)
	m.Value = value
	switch nanos := unitNanos(m.Unit); {
	case n.kind == tDecimal:
		report(Span{int(n.start), p.prevEnd()}, nil, "write an integer and a smaller unit, as in 1500ms", "maxspan must be an integer, found %s", number)
	case err != nil:
		report(n.span(), nil, hint, "maxspan is too large: %s", number)
	case negative || value == 0:
		report(n.span(), nil, "write for example maxspan=1m", "maxspan must be positive, found %s", p.src[m.Range.End-(p.prevEnd()-int(n.start)):p.prevEnd()])
	case m.Unit == "":
		report(n.span(), []Edit{{Span{int(n.end), int(n.end)}, "s"}}, "did you mean "+number+"s? "+hint, "maxspan has no time unit: %s", number)
	case nanos == 0:
		report(unit.span(), nil, unitHint(m.Unit), "unknown time unit %s in maxspan", m.Unit)
	case value > math.MaxInt64/nanos:
		m.Nanos = math.MaxInt64
	default:
		m.Nanos = value * nanos
	}
}

func unitHint(unit string) string {
	hint := "units are ms, s, m, h and d"
	switch unit {
	case "w", "W", "weeks", "week":
		return hint + "; a week is 7d"
	case "min", "mins", "minute", "minutes", "M":
		return hint + "; a minute is m"
	case "H", "hour", "hours", "hr":
		return hint + "; an hour is h"
	case "S", "sec", "secs", "second", "seconds":
		return hint + "; a second is s"
	case "D", "day", "days":
		return hint + "; a day is d"
	}
	return hint
}

// runs parses "runs=N" after "with".
func (p *parser) runs(start int) *Runs {
	t := p.tok()
	if t.kind != tIdent || p.text(t) != "runs" {
		is := Issue{ID: "runs", Span: t.span(), Message: fmt.Sprintf("expected runs after with, found %s", p.describe(t)), Hint: "write with runs=N"}
		if t.kind == tMaxspan {
			is.ID, is.Hint = "maxspan", "maxspan belongs to the sequence: sequence by … with maxspan=…"
		} else if t.kind == tIdent {
			is.Edits = []Edit{{t.span(), "runs"}}
		}
		p.add(is)
	}
	if p.at(tIdent) || p.at(tMaxspan) {
		p.i++
	}
	if !p.assign("runs", "runs") {
		p.skipToClause()
		return nil
	}
	from := p.tok()
	p.accept(tMinus)
	if !p.at(tInt) && !p.at(tDecimal) {
		p.expected("a number after runs=", "an integer from 1 to 100")
		return nil
	}
	n := p.next()
	if t.kind == tMaxspan {
		if p.at(tIdent) {
			p.i++
		}
		return nil
	}
	r := &Runs{Range: Span{start, p.prevEnd()}}
	value, err := strconv.Atoi(p.src[from.start:n.end])
	if err != nil || value < 1 || value > 100 {
		p.add(Issue{ID: "runs", Span: Span{int(from.start), int(n.end)}, Hint: "an integer from 1 to 100",
			Message: fmt.Sprintf("runs must be an integer from 1 to 100, found %s", p.src[from.start:n.end])})
		value = 1
	}
	r.Count = value
	return r
}

// checkSequence reports what is wrong with the terms taken together (spec/eql.md 2.3, 12.1, 12.3).
func (p *parser) checkSequence(s *Sequence) {
	p.checkKeyCounts(len(s.By), s.Terms, s.Until)
	stages, positive := 0, 0
	var missing *Term
	for _, t := range s.Terms {
		stages += t.Count()
		if t.Missing {
			missing = t
		} else {
			positive++
		}
	}
	switch {
	case positive == 0:
		p.add(Issue{ID: "missing-event", Span: s.Keyword, Message: "a sequence needs at least one clause that is not missing", Hint: "write one clause without !"})
	case stages < 2:
		p.add(Issue{ID: "single-stage", Span: s.Keyword, Message: "a sequence needs at least two stages, found 1",
			Hint: "add a clause, or with runs=N; a single condition needs no sequence"})
	}
	if missing != nil && s.MaxSpan == nil {
		p.add(Issue{ID: "maxspan-missing", Span: missing.Range, Message: "a missing event needs a sequence with maxspan",
			Hint: "write sequence … with maxspan=1m"})
	}
}

func (p *parser) checkSample(s *Sample) {
	p.checkKeyCounts(len(s.By), s.Terms, nil)
	if len(s.Terms) < 2 {
		p.add(Issue{ID: "sample-size", Span: s.Keyword, Message: fmt.Sprintf("a sample needs at least two clauses, found %d", len(s.Terms))})
	}
	if len(s.By) == 0 && len(s.Terms) > 0 && len(s.Terms[0].By) == 0 {
		p.add(Issue{ID: "join-keys", Span: s.Keyword, Message: "a sample needs join keys", Hint: "write sample by host.id"})
	}
	for _, t := range s.Terms {
		if t.Missing {
			p.add(Issue{ID: "missing-event", Span: Span{t.Range.Start, t.Range.Start + 2}, Message: "a sample cannot have missing events",
				Hint: "use sequence with maxspan"})
		}
	}
	p.checkNoRuns("sample", s.Terms)
}

func (p *parser) checkNoRuns(what string, terms []*Term) {
	for _, t := range terms {
		if t.Runs != nil {
			p.add(Issue{ID: "runs", Span: t.Runs.Range, Message: fmt.Sprintf("a %s cannot have runs", what), Hint: "remove it, or use sequence"})
		}
	}
}

// checkKeyCounts reports terms whose number of keys differs from that of the first.
func (p *parser) checkKeyCounts(shared int, terms []*Term, until *Term) {
	if len(terms) == 0 {
		return
	}
	first := terms[0]
	want := shared + len(first.By)
	for _, t := range append(terms[1:len(terms):len(terms)], untilTerms(until)...) {
		got := shared + len(t.By)
		if got == want {
			continue
		}
		p.add(Issue{ID: "join-keys", Span: keysSpan(t), Message: fmt.Sprintf("number of join keys differs: expected %d, found %d", want, got),
			Hint: "all clauses and until need the same number of keys", Related: []Related{{keysSpan(first), fmt.Sprintf("the first clause has %d", want)}}})
	}
}

// keysSpan is the place of a term's own keys, or its closing bracket.
func keysSpan(t *Term) Span {
	if n := len(t.By); n > 0 {
		return Span{t.By[0].Span().Start, t.By[n-1].Span().End}
	}
	end := t.Range.End
	if t.Runs != nil {
		end = t.Runs.Range.Start
	}
	return Span{max(t.Range.Start, end-1), end}
}
