package eval

import (
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/rulevet/rulevet/eql"
)

// refOperand is a value in arithmetic: a text counts as the number it is, anything else that is no number as null.
func refOperand(v any) any {
	if s, ok := v.(string); ok {
		if n, ok := refNumber(s); ok {
			return n
		}
		return nil
	}
	if n, ok := v.(refNum); ok {
		return n
	}
	return nil
}

func refNegate(v any) any {
	n, ok := v.(refNum)
	switch {
	case !ok:
		return nil
	case n.kind == 'd':
		return refDouble(-n.f)
	}
	m := new(big.Int).Neg(n.n)
	if n.kind == 'u' {
		if m.Sign() == 0 {
			return refUint(0)
		}
		return refFits('l', m)
	}
	return refFits(n.kind, m)
}

// refFits is an integer of a kind, or an overflow.
func refFits(kind byte, n *big.Int) refNum {
	ok := n.IsInt64()
	switch kind {
	case 'i':
		ok = ok && int64(int32(n.Int64())) == n.Int64()
	case 'u':
		ok = n.IsUint64()
	}
	if !ok {
		panic(refError("overflow"))
	}
	return refNum{kind: kind, n: n}
}

func refArith(op eql.Op, x, y any) any {
	a, aok := x.(refNum)
	b, bok := y.(refNum)
	if !aok || !bok {
		return nil
	}
	if a.kind == 'd' || b.kind == 'd' {
		return refDouble(refArithDouble(op, a.float(), b.float()))
	}
	kind := byte('i')
	for _, k := range []byte{'l', 'u'} {
		if a.kind == k || b.kind == k {
			kind = k
		}
	}
	n := new(big.Int)
	switch op {
	case eql.Add:
		n.Add(a.n, b.n)
	case eql.Sub:
		n.Sub(a.n, b.n)
	case eql.Mul:
		n.Mul(a.n, b.n)
	default:
		if b.n.Sign() == 0 {
			panic(refError("division by zero"))
		}
		if op == eql.Div {
			n.Quo(a.n, b.n)
		} else {
			n.Rem(a.n, b.n)
		}
	}
	if kind != 'u' && (op == eql.Div || op == eql.Mod) && !n.IsInt64() { // Java's division does not check
		return refNum{kind: 'l', n: big.NewInt(math.MinInt64)}
	}
	return refFits(kind, n)
}

func refArithDouble(op eql.Op, a, b float64) float64 {
	switch op {
	case eql.Add:
		return a + b
	case eql.Sub:
		return a - b
	case eql.Mul:
		return a * b
	case eql.Div:
		return a / b
	}
	return math.Mod(a, b)
}

// refLower is Java's toLowerCase of what the generator writes: no capital sigma.
func refLower(s string) string {
	return strings.ReplaceAll(strings.Map(func(r rune) rune {
		if r == '\u0130' {
			return r
		}
		return unicode.ToLower(r)
	}, s), "\u0130", "i\u0307")
}

// refWildcard is the definition of a wildcard match, on code points; star and hole are the tokens.
const (
	star0 rune = -10
	hole0 rune = -11
)

func refWildcard(p, s []rune) bool {
	ends := make([]bool, len(s)+1) // the starts of s that the tokens so far match
	ends[0] = true
	for _, c := range p {
		next := make([]bool, len(s)+1)
		for i, ok := range ends {
			switch {
			case !ok:
			case c == star0:
				for j := i; j <= len(s) && !next[j]; j++ {
					next[j] = true
				}
			case i < len(s) && (c == hole0 || c == s[i]):
				next[i+1] = true
			}
		}
		ends = next
	}
	return ends[len(s)]
}

// refTokens reads a wildcard pattern; with escapes a backslash takes the meaning off what follows.
func refTokens(p string, escapes bool) []rune {
	var out []rune
	in := []rune(p)
	for i := 0; i < len(in); i++ {
		switch {
		case escapes && in[i] == '\\' && i+1 < len(in):
			i++
			out = append(out, in[i])
		case in[i] == '*':
			out = append(out, star0)
		case in[i] == '?':
			out = append(out, hole0)
		default:
			out = append(out, in[i])
		}
	}
	return out
}

func foldTokens(p []rune, letters refLetters) []rune {
	out := make([]rune, len(p))
	for i, r := range p {
		out[i] = r
		if r >= 0 {
			out[i] = []rune(letters(string(r)))[0]
		}
	}
	return out
}

// match is : like like~ regex regex~.
func (r *reference) match(m *eql.Match, v any, script bool) any {
	if v == nil {
		return nil
	}
	s := refText(v)
	if m.Op == eql.Regex || m.Op == eql.RegexFold {
		return refMatchRegex(m, s, script, foldText)
	}
	letters := r.letters()
	for _, l := range nonNull(m.List) {
		p := refText(refLiteral(l))
		tokens, text := refTokens(p, false), []rune(s)
		if m.Op != eql.Like {
			if script && !strings.ContainsAny(p, "*?") {
				if refEqualFold(p, s) {
					return true
				}
				continue
			}
			tokens, text = foldTokens(tokens, letters), []rune(letters(s))
		}
		if refWildcard(tokens, text) {
			return true
		}
	}
	return false
}

// joined is the one expression that a list of regular expressions is.
func joined(m *eql.Match) string {
	var parts []string
	for _, l := range m.List {
		parts = append(parts, l.Str)
	}
	return strings.Join(parts, "|")
}

func refMatchRegex(m *eql.Match, s string, script bool, letters refLetters) any {
	pattern := joined(m)
	re := refPattern{operator: true}
	if bad := failing(func() { re = refRegex(pattern) }); bad && !script {
		panic(refError(pattern))
	}
	fold := m.Op == eql.RegexFold
	switch {
	case !script && fold:
		return re.matches(s, letters)
	case !script:
		return re.matches(s, nil)
	case !re.operator && fold:
		return refEqualFold(re.literal, s)
	case !re.operator:
		return re.literal == s
	}
	flags := "(?s)" // the generator's values for scripts have no line breaks
	if fold {       // of ASCII letters only: others are made alike by no flag
		flags, s, pattern = "(?s)", foldASCII(s), foldASCIIPattern(pattern)
	}
	pattern = javaFlag(pattern)
	java, err := regexp.Compile(flags + "^(?:" + pattern + ")$")
	if err != nil {
		panic(refError(err.Error()))
	}
	return java.MatchString(s)
}

// javaFlag writes out what (?i) does in Java up to the end of the pattern: it is about ASCII letters only, in Go about all.
func javaFlag(pattern string) string {
	before, after, ok := strings.Cut(pattern, "(?i)")
	if !ok {
		return pattern
	}
	var b strings.Builder
	b.WriteString(before)
	after = strings.ReplaceAll(after, "(?i)", "")
	class := false
	for i := 0; i < len(after); i++ {
		c := after[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		switch {
		case c == '\\' && i+1 < len(after):
			b.WriteByte(c)
			i++
			b.WriteByte(after[i])
			continue
		case c == '[':
			class = true
		case c == ']':
			class = false
		case letter && class && (i+1 >= len(after) || after[i+1] != '-') && after[i-1] != '-':
			b.WriteByte(c ^ 0x20)
		case letter && !class:
			fmt.Fprintf(&b, "[%c%c]", c, c^0x20)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func (r *reference) call(c *eql.Call, top bool, chosen map[*eql.Field]any) any {
	name := strings.ToLower(c.Name)
	args := make([]any, len(c.Args))
	for i, a := range c.Args {
		args[i] = r.value(a, false, chosen)
	}
	if ops := map[string]eql.Op{"add": eql.Add, "subtract": eql.Sub, "multiply": eql.Mul, "divide": eql.Div, "modulo": eql.Mod}; ops[name] != 0 {
		return refArith(ops[name], refOperand(args[0]), refOperand(args[1]))
	}
	if top && r.queryCall(c) {
		return r.queryFunction(name, c.Fold, args)
	}
	required := len(args) // those that make the result null
	switch name {
	case "substring", "number":
		required = 1
	case "indexof":
		required = 2
	case "between":
		required = 1
		for _, a := range args {
			if a == nil && args[0] != nil {
				panic(refError("a null delimiter"))
			}
		}
	case "cidrmatch":
		required = 1
	}
	texts := make([]string, len(args))
	for i, a := range args {
		if a == nil && i < required {
			return nil
		}
		texts[i] = refText(a)
		if c.Fold && i < 3 && name != "number" && name != "concat" && name != "string" && name != "length" && name != "substring" {
			texts[i] = refLower(texts[i])
		}
	}
	switch name {
	case "length":
		return refInt('i', int64(len(refUnits(texts[0]))))
	case "concat":
		return strings.Join(texts, "")
	case "string":
		return texts[0]
	case "startswith":
		return strings.HasPrefix(texts[0], texts[1])
	case "endswith":
		return strings.HasSuffix(texts[0], texts[1])
	case "stringcontains":
		return texts[0] != "" && texts[1] != "" && strings.Contains(texts[0], texts[1])
	case "indexof":
		return refIndexOf(texts, args)
	case "cidrmatch":
		found := false
		for i, t := range texts[1:] {
			if args[1+i] == nil {
				continue
			}
			block := refBlock(t)
			if _, err := netip.ParseAddr(texts[0]); err == nil && block.IsValid() && refInBlock(texts[0], t) {
				found = true
			}
		}
		return found
	case "number":
		return refToNumber(texts[0], args)
	case "substring":
		return refSubstring(texts[0], args[1:])
	case "between":
		return refBetween(refText(args[0]), texts, len(args) > 3 && args[3] == true)
	}
	panic(name)
}

// queryFunction is a function on a bare field: Lucene's folding, and needles that are wildcard patterns (LANGUAGE.md 5.2).
func (r *reference) queryFunction(name string, fold bool, args []any) any {
	if args[0] == nil {
		return nil
	}
	s, needle := refText(args[0]), refText(args[1])
	if name == "cidrmatch" {
		for _, a := range args[1:] {
			if _, err := netip.ParseAddr(s); err == nil && refInBlock(s, refText(a)) {
				return true
			}
		}
		return false
	}
	tokens, pattern := []rune(needle), []rune(needle)
	if !r.plain {
		pattern = refTokens(needle, true)
	}
	switch name {
	case "startswith":
		tokens = append(tokens, star0)
	case "endswith":
		tokens = append([]rune{star0}, pattern...)
	case "stringcontains":
		tokens = append(append([]rune{star0}, pattern...), star0)
		if !r.plain { // a backslash at the end makes the star a character
			tokens = append([]rune{star0}, refTokens(needle+"*", true)...)
		}
	}
	if fold {
		tokens, s = foldTokens(tokens, r.letters()), r.letters()(s)
	}
	return refWildcard(tokens, []rune(s))
}

func refUnits(s string) []uint16 { return utf16.Encode([]rune(s)) }

func refFind(s, needle []uint16, from int) int {
	for i := from; i+len(needle) <= len(s); i++ {
		if string(utf16.Decode(s[i:i+len(needle)])) == string(utf16.Decode(needle)) {
			return i
		}
	}
	return -1
}

func refIndexOf(texts []string, args []any) any {
	from := int64(0)
	if len(args) > 2 && args[2] != nil {
		from = max(0, args[2].(refNum).n.Int64())
	}
	s := refUnits(texts[0])
	if from > int64(len(s)) {
		return nil
	}
	if i := refFind(s, refUnits(texts[1]), int(from)); i >= 0 {
		return refInt('i', int64(i))
	}
	return nil
}

func refToNumber(s string, args []any) any {
	base := 10
	switch {
	case len(args) > 1 && args[1] != nil:
		base = int(args[1].(refNum).n.Int64())
	case strings.HasPrefix(s, "0x"):
		base = 16
	}
	digits := s
	if base == 16 {
		digits = strings.TrimPrefix(s, "0x")
	}
	if i, err := strconv.ParseInt(digits, base, 64); err == nil {
		return refInt('l', i)
	}
	if base == 10 {
		text := strings.TrimSpace(digits)
		if n := len(text); n > 1 && strings.Contains("dDfF", text[n-1:]) { // Java's suffixes
			text = text[:n-1]
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil && !strings.ContainsAny(digits, "xp_") {
			return refDouble(f)
		}
	}
	panic(refError(fmt.Sprintf("%q is no number of base %d", s, base)))
}

func refSubstring(s string, args []any) any {
	u := refUnits(s)
	at := func(i, missing int) int {
		v := missing
		if i < len(args) && args[i] != nil {
			v = int(args[i].(refNum).n.Int64())
		}
		if v < 0 {
			v += len(u)
		}
		return max(0, min(v, len(u)))
	}
	if args[0] == nil {
		return s
	}
	lo, hi := at(0, 0), at(1, len(u))
	if lo >= hi {
		return ""
	}
	return string(utf16.Decode(u[lo:hi]))
}

// refBetween is the text between two others; texts are already lower case if they are to be.
func refBetween(src string, texts []string, greedy bool) any {
	hay, left, right := refUnits(texts[0]), refUnits(texts[1]), refUnits(texts[2])
	if len(hay) == 0 || len(left) == 0 || len(right) == 0 {
		return src
	}
	i := refFind(hay, left, 0)
	if i < 0 {
		return ""
	}
	from := i + len(left)
	to := refFind(hay, right, from)
	if greedy {
		to = -1
		for j := 0; j <= len(hay); j++ {
			if refFind(hay, right, j) == j {
				to = j
			}
		}
	}
	switch {
	case to < 0, to < from:
		return ""
	}
	u := refUnits(src)
	return string(utf16.Decode(u[min(from, len(u)):min(to, len(u))]))
}
