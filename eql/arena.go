package eql

// slab hands out nodes from blocks that grow with the query, so that parsing does few allocations.
type slab[T any] struct {
	free []T
	size int
}

func (s *slab[T]) new() *T {
	if len(s.free) == 0 {
		s.size = min(max(2*s.size, 4), 256)
		s.free = make([]T, s.size)
	}
	n := &s.free[0]
	s.free = s.free[1:]
	return n
}

// arena holds the slabs of the frequent nodes of one query.
type arena struct {
	events   slab[EventQuery]
	literals slab[Literal]
	fields   slab[Field]
	binaries slab[Binary]
}
