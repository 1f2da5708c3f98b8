package eql

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The options of sequences and clauses: with maxspan=…, with runs=N.

// assign consumes "=" after an option; ":" and "==" are reported and taken.
func (p *parser) assign(name, code string) bool {
	t := p.tok()
	switch t.kind {
	case tAssign:
	case tEq, tColon:
		p.add(Issue{Code: code, Span: t.span(), Message: fmt.Sprintf("expected = after %s, found %s", name, asWritten(p.text(t))), Hint: "write =",
			Edits: []Edit{{Span: t.span(), New: "="}}})
	case tInt, tDecimal:
		at := Span{Start: p.prevEnd(), End: int(t.start)}
		if p.consequence() {
			return true
		}
		p.add(Issue{Code: code, Span: t.span(), Message: fmt.Sprintf("expected = after %s, found %s", name, asWritten(p.text(t))), Hint: fmt.Sprintf("write %s=%s", name, p.text(t)),
			Edits: []Edit{{Span: at, New: "="}}})
		return true
	default:
		p.expected("= after "+name, "")
		return false
	}
	p.i++
	return true
}

// maxspan parses "maxspan=N unit" after "with" (LANGUAGE.md 2.2).
func (p *parser) maxspan(what string, start int) *MaxSpan {
	t := p.tok()
	if t.kind != tMaxspan && p.peek(1).kind == tMaxspan {
		p.expected("maxspan after with", "write with maxspan=…")
		p.i++
	} else if what != "sequence" {
		p.add(Issue{Code: "query/sequence-maxspan", Span: Span{Start: start, End: int(t.end)}, Message: fmt.Sprintf("a %s has no with options", what), Hint: "remove it, or use sequence"})
	} else if t.kind != tMaxspan {
		p.maxspanName(t)
	}
	known := t.kind == tMaxspan || t.kind != tIdent || p.text(t) != "runs"
	if p.at(tMaxspan) || p.at(tIdent) {
		p.i++
	}
	if !p.assign("maxspan", "query/sequence-maxspan") {
		p.skipToClause()
		return nil
	}
	m := &MaxSpan{}
	sign := int(p.tok().start)
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
	if m.Range = (Span{Start: start, End: p.prevEnd()}); !known {
		return nil
	}
	p.interval(m, n, unit, sign, negative)
	return m
}

func (p *parser) maxspanName(t token) {
	is := Issue{Code: "query/sequence-maxspan", Span: t.span(), Message: fmt.Sprintf("expected maxspan after with, found %s", p.describe(t)), Hint: "write with maxspan=…"}
	switch {
	case t.kind == tIdent && p.text(t) == "runs":
		is.Code, is.Hint = "query/sequence-runs", "runs belongs to one clause: [ … ] with runs=N"
	case t.kind == tIdent:
		is.Edits = []Edit{{Span: t.span(), New: "maxspan"}}
	}
	p.add(is)
}

// maxspanValue reports a value that is no number, and skips it.
func (p *parser) maxspanValue(t token) {
	is := Issue{Code: "query/sequence-maxspan", Span: t.span(), Message: fmt.Sprintf("expected a number and a unit after maxspan=, found %s", p.describe(t)),
		Hint: "write for example maxspan=1m; units are ms, s, m, h and d"}
	if t.kind == tString || t.kind == tRawString || t.kind == tOldString {
		is.Edits = []Edit{{Span: t.span(), New: stringValue(t.kind, p.text(t))}}
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
func (p *parser) interval(m *MaxSpan, n, unit token, sign int, negative bool) {
	number, hint := p.text(n), "units are ms, s, m, h and d"
	report := func(at Span, edits []Edit, hint, format string, args ...any) {
		p.add(Issue{Code: "query/sequence-maxspan", Span: at, Message: fmt.Sprintf(format, args...), Hint: hint, Edits: edits})
	}
	value, err := strconv.ParseInt(number, 10, 64)
	m.Value = value
	switch nanos := unitNanos(m.Unit); {
	case n.kind == tDecimal:
		report(Span{Start: int(n.start), End: p.prevEnd()}, nil, "write an integer and a smaller unit, as in 1500ms", "maxspan must be an integer, found %s", asWritten(number))
	case err != nil:
		report(n.span(), nil, hint, "maxspan is too large: %s", asWritten(number))
	case negative || value == 0:
		report(Span{Start: sign, End: p.prevEnd()}, nil, "write for example maxspan=1m", "maxspan must be positive, found %s", asWritten(p.src[sign:p.prevEnd()]))
	case m.Unit == "":
		report(n.span(), []Edit{{Span: Span{Start: int(n.end), End: int(n.end)}, New: "s"}}, "did you mean "+number+"s? "+hint, "maxspan has no time unit: %s", asWritten(number))
	case nanos == 0:
		report(unit.span(), unitEdit(unit, m.Unit), unitHint(m.Unit, number), "unknown time unit %s in maxspan", asWritten(m.Unit))
	case value > math.MaxInt64/nanos:
		m.Nanos = math.MaxInt64
	default:
		m.Nanos = value * nanos
	}
}

// meantUnit is the unit that a word stands for, or nothing.
func meantUnit(word string) string {
	switch strings.ToLower(word) {
	case "msec", "msecs", "millis", "millisecond", "milliseconds":
		return "ms"
	case "min", "mins", "minute", "minutes", "m":
		return "m"
	case "hour", "hours", "hr", "hrs", "h":
		return "h"
	case "sec", "secs", "second", "seconds", "s":
		return "s"
	case "day", "days", "d":
		return "d"
	}
	return ""
}

// unitEdit writes the unit that is meant.
func unitEdit(unit token, word string) []Edit {
	if meant := meantUnit(word); meant != "" && word != "M" { // which may be a month
		return []Edit{{Span: unit.span(), New: meant}}
	}
	return nil
}

func unitHint(unit, number string) string {
	hint := "units are ms, s, m, h and d"
	if meant := meantUnit(unit); meant != "" {
		return fmt.Sprintf("did you mean `%s%s`? %s", number, meant, hint)
	}
	switch strings.ToLower(unit) {
	case "w", "weeks", "week":
		return hint + "; a week is 7d"
	}
	if strings.ContainsAny(unit, "0123456789") {
		return hint + "; only one number and unit can stand there, as in 90m"
	}
	return hint
}

// runs parses "runs=N" after "with".
func (p *parser) runs(start int) *Runs {
	t := p.tok()
	if t.kind != tIdent || p.text(t) != "runs" {
		is := Issue{Code: "query/sequence-runs", Span: t.span(), Message: fmt.Sprintf("expected runs after with, found %s", p.describe(t)), Hint: "write with runs=N"}
		if t.kind == tMaxspan {
			is.Code, is.Hint = "query/sequence-maxspan", "maxspan belongs to the sequence: sequence by … with maxspan=…"
		} else if t.kind == tIdent {
			is.Edits = []Edit{{Span: t.span(), New: "runs"}}
		}
		p.add(is)
	}
	if p.at(tIdent) || p.at(tMaxspan) {
		p.i++
	}
	if !p.assign("runs", "query/sequence-runs") {
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
	r := &Runs{Range: Span{Start: start, End: p.prevEnd()}}
	value, err := strconv.Atoi(p.src[from.start:n.end])
	if n.kind == tDecimal && from.kind != tMinus {
		p.add(Issue{Code: "query/sequence-runs", Level: Warning, Span: n.span(), Hint: "write an integer from 1 to 100",
			Message: fmt.Sprintf("runs with a decimal number is taken as 1, found %s", p.text(n))})
		value, err = 1, nil
	}
	if err != nil || value < 1 || value > 100 {
		p.add(Issue{Code: "query/sequence-runs", Span: Span{Start: int(from.start), End: int(n.end)}, Hint: "an integer from 1 to 100",
			Message: fmt.Sprintf("runs must be an integer from 1 to 100, found %s", p.src[from.start:n.end])})
		value = 1
	}
	r.Count = value
	return r
}
