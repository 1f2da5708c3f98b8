package eql

import (
	"fmt"
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

// sequence parses a sequence whose keyword is n tokens long: 0 if it is missing.
func (p *parser) sequence(n int) *Sequence {
	h := p.header("sequence", n)
	return &Sequence{Keyword: h.keyword, By: h.by, MaxSpan: h.maxspan, Terms: h.terms, Until: h.until, UntilRange: h.untilAt, Range: h.rng}
}

func (p *parser) sample() *Sample {
	h := p.header("sample", 1)
	return &Sample{Keyword: h.keyword, By: h.by, Terms: h.terms, Range: h.rng}
}

// join parses the join of the old dialect: Elasticsearch parses it and rejects it afterwards.
func (p *parser) join() *Join {
	h := p.header("join", 1)
	return &Join{Keyword: h.keyword, By: h.by, Terms: h.terms, Until: h.until, UntilRange: h.untilAt, Range: h.rng}
}

// checkTerms checks the terms of a query taken together.
func (p *parser) checkTerms(b Body) {
	switch b := b.(type) {
	case *Sequence:
		p.checkSequence(b)
	case *Sample:
		p.checkSample(b)
	case *Join:
		p.checkJoin(b)
	}
}

func (p *parser) checkJoin(j *Join) {
	p.checkKeyCounts(len(j.By), j.Terms, j.Until)
	p.checkNoRuns("join", append(j.Terms[:len(j.Terms):len(j.Terms)], untilTerms(j.Until)...))
	if len(j.Terms) < 2 {
		p.errorf(j.Keyword, "", "a join needs at least two clauses, found %d", len(j.Terms))
	}
}

func untilTerms(t *Term) []*Term {
	if t == nil {
		return nil
	}
	return []*Term{t}
}

// header parses everything after the keyword of n tokens.
func (p *parser) header(what string, n int) header {
	h := header{keyword: Span{Start: int(p.tok().start), End: int(p.tok().start)}}
	if n > 0 {
		h.keyword = p.next().span()
	}
	p.options(what, &h)
	for {
		switch {
		case p.at(tLBracket) && p.consequence() && !p.clauseAhead():
			p.i++
			p.skipToClause()
		case p.at(tLBracket) || p.at(tMissing):
			h.terms = append(h.terms, p.term())
		case p.at(tUntil) || p.isWord("until"):
			p.until(what, &h)
		case p.at(tEOF) || p.at(tPipe):
			h.rng = Span{Start: h.keyword.Start, End: p.prevEnd()}
			if len(h.terms) == 0 && !p.skipped {
				p.expected("[", "a clause is written [category where condition]")
				p.skipped = true
			}
			return h
		default:
			p.stray(len(h.terms) == 0, what)
			p.skipToClause()
		}
	}
}

// stray reports what stands where a clause is expected.
func (p *parser) stray(first bool, what string) {
	t, next := p.tok(), p.peek(1)
	here := Span{Start: int(t.start), End: int(t.start)}
	switch {
	case p.lastErr == p.i || p.afterLexError():
		p.lastErr = p.i
	case (p.isWord("runs") || p.isWord("maxspan")) && next.kind == tAssign:
		p.add(Issue{Span: t.span(), Message: fmt.Sprintf("%s needs `with` in front of it", asWritten(p.text(t))), Hint: fmt.Sprintf("write with %s=…", p.text(t)),
			Edits: []Edit{{Span: here, New: "with "}}})
	case len(p.nearWords("until", "by", "with")) > 0 && next.kind != tDot:
		p.misspelt("[", p.nearWords("until", "by", "with")[0])
	case p.keysAhead():
		hint := fmt.Sprintf("write [ … ] by %s", p.text(t))
		if first {
			hint = fmt.Sprintf("write %s by %s", what, p.text(t))
		}
		p.add(Issue{Span: t.span(), Message: fmt.Sprintf("expected by or [, found %s", p.describe(t)), Hint: hint, Edits: []Edit{{Span: here, New: "by "}}, Unsafe: true})
	default:
		p.expected("[", p.clauseHint())
	}
}

// keysAhead tells whether a list of fields stands here and a clause or the end behind it: "by" is missing.
func (p *parser) keysAhead() bool {
	for n := 0; ; n++ {
		switch k := p.peek(n).kind; k {
		case tIdent, tQuotedIdent, tQuestion, tDot, tComma:
			if n == 0 && k == tComma || k == tIdent && n > 0 && p.peek(n-1).kind == tIdent {
				return false
			}
		case tLBracket, tMissing, tWith, tEOF, tPipe:
			return n > 0
		default:
			return false
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
				p.byAfterWith("write sequence by … with maxspan=…", Span{Start: withAt, End: int(t.start)}, Span{Start: int(t.start), End: p.prevEnd()})
			}
			h.by = append(h.by, keys...)
		case t.kind == tWith || p.isWord("with"):
			p.acceptKeyword(tWith, "with")
			withAt = int(t.start)
			if m := p.maxspan(what, int(t.start)); m != nil {
				if h.maxspan != nil {
					p.errorf(m.Range, "keep one of them", "maxspan is given twice")
				}
				h.maxspan = m
			}
		case t.kind == tMaxspan:
			at := Span{Start: int(t.start), End: int(t.start)}
			p.add(Issue{Code: "query/sequence-maxspan", Span: t.span(), Message: "maxspan needs with in front of it", Hint: "write with maxspan=…",
				Edits: []Edit{{Span: at, New: "with "}}})
			h.maxspan = p.maxspan(what, int(t.start))
			withAt = int(t.start)
		default:
			return
		}
	}
}

// byAfterWith reports "with maxspan=… by …"; the repair swaps the two.
func (p *parser) byAfterWith(hint string, with, by Span) {
	text := p.src[with.Start:with.End]
	swapped := p.src[by.Start:by.End] + " " + trimRightBlank(text)
	p.add(Issue{Code: "query/sequence-join", Span: by, Message: "by stands before with, not after it", Hint: hint,
		Edits: []Edit{{Span: Span{Start: with.Start, End: by.End}, New: swapped}}})
}

func trimRightBlank(s string) string {
	for len(s) > 0 && charClass[s[len(s)-1]]&charSpace != 0 {
		s = s[:len(s)-1]
	}
	return s
}

// joinKeys parses the list after "by". Anything but a field is an unsupported key (LANGUAGE.md 2.3).
func (p *parser) joinKeys() []Expr {
	errors := len(p.issues)
	switch p.kind() {
	case tLBracket, tMissing, tWith, tUntil, tPipe, tEOF, tMaxspan:
		p.expected("a join key after by", "name a field, or remove by")
		p.skipped = true // nobody knows how many keys were meant
		return nil
	}
	keys := p.exprList(tLBracket)
	if len(p.issues) > errors {
		p.skipped = true // nobody knows how many keys were meant
		return keys
	}
	for _, k := range keys {
		switch k := k.(type) {
		case *Field:
		default:
			p.add(Issue{Code: "query/sequence-join", Span: k.Span(), Message: fmt.Sprintf("a join key must be a field, found %s", p.source(k)),
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
		p.skipped = p.skipped || p.at(tPipe)
		if p.lastErr != p.i {
			p.unbalanced = append(p.unbalanced, len(p.issues))
			p.add(Issue{Span: open.span(), Message: "bracket is not closed", Hint: "add ] after the condition",
				Related: []Related{{Span: p.tok().span(), Message: "the clause should end before this"}}})
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
	t.Range = Span{Start: int(open.start), End: p.prevEnd()}
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
			p.errorf(r.Range, "keep one of them", "runs is given twice")
		}
		t.Runs = r
	}
	if p.at(tBy) {
		by := int(p.tok().start)
		p.i++
		t.By = append(t.By, p.joinKeys()...)
		p.byAfterWith("write [ … ] by … with runs=N", Span{Start: start, End: by}, Span{Start: by, End: p.prevEnd()})
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
	p.add(Issue{Code: "query/fork", Span: Span{Start: int(t.start), End: p.prevEnd()}, Message: "fork is not supported by Elasticsearch",
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
		p.add(Issue{Code: "query/until-missing", Level: Warning, Span: Span{Start: at.Start, End: at.Start + 2}, Message: "until ignores the ! of ![",
			Hint: "write until [ …", Edits: []Edit{{Span: Span{Start: at.Start, End: at.Start + 1}, New: ""}}})
	}
	if r := h.until.Runs; r != nil && r.Count > 1 {
		p.add(Issue{Code: "query/sequence-runs", Level: Warning, Span: r.Range, Hint: "remove it",
			Message: fmt.Sprintf("until with runs=%d does not wait for that many: all but one of them are stages of the sequence", r.Count)})
	}
	if p.at(tLBracket) || p.at(tMissing) {
		p.errorf(p.tok().span(), "move until behind the last clause", "a clause follows until")
	}
}

// Limits of Elasticsearch.
const (
	maxStages  = 256 // of a sequence, runs counted
	maxSamples = 5   // clauses of a sample
)

// checkSequence reports what is wrong with the terms taken together (LANGUAGE.md 2.3, 6.3, 4.3).
func (p *parser) checkSequence(s *Sequence) {
	p.checkKeyCounts(len(s.By), s.Terms, s.Until)
	stages, positive := 0, 0
	if s.Until != nil { // all copies but the last are stages
		stages = s.Until.Count() - 1
	}
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
		p.add(Issue{Code: "query/missing-event", Span: s.Keyword, Message: "a sequence needs at least one clause that is not missing", Hint: "write one clause without !"})
	case stages < 2:
		p.add(Issue{Code: "query/single-sequence", Span: s.Keyword, Message: "a sequence needs at least two stages, found 1",
			Hint: "add a clause, or with runs=N; a single condition needs no sequence"})
	case stages > maxStages:
		p.add(Issue{Code: "query/sequence-runs", Span: s.Keyword, Message: fmt.Sprintf("a sequence has at most %d stages, found %d", maxStages, stages),
			Hint: "runs=N counts N times"})
	}
	if missing != nil && s.MaxSpan == nil {
		p.add(Issue{Code: "query/missing-event", Span: missing.Range, Message: "a missing event needs a sequence with maxspan",
			Hint: "write sequence … with maxspan=1m"})
	}
}

func (p *parser) checkSample(s *Sample) {
	p.checkKeyCounts(len(s.By), s.Terms, nil)
	if len(s.Terms) < 2 {
		p.add(Issue{Code: "query/sample-size", Span: s.Keyword, Message: fmt.Sprintf("a sample needs at least two clauses, found %d", len(s.Terms))})
	}
	if len(s.Terms) > maxSamples {
		p.add(Issue{Code: "query/sample-size", Span: s.Terms[maxSamples].Range, Message: fmt.Sprintf("a sample has at most %d clauses, found %d", maxSamples, len(s.Terms))})
	}
	for _, t := range s.Terms {
		if !p.checkSampleKeys(append(s.By[:len(s.By):len(s.By)], t.By...)) {
			break
		}
	}
	if len(s.By) == 0 && len(s.Terms) > 0 && len(s.Terms[0].By) == 0 {
		p.add(Issue{Code: "query/sequence-join", Span: s.Keyword, Message: "a sample needs join keys", Hint: "write sample by host.id"})
	}
	for _, t := range s.Terms {
		if t.Missing {
			p.add(Issue{Code: "query/missing-event", Span: Span{Start: t.Range.Start, End: t.Range.Start + 2}, Message: "a sample cannot have missing events",
				Hint: "use sequence with maxspan"})
		}
	}
	p.checkNoRuns("sample", s.Terms)
}

// checkSampleKeys reports a key that stands twice among those of a clause, which samples do not admit.
func (p *parser) checkSampleKeys(keys []Expr) bool {
	seen := map[string]bool{}
	for _, k := range keys {
		f, ok := k.(*Field)
		if ok && seen[f.Name] {
			p.add(Issue{Code: "query/sequence-join", Span: f.Range, Message: fmt.Sprintf("join key %s is given twice", clip(f.Name)), Hint: "remove one of them"})
			return false
		}
		if ok {
			seen[f.Name] = true
		}
	}
	return true
}

func (p *parser) checkNoRuns(what string, terms []*Term) {
	for _, t := range terms {
		if t.Runs != nil {
			p.add(Issue{Code: "query/sequence-runs", Span: t.Runs.Range, Message: fmt.Sprintf("a %s cannot have runs", what), Hint: "remove it, or use sequence"})
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
		p.add(Issue{Code: "query/sequence-join", Span: keysSpan(t), Message: fmt.Sprintf("number of join keys differs: expected %d, found %d", want, got),
			Hint: "all clauses and until need the same number of keys", Related: []Related{{Span: keysSpan(first), Message: fmt.Sprintf("the first clause has %d", want)}}})
	}
}

// keysSpan is the place of a term's own keys, or its closing bracket.
func keysSpan(t *Term) Span {
	if n := len(t.By); n > 0 {
		return Span{Start: t.By[0].Span().Start, End: t.By[n-1].Span().End}
	}
	end := t.Range.End
	if t.Runs != nil {
		end = t.Runs.Range.Start
	}
	return Span{Start: max(t.Range.Start, end-1), End: end}
}
