//lint:file-ignore ST1005 the messages are Elasticsearch's, to the letter

package fn

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/moment"
	"github.com/rulevet/rulevet/internal/esdate"
)

func convertFunction(name string) builder {
	var t block.Type
	switch name {
	case "to_string", "to_str":
		t = block.Keyword
	case "to_text":
		t = block.Text
	case "to_boolean", "to_bool":
		t = block.Boolean
	case "to_integer", "to_int":
		t = block.Integer
	case "to_long":
		t = block.Long
	case "to_unsigned_long", "to_ulong", "to_ul":
		t = block.UnsignedLong
	case "to_double", "to_dbl":
		t = block.Double
	case "to_ip":
		t = block.IP
	case "to_version", "to_ver":
		t = block.Version
	case "to_datetime", "to_dt":
		t = block.Date
	case "to_date_nanos", "to_datenanos":
		t = block.DateNanos
	case "to_geopoint":
		t = block.GeoPoint
	case "to_cartesianpoint":
		t = block.CartesianPoint
	case "to_geoshape":
		t = block.GeoShape
	case "to_cartesianshape":
		t = block.CartesianShape
	default:
		return nil
	}
	return func(r *resolver) (Func, error) {
		if len(r.args) == 2 {
			return baseFunction(r, t)
		}
		return Convert(r.Env, r.typ(0), t)
	}
}

func lift[A, R block.Slot](to block.Type, f func(A) (R, error)) Kernel {
	return each(to, func(_ *Call, v A) (R, error) { return f(v) })
}

// same keeps the values and changes the type.
func same(to block.Type) Kernel {
	return func(_ *Call, _ int, args []*block.Block) *block.Block { return args[0].As(to) }
}

// Convert is the conversion from one type to another; it goes value by value.
func Convert(env *Env, from, to block.Type) (Func, error) {
	f := Func{Type: to, Want: make([]block.Type, 1)}
	switch {
	case from == to || from == block.Null || from.IsString() && to.IsString():
		f.Kernel = same(to)
	case to.IsString():
		f.Kernel = toString(env.Zone, to)
	case to == block.Boolean:
		f.Kernel = toBoolean(from)
	case to == block.Integer:
		f.Kernel = toInteger(env, from)
	case to == block.Long:
		f.Kernel = toLong(env, from)
	case to == block.UnsignedLong:
		f.Kernel = toUnsigned(from)
	case to == block.Double:
		f.Kernel = toDouble(from)
	case to == block.Date:
		f.Kernel = toDate(env, from)
	case to == block.DateNanos:
		f.Kernel = toNanos(env, from)
	case to == block.IP && from.IsString():
		mode := env.Options["leading_zeros"]
		f.Kernel = lift(to, func(s string) (string, error) { return toIP(s, mode) })
	case to == block.Version && from.IsString():
		f.Kernel = lift(to, func(s string) (string, error) { return toVersion(s) })
	case (to == block.GeoPoint || to == block.CartesianPoint) && from.IsString():
		f.Kernel = lift(to, func(s string) (string, error) { return ParsePoint(s, to == block.GeoPoint) })
	case (to == block.GeoShape || to == block.CartesianShape) && from.IsString():
		f.Kernel = lift(to, func(s string) (string, error) { return parseShape(s, to == block.GeoShape) })
	case to == block.GeoShape && from == block.GeoPoint, to == block.CartesianShape && from == block.CartesianPoint:
		f.Kernel = lift(to, func(s string) (string, error) { return block.FormatPoint(s), nil })
	}
	if f.Kernel == nil {
		return f, fmt.Errorf("no conversion from %s to %s", from, to)
	}
	return f, nil
}

func toString(zone *time.Location, to block.Type) Kernel {
	return func(_ *Call, n int, args []*block.Block) *block.Block {
		a := args[0]
		if a.AllNull() {
			return block.Nulls(to, n)
		}
		count, constant := rows(n, args[:1])
		w := block.NewBuilder(to, count)
		for i := range count {
			first, k := a.Range(i)
			for s := first; s < first+k; s++ {
				w.String(a.Format(s, zone))
			}
			w.EndRow()
		}
		return finish(w, constant, n)
	}
}

func toBoolean(from block.Type) Kernel {
	switch {
	case from.IsString():
		return lift(block.Boolean, func(s string) (int64, error) { return block.Bool(strings.EqualFold(s, "true")), nil })
	case from == block.Double:
		return lift(block.Boolean, func(v float64) (int64, error) { return block.Bool(v != 0), nil })
	case from.IsNumeric():
		return lift(block.Boolean, func(v int64) (int64, error) { return block.Bool(v != 0), nil })
	}
	return nil
}

func outOf(v string, t block.Type) error {
	return fmt.Errorf("[%s] out of [%s] range", v, t)
}

// round is Math.round: halves go up.
func round(v float64) float64 {
	f := math.Floor(v)
	if v-f >= 0.5 {
		return f + 1
	}
	return f
}

// doubleToLong rounds; 8.19 takes the number just above the largest long for it.
func (e *Env) doubleToLong(v float64) (int64, error) {
	r := round(v)
	if e.V8 && r == 1<<63 {
		return math.MaxInt64, nil
	}
	if math.IsNaN(v) || r >= 1<<63 || r < -1<<63 {
		return 0, outOf(block.FormatDouble(v), block.Long)
	}
	return int64(r), nil
}

func asInteger(v int64, text string) (int64, error) {
	if int64(int32(v)) != v {
		return 0, outOf(text, block.Integer)
	}
	return v, nil
}

func doubleToInteger(v float64) (int64, error) {
	// The limit is on the value before it is rounded.
	if math.IsNaN(v) || v > math.MaxInt32 || v < math.MinInt32 {
		return 0, outOf(block.FormatDouble(v), block.Integer)
	}
	return int64(round(v)), nil
}

func toInteger(env *Env, from block.Type) Kernel {
	switch {
	case from == block.Boolean:
		return same(block.Integer)
	case from == block.Double:
		return lift(block.Integer, doubleToInteger)
	case from == block.UnsignedLong:
		return lift(block.Integer, func(v int64) (int64, error) {
			if env.V8 && v < 0 && v >= math.MinInt32 { // 8.19 looks at the number as one with a sign
				return v, nil
			}
			if uint64(v) > math.MaxInt32 {
				return 0, outOf(strconv.FormatUint(uint64(v), 10), block.Integer)
			}
			return v, nil
		})
	case from == block.Long || from == block.Date:
		return lift(block.Integer, func(v int64) (int64, error) { return asInteger(v, strconv.FormatInt(v, 10)) })
	case from.IsString():
		return lift(block.Integer, func(s string) (int64, error) {
			if v, err := strconv.ParseInt(s, 10, 32); err == nil && !strings.HasPrefix(s, "_") {
				return v, nil
			}
			d, err := javaDouble(s)
			if err != nil {
				return 0, fmt.Errorf("Cannot parse number [%s]", s)
			}
			if r, err := doubleToInteger(d); err == nil {
				return r, nil
			}
			return 0, fmt.Errorf("Cannot parse number [%s]", s)
		})
	}
	return nil
}

func toLong(env *Env, from block.Type) Kernel {
	switch {
	case from == block.Boolean || from == block.Integer || from == block.Date || from == block.DateNanos:
		return same(block.Long)
	case from == block.Double:
		return lift(block.Long, env.doubleToLong)
	case from == block.UnsignedLong:
		return lift(block.Long, func(v int64) (int64, error) {
			if v < 0 {
				return 0, outOf(strconv.FormatUint(uint64(v), 10), block.Long)
			}
			return v, nil
		})
	case from.IsString():
		return lift(block.Long, func(s string) (int64, error) {
			if v, err := strconv.ParseInt(s, 10, 64); err == nil {
				return v, nil
			}
			d, err := javaDouble(s)
			if err != nil {
				return 0, fmt.Errorf("Cannot parse number [%s]", s)
			}
			if v, err := env.doubleToLong(d); err == nil {
				return v, nil
			}
			return 0, fmt.Errorf("Cannot parse number [%s]", s)
		})
	}
	return nil
}

func toUnsigned(from block.Type) Kernel {
	t := block.UnsignedLong
	switch {
	case from == block.Boolean:
		return same(t)
	case from == block.Double:
		return lift(t, func(v float64) (int64, error) {
			if math.IsNaN(v) || v < 0 || v >= 1<<64 {
				return 0, outOf(block.FormatDouble(v), t)
			}
			if v < 1<<53 {
				return int64(v), nil
			}
			// The digits that are written, not those of the number.
			d, ok := new(big.Int).SetString(strconv.FormatFloat(math.Floor(v), 'f', -1, 64), 10)
			if !ok || !d.IsUint64() {
				return 0, outOf(block.FormatDouble(v), t)
			}
			return int64(d.Uint64()), nil
		})
	case from == block.Integer || from == block.Long || from == block.Date:
		return lift(t, func(v int64) (int64, error) {
			if v < 0 {
				return 0, outOf(strconv.FormatInt(v, 10), t)
			}
			return v, nil
		})
	case from.IsString():
		return lift(t, func(s string) (int64, error) {
			if v, err := strconv.ParseUint(s, 10, 64); err == nil {
				return int64(v), nil
			}
			if len(s) > 400 {
				return 0, fmt.Errorf("Cannot parse number [%s]", s)
			}
			r, ok := new(big.Float).SetPrec(256).SetString(s)
			if !ok || strings.ContainsAny(s, "xXpP_ ") || r.IsInf() {
				return 0, fmt.Errorf("Cannot parse number [%s]", s)
			}
			v, _ := r.Int(nil)
			if r.Sign() < 0 || !v.IsUint64() {
				return 0, outOf(s, t)
			}
			return int64(v.Uint64()), nil
		})
	}
	return nil
}

// javaDouble is Double.parseDouble for finite numbers.
func javaDouble(s string) (float64, error) {
	t := strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	bad := fmt.Errorf("Cannot parse number [%s]", s)
	lower := strings.ToLower(t)
	hexadecimal := strings.Contains(lower, "0x")
	if t != "" && !hexadecimal {
		if c := lower[len(lower)-1]; c == 'f' || c == 'd' {
			t = t[:len(t)-1]
		}
	} else if hexadecimal {
		if !strings.Contains(lower, "p") {
			return 0, bad
		}
		if c := lower[len(lower)-1]; c == 'f' || c == 'd' {
			t = t[:len(t)-1]
		}
	}
	if strings.ContainsAny(t, "_ ") || t == "" {
		return 0, bad
	}
	if strings.ContainsAny(lower, "ni") && !hexadecimal { // NaN, Infinity
		switch strings.TrimLeft(t, "+-") {
		case "NaN":
			return 0, fmt.Errorf("[%s] cannot be parsed as a number (NaN)", s)
		case "Infinity":
			return 0, fmt.Errorf("Number [%s] is too large", s)
		}
		return 0, bad
	}
	v, err := strconv.ParseFloat(t, 64)
	if errors.Is(err, strconv.ErrRange) {
		if v == 0 || math.Abs(v) < 1 {
			return v, nil
		}
		return 0, fmt.Errorf("Number [%s] is too large", s)
	}
	if err != nil {
		return 0, bad
	}
	return v, nil
}

func toDouble(from block.Type) Kernel {
	switch {
	case from.IsString():
		return lift(block.Double, javaDouble)
	case from == block.UnsignedLong:
		return lift(block.Double, func(v int64) (float64, error) { return float64(uint64(v)), nil })
	case from == block.Integer || from == block.Long || from == block.Boolean || from == block.Date:
		return lift(block.Double, func(v int64) (float64, error) { return float64(v), nil })
	}
	return nil
}

const isoFormat = "strict_date_optional_time"

// ParseInstant reads a date as ES|QL does.
func ParseInstant(s string, zone *time.Location, format *esdate.Format) (time.Time, error) {
	in, ok := format.Value(s)
	if !ok {
		return time.Time{}, fmt.Errorf("failed to parse date field [%s] with format [%s]", s, isoFormat)
	}
	at := in.Time()
	if zone != time.UTC && zone != nil {
		if _, clock, timed := strings.Cut(s, "T"); !timed || !strings.ContainsAny(clock, "Z+-") {
			y, m, d := at.Date()
			hh, mm, ss := at.Clock()
			at = time.Date(y, m, d, hh, mm, ss, at.Nanosecond(), zone)
		}
	}
	return at, nil
}

func toDate(env *Env, from block.Type) Kernel {
	t, zone := block.Date, env.Zone
	switch {
	case from == block.DateNanos:
		return lift(t, func(v int64) (int64, error) { return time.Unix(0, v).UnixMilli(), nil })
	case from == block.Integer || from == block.Long:
		return same(t)
	case from == block.Double:
		return lift(t, env.doubleToLong)
	case from == block.UnsignedLong:
		return lift(t, func(v int64) (int64, error) {
			if v < 0 {
				return 0, outOf(strconv.FormatUint(uint64(v), 10), block.Long)
			}
			return v, nil
		})
	case from.IsString():
		format, _ := esdate.NewFormat(isoFormat)
		return lift(t, func(s string) (int64, error) {
			at, err := ParseInstant(s, zone, format)
			if err != nil {
				return 0, err
			}
			return millisOf(at)
		})
	}
	return nil
}

func toNanos(env *Env, from block.Type) Kernel {
	t, zone := block.DateNanos, env.Zone
	whole := func(v int64) (int64, error) {
		if v < 0 {
			return 0, errors.New("Nanosecond dates before 1970-01-01T00:00:00.000Z are not supported.")
		}
		return v, nil
	}
	switch {
	case from == block.Date:
		return lift(t, func(v int64) (int64, error) { return nanosOf(time.UnixMilli(v)) })
	case from == block.Long:
		return lift(t, whole)
	case from == block.UnsignedLong:
		return lift(t, func(v int64) (int64, error) {
			if v < 0 {
				return 0, outOf(strconv.FormatUint(uint64(v), 10), block.Long)
			}
			return v, nil
		})
	case from == block.Double:
		return lift(t, func(v float64) (int64, error) {
			r, err := env.doubleToLong(v)
			if err == nil && v < 0 { // also what is rounded to zero
				return whole(-1)
			}
			return r, err
		})
	case from.IsString():
		format, _ := esdate.NewFormat(isoFormat)
		return lift(t, func(s string) (int64, error) {
			at, err := ParseInstant(s, zone, format)
			if err != nil {
				return 0, err
			}
			return nanosOf(at)
		})
	}
	return nil
}

// toVersion fails the query if one of the first three numbers is none that Elasticsearch's encoder can read.
func toVersion(s string) (string, error) {
	key := block.EncodeVersion(s)
	if len(s) > 9 && key != s {
		main, _, _ := strings.Cut(s, "+")
		main, _, _ = strings.Cut(main, "-")
		for i, n := range strings.SplitN(main, ".", 4) {
			if _, err := strconv.ParseInt(n, 10, 32); err != nil && i < 3 {
				return "", fatal("For input string: \"%s\"", n)
			}
		}
	}
	return key, nil
}

// toIP reads an address; mode says what leading zeros in the numbers of one of version 4 mean.
func toIP(s, mode string) (string, error) {
	if ip, ok := block.ParseIP(s); ok {
		return ip, nil
	}
	if parts := strings.SplitN(s, ".", 5); len(parts) == 5 && !strings.Contains(s, ":") { // what follows four numbers is not looked at
		if ip, ok := block.ParseIP(strings.Join(parts[:4], ".")); ok {
			return ip, nil
		}
	}
	bad := fmt.Errorf("'%s' is not an IP string literal.", s)
	base := map[string]int{"octal": 8, "decimal": 10}[strings.ToLower(mode)]
	if base == 0 {
		return "", bad
	}
	parts := strings.Split(s, ".")
	for i, p := range parts {
		b := 10
		if strings.HasPrefix(p, "0") {
			b = base
		}
		v, err := strconv.ParseUint(p, b, 8)
		if err != nil {
			return "", bad
		}
		parts[i] = strconv.FormatUint(v, 10)
	}
	if ip, ok := block.ParseIP(strings.Join(parts, ".")); ok {
		return ip, nil
	}
	return "", bad
}

// baseFunction is TO_LONG and TO_INTEGER of a text in a given base.
func baseFunction(r *resolver, t block.Type) (Func, error) {
	bitsOf := map[block.Type]int{block.Integer: 32, block.Long: 64}[t]
	if bitsOf == 0 {
		return r.fail("expected one argument")
	}
	return Func{Type: t, Want: []block.Type{block.Keyword, block.Integer}, Kernel: f2(t, func(_ *Call, s string, base int64) (int64, error) {
		if base < 2 || base > 36 {
			return 0, fmt.Errorf("Cannot parse number [%s] with base [%d]", s, base)
		}
		digits := s
		if base == 16 {
			digits = strings.TrimPrefix(strings.TrimPrefix(digits, "0x"), "0X")
		}
		v, err := strconv.ParseInt(digits, int(base), bitsOf)
		if err != nil {
			return 0, fmt.Errorf("Cannot parse number [%s] with base [%d]", s, base)
		}
		return v, nil
	})}, nil
}

// SpanFrom is TO_DATEPERIOD, TO_TIMEDURATION and the casts to these types.
func SpanFrom(text string) (moment.Span, error) { return moment.ParseSpan(text) }
