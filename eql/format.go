package eql

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Format prints a query in canonical form: one line, for sequences and samples one line a term. It works on trees
// built by hand too: parentheses are added where the tree needs them. Comments are left out.
// Parse(Format(q)) equals q up to spans and comments for every query that parsed without errors.
func Format(q *Query) string {
	var w printer
	w.body(q.Body)
	for _, p := range q.Pipes {
		w.str(" | ")
		w.str(p.Name)
		w.list(" ", p.Args, "")
	}
	return w.String()
}

// FormatExpr prints an expression in canonical form.
func FormatExpr(e Expr) string {
	var w printer
	w.expr(e, precOr)
	return w.String()
}

// Precedences, loosest first (LANGUAGE.md 2.1).
const (
	precOr = iota + 1
	precAnd
	precNot
	precComparison
	precSum
	precProduct
	precUnary
	precPostfix
	precPrimary
)

type printer struct{ strings.Builder }

func (w *printer) str(s string) { w.WriteString(s) }

func (w *printer) body(b Body) {
	switch b := b.(type) {
	case *EventQuery:
		w.filter(b)
	case *Sequence:
		w.str("sequence")
		w.list(" by ", b.By, "")
		if m := b.MaxSpan; m != nil {
			w.str(" with maxspan=" + strconv.FormatInt(m.Value, 10) + m.Unit)
		}
		w.terms(b.Terms, b.Until)
	case *Sample:
		w.str("sample")
		w.list(" by ", b.By, "")
		w.terms(b.Terms, nil)
	case *Join:
		w.str("join")
		w.list(" by ", b.By, "")
		w.terms(b.Terms, b.Until)
	}
}

func (w *printer) terms(terms []*Term, until *Term) {
	for _, t := range terms {
		w.str("\n  ")
		w.term(t)
	}
	if until != nil {
		w.str("\nuntil ")
		w.term(until)
	}
}

func (w *printer) term(t *Term) {
	if t.Missing {
		w.str("!")
	}
	w.str("[")
	w.filter(t.Filter)
	w.str("]")
	w.list(" by ", t.By, "")
	if t.Runs != nil {
		w.str(" with runs=" + strconv.Itoa(t.Runs.Count))
	}
}

func (w *printer) filter(e *EventQuery) {
	w.str(categoryText(e.Category))
	w.str(" where ")
	w.expr(e.Cond, precOr)
}

func categoryText(c Category) string {
	switch {
	case c.Any:
		return "any"
	case c.Quoted, !isPlainName(c.Name):
		return quoteString(c.Name)
	}
	return c.Name
}

// list prints before, the expressions and after; nothing if there are none.
func (w *printer) list(before string, list []Expr, after string) {
	if len(list) == 0 {
		return
	}
	w.str(before)
	for i, e := range list {
		if i > 0 {
			w.str(", ")
		}
		w.expr(e, precOr)
	}
	w.str(after)
}

// precedence is that of the outermost operator of e.
func precedence(e Expr) int {
	switch e := e.(type) {
	case *Unary:
		if e.Op == Not {
			return precNot
		}
		return precUnary
	case *Binary:
		return e.Op.precedence()
	case *Match, *In:
		return precPostfix
	case *Literal:
		if e.Kind == IntLiteral && e.Int < 0 || e.Kind == FloatLiteral && math.Signbit(e.Float) {
			return precUnary // only in trees built by hand
		}
	}
	return precPrimary
}

func (op Op) precedence() int {
	switch op {
	case Or:
		return precOr
	case And:
		return precAnd
	case Eq, Ne, Lt, Le, Gt, Ge:
		return precComparison
	case Add, Sub:
		return precSum
	case Mul, Div, Mod:
		return precProduct
	}
	return precPrimary
}

// flipped is the comparison with its sides exchanged.
func (op Op) flipped() Op {
	switch op {
	case Lt:
		return Gt
	case Le:
		return Ge
	case Gt:
		return Lt
	case Ge:
		return Le
	}
	return op
}

// String is the operator as it is written in a query.
func (op Op) String() string {
	if int(op) < len(opText) {
		return opText[op]
	}
	return "?"
}

var opText = [...]string{"?", "not", "-", "+", "and", "or", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", ":", "like", "like~", "regex", "regex~"}

// expr prints e, in parentheses if it binds looser than prec.
func (w *printer) expr(e Expr, prec int) {
	if precedence(e) < prec {
		w.str("(")
		w.expr(e, precOr)
		w.str(")")
		return
	}
	switch e := e.(type) {
	case *Literal:
		w.literal(e)
	case *Field:
		w.str(FieldText(e))
	case *Call:
		w.str(e.Name)
		if e.Fold {
			w.str("~")
		}
		w.str("(")
		w.list("", e.Args, "")
		w.str(")")
	case *Unary:
		w.str(e.Op.String())
		if e.Op == Not {
			w.str(" ")
		}
		w.expr(e.X, precedence(e))
	case *Binary:
		w.binary(e)
	case *Match:
		w.match(e)
	case *In:
		w.in(e)
	case *Paren:
		w.str("(")
		w.expr(e.X, precOr)
		w.str(")")
	}
}

// binary prints a chain of left operands without recursion.
func (w *printer) binary(e *Binary) {
	chain := []*Binary{e}
	for {
		x, ok := chain[len(chain)-1].X.(*Binary)
		if !ok || x.Op.precedence() < leftPrecedence(chain[len(chain)-1].Op) {
			break
		}
		chain = append(chain, x)
	}
	last := chain[len(chain)-1]
	w.expr(last.X, leftPrecedence(last.Op))
	for i := len(chain) - 1; i >= 0; i-- {
		op := chain[i].Op
		w.str(" " + op.String() + " ")
		w.expr(chain[i].Y, op.precedence()+1)
	}
}

// leftPrecedence is what the left operand needs at least: comparisons do not chain, the rest is left-associative.
func leftPrecedence(op Op) int {
	if p := op.precedence(); p != precComparison {
		return p
	}
	return precSum
}

func (w *printer) match(e *Match) {
	w.expr(e.X, precPrimary)
	if e.Op != Colon {
		w.str(" ")
	}
	w.str(e.Op.String() + " ")
	parens := e.Parens || len(e.List) != 1
	if parens {
		w.str("(")
	}
	for i, lit := range e.List {
		if i > 0 {
			w.str(", ")
		}
		w.literal(lit)
	}
	if parens {
		w.str(")")
	}
}

func (w *printer) in(e *In) {
	w.expr(e.X, precPrimary)
	if e.Negated {
		w.str(" not")
	}
	w.str(" in")
	if e.Fold {
		w.str("~")
	}
	w.str(" (")
	w.list("", e.List, "")
	w.str(")")
}

func (w *printer) literal(l *Literal) {
	switch l.Kind {
	case NullLiteral:
		w.str("null")
	case BoolLiteral:
		w.str(strconv.FormatBool(l.Bool))
	case IntLiteral:
		w.str(strconv.FormatInt(l.Int, 10))
	case UintLiteral:
		w.str(strconv.FormatUint(l.Uint, 10))
	case FloatLiteral:
		w.str(floatText(l.Float))
	case StringLiteral:
		if l.Raw {
			if s, ok := rawQuote(l.Str); ok {
				w.str(s)
				return
			}
		}
		w.str(quoteString(l.Str))
	}
}

// floatText writes a float so that it lexes as a decimal again.
func floatText(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// FieldText writes a field name as it stands in a query: "?" if optional, back-quotes around the parts that need them.
func FieldText(f *Field) string {
	if f.Optional {
		return "?" + QuoteName(f.Name)
	}
	return QuoteName(f.Name)
}

// QuoteName puts back-quotes around the parts of a dotted field name that are no plain identifiers.
func QuoteName(name string) string {
	parts := strings.Split(name, ".")
	plain := true
	for i, part := range parts {
		if part == "" { // the dots belong to the name: quote it as a whole
			return "`" + strings.ReplaceAll(name, "`", "``") + "`"
		}
		if !isPlainName(part) {
			plain = false
			parts[i] = "`" + strings.ReplaceAll(part, "`", "``") + "`"
		}
	}
	if plain {
		return name
	}
	return strings.Join(parts, ".")
}

// isPlainName tells whether s is an identifier that needs no quotes.
func isPlainName(s string) bool {
	if s == "" || charClass[s[0]]&charIdentStart == 0 || keyword(s) != tIdent {
		return false
	}
	for i := 1; i < len(s); i++ {
		if charClass[s[i]]&charIdent == 0 {
			return false
		}
	}
	return true
}

// quoteString writes a string literal with escapes. Bytes that are no UTF-8 stay as they are.
func quoteString(s string) string {
	out := make([]byte, 0, len(s)+2)
	out = append(out, '"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r == '\n':
			out = append(out, `\n`...)
		case r == '\r':
			out = append(out, `\r`...)
		case r == '\t':
			out = append(out, `\t`...)
		case r == '\b':
			out = append(out, `\b`...)
		case r == '\f':
			out = append(out, `\f`...)
		case r < 0x20 || r == 0x7F:
			out = append(out, `\u{`...)
			if r < 0x10 {
				out = append(out, '0')
			}
			out = strconv.AppendInt(out, int64(r), 16)
			out = append(out, '}')
		default:
			out = append(out, s[i:i+n]...)
		}
		i += n
	}
	return string(append(out, '"'))
}
