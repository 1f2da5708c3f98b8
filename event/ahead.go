package event

import (
	"io"
	"runtime"
)

// readAhead reads from a decompressor in a goroutine of its own, so that decompression and the work on the events take a core
// each. Small inputs are read without one.
type readAhead struct {
	src     io.Reader
	direct  int // bytes that are still read without a goroutine
	chunks  chan aheadChunk
	free    chan []byte // buffers to fill
	quit    chan struct{}
	now     aheadChunk
	rest    []byte // of now
	started bool
}

// aheadChunk is what was read, and the error behind it.
type aheadChunk struct {
	buf []byte
	n   int
	err error
}

const (
	aheadSize    = 256 << 10
	aheadBuffers = 3
	aheadDirect  = 1 << 20
)

// newReadAhead returns src itself where there is but one core.
func newReadAhead(src io.Reader) (r io.Reader, stop func()) {
	if runtime.GOMAXPROCS(0) < 2 {
		return src, func() {}
	}
	a := &readAhead{src: src, direct: aheadDirect}
	return a, a.stop
}

// Read implements io.Reader.
func (a *readAhead) Read(p []byte) (int, error) {
	if a.direct > 0 {
		n, err := a.src.Read(p)
		a.direct -= n
		return n, err
	}
	if !a.started {
		a.start()
	}
	for len(a.rest) == 0 {
		if a.now.err != nil {
			return 0, a.now.err
		}
		if a.now.buf != nil {
			a.free <- a.now.buf
		}
		a.now = <-a.chunks
		a.rest = a.now.buf[:a.now.n]
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

func (a *readAhead) start() {
	a.started = true
	a.chunks, a.free, a.quit = make(chan aheadChunk, aheadBuffers), make(chan []byte, aheadBuffers), make(chan struct{})
	for range aheadBuffers {
		a.free <- make([]byte, aheadSize)
	}
	go a.fill()
}

// fill reads until an error, which ends the input, or until stop. All channels have room for all buffers.
func (a *readAhead) fill() {
	defer close(a.chunks)
	for {
		var c aheadChunk
		select {
		case <-a.quit:
			return
		case c.buf = <-a.free:
		}
		c.n, c.err = a.src.Read(c.buf)
		a.chunks <- c
		if c.err != nil {
			return
		}
	}
}

// stop ends the goroutine and waits for it: nothing reads from the source any more.
func (a *readAhead) stop() {
	if !a.started {
		return
	}
	close(a.quit)
	for range a.chunks {
	}
	a.direct, a.now.err, a.rest = 0, io.ErrClosedPipe, nil
}
