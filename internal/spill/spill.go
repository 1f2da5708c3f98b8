// Package spill puts in order what does not fit into memory.
package spill

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/rulevet/rulevet/internal/fileio"
)

// Codec is what a Sorter must know of its values.
type Codec[T any] struct {
	Compare func(a, b T) int           // their order; of equal values the one that was added first comes first
	Size    func(x T) int              // bytes of memory that a value takes, roughly
	Append  func(b []byte, x T) []byte // adds the bytes that Read takes
	Read    func(r *Reader) T          // what it returns may keep the memory of r
}

// Sorter holds values until all are known: up to a limit in memory, what is beyond it in sorted runs of a file without a name. The zero
// Sorter is not usable; see NewSorter.
type Sorter[T any] struct {
	codec Codec[T]
	limit int // bytes in memory

	held  []T
	bytes int // of held
	count int // of all
	file  *fileio.ScratchFile
	end   int64   // of the file
	runs  []int64 // where they begin
	err   error   // of the file
}

// NewSorter returns an empty sorter that takes about limit bytes of memory.
func NewSorter[T any](limit int, codec Codec[T]) *Sorter[T] {
	return &Sorter[T]{codec: codec, limit: limit}
}

// Add takes a value. After a failure of the file, which Each returns, values are dropped.
func (s *Sorter[T]) Add(x T) {
	if s.err != nil {
		return
	}
	s.count++
	s.held = append(s.held, x)
	if s.bytes += s.codec.Size(x); s.bytes > s.limit {
		s.err = s.spill()
	}
}

// spill writes what is held as a sorted run.
func (s *Sorter[T]) spill() (err error) {
	if s.file == nil {
		if s.file, err = fileio.Scratch(); err != nil {
			return failure(err)
		}
	}
	s.sort()
	out := bufio.NewWriterSize(io.NewOffsetWriter(s.file, s.end), 1<<18)
	s.runs = append(s.runs, s.end)
	var record, length []byte
	for _, x := range s.held {
		record = s.codec.Append(record[:0], x)
		length = binary.AppendUvarint(length[:0], uint64(len(record)))
		out.Write(length)
		out.Write(record)
		s.end += int64(len(length) + len(record))
	}
	clear(s.held)
	s.held, s.bytes = s.held[:0], 0
	if err := out.Flush(); err != nil {
		return failure(err)
	}
	return nil
}

func failure(err error) error {
	return fmt.Errorf("what does not fit into memory cannot be kept in the folder of temporary files: %w", err)
}

func (s *Sorter[T]) sort() { slices.SortStableFunc(s.held, s.codec.Compare) }

// Len is the number of values.
func (s *Sorter[T]) Len() int { return s.count }

// Each hands over all values in order, until f fails. The sorter is empty then.
func (s *Sorter[T]) Each(f func(T) error) error {
	defer s.Close()
	if s.err != nil {
		return s.err
	}
	s.sort()
	m := merge[T]{compare: s.codec.Compare}
	if err := s.open(&m); err != nil {
		return err
	}
	for len(m.runs) > 0 {
		run := m.runs[0]
		if err := f(run.head); err != nil {
			return err
		}
		switch more, err := run.advance(); {
		case err != nil:
			return failure(err)
		case more:
			heap.Fix(&m, 0)
		default:
			heap.Pop(&m)
		}
	}
	return nil
}

// open starts the merge of all runs; the last is in memory.
func (s *Sorter[T]) open(m *merge[T]) error {
	room := max(4096, min(1<<18, s.limit/(2*len(s.runs)+1))) // of the buffers together no more than half of the limit, if that can be
	for i, from := range s.runs {
		to := s.end
		if i+1 < len(s.runs) {
			to = s.runs[i+1]
		}
		m.runs = append(m.runs, &run[T]{number: i, read: s.codec.Read,
			in: bufio.NewReaderSize(io.NewSectionReader(s.file, from, to-from), room)})
	}
	m.runs = append(m.runs, &run[T]{number: len(s.runs), held: s.held})
	started := m.runs[:0]
	for _, r := range m.runs {
		more, err := r.advance()
		if err != nil {
			return failure(err)
		}
		if more {
			started = append(started, r)
		}
	}
	m.runs = started
	heap.Init(m)
	return nil
}

// Close drops all values. It may be called more than once.
func (s *Sorter[T]) Close() {
	if s.file != nil {
		s.file.Close()
	}
	*s = Sorter[T]{codec: s.codec, limit: s.limit, err: s.err}
}

// run is a sorted list of values, on disk or in memory.
type run[T any] struct {
	number int
	head   T
	in     *bufio.Reader // nil: held
	read   func(*Reader) T
	held   []T
}

// advance goes to the next value, if there is one.
func (r *run[T]) advance() (more bool, err error) {
	if r.in == nil {
		if len(r.held) == 0 {
			return false, nil
		}
		r.head, r.held = r.held[0], r.held[1:]
		return true, nil
	}
	size, err := binary.ReadUvarint(r.in)
	if err == io.EOF {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	record := make([]byte, size)
	if _, err := io.ReadFull(r.in, record); err != nil {
		return false, err
	}
	from := NewReader(record)
	r.head = r.read(from)
	return true, from.Err()
}

// merge is a heap of runs: the one with the least head is the first.
type merge[T any] struct {
	compare func(a, b T) int
	runs    []*run[T]
}

func (m *merge[T]) Len() int { return len(m.runs) }
func (m *merge[T]) Less(i, j int) bool {
	a, b := m.runs[i], m.runs[j]
	if c := m.compare(a.head, b.head); c != 0 {
		return c < 0
	}
	return a.number < b.number
}
func (m *merge[T]) Swap(i, j int) { m.runs[i], m.runs[j] = m.runs[j], m.runs[i] }
func (m *merge[T]) Push(x any)    { m.runs = append(m.runs, x.(*run[T])) }
func (m *merge[T]) Pop() any {
	last := m.runs[len(m.runs)-1]
	m.runs = m.runs[:len(m.runs)-1]
	return last
}
