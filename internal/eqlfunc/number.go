package eqlfunc

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// number converts text to a Long or Double (eql/LANGUAGE.md 5.3).
func number(_ bool, args []Value) (Value, error) {
	if args[0].IsNull() {
		return Value{}, nil
	}
	s := args[0].Text()
	base := int64(10)
	given := len(args) > 1 && !args[1].IsNull()
	if given {
		var err error
		if base, err = integer(args[1], 10); err != nil {
			return Value{}, err
		}
	} else if strings.HasPrefix(s, "0x") {
		base = 16
	}
	if base == 16 {
		s = strings.TrimPrefix(s, "0x")
	}
	if base >= 2 && base <= 36 && !strings.Contains(s, "_") {
		if i, err := strconv.ParseInt(s, int(base), 64); err == nil {
			return OfLong(i), nil
		}
		if base == 10 {
			if f, ok := ParseDouble(s); ok {
				return OfDouble(f), nil
			}
		}
	}
	return Value{}, fmt.Errorf("unable to convert [%s] to number of base [%d]", args[0].Text(), base)
}

// ParseDouble reads what Java's Double.parseDouble reads: blanks around it, an exponent, NaN, Infinity, a suffix d or f.
func ParseDouble(s string) (float64, bool) {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	body := strings.TrimLeft(s, "+-")
	if len(s)-len(body) > 1 || body == "" {
		return 0, false
	}
	if body == "NaN" { // Java admits a sign
		return math.NaN(), true
	}
	if body != "Infinity" {
		if c := body[0]; c != '.' && c-'0' > 9 || strings.Contains(body, "_") {
			return 0, false
		}
		hex := strings.HasPrefix(body, "0x") || strings.HasPrefix(body, "0X")
		if c := s[len(s)-1] | 0x20; c == 'd' || c == 'f' {
			if !hex || strings.ContainsAny(body, "pP") {
				s = s[:len(s)-1]
			}
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && (f == 0 || f-f == 0) { // out of range gives infinity, as in Java; anything else is no number
		return 0, false
	}
	return f, true
}
