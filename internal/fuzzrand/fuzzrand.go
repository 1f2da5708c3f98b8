// Package fuzzrand makes the generators of tests the grammar of a fuzzer: the bytes that the fuzzer changes are the choices that
// a generator makes, so that a small change of the input is a small change of the program, rule or event that comes of it.
package fuzzrand

import (
	"encoding/binary"
	"math/rand/v2"
)

// New returns random numbers whose choices the bytes make: the first eight seed what follows when the others are used up, each
// of the others is one number.
func New(data []byte) *rand.Rand {
	var seed [8]byte
	n := copy(seed[:], data)
	return rand.New(&source{data: data[n:], rest: rand.NewPCG(binary.LittleEndian.Uint64(seed[:]), 1)})
}

type source struct {
	data []byte
	rest rand.Source
}

// Uint64 implements rand.Source.
func (s *source) Uint64() uint64 {
	if len(s.data) == 0 {
		return s.rest.Uint64()
	}
	b := s.data[0]
	s.data = s.data[1:]
	// IntN of a power of two looks at the low bits, of others at the high ones, where it draws again for a number at the edge of its range.
	return uint64(b)<<56 | 0x80808000000000 | uint64(b)*0x01010101
}
