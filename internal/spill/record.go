package spill

import (
	"encoding/binary"
	"errors"
)

// AppendInt adds a number.
func AppendInt(b []byte, n int64) []byte { return binary.AppendVarint(b, n) }

// AppendBytes adds a text with its length.
func AppendBytes[T ~string | ~[]byte](b []byte, text T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// AppendBool adds a boolean.
func AppendBool(b []byte, is bool) []byte {
	if is {
		return append(b, 1)
	}
	return append(b, 0)
}

// Reader takes a record apart, in the order in which it was written. Beyond its end, and once it has failed, it returns zero values.
type Reader struct {
	rest []byte
	err  error
}

// NewReader reads a record.
func NewReader(record []byte) *Reader { return &Reader{rest: record} }

// Rest is what was not read yet, in the memory of the record.
func (r *Reader) Rest() []byte { return r.rest }

// Fail says that what was read is not what it should be.
func (r *Reader) Fail(err error) { r.rest, r.err = nil, err }

// Err tells that the record was not what its reader took it for.
func (r *Reader) Err() error { return r.err }

var errShort = errors.New("a record is cut short")

// Int is the next number.
func (r *Reader) Int() int64 {
	n, used := binary.Varint(r.rest)
	r.skip(used)
	return n
}

// Len is the next number, of elements that follow: no more than bytes are left.
func (r *Reader) Len() int {
	n := r.Int()
	if n < 0 || n > int64(len(r.rest)) {
		r.fail()
		return 0
	}
	return int(n)
}

// Bytes is the next text, in the memory of the record.
func (r *Reader) Bytes() []byte {
	n, used := binary.Uvarint(r.rest)
	r.skip(used)
	if n > uint64(len(r.rest)) {
		r.fail()
		return nil
	}
	out := r.rest[:n:n]
	r.rest = r.rest[n:]
	return out
}

// Bool is the next boolean.
func (r *Reader) Bool() bool {
	if len(r.rest) == 0 {
		r.fail()
		return false
	}
	is := r.rest[0] == 1
	r.skip(1)
	return is
}

func (r *Reader) skip(n int) {
	if n <= 0 {
		r.fail()
		return
	}
	r.rest = r.rest[n:]
}

func (r *Reader) fail() { r.Fail(errShort) }
