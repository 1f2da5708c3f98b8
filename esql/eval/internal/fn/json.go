//lint:file-ignore ST1005 the messages are Elasticsearch's, to the letter

package fn

import (
	"errors"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

// jsonExtractFunction is JSON_EXTRACT(text, path).
func jsonExtractFunction(r *resolver) (Func, error) {
	var path *jsonPath
	var wrong error
	if text, ok := r.args[1].Text(); ok && r.args[1].Const.Single() {
		if path, wrong = newJSONPath(text); wrong != nil {
			wrong = &FatalError{wrong}
		}
	}
	return Func{Type: block.Keyword, Want: keywords(2), Kernel: func(c *Call, n int, args []*block.Block) *block.Block {
		var walk jsonWalk
		return fRows(block.Keyword, func(c *Call, args []*block.Block, i int, w *block.Builder) error {
			d, ok := c.one(args[0], i)
			p, ok := c.pair(args[1], i, ok)
			switch {
			case !ok:
				return nil
			case wrong != nil:
				return wrong
			}
			path := path
			if path == nil {
				var err error
				if path, err = newJSONPath(args[1].S[p]); err != nil {
					return err
				}
			}
			text, null, err := path.extract(&walk, args[0].S[d])
			if err == nil && !null {
				w.String(text)
			}
			return err
		})(c, n, args)
	}}, nil
}

var (
	errJSONInvalid = errors.New("invalid JSON input")
	errJSONEmpty   = errors.New("empty JSON input")
	errJSONBounds  = errors.New("array index out of bounds")
)

// extract reads a document up to the value of the path: what stands behind it is not looked at. Texts come without quotes, objects and
// arrays as they are written. The walk lends its memory.
func (p *jsonPath) extract(w *jsonWalk, doc string) (text string, null bool, err error) {
	w.reset(doc)
	if err := w.start(); err != nil {
		return "", false, err
	}
	for i := range p.steps {
		if err := w.step(&p.steps[i], p.missing); err != nil {
			return "", false, err
		}
	}
	return w.value()
}

// jsonWalk reads a document as Elasticsearch's parser does: comments count as blanks, an object has no key twice. What is read is
// checked, be it asked for or not.
type jsonWalk struct {
	doc  string
	pos  int
	deep int // objects and arrays around the cursor
	keys jsonKeys
}

func (w *jsonWalk) reset(doc string) {
	w.doc, w.pos, w.deep = doc, 0, 0
	w.keys.keys, w.keys.objects = w.keys.keys[:0], w.keys.objects[:0]
}

// start moves to the first value.
func (w *jsonWalk) start() error {
	if len(w.doc) >= 3 && w.doc[:3] == "\ufeff" {
		w.pos = 3
	}
	if err := w.blank(); err != nil {
		return err
	}
	if w.pos == len(w.doc) {
		return errJSONEmpty
	}
	return nil
}

// step moves from a value to one within it.
func (w *jsonWalk) step(s *jsonStep, missing error) error {
	switch c := w.peek(); {
	case s.isKey && c == '{':
		return w.member(s.name, missing)
	case !s.isKey && c == '[':
		return w.element(s.index)
	case c == '{' || c == '[' || c == '"':
		return missing
	}
	if err := w.scalar(); err != nil {
		return err
	}
	return missing
}

// member moves to the value of a member of the object at the cursor.
func (w *jsonWalk) member(name string, missing error) error {
	more, err := w.open('}')
	for ; more; more, err = w.next('}') {
		key, err := w.key()
		if err != nil || key == name {
			return err
		}
		if err := w.skip(); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	return missing
}

// element moves to an element of the array at the cursor.
func (w *jsonWalk) element(index int) error {
	more, err := w.open(']')
	for ; more; more, err = w.next(']') {
		if index == 0 {
			return nil
		}
		index--
		if err := w.skip(); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	return errJSONBounds
}

// value is the value at the cursor.
func (w *jsonWalk) value() (text string, null bool, err error) {
	from := w.pos
	switch w.peek() {
	case '{', '[':
		err = w.skip()
		return w.doc[from:w.pos], false, err
	case '"':
		text, err = w.text()
		return text, false, err
	}
	if err = w.scalar(); err != nil {
		return "", false, err
	}
	text = w.doc[from:w.pos]
	return text, text == "null", nil
}
