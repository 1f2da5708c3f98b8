package esql

import (
	"strconv"
	"strings"
)

// FormatExpr prints an expression in one line, with as few parentheses as the tree has, so that equal trees print alike.
func FormatExpr(x Expr) string {
	var p printer
	p.expr(x)
	return p.String()
}

type printer struct{ strings.Builder }

func (p *printer) list(n int, item func(int)) {
	for i := range n {
		if i > 0 {
			p.WriteString(", ")
		}
		item(i)
	}
}

func (p *printer) expr(x Expr) {
	switch x := x.(type) {
	case *Literal:
		p.literal(x)
	case *Column:
		p.WriteString(QuoteName(x.Name))
	case *Call:
		p.call(x)
	case *Unary:
		p.WriteString(x.Op.String())
		if x.Op == Not {
			p.WriteByte(' ')
		}
		p.expr(x.X)
	case *Binary:
		p.binary(x)
	case *Cast:
		p.expr(x.X)
		p.WriteString("::" + x.Type)
	case *IsNull:
		p.expr(x.X)
		p.WriteString(map[bool]string{false: " IS NULL", true: " IS NOT NULL"}[x.Not])
	case *Like:
		p.like(x)
	case *In:
		p.in(x)
	case *Match:
		p.expr(x.Field)
		p.WriteString(" : ")
		p.expr(x.Value)
	case *Paren:
		p.WriteByte('(')
		p.expr(x.X)
		p.WriteByte(')')
	case *Param:
		p.WriteString(strings.Repeat("?", map[bool]int{false: 1, true: 2}[x.Double]) + x.Name)
	case *Map:
		p.mapLiteral(x)
	}
}

// binary prints a chain of operators without recursion on its left.
func (p *printer) binary(x *Binary) {
	chain := []*Binary{x}
	for {
		l, ok := chain[len(chain)-1].X.(*Binary)
		if !ok {
			break
		}
		chain = append(chain, l)
	}
	p.expr(chain[len(chain)-1].X)
	for i := len(chain) - 1; i >= 0; i-- {
		p.WriteString(" " + chain[i].Op.String() + " ")
		p.expr(chain[i].Y)
	}
}

func (p *printer) call(x *Call) {
	p.WriteString(strings.ToUpper(x.Name) + "(")
	if x.Star {
		p.WriteByte('*')
	}
	p.list(len(x.Args), func(i int) { p.expr(x.Args[i]) })
	if x.Options != nil {
		p.WriteString(", ")
		p.mapLiteral(x.Options)
	}
	p.WriteByte(')')
}

func (p *printer) like(x *Like) {
	p.expr(x.X)
	p.not(x.Not)
	p.WriteString(map[bool]string{false: " LIKE ", true: " RLIKE "}[x.Regex])
	if !x.List {
		p.expr(x.Patterns[0])
		return
	}
	p.WriteByte('(')
	p.list(len(x.Patterns), func(i int) { p.expr(x.Patterns[i]) })
	p.WriteByte(')')
}

func (p *printer) not(on bool) {
	if on {
		p.WriteString(" NOT")
	}
}

func (p *printer) in(x *In) {
	p.expr(x.X)
	p.not(x.Not)
	p.WriteString(" IN (")
	p.list(len(x.List), func(i int) { p.expr(x.List[i]) })
	p.WriteByte(')')
}

func (p *printer) mapLiteral(m *Map) {
	p.WriteByte('{')
	p.list(len(m.Entries), func(i int) {
		p.WriteString(QuoteString(m.Entries[i].Key) + ": ")
		p.expr(m.Entries[i].Value)
	})
	p.WriteByte('}')
}

func (p *printer) literal(l *Literal) {
	switch l.Kind {
	case NullLiteral:
		p.WriteString("null")
	case BoolLiteral:
		p.WriteString(strconv.FormatBool(l.Bool))
	case IntegerLiteral, LongLiteral:
		p.WriteString(strconv.FormatInt(l.Int, 10))
	case UnsignedLongLiteral:
		p.WriteString(strconv.FormatUint(l.Uint, 10))
	case DoubleLiteral:
		s := strconv.FormatFloat(l.Float, 'g', -1, 64)
		if !strings.ContainsAny(s, ".e") {
			s += ".0"
		}
		p.WriteString(s)
	case KeywordLiteral:
		p.WriteString(QuoteString(l.Str))
	case TimeSpanLiteral:
		p.WriteString(strconv.FormatInt(l.Int, 10) + " " + l.Str)
	case ListLiteral:
		p.WriteByte('[')
		p.list(len(l.List), func(i int) { p.literal(l.List[i]) })
		p.WriteByte(']')
	}
}

// QuoteString writes a string as ES|QL reads it.
func QuoteString(s string) string {
	return `"` + escaper.Replace(s) + `"`
}

var escaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

// QuoteName writes the name of a column, with back-quotes around the parts that need them.
func QuoteName(name string) string {
	parts := strings.Split(name, ".")
	for i, part := range parts {
		if !plainName(part) {
			parts[i] = "`" + strings.ReplaceAll(part, "`", "``") + "`"
		}
	}
	return strings.Join(parts, ".")
}

// plainName tells whether a part of a name stands without back-quotes.
func plainName(s string) bool {
	if s == "" || keyword(s) != tIdent {
		return false
	}
	for i := range len(s) {
		if !isWord(s[i]) && !(i == 0 && s[i] == '@') {
			return false
		}
	}
	return isLetter(s[0]) || len(s) > 1 && (s[0] == '_' || s[0] == '@')
}
