package fuzzrand

import "testing"

// TestNew wants each byte to be one choice, every choice to be within reach of a byte, and what follows to depend on the head alone.
func TestNew(t *testing.T) {
	choices := func(data string, n int) (out []int) {
		r := New([]byte(data))
		for range n {
			out = append(out, r.IntN(7))
		}
		return out
	}
	seen := map[int]bool{}
	for b := range 256 {
		got := choices("12345678"+string([]byte{byte(b), 200, 3}), 6)
		seen[got[0]] = true
		if want := choices("12345678"+string([]byte{0, 200, 3}), 6); got[1] != want[1] || got[2] != want[2] || got[3] != want[3] || got[5] != want[5] {
			t.Fatalf("byte %d: %v, want %v but for the first", b, got, want)
		}
	}
	if len(seen) != 7 {
		t.Errorf("bytes reach %d of 7 choices", len(seen))
	}
	one, other := choices("12345678", 20), choices("92345678", 20)
	same := 0
	for i := range one {
		if one[i] == other[i] {
			same++
		}
	}
	if same == len(one) {
		t.Error("the head makes no difference")
	}
}
