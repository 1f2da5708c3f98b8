package cli

import (
	"context"
	"io"
)

// interruptible is an input that may have nothing to read for long, a pipe or a terminal: reading it ends with the context.
type interruptible struct {
	ctx  context.Context
	in   io.Reader
	got  chan read
	rest []byte
	err  error
}

type read struct {
	data []byte
	err  error
}

func newInterruptible(ctx context.Context, in io.Reader) *interruptible {
	return &interruptible{ctx: ctx, in: in, got: make(chan read, 1)}
}

// pipeSize is how much is read from a pipe at a time, in bytes.
const pipeSize = 64 << 10

func (r *interruptible) Read(b []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		buf := make([]byte, pipeSize)
		go func() {
			n, err := r.in.Read(buf)
			r.got <- read{buf[:n], err}
		}()
		select {
		case <-r.ctx.Done():
			r.err = io.EOF // whoever reads asks the context
			return 0, r.err
		case next := <-r.got:
			r.rest, r.err = next.data, next.err
		}
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	if n == 0 {
		return 0, r.err
	}
	return n, nil
}
