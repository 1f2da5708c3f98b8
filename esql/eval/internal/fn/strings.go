//lint:file-ignore ST1005 the messages are Elasticsearch's, to the letter

package fn

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/internal/eqlfunc"
)

func stringFunction(name string) builder {
	switch name {
	case "length":
		return textTo(block.Integer, func(s string) (int64, error) { return int64(utf8.RuneCountInString(s)), nil })
	case "byte_length":
		return textTo(block.Integer, func(s string) (int64, error) { return int64(len(s)), nil })
	case "bit_length":
		return textTo(block.Integer, func(s string) (int64, error) { return 8 * int64(len(s)), nil })
	case "to_lower":
		return eachText(eqlfunc.Lower)
	case "to_upper":
		return eachText(Upper)
	case "trim":
		return keepNull(func(s string) (string, error) { return strings.TrimFunc(s, isJavaSpace), nil })
	case "ltrim":
		return keepNull(func(s string) (string, error) { return strings.TrimLeftFunc(s, isJavaSpace), nil })
	case "rtrim":
		return keepNull(func(s string) (string, error) { return strings.TrimRightFunc(s, isJavaSpace), nil })
	case "reverse":
		return keepNull(func(s string) (string, error) { return reverse(s), nil })
	case "to_base64":
		return text(func(s string) (string, error) { return base64.StdEncoding.EncodeToString([]byte(s)), nil })
	case "from_base64":
		return text(fromBase64)
	case "md5":
		return digest(md5.New)
	case "sha1":
		return digest(sha1.New)
	case "sha256":
		return digest(sha256.New)
	case "url_encode":
		return keepNull(func(s string) (string, error) { return urlEncode(s, "+"), nil })
	case "url_encode_component":
		return keepNull(func(s string) (string, error) { return urlEncode(s, "%20"), nil })
	case "url_decode":
		return keepNull(urlDecode)
	case "starts_with":
		return textTest(strings.HasPrefix)
	case "ends_with":
		return textTest(strings.HasSuffix)
	case "contains":
		return textTest(strings.Contains)
	case "concat":
		return concatFunction
	case "substring":
		return substringFunction
	case "left", "right":
		return endFunction(name == "left")
	case "locate":
		return locateFunction
	case "split":
		return splitFunction
	case "repeat":
		return repeatFunction
	case "space":
		return spaceFunction
	case "hash":
		return hashFunction
	case "replace":
		return replaceFunction
	case "json_extract":
		return jsonExtractFunction
	}
	return nil
}

func textTo(t block.Type, f func(string) (int64, error)) builder {
	return func(*resolver) (Func, error) {
		return Func{Type: t, Want: []block.Type{block.Keyword}, Kernel: f1(t, func(_ *Call, s string) (int64, error) { return f(s) })}, nil
	}
}

func text(f func(string) (string, error)) builder {
	return func(*resolver) (Func, error) {
		return Func{Type: block.Keyword, Want: []block.Type{block.Keyword},
			Kernel: f1(block.Keyword, func(_ *Call, s string) (string, error) { return f(s) })}, nil
	}
}

// keepNull is text for functions that give the null of a null the type null.
func keepNull(f func(string) (string, error)) builder {
	return func(r *resolver) (Func, error) {
		if r.typ(0) == block.Null {
			return Func{Type: block.Null}, nil
		}
		return text(f)(r)
	}
}

func eachText(f func(string) string) builder {
	return func(*resolver) (Func, error) {
		return Func{Type: block.Keyword, Want: []block.Type{block.Keyword},
			Kernel: each(block.Keyword, func(_ *Call, s string) (string, error) { return f(s), nil })}, nil
	}
}

func textTest(f func(s, t string) bool) builder {
	return func(*resolver) (Func, error) {
		return Func{Type: block.Boolean, Want: []block.Type{block.Keyword, block.Keyword},
			Kernel: f2(block.Boolean, func(_ *Call, s, t string) (int64, error) { return block.Bool(f(s, t)), nil })}, nil
	}
}

// isJavaSpace is Character.isWhitespace: no-break spaces are none.
func isJavaSpace(r rune) bool {
	switch r {
	case 0xa0, 0x2007, 0x202f, 0x85:
		return false
	case 0x1c, 0x1d, 0x1e, 0x1f:
		return true
	}
	return unicode.IsSpace(r)
}

// reverse turns round what a reader takes for characters: marks, joined emoji and flags stay whole.
func reverse(s string) string {
	out := make([]byte, len(s))
	end := len(s)
	for s != "" {
		n := cluster(s)
		end -= n
		copy(out[end:], s[:n])
		s = s[n:]
	}
	return string(out)
}

// cluster is the length of the first grapheme cluster.
func cluster(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	regional := func(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }
	if r == '\r' && strings.HasPrefix(s[n:], "\n") {
		return 2
	}
	if next, m := utf8.DecodeRuneInString(s[n:]); regional(r) && regional(next) {
		n += m
	}
	for n < len(s) {
		next, m := utf8.DecodeRuneInString(s[n:])
		switch {
		case next == 0x200d:
			n += m
			if joined, m := utf8.DecodeRuneInString(s[n:]); n < len(s) && joined > 0x2000 {
				n += m
			}
		case unicode.In(next, unicode.Mn, unicode.Me, unicode.Mc) || next >= 0x1f3fb && next <= 0x1f3ff:
			n += m
		default:
			return n
		}
	}
	return n
}

func fromBase64(s string) (string, error) {
	enc := base64.StdEncoding.Strict()
	if !strings.HasSuffix(s, "=") {
		enc = base64.RawStdEncoding
	}
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		return "", fmt.Errorf("Illegal base64 character %x", s[i])
	}
	b, err := enc.DecodeString(s)
	var at base64.CorruptInputError
	switch {
	case errors.As(err, &at) && int(at) < len(s):
		return "", fmt.Errorf("Illegal base64 character %x", s[at])
	case err != nil:
		return "", fmt.Errorf("Input byte array has incorrect ending byte at %d", len(s))
	case !utf8.Valid(b):
		return "", errors.New("decoded value is not valid UTF-8, which is not supported yet")
	}
	return string(b), nil
}

func digest(h func() hash.Hash) builder {
	return text(func(s string) (string, error) {
		d := h()
		d.Write([]byte(s))
		return hex.EncodeToString(d.Sum(nil)), nil
	})
}

func algorithm(name string) func() hash.Hash {
	switch strings.ToLower(name) {
	case "md5":
		return md5.New
	case "sha", "sha1", "sha-1":
		return sha1.New
	case "sha224", "sha-224":
		return sha256.New224
	case "sha256", "sha-256":
		return sha256.New
	case "sha384", "sha-384":
		return sha512.New384
	case "sha512", "sha-512":
		return sha512.New
	case "sha-512/224", "sha512/224":
		return sha512.New512_224
	case "sha-512/256", "sha512/256":
		return sha512.New512_256
	case "sha3-224":
		return func() hash.Hash { return sha3.New224() }
	case "sha3-256":
		return func() hash.Hash { return sha3.New256() }
	case "sha3-384":
		return func() hash.Hash { return sha3.New384() }
	case "sha3-512":
		return func() hash.Hash { return sha3.New512() }
	}
	return nil
}

func hashFunction(r *resolver) (Func, error) {
	fixed := r.args[0].Const != nil
	return Func{Type: block.Keyword, Want: []block.Type{block.Keyword, block.Keyword}, Kernel: f2(block.Keyword, func(_ *Call, name, s string) (string, error) {
		h := algorithm(name)
		if h == nil {
			err := fmt.Errorf("%s MessageDigest not available", name)
			if fixed {
				return "", &FatalError{err}
			}
			return "", err
		}
		d := h()
		d.Write([]byte(s))
		return hex.EncodeToString(d.Sum(nil)), nil
	})}, nil
}

func urlEncode(s, space string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-_.~", c) >= 0:
			b.WriteByte(c)
		case c == ' ':
			b.WriteString(space)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func urlDecode(s string) (string, error) {
	var b []byte
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '+':
			b = append(b, ' ')
		case '%':
			if i+2 >= len(s) {
				return "", errors.New("URLDecoder: Incomplete trailing escape (%) pattern")
			}
			v, err := hex.DecodeString(s[i+1 : i+3])
			if err != nil {
				return "", fmt.Errorf("URLDecoder: Illegal hex characters in escape (%%) pattern - %q", s[i+1:i+3])
			}
			b = append(b, v...)
			i += 2
		default:
			b = append(b, s[i])
		}
	}
	return strings.ToValidUTF8(string(b), "\ufffd"), nil
}

func keywords(n int) []block.Type {
	want := make([]block.Type, n)
	for i := range want {
		want[i] = block.Keyword
	}
	return want
}

// maxText is the longest text that CONCAT and the like may build.
const maxText = 1 << 20

func concatFunction(r *resolver) (Func, error) {
	return Func{Type: block.Keyword, Want: keywords(len(r.args)), Kernel: fRows(block.Keyword, func(c *Call, args []*block.Block, i int, w *block.Builder) error {
		size := 0
		slots := make([]int, len(args))
		for k, a := range args {
			s, ok := c.one(a, i)
			if !ok {
				return nil
			}
			slots[k] = s
			size += len(a.S[s])
		}
		if size > maxText {
			return fmt.Errorf("concatenating more than [%d] bytes is not supported", maxText)
		}
		var b strings.Builder
		b.Grow(size)
		for k, a := range args {
			b.WriteString(a.S[slots[k]])
		}
		w.String(b.String())
		return nil
	})}, nil
}

// runes cuts a text by code points.
func runes(s string, from, n int64) string {
	if isASCII(s) {
		from = min(from, int64(len(s)))
		return s[from : from+min(n, int64(len(s))-from)]
	}
	start := 0
	for ; from > 0 && start < len(s); from-- {
		_, w := utf8.DecodeRuneInString(s[start:])
		start += w
	}
	end := start
	for ; n > 0 && end < len(s); n-- {
		_, w := utf8.DecodeRuneInString(s[end:])
		end += w
	}
	return s[start:end]
}

// startIndex turns a position counted from 1, or from the end if it is negative, into one from 0.
func startIndex(length, start int64) int64 {
	switch {
	case start > 0:
		start--
	case start < 0:
		start += length
	}
	return min(max(start, 0), length)
}

func substringFunction(r *resolver) (Func, error) {
	cut := func(s string, start, n int64) (string, error) {
		if n < 0 {
			return "", fatal("Length parameter cannot be negative, found [%d]", n)
		}
		return runes(s, startIndex(int64(utf8.RuneCountInString(s)), start), n), nil
	}
	want := []block.Type{block.Keyword, block.Integer, block.Integer}[:len(r.args)]
	if len(r.args) == 2 {
		return Func{Type: block.Keyword, Want: want, Kernel: f2(block.Keyword, func(_ *Call, s string, start int64) (string, error) { return cut(s, start, math.MaxInt64) })}, nil
	}
	return Func{Type: block.Keyword, Want: want, Kernel: f3(block.Keyword, func(_ *Call, s string, start, n int64) (string, error) { return cut(s, start, n) })}, nil
}

func endFunction(left bool) builder {
	return func(*resolver) (Func, error) {
		return Func{Type: block.Keyword, Want: []block.Type{block.Keyword, block.Integer}, Kernel: f2(block.Keyword, func(_ *Call, s string, n int64) (string, error) {
			if n == math.MinInt32 && !left { // its negative is itself
				return s, nil
			}
			n = max(n, 0)
			if left {
				return runes(s, 0, n), nil
			}
			return runes(s, max(0, int64(utf8.RuneCountInString(s))-n), n), nil
		})}, nil
	}
}

func locateFunction(r *resolver) (Func, error) {
	find := func(s, sub string, start int64) (int64, error) {
		length := int64(utf8.RuneCountInString(s))
		from := startIndex(length, start)
		switch {
		case sub == "": // is found where the search begins, or at the end
			return min(max(from, start-1), length) + 1, nil
		case start > length:
			return 0, nil
		}
		skipped := len(runes(s, 0, from))
		i := strings.Index(s[skipped:], sub)
		if i < 0 {
			return 0, nil
		}
		return from + int64(utf8.RuneCountInString(s[skipped:skipped+i])) + 1, nil
	}
	want := []block.Type{block.Keyword, block.Keyword, block.Integer}[:len(r.args)]
	if len(r.args) == 2 {
		return Func{Type: block.Integer, Want: want, Kernel: f2(block.Integer, func(_ *Call, s, sub string) (int64, error) { return find(s, sub, 0) })}, nil
	}
	return Func{Type: block.Integer, Want: want, Kernel: f3(block.Integer, func(_ *Call, s, sub string, start int64) (int64, error) { return find(s, sub, start) })}, nil
}

func splitFunction(*resolver) (Func, error) {
	return Func{Type: block.Keyword, Want: keywords(2), Kernel: fRows(block.Keyword, func(c *Call, args []*block.Block, i int, w *block.Builder) error {
		s, ok := c.one(args[0], i)
		d, ok := c.pair(args[1], i, ok)
		if !ok {
			return nil
		}
		sep := args[1].S[d]
		if len(sep) != 1 {
			return fatal("delimiter must be single byte for now")
		}
		for part := range strings.SplitSeq(args[0].S[s], sep) {
			w.String(part)
		}
		return nil
	})}, nil
}

func negative(n int64, constant bool) error {
	err := fmt.Errorf("Number parameter cannot be negative, found [%d]", n)
	if constant {
		return &FatalError{err}
	}
	return err
}

func repeatFunction(r *resolver) (Func, error) {
	fixed := r.args[1].Const != nil
	return Func{Type: block.Keyword, Want: []block.Type{block.Keyword, block.Integer}, Kernel: f2(block.Keyword, func(_ *Call, s string, n int64) (string, error) {
		if n < 0 {
			return "", negative(n, fixed)
		}
		if n*int64(len(s)) > maxText {
			return "", fmt.Errorf("Creating repeated strings with more than [%d] bytes is not supported", maxText)
		}
		return strings.Repeat(s, int(n)), nil
	})}, nil
}

func spaceFunction(r *resolver) (Func, error) {
	fixed := r.args[0].Const != nil
	return Func{Type: block.Keyword, Want: []block.Type{block.Integer}, Kernel: f1(block.Keyword, func(_ *Call, n int64) (string, error) {
		if n < 0 {
			return "", negative(n, fixed)
		}
		if n > maxText {
			return "", fmt.Errorf("Creating strings longer than [%d] bytes is not supported", maxText)
		}
		return strings.Repeat(" ", int(n)), nil
	})}, nil
}
