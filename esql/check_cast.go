package esql

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/esdate"
)

// Implicit casts: a string constant becomes what stands on the other side.

// stringTarget tells whether a string constant is cast to the type of the other side of an operator.
func stringTarget(t Type) bool {
	return t.Date() || t == TypeIP || t == TypeVersion || t == TypeBoolean
}

// castOperands casts a string constant on one side of an operator to the type of the other; false if that failed, which
// is reported.
func (c *checker) castOperands(x *Binary, l, r Type) (Type, Type, bool) {
	if t, ok := c.castString(x.X, l, r); !ok {
		return l, r, false
	} else if t != l {
		return t, r, true
	}
	t, ok := c.castString(x.Y, r, l)
	return l, t, ok
}

// castString casts a string constant to the type of the other side, and remembers the cast. What is not to be cast keeps
// its type.
func (c *checker) castString(x Expr, t, other Type) (Type, bool) {
	if t != TypeKeyword || !stringTarget(other) || !c.stringConstant(x) {
		return t, true
	}
	return c.castTo(x, other)
}

// stringConstant tells whether an expression is a string constant that no function makes.
func (c *checker) stringConstant(x Expr) bool {
	switch x := x.(type) {
	case *Literal:
		return true
	case *Paren:
		return c.stringConstant(x.X)
	}
	return false
}

// castTo casts a string constant; false if its text is no such value, which is reported.
func (c *checker) castTo(x Expr, t Type) (Type, bool) {
	l, ok := Unparen(x).(*Literal)
	if !ok {
		return TypeKeyword, true
	}
	want, ok := "", l.Kind == KeywordLiteral
	if ok {
		want, ok = castable(l.Str, t)
	} else if want = "one value, not a list"; t == TypeBoolean || t == TypeVersion {
		ok = true // any text is one, and a list is read as the text that stands for it
	}
	if !ok {
		hint := ""
		if t.Date() && strings.HasPrefix(l.Str, "now") {
			hint = "date maths is no string here: write now() - 1 day"
		}
		c.fail(stageResolve, "bad-literal", l.Range, hint, "%s cannot be read as %s: expected %s", c.quote(l), t, want)
		return TypeUnknown, false
	}
	c.info.Casts[x] = t
	c.info.Types[x] = TypeKeyword
	return t, true
}

// castable tells whether a text is a value of a type, and what is expected.
func castable(s string, t Type) (string, bool) {
	switch t {
	case TypeDatetime, TypeDateNanos:
		return `a date such as "2024-12-31T23:59:59Z"`, isDate(s)
	case TypeIP:
		_, ok := eqlfunc.ParseIP(s)
		return "an address", ok
	case TypeVersion, TypeBoolean, TypeKeyword, TypeText:
		return "", true
	case TypeDouble:
		_, ok := parseNumber(s)
		return "a number", ok
	case TypeInteger, TypeLong, TypeUnsignedLong:
		f, ok := parseNumber(s)
		return "a whole number", ok && inRange(f, t)
	case TypeDatePeriod, TypeTimeDuration:
		_, got := parseSpan(s)
		return `a span of time such as "1 day"`, got != TypeUnknown
	}
	return "", true
}

func inRange(f float64, t Type) bool {
	switch t {
	case TypeInteger:
		return f >= math.MinInt32 && f <= math.MaxInt32
	case TypeUnsignedLong:
		return f >= 0 && f < 1<<64
	}
	return f >= -(1<<63) && f < 1<<63
}

func parseNumber(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if strings.ContainsAny(s, "_xXpPiI") || strings.EqualFold(s, "nan") {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.TrimRight(s, "dDfF"), 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// isDate tells whether a text has the format strict_date_optional_time.
func isDate(s string) bool {
	f, err := esdate.NewFormat("strict_date_optional_time")
	if err != nil {
		return false
	}
	_, ok := f.Value(s)
	return ok
}

// parseSpan reads "1 day"; TypeUnknown if it is none.
func parseSpan(s string) (n int64, t Type) {
	num, unit, ok := strings.Cut(strings.TrimSpace(s), " ")
	if !ok {
		return 0, TypeUnknown
	}
	n, err := strconv.ParseInt(num, 10, 64)
	name := TimeUnit(strings.TrimSpace(unit))
	if err != nil || name == "" {
		return 0, TypeUnknown
	}
	return n, (&Literal{Kind: TimeSpanLiteral, Str: name}).Type()
}

// isTimeZone tells whether a text is a time zone as Java reads it.
func isTimeZone(s string) bool {
	rest := s
	for _, p := range []string{"UTC", "GMT", "UT"} {
		if r, ok := strings.CutPrefix(s, p); ok {
			rest = r
			break
		}
	}
	if rest == "" || rest == "Z" {
		return s != ""
	}
	if rest[0] == '+' || rest[0] == '-' {
		for _, layout := range []string{"-07:00", "-0700", "-07", "-07:00:00"} {
			if _, err := time.Parse(layout, rest); err == nil {
				return true
			}
		}
		if len(rest) == 2 && isDigit(rest[1]) {
			return true
		}
		return false
	}
	area, place, ok := strings.Cut(s, "/")
	return ok && area != "" && place != "" && !strings.ContainsAny(s, " \\.:") || s == "EST" || s == "MST" || s == "HST" || len(s) > 2 && !strings.ContainsAny(s, " /\\.:")
}
