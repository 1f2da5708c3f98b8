//lint:file-ignore ST1005 the messages are Elasticsearch's, to the letter

package fn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

// jsonExtractFunction is JSON_EXTRACT(text, path).
func jsonExtractFunction(r *resolver) (Func, error) {
	fixed := r.args[1].Const != nil
	return Func{Type: block.Keyword, Want: keywords(2), Kernel: fRows(block.Keyword, func(c *Call, args []*block.Block, i int, w *block.Builder) error {
		d, ok := c.one(args[0], i)
		p, ok := c.pair(args[1], i, ok)
		if !ok {
			return nil
		}
		path := args[1].S[p]
		steps, err := jsonPath(path)
		if err != nil {
			if fixed {
				return &FatalError{err}
			}
			return err
		}
		v, err := jsonAt(json.RawMessage(args[0].S[d]), steps, path)
		if err != nil {
			return err
		}
		if text, ok := jsonText(v); ok {
			w.String(text)
		}
		return nil
	})}, nil
}

// jsonStep is a member's name, or an index.
type jsonStep struct {
	name  string
	index int
	isKey bool
}

func jsonPath(path string) ([]jsonStep, error) {
	fail := func(what string, at int) error {
		return fmt.Errorf("Invalid JSON path [%s]: %s at position %d", path, what, at)
	}
	var steps []jsonStep
	i := 0
	if strings.HasPrefix(path, "$") {
		i = 1
		if i < len(path) && path[i] == '.' {
			i++
		}
	}
	for i < len(path) {
		if path[i] == '[' {
			end := strings.IndexByte(path[i:], ']')
			if end < 0 {
				return nil, fail("unterminated bracket", i)
			}
			inner := path[i+1 : i+end]
			if q := strings.TrimSpace(inner); len(q) >= 2 && (q[0] == '\'' || q[0] == '"') {
				closing := strings.IndexByte(path[i+2:], q[0])
				if closing < 0 || i+3+closing >= len(path) || path[i+3+closing] != ']' {
					return nil, fail("unterminated quote", i)
				}
				steps = append(steps, jsonStep{name: path[i+2 : i+2+closing], isKey: true})
				end = closing + 3
			} else {
				n, err := strconv.Atoi(inner)
				if err != nil {
					return nil, fail("expected an index", i+1)
				}
				if n < 0 {
					return nil, errors.New("array index out of bounds")
				}
				steps = append(steps, jsonStep{index: n})
			}
			i += end + 1
			if i < len(path) && path[i] == '.' {
				i++
				if i == len(path) {
					return nil, fail("empty key", i)
				}
			} else if i < len(path) && path[i] != '[' {
				return nil, fail("unexpected character", i)
			}
			continue
		}
		end := strings.IndexAny(path[i:], ".[")
		if end < 0 {
			end = len(path) - i
		}
		if end == 0 {
			return nil, fail("empty key", i)
		}
		steps = append(steps, jsonStep{name: path[i : i+end], isKey: true})
		if i += end; i < len(path) && path[i] == '.' {
			i++
			if i == len(path) {
				return nil, fail("empty key", i)
			}
		}
	}
	return steps, nil
}

func jsonAt(doc json.RawMessage, steps []jsonStep, path string) (json.RawMessage, error) {
	if !json.Valid(doc) {
		return nil, errors.New("invalid JSON input")
	}
	missing := fmt.Errorf("path [%s] does not exist", path)
	for _, s := range steps {
		doc = bytes.TrimSpace(doc)
		if s.isKey {
			var m map[string]json.RawMessage
			if len(doc) == 0 || doc[0] != '{' || json.Unmarshal(doc, &m) != nil {
				return nil, missing
			}
			v, ok := m[s.name]
			if !ok {
				return nil, missing
			}
			doc = v
			continue
		}
		var list []json.RawMessage
		if len(doc) == 0 || doc[0] != '[' || json.Unmarshal(doc, &list) != nil {
			return nil, missing
		}
		if s.index >= len(list) {
			return nil, errors.New("array index out of bounds")
		}
		doc = list[s.index]
	}
	return doc, nil
}

// jsonText is a value as JSON_EXTRACT gives it: texts without quotes, nothing for null.
func jsonText(v json.RawMessage) (string, bool) {
	v = bytes.TrimSpace(v)
	switch {
	case string(v) == "null":
		return "", false
	case len(v) > 0 && v[0] == '"':
		var s string
		if json.Unmarshal(v, &s) == nil {
			return s, true
		}
	}
	return string(v), true
}
