package eval

import (
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/rulevet/rulevet/eql"
)

// refNum is a number of a script: i a Java int, l a long, u an unsigned long, d a double.
type refNum struct {
	kind byte
	n    *big.Int
	f    float64
}

func refInt(kind byte, i int64) refNum { return refNum{kind: kind, n: big.NewInt(i)} }
func refUint(u uint64) refNum          { return refNum{kind: 'u', n: new(big.Int).SetUint64(u)} }
func refDouble(f float64) refNum       { return refNum{kind: 'd', f: f} }

func (n refNum) float() float64 {
	if n.kind == 'd' {
		return n.f
	}
	f, _ := new(big.Float).SetInt(n.n).Float64()
	return f
}

// values are the values of a field that its mapping indexes, as their type.
func (r *reference) values(name string, doc refDoc) []any {
	info := r.fields[name]
	if info.Target != "" {
		name = info.Target
	}
	if parent, sub := strings.CutSuffix(name, ".raw"); sub && r.fields != nil {
		name = parent
	}
	if info.Exact != "" {
		info = r.fields[info.Exact]
	}
	var out []any
	for _, v := range doc[name] {
		if r.fields == nil {
			out = append(out, refJSON(v))
		} else if x := refIndexed(info, v); x != nil {
			out = append(out, x)
		}
	}
	return out
}

// refJSON is a value of unknown type.
func refJSON(v any) any {
	switch v := v.(type) {
	case int64:
		return refInt('l', v)
	case uint64:
		return refUint(v)
	case float64:
		return refDouble(v)
	}
	return v
}

// refIndexed is a value as the mapping stores it; nil if it does not.
func refIndexed(info eql.FieldInfo, v any) any {
	text := refText(refJSON(v))
	switch info.Type {
	case eql.TypeKeyword, eql.TypeWildcard, eql.TypeConstantKeyword, eql.TypeText, eql.TypeMatchOnlyText, eql.TypeFlattened:
		if info.IgnoreAbove > 0 && len(utf16.Encode([]rune(text))) > info.IgnoreAbove {
			return nil
		}
		return text
	case eql.TypeVersion:
		return text
	case eql.TypeBoolean:
		if text == "" {
			return false
		}
		if text == "true" || text == "false" {
			return text == "true"
		}
		return nil
	case eql.TypeIP:
		if _, isText := v.(string); !isText {
			return nil
		}
		a, err := netip.ParseAddr(text)
		if err != nil {
			return nil
		}
		return a.Unmap().String()
	case eql.TypeDate, eql.TypeDateNanos:
		return refDateValue(info.Type, v)
	}
	n, ok := refJSON(v).(refNum)
	if s, isText := v.(string); isText {
		n, ok = refNumber(s)
	}
	if !ok {
		return nil
	}
	return refStored(info.Type, n)
}

func refStored(t eql.Type, n refNum) any {
	switch t {
	case eql.TypeDouble:
		return refDouble(n.float())
	case eql.TypeFloat:
		return refDouble(float64(float32(n.float())))
	case eql.TypeHalfFloat:
		return refDouble(refHalf(n.float()))
	}
	if n.kind == 'd' { // a fraction is cut off
		i, _ := new(big.Float).SetFloat64(n.f).Int(nil)
		n = refNum{kind: 'l', n: i}
	}
	if n.n.IsInt64() && (t != eql.TypeUnsignedLong || n.n.Sign() >= 0) {
		return refInt('l', n.n.Int64())
	}
	if t == eql.TypeUnsignedLong && n.n.IsUint64() {
		return refUint(n.n.Uint64())
	}
	return nil
}

// refHalf rounds to the nearest number with eleven significant bits.
func refHalf(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	step := math.Max(math.Exp2(math.Floor(math.Log2(math.Abs(x)))-10), math.Exp2(-24))
	return math.RoundToEven(x/step) * step
}

// refNumber reads a text as a number.
func refNumber(s string) (refNum, bool) {
	if i, ok := new(big.Int).SetString(s, 10); ok {
		switch {
		case i.IsInt64():
			return refNum{kind: 'l', n: i}, true
		case i.IsUint64():
			return refNum{kind: 'u', n: i}, true
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || strings.Trim(s, "0123456789+-.eE") != "" {
		return refNum{}, false
	}
	return refDouble(f), true
}

// refText is the text of a value as Java prints it.
func refText(v any) string {
	switch v := v.(type) {
	case refNum:
		if v.kind != 'd' {
			return v.n.String()
		}
		return refDoubleText(v.f)
	case time.Time:
		return refDateText(v)
	}
	return fmt.Sprint(v)
}

func refDoubleText(f float64) string {
	switch a := math.Abs(f); {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 0):
		return strings.Replace(strings.TrimPrefix(strconv.FormatFloat(f, 'g', -1, 64), "+"), "Inf", "Infinity", 1)
	case a != 0 && (a < 0.001 || a >= 10_000_000):
		s := strconv.FormatFloat(f, 'E', -1, 64)
		mantissa, exponent, _ := strings.Cut(s, "E")
		n, _ := strconv.Atoi(exponent)
		if !strings.Contains(mantissa, ".") {
			mantissa += ".0"
		}
		return mantissa + "E" + strconv.Itoa(n)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// compareField is "value op literal" of a bare field, by a query.
func (r *reference) compareField(name string, op eql.Op, x, lit any) any {
	if r.fields == nil {
		return refCompareJSON(op, x, lit)
	}
	lo, hi := r.prepare(name, op, lit)
	if n, ok := lit.(refNum); ok && n.kind == 'd' && math.IsNaN(n.f) && (r.fields[name].Type == eql.TypeInteger || r.fields[name].Type == eql.TypeLong) {
		switch op { // it is 0, which < and > reach
		case eql.Lt:
			op = eql.Le
		case eql.Gt:
			op = eql.Ge
		}
	}
	switch info := r.fields[name]; info.Type {
	case eql.TypeIP:
		return refCompareIP(op, x.(string), lit.(string))
	case eql.TypeVersion:
		if op == eql.Eq {
			return x == lo
		}
		return refHolds(op, refCompareVersion(x.(string), lo.(string)))
	case eql.TypeDate, eql.TypeDateNanos:
		at, from, to := x.(time.Time), lo.(time.Time), hi.(time.Time)
		switch op {
		case eql.Lt:
			return at.Before(from)
		case eql.Ge:
			return !at.Before(from)
		case eql.Le:
			return !at.After(to)
		case eql.Gt:
			return at.After(to)
		}
		return !at.Before(from) && !at.After(to)
	case eql.TypeHalfFloat:
		want := float64(float32(lo.(refNum).float()))
		if op == eql.Eq {
			want = refHalf(want)
		}
		return refHolds(op, refTotal(x.(refNum).float(), want))
	case eql.TypeFloat, eql.TypeDouble:
		return refHolds(op, refTotal(x.(refNum).float(), refStored(info.Type, lo.(refNum)).(refNum).float()))
	}
	if n, ok := x.(refNum); ok {
		return refHolds(op, refExact(n, lo.(refNum)))
	}
	return refCompare(op, x, lo)
}

// prepare is the literal as the field's mapper reads it: of a date the first and the last instant.
func (r *reference) prepare(name string, op eql.Op, lit any) (lo, hi any) {
	text := refText(lit)
	fail := func() { panic(refError(text + " is not for " + name)) }
	_, isBool := lit.(bool)
	s, isText := lit.(string)
	switch t := r.fields[name].Type; t {
	case eql.TypeBoolean:
		switch {
		case isText && s != "true" && s != "false" || !isText && !isBool:
			fail()
		}
		return text == "true", nil
	case eql.TypeIP:
		if !isText {
			fail()
		}
		if op == eql.Eq {
			refBlock(s)
		} else if _, err := netip.ParseAddr(s); err != nil {
			fail()
		}
		return s, nil
	case eql.TypeDate, eql.TypeDateNanos:
		if n, ok := lit.(refNum); isBool || ok && n.kind != 'i' && n.kind != 'l' {
			fail()
		} else if ok {
			lo := time.UnixMilli(n.n.Int64()).UTC()
			return lo, lo.Add(map[bool]time.Duration{true: time.Millisecond - 1}[t == eql.TypeDateNanos])
		}
		lo, hi := r.dateLiteral(text)
		if t == eql.TypeDateNanos && (refShortTime.MatchString(text) || !refNanos(lo) || !refNanos(hi)) {
			fail()
		}
		if t == eql.TypeDate {
			lo, hi = lo.Truncate(time.Millisecond), hi.Truncate(time.Millisecond)
		}
		return lo, hi
	case eql.TypeKeyword, eql.TypeWildcard, eql.TypeConstantKeyword, eql.TypeText, eql.TypeMatchOnlyText, eql.TypeFlattened, eql.TypeVersion:
		return text, nil
	}
	n, ok := lit.(refNum)
	if isText {
		n, ok = refNumber(s)
	}
	t := r.fields[name].Type
	if !ok && t == eql.TypeUnsignedLong && op == eql.Eq {
		return refDouble(-1), nil // equals nothing
	}
	if !ok {
		fail()
	}
	bits := map[eql.Type]float64{eql.TypeInteger: 31, eql.TypeLong: 63}[t]
	exact := new(big.Float).SetPrec(200)
	switch {
	case n.kind == 'd' && math.IsNaN(n.f):
		if (t == eql.TypeInteger || t == eql.TypeLong) && op != eql.Eq {
			return refInt('l', 0), nil
		}
	case n.kind == 'd':
		exact.SetFloat64(n.f)
	default:
		exact.SetInt(n.n)
	}
	edge := big.NewFloat(math.Exp2(bits))
	if bits > 0 && op != eql.Eq && (exact.Cmp(new(big.Float).Neg(edge)) < 0 || exact.Cmp(edge) > 0 || exact.Cmp(edge) == 0 && n.kind != 'd') {
		fail()
	}
	if t == eql.TypeUnsignedLong && op == eql.Eq && n.kind == 'd' {
		return refDouble(-1), nil
	}
	return n, nil
}

// refCompare compares two values of one kind as a script does; null (nil) if the kinds differ.
func refCompare(op eql.Op, x, y any) any {
	switch x := x.(type) {
	case string:
		if s, ok := y.(string); ok {
			return refHolds(op, refTextOrder(x, s))
		}
	case bool:
		if b, ok := y.(bool); ok {
			order := map[bool]int{false: 0, true: 1}
			return refHolds(op, order[x]-order[b])
		}
	case refNum:
		m, ok := y.(refNum)
		switch {
		case !ok:
		case x.kind == 'd' || m.kind == 'd':
			f, g := x.float(), m.float()
			if math.IsNaN(f) || math.IsNaN(g) { // after everything else, as in Java
				order := map[bool]int{true: 1}
				return refHolds(op, order[math.IsNaN(f)]-order[math.IsNaN(g)])
			}
			return op == eql.Eq && f == g || op == eql.Lt && f < g || op == eql.Le && f <= g || op == eql.Gt && f > g || op == eql.Ge && f >= g
		default:
			return refHolds(op, x.n.Cmp(m.n))
		}
	}
	return nil
}

// refTextOrder is the order of code points.
func refTextOrder(a, b string) int {
	x, y := []rune(a), []rune(b)
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return int(x[i]) - int(y[i])
		}
	}
	return len(x) - len(y)
}

func refExact(a, b refNum) int {
	if f, g := a.float(), b.float(); math.IsNaN(f) || math.IsNaN(g) || math.IsInf(f, 0) || math.IsInf(g, 0) {
		order := map[bool]int{true: 1}
		switch {
		case math.IsNaN(f) || math.IsNaN(g):
			return order[math.IsNaN(f)] - order[math.IsNaN(g)]
		case f < g:
			return -1
		}
		return order[f > g]
	}
	x, y := new(big.Float).SetPrec(200), new(big.Float).SetPrec(200)
	for i, n := range []refNum{a, b} {
		f := []*big.Float{x, y}[i]
		if n.kind == 'd' {
			f.SetFloat64(n.f)
		} else {
			f.SetInt(n.n)
		}
	}
	return x.Cmp(y)
}

// refTotal is Java's order of doubles: minus zero before zero, NaN last.
func refTotal(a, b float64) int {
	key := func(f float64) int64 {
		if math.IsNaN(f) {
			return math.MaxInt64
		}
		bits := int64(math.Float64bits(f))
		if bits < 0 {
			bits = math.MinInt64 - bits - 1
		}
		return bits
	}
	switch x, y := key(a), key(b); {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func refHolds(op eql.Op, c int) bool {
	return op == eql.Eq && c == 0 || op == eql.Lt && c < 0 || op == eql.Le && c <= 0 || op == eql.Gt && c > 0 || op == eql.Ge && c >= 0
}

// refCompareJSON compares a value of unknown type (LANGUAGE.md 9).
func refCompareJSON(op eql.Op, x, y any) any {
	s, isText := y.(string)
	switch x := x.(type) {
	case string:
		return refHolds(op, refTextOrder(x, refText(y)))
	case bool:
		if isText && (s == "true" || s == "false") {
			y = s == "true"
		}
		return refCompare(op, x, y)
	case refNum:
		m, ok := y.(refNum)
		if isText {
			m, ok = refNumber(s)
		}
		if ok {
			return refHolds(op, refExact(x, m))
		}
	}
	return nil
}

// refBlock is an address or a block, of 128 bits.
func refBlock(s string) netip.Prefix {
	text, bits, isBlock := strings.Cut(s, "/")
	a, err := netip.ParseAddr(text)
	if err != nil || isBlock && a.Is4In6() {
		panic(refError(s))
	}
	n := a.BitLen()
	if isBlock {
		if n, err = strconv.Atoi(bits); err != nil || n < 0 || n > a.BitLen() {
			panic(refError(s))
		}
	}
	return netip.PrefixFrom(netip.AddrFrom16(a.As16()), 128-a.BitLen()+n)
}

func refInBlock(s, block string) bool {
	p := refBlock(block)
	a, b := netip.MustParseAddr(s).As16(), p.Addr().As16()
	for bit := range p.Bits() {
		if (a[bit/8]^b[bit/8])>>(7-bit%8)&1 != 0 {
			return false
		}
	}
	return true
}

func refCompareIP(op eql.Op, x, y string) bool {
	if op == eql.Eq {
		return refInBlock(x, y)
	}
	as, bs := netip.MustParseAddr(x).As16(), netip.MustParseAddr(y).As16()
	return refHolds(op, strings.Compare(string(as[:]), string(bs[:])))
}

var refVersion = regexp.MustCompile(`^(\d+(?:\.\d+)*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)

// refCompareVersion knows versions without leading zeros; what is none sorts last.
func refCompareVersion(a, b string) int {
	x, y := refVersion.FindStringSubmatch(a), refVersion.FindStringSubmatch(b)
	switch {
	case a == "" || b == "":
		return strings.Compare(b, a) // last of all
	case x == nil && y == nil:
		return strings.Compare(a, b)
	case x == nil:
		return 1
	case y == nil:
		return -1
	}
	if c := refCompareParts(strings.Split(x[1], "."), strings.Split(y[1], ".")); c != 0 {
		return c
	}
	switch {
	case x[2] == y[2]:
		return strings.Compare(x[3], y[3])
	case x[2] == "":
		return 1
	case y[2] == "":
		return -1
	}
	if c := refCompareParts(strings.Split(x[2][1:], "."), strings.Split(y[2][1:], ".")); c != 0 {
		return c
	}
	return strings.Compare(x[3], y[3])
}

// refCompareParts orders numbers by value and before other identifiers; fewer parts come first.
func refCompareParts(x, y []string) int {
	for i := range min(len(x), len(y)) {
		m, err1 := strconv.Atoi(x[i])
		n, err2 := strconv.Atoi(y[i])
		switch {
		case err1 == nil && err2 == nil:
			if m != n {
				return m - n
			}
		case err1 == nil:
			return -1
		case err2 == nil:
			return 1
		case x[i] != y[i]:
			return strings.Compare(x[i], y[i])
		}
	}
	return len(x) - len(y)
}

// refLetters makes letters that count as one the same; nil changes none.
type refLetters func(string) string

func (f refLetters) same(a, b rune) bool { return f != nil && f(string(a)) == f(string(b)) }

// foldASCII leaves all other letters alone.
func foldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r - 'A' + 'a'
		}
		return r
	}, s)
}

// foldASCIIPattern makes the letters of a regular expression small, but not those behind a backslash.
func foldASCIIPattern(p string) string {
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		if p[i] == '\\' && i+1 < len(p) {
			b.WriteString(p[i : i+2])
			i++
			continue
		}
		if c := p[i]; c >= 'A' && c <= 'Z' {
			b.WriteByte(c + 'a' - 'A')
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// foldText is Unicode's simple folding: each code point becomes the least of those that equal it.
func foldText(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for q := unicode.SimpleFold(r); q != r; q = unicode.SimpleFold(q) {
			least = min(least, q)
		}
		return least
	}, s)
}

// refEqualFold is Java's compareToIgnoreCase.
func refEqualFold(a, b string) bool {
	f := func(s string) string {
		return strings.Map(func(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }, s)
	}
	return f(a) == f(b)
}
