package event

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

// balanced reads the object at the cursor, up to the bracket that closes it; what follows stays unread. Several objects
// may stand on one line, as in most arrays. Behind one that is broken the cursor is where reading can go on.
func (r *Reader) balanced() ([]byte, error) {
	r.buf = r.buf[:0]
	var b balance
	first := r.line
	for {
		if _, err := r.in.Peek(1); err != nil {
			r.record++
			if !errors.Is(err, io.EOF) {
				r.ended = true
				return nil, r.fail(first, 0, r.torn(err))
			}
			err = r.fail(first, 0, errors.New("object without closing `}`"))
			r.resume(first, nil)
			return nil, err
		}
		chunk, _ := r.in.Peek(r.in.Buffered())
		end, why := b.feed(chunk)
		if end >= 0 {
			chunk = chunk[:end]
		}
		if len(r.buf)+len(chunk) > MaxRecord {
			r.record++
			r.ended = true
			return nil, r.fail(first, 0, fmt.Errorf("record larger than %d MiB; nothing behind it is read", MaxRecord>>20))
		}
		if why != "" {
			r.record++
			err := r.fail(first, 0, errors.New(why))
			r.resume(first, chunk)
			return nil, err
		}
		r.buf = append(r.buf, chunk...)
		r.line += bytes.Count(chunk, []byte{'\n'})
		_, _ = r.in.Discard(len(chunk))
		if end >= 0 {
			return r.buf, nil
		}
	}
}

// torn words an error of reading: that of a decompressor does not say how far it came.
func (r *Reader) torn(err error) error {
	if r.record == 0 {
		return err
	}
	return fmt.Errorf("%w; the input is broken off or damaged there, the records before were read", err)
}

// resume moves to where reading can go on behind a broken record, which begins on line first and stands in r.buf and, not taken
// from the input yet, in chunk: to the line behind it if it is a line of its own, else to the next line that starts with an object.
func (r *Reader) resume(first int, chunk []byte) {
	r.line = first
	if r.place != outside {
		r.place = between
	}
	text := chunk
	if len(r.buf) > 0 {
		text = append(r.buf, chunk...)
		_, _ = r.in.Discard(len(chunk))
	}
	at, found := lineBehind(text)
	if !found && r.again > 4*r.source.fresh+maxBuffer {
		at = len(text) // an input made to be read again and again
	}
	r.line += bytes.Count(text[:at], []byte{'\n'})
	switch rest := text[at:]; {
	case len(r.buf) == 0:
		_, _ = r.in.Discard(at)
	case len(rest) > 0:
		r.again += int64(len(rest))
		buffered, _ := r.in.Peek(r.in.Buffered())
		r.source.push(slices.Concat(rest, buffered))
		r.in.Reset(r.source)
	}
	if !found && at == len(text) {
		r.skipToObject()
	}
}

// lineBehind is where reading goes on behind a broken record; found tells that the record is one line.
func lineBehind(text []byte) (at int, found bool) {
	nl := bytes.IndexByte(text, '\n')
	if nl >= 0 && nl+1 == len(text) {
		return len(text), true
	}
	if i := bytes.Index(text, []byte("\n{")); i >= 0 {
		return i + 1, false
	}
	return len(text), false
}

// skipLine moves behind the end of the line. What it skips is counted: an input without events, such as a device, need not end.
func (r *Reader) skipLine() {
	for r.skipped <= MaxRecord {
		chunk, err := r.in.ReadSlice('\n')
		r.skipped += len(chunk)
		if bytes.HasSuffix(chunk, []byte{'\n'}) {
			r.line++
			break
		}
		if err != nil && len(chunk) == 0 {
			return // the next read says why
		}
	}
	if r.place != outside {
		r.place = between
	}
}

// skipToObject moves to the next line that starts with an object.
func (r *Reader) skipToObject() {
	for r.skipped <= MaxRecord {
		c, err := r.in.Peek(1)
		if err != nil || c[0] == '{' {
			return
		}
		r.skipLine()
	}
}

// rewinder is an input to which bytes can be given back.
type rewinder struct {
	in    io.Reader
	back  []byte
	fresh int64 // bytes read from in
}

func (s *rewinder) push(b []byte) { s.back = append(b, s.back...) }

func (s *rewinder) Read(b []byte) (int, error) {
	if len(s.back) > 0 {
		n := copy(b, s.back)
		s.back = s.back[n:]
		return n, nil
	}
	s.back = nil
	n, err := s.in.Read(b)
	s.fresh += int64(n)
	return n, err
}

// balance follows brackets and strings over chunks.
type balance struct {
	depth          int
	quoted, escape bool
	last           byte // the byte before that is no white space
	start          bool // at the start of a line
}

// feed returns the place behind the byte that closes the object, or -1; or the place where the record is seen to be broken,
// and why: JSON has no line break in a string, and no object behind a value without a comma.
func (b *balance) feed(chunk []byte) (end int, why string) {
	for i := 0; i < len(chunk); i++ {
		if b.quoted {
			if i = b.endString(chunk, i); i < len(chunk) && chunk[i] == '\n' {
				return i + 1, "string without closing quote at the end of the line"
			}
			if b.quoted {
				return -1, ""
			}
			b.last = '"'
			continue
		}
		switch c := chunk[i]; c {
		case '"':
			b.quoted, b.start = true, false
		case '{', '[':
			if b.start && b.depth > 0 && c == '{' && b.last != ',' && b.last != ':' && b.last != '[' {
				return i, "object without closing `}` before the next line begins one"
			}
			b.depth++
			b.last, b.start = c, false
		case '}', ']':
			if b.depth--; b.depth == 0 {
				return i + 1, ""
			}
			b.last, b.start = c, false
		case '\n':
			b.start = true
		case ' ', '\t', '\r':
			b.start = false
		default:
			b.last, b.start = c, false
		}
	}
	return -1, ""
}

// endString returns the place of the quote that ends the string around chunk[i:], or of the line break that tears it; quoted stays set
// if neither is in the chunk.
func (b *balance) endString(chunk []byte, i int) int {
	for ; i < len(chunk); i++ {
		switch c := chunk[i]; {
		case b.escape:
			b.escape = false
		case c == '\\':
			b.escape = true
		case c == '"':
			b.quoted = false
			return i
		case c == '\n':
			return i
		}
	}
	return i
}
