package event

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/iotest"
)

// TestReadAhead reads through the goroutine what the source gives, error included, in pieces of any size.
func TestReadAhead(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	r := rand.New(rand.NewPCG(1, 2))
	broken := errors.New("broken")
	for _, size := range []int{0, 1, aheadDirect - 1, aheadDirect, aheadDirect + 1, aheadDirect + 3*aheadSize + 17, 5 * aheadDirect} {
		want := make([]byte, size)
		for i := range want {
			want[i] = byte(r.Uint32())
		}
		for _, src := range []io.Reader{bytes.NewReader(want), iotest.DataErrReader(bytes.NewReader(want))} {
			a, stop := newReadAhead(io.MultiReader(src, iotest.ErrReader(broken)))
			got, err := io.ReadAll(iotest.HalfReader(a))
			if !errors.Is(err, broken) || !bytes.Equal(got, want) {
				t.Errorf("%d bytes: got %d, error %v", size, len(got), err)
			}
			if _, err := a.Read(make([]byte, 1)); !errors.Is(err, broken) {
				t.Errorf("%d bytes: error %v the second time", size, err)
			}
			stop()
		}
	}
}

// stoppable gives zeros and notes whether it is in use.
type stoppable struct{ reads int }

func (e *stoppable) Read(p []byte) (int, error) { e.reads++; return len(p), nil }

// TestReadAheadStops stops in the middle: the source is not read any more, which the race detector would see.
func TestReadAheadStops(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	for _, n := range []int64{10, aheadDirect, aheadDirect + 1, aheadDirect + 10*aheadSize} {
		src := &stoppable{}
		a, stop := newReadAhead(src)
		if _, err := io.CopyN(io.Discard, a, n); err != nil {
			t.Fatal(err)
		}
		stop()
		before := src.reads
		src.reads++
		if src.reads != before+1 {
			t.Error("the source is still read")
		}
	}
}
