package event

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plainIndex is the index as its definition reads, a byte at a time.
func plainIndex(buf []byte) ([]block, carry) {
	out := make([]block, len(buf)/64+1)
	var c carry
	escaped, quoted := false, false
	for i, b := range buf {
		blk, bit := &out[i/64], uint64(1)<<(i%64)
		if b == '\\' || b < ' ' {
			blk.special |= bit
		}
		switch {
		case b == '"' && !escaped:
			blk.quotes |= bit
			quoted = !quoted
		case b == '\\' && !quoted:
			c.stray |= bit
		case bytes.IndexByte([]byte("{}[]"), b) >= 0 && !quoted:
			blk.brackets |= bit
		}
		escaped = b == '\\' && !escaped
	}
	if quoted {
		c.quoted = ^uint64(0)
	}
	if escaped && len(buf)%64 == 0 {
		c.escaped = 0 // the blank behind the end took it
	}
	return out, c
}

// indexers are the forms of index that must agree.
var indexers = map[string]func([]byte, []block, *carry){
	"default": index,
	"portable": func(buf []byte, out []block, c *carry) {
		padded := append(bytes.Clone(buf), bytes.Repeat([]byte{' '}, 64-len(buf)%64)...)
		indexPortable(padded, out, c)
	},
}

func checkIndex(t *testing.T, buf []byte) {
	t.Helper()
	want, wantCarry := plainIndex(buf)
	for name, blocks := range indexers {
		got, c := make([]block, len(buf)/64+1), carry{}
		blocks(buf, got, &c)
		if d := cmp.Diff(want, got, cmp.AllowUnexported(block{})); d != "" {
			t.Fatalf("%s: %q (-want +got):\n%s", name, buf, d)
		}
		if d := cmp.Diff(wantCarry, c, cmp.AllowUnexported(carry{})); d != "" {
			t.Fatalf("%s: %q: carry (-want +got):\n%s", name, buf, d)
		}
	}
}

func TestIndex(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	alphabets := []string{"\"\\", "\"\\\\\\\\a", "{}[]\"\\:, ab\n", "\x00\x1f\x20\x7f\x80\x9b\x9d\xdb\xdd\xfb\xfd\xff{[\"", "abc\\\\"}
	for i := range 20_000 {
		alphabet := alphabets[i%len(alphabets)]
		buf := make([]byte, rnd.IntN(300))
		for j := range buf {
			buf[j] = alphabet[rnd.IntN(len(alphabet))]
		}
		checkIndex(t, buf)
	}
}

func FuzzIndex(f *testing.F) {
	f.Add([]byte(`{"a":"\\\"","b":[1,{"c":"}"}]}`))
	f.Add(bytes.Repeat([]byte(`\`), 129))
	f.Fuzz(func(t *testing.T, buf []byte) {
		if len(buf) < 1<<16 {
			checkIndex(t, buf)
		}
	})
}

func BenchmarkIndex(b *testing.B) {
	buf := bytes.Repeat([]byte(`"executable":"C:\\Windows\\System32\\cmd.exe","args":["a","b"],`), 1000)
	out := make([]block, len(buf)/64+1)
	for name, blocks := range indexers {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(buf)))
			for b.Loop() {
				var c carry
				blocks(buf, out, &c)
			}
		})
	}
}
