package cli

import (
	"context"
	"errors"
	"io"
	"os"
)

// errInterrupted is what reading ends with where the reader does not ask the context.
var errInterrupted = errors.New("interrupted")

// interruptible is an input that may have nothing to read for long, a pipe or a terminal: reading it ends with the context.
type interruptible struct {
	end  error // what reading ends with then
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

// newInterruptible is for a reader that asks the context: to it the input is at its end.
func newInterruptible(ctx context.Context, in io.Reader) *interruptible {
	return &interruptible{end: io.EOF, ctx: ctx, in: in, got: make(chan read, 1)}
}

// newInterruptibleError is for one that does not: reading ends with errInterrupted.
func newInterruptibleError(ctx context.Context, in io.Reader) *interruptible {
	return &interruptible{end: errInterrupted, ctx: ctx, in: in, got: make(chan read, 1)}
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
			r.err = r.end
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

// openInterruptible opens a file to be read, which may be a pipe: opening one waits until somebody writes into it, or until the context ends.
func openInterruptible(ctx context.Context, path string) (*os.File, error) {
	if info, err := os.Stat(path); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return os.Open(path)
	}
	type opened struct {
		file *os.File
		err  error
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.Open(path)
		done <- opened{f, err}
	}()
	select {
	case <-ctx.Done():
		return nil, errInterrupted
	case o := <-done:
		return o.file, o.err
	}
}
