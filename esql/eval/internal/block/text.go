package block

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// FormatDouble writes a number as Java's Double.toString does.
func FormatDouble(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	abs := math.Abs(v)
	if v == 0 || abs >= 1e-3 && abs < 1e7 {
		s := strconv.FormatFloat(v, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	}
	s := strconv.FormatFloat(v, 'E', -1, 64)
	mantissa, exp, _ := strings.Cut(s, "E")
	if !strings.Contains(mantissa, ".") { // two digits are written, the two that come nearest
		mantissa, exp, _ = strings.Cut(strconv.FormatFloat(v, 'E', 1, 64), "E")
	}
	exp = strings.TrimPrefix(exp, "+")
	neg := strings.HasPrefix(exp, "-")
	exp = strings.TrimLeft(strings.TrimPrefix(exp, "-"), "0")
	if neg {
		exp = "-" + exp
	}
	return mantissa + "E" + exp
}

// ParseIP reads an address as Elasticsearch does and returns its 16 bytes.
func ParseIP(s string) (string, bool) {
	if host, _, scoped := strings.Cut(s, "%"); scoped && strings.Contains(host, ":") {
		s = host // the zone is not looked at
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return "", false
	}
	b := a.As16()
	return string(b[:]), true
}

// FormatIP writes the 16 bytes of an address.
func FormatIP(b string) string {
	if len(b) != 16 {
		return b
	}
	a := netip.AddrFrom16([16]byte([]byte(b))).Unmap()
	return a.String()
}

// FormatDate writes an instant in milliseconds.
func FormatDate(ms int64, zone *time.Location) string {
	return formatTime(time.UnixMilli(ms).In(zone), 0)
}

// FormatNanos writes an instant in nanoseconds.
func FormatNanos(ns int64, zone *time.Location) string {
	return formatTime(time.Unix(0, ns).In(zone), ns)
}

func formatTime(t time.Time, ns int64) string {
	var b [48]byte
	out := AppendYear(b[:0], t.Year())
	out = t.AppendFormat(out, "-01-02T15:04:05")
	frac := t.Nanosecond()
	out = append(out, '.')
	digits := strconv.Itoa(1000000000 + frac)[1:]
	keep := 9
	for keep > 3 && digits[keep-1] == '0' {
		keep--
	}
	out = append(out, digits[:keep]...)
	return string(t.AppendFormat(out, "Z07:00"))
}

// AppendYear writes a year with at least four digits, as java.time does: years after 9999 get a plus sign.
func AppendYear(dst []byte, year int) []byte {
	switch {
	case year > 9999:
		dst = append(dst, '+')
	case year < 0:
		dst = append(dst, '-')
		year = -year
	}
	s := strconv.Itoa(year)
	for range 4 - len(s) {
		dst = append(dst, '0')
	}
	return append(dst, s...)
}

// FormatPoint writes a point as well-known text.
func FormatPoint(p string) string {
	x, y := PointXY(p)
	return "POINT (" + FormatDouble(x) + " " + FormatDouble(y) + ")"
}

// Point keeps two coordinates.
func Point(x, y float64) string {
	var b [16]byte
	putDouble(b[:8], x)
	putDouble(b[8:], y)
	return string(b[:])
}

// PointXY returns the coordinates of a point.
func PointXY(p string) (x, y float64) {
	if len(p) != 16 {
		return math.NaN(), math.NaN()
	}
	return getDouble(p[:8]), getDouble(p[8:])
}

func putDouble(b []byte, v float64) {
	u := math.Float64bits(v)
	for i := range b {
		b[i] = byte(u >> (56 - 8*i))
	}
}

func getDouble(s string) float64 {
	var u uint64
	for i := range len(s) {
		u = u<<8 | uint64(s[i])
	}
	return math.Float64frombits(u)
}

// Format writes one value as TO_STRING does.
func (b *Block) Format(slot int, zone *time.Location) string {
	switch b.Type {
	case Boolean:
		return strconv.FormatBool(b.L[slot] != 0)
	case UnsignedLong:
		return strconv.FormatUint(uint64(b.L[slot]), 10)
	case Date:
		return FormatDate(b.L[slot], zone)
	case DateNanos:
		return FormatNanos(b.L[slot], zone)
	case Double:
		return FormatDouble(b.D[slot])
	case IP:
		return FormatIP(b.S[slot])
	case Version:
		return DecodeVersion(b.S[slot])
	case GeoPoint, CartesianPoint:
		return FormatPoint(b.S[slot])
	}
	if b.Type.Storage() == Strings {
		return b.S[slot]
	}
	return strconv.FormatInt(b.L[slot], 10)
}

// AppendJSON writes one value as a response shows it.
func (b *Block) AppendJSON(dst []byte, slot int) []byte {
	switch b.Type {
	case Boolean, Integer, Long, UnsignedLong:
		return append(dst, b.Format(slot, time.UTC)...)
	case Double:
		v := b.D[slot]
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return strconv.AppendQuote(dst, FormatDouble(v))
		}
		return append(dst, FormatDouble(v)...)
	case Source:
		return append(dst, b.S[slot]...)
	}
	return AppendString(dst, b.Format(slot, time.UTC))
}

// AppendRow writes the values of a row: null, one value or an array.
func (b *Block) AppendRow(dst []byte, i int) []byte {
	if b == nil || b.Type.Opaque() {
		return append(dst, "null"...)
	}
	first, n := b.Range(i)
	switch n {
	case 0:
		return append(dst, "null"...)
	case 1:
		return b.AppendJSON(dst, first)
	}
	dst = append(dst, '[')
	for j := range n {
		if j > 0 {
			dst = append(dst, ',')
		}
		dst = b.AppendJSON(dst, first+j)
	}
	return append(dst, ']')
}

// AppendString writes a JSON string. Bytes that are no UTF-8 become U+FFFD.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\r':
			dst = append(dst, '\\', 'r')
		case r == '\t':
			dst = append(dst, '\\', 't')
		case r < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			dst = append(dst, string(r)...)
		}
	}
	return append(dst, '"')
}
