package fieldcheck

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/schema"
)

// Literals that the type of a field makes suspicious although Elasticsearch may accept them: its type check lets most
// comparisons pass and leaves them to the field mapper (eql/LANGUAGE.md sections 3.4 and 3.5).

// literals checks every literal that a field of one known type is compared with.
func (st *Uses) literals(v *schema.View) {
	single := func(e eql.Expr) *schema.Result {
		f, ok := eql.Unparen(e).(*eql.Field)
		if !ok {
			return nil
		}
		r := v.Describe(f.Name)
		if r.Presence != schema.Known || r.Doubtful || slices.ContainsFunc(r.Types, func(t schema.TypeUse) bool { return Family(t.Type) != Family(r.Field.Type) }) {
			return nil
		}
		return r
	}
	facts.Inspect(st.query, func(n *eql.Binary) {
		if n.Op < eql.Eq || n.Op > eql.Ge {
			return
		}
		for _, pair := range [][2]eql.Expr{{n.X, n.Y}, {n.Y, n.X}} {
			if l, ok := eql.Unparen(pair[1]).(*eql.Literal); ok {
				if r := single(pair[0]); r != nil {
					st.literal(r, l, n.Op)
				}
			}
		}
	})
	facts.Inspect(st.query, func(n *eql.In) {
		if r := single(n.X); r != nil && r.Field.Type == "ip" {
			for _, e := range n.List {
				if l, ok := eql.Unparen(e).(*eql.Literal); ok {
					st.ipLiteral(l, l.Range)
				}
			}
		}
	})
	facts.Inspect(st.query, func(n *eql.Match) {
		if r := single(n.X); r != nil && r.Field.Type == "ip" {
			for _, l := range n.List {
				st.ipLiteral(l, n.X.Span())
			}
		}
	})
}

// literal checks x op literal.
func (st *Uses) literal(r *schema.Result, l *eql.Literal, op eql.Op) {
	t := mapping.TypeOf(r.Field.Type)
	switch {
	case t == eql.TypeIP:
		st.ipLiteral(l, l.Range)
	case t.StringFamily() && isNumber(l) && op > eql.Ne:
		st.add(eql.Issue{Code: "query/type-mismatch", Level: eql.Error, Span: l.Range,
			Message: fmt.Sprintf("field %s has type %s and is ordered as text: %s compares character by character", rule.Quote(r.Field.Name), t, st.text(l)),
			Hint:    "use a numeric field, or number(field)"})
	case t.StringFamily() && (isNumber(l) || l.Kind == eql.BoolLiteral):
		st.retype(r, t, l, strconv.Quote(st.text(l)))
	case t == eql.TypeBoolean && l.Kind == eql.StringLiteral && (l.Str == "true" || l.Str == "false"):
		st.retype(r, t, l, l.Str)
	case t.Numeric() && l.Kind == eql.StringLiteral:
		if _, err := strconv.ParseInt(l.Str, 10, 64); err == nil {
			st.retype(r, t, l, l.Str)
		}
	}
}

// retype warns of a literal of another type than the field's that the mapper converts.
func (st *Uses) retype(r *schema.Result, t eql.Type, l *eql.Literal, better string) {
	st.add(eql.Issue{Code: "query/type-mismatch", Level: eql.Warning, Span: l.Range,
		Message: fmt.Sprintf("field %s has type %s, found %s", rule.Quote(r.Field.Name), t, st.text(l)),
		Hint:    "write " + better, Edits: []eql.Edit{{Span: l.Range, New: better}}, Unsafe: true})
}

func (st *Uses) text(l *eql.Literal) string { return st.query.Source[l.Range.Start:l.Range.End] }

func isNumber(l *eql.Literal) bool {
	return l.Kind == eql.IntLiteral || l.Kind == eql.UintLiteral || l.Kind == eql.FloatLiteral
}

// ipLiteral reports text that is no address or network. What the type check says of the same, at the literal or at the
// operand, is left out.
func (st *Uses) ipLiteral(l *eql.Literal, operand eql.Span) {
	if l.Kind != eql.StringLiteral || IsAddress(l.Str) {
		return
	}
	st.noAddress[l.Range], st.noAddress[operand] = true, true
	issue := eql.Issue{Code: "query/ip-literal", Level: eql.Error, Span: l.Range,
		Message: fmt.Sprintf("%s is no IP address or network, but the field is of type ip", rule.Quote(l.Str)),
		Hint:    `compare with an address, or use cidrMatch(field, "10.0.0.0/8")`}
	if strings.ContainsAny(l.Str, "*?") {
		issue.Message = fmt.Sprintf("%s is a pattern, but the field is of type ip: wildcards do not work on addresses", rule.Quote(l.Str))
	}
	st.add(issue)
}

func IsAddress(s string) bool {
	if strings.Contains(s, "/") {
		_, err := netip.ParsePrefix(s)
		return err == nil
	}
	_, err := netip.ParseAddr(s)
	return err == nil && !strings.Contains(s, "%")
}

// Family folds mapping types that queries treat alike; "" for types about which sources disagree in form only (an
// object in one list, its members in another).
func Family(name string) string {
	switch t := mapping.TypeOf(name); t {
	case eql.TypeKeyword, eql.TypeConstantKeyword, eql.TypeWildcard, eql.TypeText, eql.TypeMatchOnlyText:
		return "string"
	case eql.TypeByte, eql.TypeShort, eql.TypeInteger, eql.TypeLong, eql.TypeUnsignedLong, eql.TypeHalfFloat, eql.TypeFloat, eql.TypeScaledFloat, eql.TypeDouble:
		return "number"
	case eql.TypeDate, eql.TypeDateNanos:
		return "date"
	case eql.TypeIP, eql.TypeBoolean, eql.TypeGeoPoint:
		return name
	}
	return ""
}
