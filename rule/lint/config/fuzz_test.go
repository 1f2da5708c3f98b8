package config

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/internal/fuzzrand"
)

// FuzzParse takes any text.
func FuzzParse(f *testing.F) {
	f.Add(string(Default()))
	f.Add(strings.ReplaceAll(string(Default()), "\n# ", "\n"))
	f.Add("roots = 1\n[severity]\nx = 2\n[[exclude]]\n")
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) <= 1<<14 {
			parses(t, src)
		}
	})
}

// FuzzKeys makes a file of the keys that there are, with values of the right kind, of another, and in tables of another kind.
func FuzzKeys(f *testing.F) {
	for i := range byte(20) {
		f.Add([]byte{i, 3, 5, 7, 11, 13, 17, 19, i * 13, i * 29, i * 71, i, 3 * i, 5 * i, 7 * i, 9 * i})
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		var b strings.Builder
		writeChoices(&b, fuzzrand.New(choices), layout(), "")
		parses(t, b.String())
	})
}

// parses reads a file and wants either a result or problems, each with a place.
func parses(t *testing.T, src string) {
	t.Helper()
	file, err := Parse("c", []byte(src))
	if (file == nil) == (err == nil) {
		t.Fatalf("file %v, error %v\n%s", file, err, src)
	}
	var bad *Error
	if err == nil {
		return
	}
	if !errors.As(err, &bad) || len(bad.Problems) == 0 {
		t.Fatalf("error without a problem: %v\n%s", err, src)
	}
	for _, p := range bad.Problems {
		if p.Line < 1 || p.Column < 1 || p.Line > 1+strings.Count(src, "\n") || p.Message == "" || strings.Contains(p.Message+p.Hint, "\n") {
			t.Fatalf("problem %+v of %d lines\n%s", p, 1+strings.Count(src, "\n"), src)
		}
	}
}

func writeChoices(b *strings.Builder, rng *rand.Rand, keys []key, prefix string) {
	var below []key
	for _, k := range keys {
		switch {
		case rng.IntN(3) > 0:
		case k.kind == table || k.kind == tables:
			below = append(below, k)
		default:
			name := k.name
			if rng.IntN(8) == 0 {
				name += "s"
			}
			fmt.Fprintf(b, "%s = %s\n", name, choice(rng, &k))
		}
	}
	for _, k := range below {
		head := prefix + k.name
		for range 1 + rng.IntN(2) {
			if (k.kind == tables) == (rng.IntN(6) > 0) {
				fmt.Fprintf(b, "[[%s]]\n", head)
			} else {
				fmt.Fprintf(b, "[%s]\n", head)
			}
			writeChoices(b, rng, k.keys, head+".")
		}
	}
}

// choice is a value, mostly of the kind of the key.
func choice(rng *rand.Rand, k *key) string {
	word := func() string {
		list := append([]string{"a", "", "*", "rules/**", "../x", "[", "query/unknown-field", "query/*", "9.4.0", "9", "19.1", "error", "a\\u0000b", "é"}, k.enum...)
		return `"` + list[rng.IntN(len(list))] + `"`
	}
	list := func() string {
		var items []string
		for range rng.IntN(4) {
			items = append(items, word())
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	kind := k.kind
	if rng.IntN(6) == 0 {
		kind = count
	}
	switch kind {
	case text:
		return word()
	case texts:
		return list()
	case truth:
		return []string{"true", "false"}[rng.IntN(2)]
	case open:
		return fmt.Sprintf("{ %s = %s, \"b/*\" = %s }", word(), choice(rng, k.elem), choice(rng, k.elem))
	}
	values := []string{"0", "1", "0.5", "-1", "9223372036854775807", "1e300", "inf", "nan", "1979-05-27", "{}", "[]", "true", word(), list()}
	return values[rng.IntN(len(values))]
}
