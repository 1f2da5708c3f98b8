package eqlfunc

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

func decode(s string) (rune, int) { return utf8.DecodeRuneInString(s) }

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// utf16Len is the length of s in Java's characters.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// byteOffset converts an index in Java characters to a byte index. An index inside a surrogate pair counts as its end.
func byteOffset(s string, n int) int {
	if ascii(s) {
		return min(n, len(s))
	}
	for i, r := range s {
		if n <= 0 {
			return i
		}
		n -= utf16.RuneLen(r)
	}
	return len(s)
}

// lower folds one side of a case-insensitive script comparison.
func lower(fold bool, s string) string {
	if fold {
		return Lower(s)
	}
	return s
}

// text2 returns the first two arguments as text; ok is false if one is null.
func text2(fold bool, args []Value) (a, b string, ok bool) {
	if args[0].IsNull() || args[1].IsNull() {
		return "", "", false
	}
	return lower(fold, args[0].Text()), lower(fold, args[1].Text()), true
}

func startsWith(fold bool, args []Value) (Value, error) {
	s, p, ok := text2(fold, args)
	if !ok {
		return Value{}, nil
	}
	return OfBool(strings.HasPrefix(s, p)), nil
}

func endsWith(fold bool, args []Value) (Value, error) {
	s, p, ok := text2(fold, args)
	if !ok {
		return Value{}, nil
	}
	return OfBool(strings.HasSuffix(s, p)), nil
}

func stringContains(fold bool, args []Value) (Value, error) {
	s, p, ok := text2(fold, args)
	if !ok {
		return Value{}, nil
	}
	return OfBool(s != "" && p != "" && strings.Contains(s, p)), nil
}

func length(_ bool, args []Value) (Value, error) {
	if args[0].IsNull() {
		return Value{}, nil
	}
	return OfInteger(int32(utf16Len(args[0].Text()))), nil
}

func indexOf(fold bool, args []Value) (Value, error) {
	s, needle, ok := text2(fold, args)
	if !ok {
		return Value{}, nil
	}
	start := int64(0)
	if len(args) > 2 {
		var err error
		if start, err = integer(args[2], 0); err != nil {
			return Value{}, err
		}
	}
	start = max(start, 0)
	if start > int64(utf16Len(s)) {
		return Value{}, nil
	}
	if needle == "" {
		return OfInteger(int32(start)), nil
	}
	from := byteOffset(s, int(start))
	i := strings.Index(s[from:], needle)
	if i < 0 {
		return Value{}, nil
	}
	return OfInteger(int32(utf16Len(s[:from+i]))), nil
}

// substring takes indexes as Python's slices do. A null start leaves the text as it is, whatever the end; a null end is the
// end of the text.
func substring(_ bool, args []Value) (Value, error) {
	if args[0].IsNull() {
		return Value{}, nil
	}
	s := args[0].Text()
	if args[1].IsNull() {
		return OfString(s), nil
	}
	n := int64(utf16Len(s))
	start, err := integer(args[1], 0)
	end := n
	if err == nil && len(args) > 2 {
		end, err = integer(args[2], n)
	}
	if err != nil {
		return Value{}, err
	}
	start, end = clip(start, n), clip(end, n)
	if start >= end {
		return OfString(""), nil
	}
	if ascii(s) {
		return OfString(s[start:end]), nil
	}
	// A cut through a surrogate pair leaves U+FFFD for the half, which keeps the length.
	return OfString(string(utf16.Decode(utf16.Encode([]rune(s))[start:end]))), nil
}

func clip(i, n int64) int64 {
	if i < 0 {
		i += n
	}
	return min(max(i, 0), n)
}

// between is the text after the first left and before the next right, with greedy before the last right. It is "" if one is
// not found, and the text itself if it or a delimiter is empty. Null delimiters are an error, unlike a null text.
func between(fold bool, args []Value) (Value, error) {
	if args[0].IsNull() {
		return Value{}, nil
	}
	for _, a := range args[1:] {
		if a.IsNull() {
			return Value{}, fmt.Errorf("an argument of between is null, which only the first may be")
		}
	}
	src := args[0].Text()
	hay, left, right := lower(fold, src), lower(fold, args[1].Text()), lower(fold, args[2].Text())
	if src == "" || left == "" || right == "" {
		return OfString(src), nil
	}
	i := strings.Index(hay, left)
	if i < 0 {
		return OfString(""), nil
	}
	from := i + len(left)
	j := strings.Index(hay[from:], right)
	if len(args) > 3 && args[3].True() {
		if j = strings.LastIndex(hay, right); j >= 0 {
			j = max(from, j) - from
		}
	}
	if j < 0 {
		return OfString(""), nil
	}
	return OfString(original(src, hay, from, from+j)), nil
}

// original returns the part of src that hay[from:to] is the lower-case form of: offsets agree in Java's characters.
func original(src, hay string, from, to int) string {
	if len(src) == len(hay) && ascii(src) {
		return src[from:to]
	}
	lo := byteOffset(src, utf16Len(hay[:from]))
	return src[lo:max(lo, byteOffset(src, utf16Len(hay[:to])))]
}
