package event

import "unsafe"

// Walker visits all values of a JSON object. It keeps its memory from one object to the next and is not safe for
// concurrent use.
type Walker struct {
	scan  scanner
	rec   Record // memory of texts
	path  []byte
	visit func(path []byte, v Value) bool
	done  bool
}

// Leaves calls visit for each scalar of an object but nulls, with the dotted name that leads to it, until visit returns
// false. Elements of arrays have the name of the array. Path and value are valid during the call.
func (w *Walker) Leaves(object string, visit func(path []byte, v Value) bool) error {
	return w.LeavesOf(unsafe.Slice(unsafe.StringData(object), len(object)), visit)
}

// LeavesOf is Leaves for the bytes of a document.
func (w *Walker) LeavesOf(object []byte, visit func(path []byte, v Value) bool) error {
	w.rec.reset(0)
	w.path, w.visit, w.done = w.path[:0], visit, false
	w.scan.load(object)
	w.scan.space()
	return w.value(0)
}

// Valid reports whether a document is JSON, all of it: what the decoder does not need it does not look into. One that is nested deeper than a
// record may be is not.
func (w *Walker) Valid(doc []byte) bool {
	if w.LeavesOf(doc, func([]byte, Value) bool { return true }) != nil {
		return false
	}
	w.scan.space()
	return w.scan.pos == len(doc)
}

func (w *Walker) value(depth int) error {
	s := &w.scan
	if depth > maxDepth {
		return s.fail("nested more than %d deep", maxDepth)
	}
	s.space()
	var v Value
	var err error
	switch s.peek() {
	case '{':
		return w.members('}', depth)
	case '[':
		return w.members(']', depth)
	case '"':
		v.Kind = String
		v.Text, err = s.string(&w.rec)
	default:
		v, err = s.scalar()
	}
	if err == nil && v.Kind != Missing && !w.visit(w.path, v) {
		w.done = true
	}
	return err
}

// members reads what stands in braces or brackets.
func (w *Walker) members(closing byte, depth int) error {
	s := &w.scan
	s.pos++
	if s.space(); s.peek() == closing {
		s.pos++
		return nil
	}
	for {
		n := len(w.path)
		if closing == '}' {
			if s.space(); s.peek() != '"' {
				return s.fail("expected a key in double quotes, found %s", s.found())
			}
			key, err := s.string(&w.rec)
			if err != nil {
				return err
			}
			if s.space(); s.peek() != ':' {
				return s.fail("expected `:`, found %s", s.found())
			}
			s.pos++
			if n > 0 {
				w.path = append(w.path, '.')
			}
			w.path = append(w.path, key...)
		}
		err := w.value(depth + 1)
		if err != nil || w.done {
			return err
		}
		w.path = w.path[:n]
		switch s.space(); s.peek() {
		case ',':
			s.pos++
		case closing:
			s.pos++
			return nil
		default:
			return s.fail("expected `,` or `%c`, found %s", closing, s.found())
		}
	}
}
