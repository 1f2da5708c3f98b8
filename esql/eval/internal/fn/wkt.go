//lint:file-ignore ST1005 the messages are Elasticsearch's, to the letter

package fn

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

// wktReader reads well-known text as Elasticsearch's parser does: words and numbers between brackets and commas. What stands
// behind the shape is not looked at.
type wktReader struct {
	s     string
	geo   bool // longitudes and latitudes are within the earth's
	depth int
}

// maxShapeDepth is how many collections may lie within one another.
const maxShapeDepth = 100

// parseShape returns the shape as it is written back.
func parseShape(s string, geo bool) (string, error) {
	r := &wktReader{s: s, geo: geo}
	shape, err := r.shape()
	if err != nil {
		return "", errors.New("Failed to parse WKT: " + err.Error())
	}
	return shape, nil
}

// ParsePoint reads a point of well-known text.
func ParsePoint(s string, geo bool) (string, error) {
	r := &wktReader{s: s, geo: geo}
	name := strings.ToLower(r.word())
	if name != "point" {
		return "", errors.New("Failed to parse WKT: Unknown geometry type: " + name)
	}
	p, err := r.onePoint()
	if err != nil {
		return "", errors.New("Failed to parse WKT: " + err.Error())
	}
	return block.Point(p[0], p[1]), nil
}

// word is the next word or number, or the sign that stands there; empty at the end.
func (r *wktReader) word() string {
	for r.s != "" {
		switch c := r.s[0]; {
		case c == '#': // a comment
			_, r.s, _ = strings.Cut(r.s, "\n")
			continue
		case c > ' ':
			n := 0
			for n < len(r.s) && isWKTWord(r.s[n]) {
				n++
			}
			w := r.s[:max(n, 1)]
			r.s = r.s[len(w):]
			return w
		}
		r.s = r.s[1:]
	}
	return ""
}

func isWKTWord(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c >= 0x80
}

// peek is the next word, which stays.
func (r *wktReader) peek() string {
	saved := r.s
	w := r.word()
	r.s = saved
	return w
}

func (r *wktReader) expect(want string) error {
	if w := r.word(); w != want {
		return fmt.Errorf("expected %s but found: '%s'", want, w)
	}
	return nil
}

func (r *wktReader) number() (float64, error) {
	w := r.word()
	if strings.EqualFold(w, "nan") {
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(strings.TrimRight(w, "dDfF"), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || w == "" {
		return 0, fmt.Errorf("expected number but found: '%s'", w)
	}
	return v, nil
}

// point reads two or three numbers.
func (r *wktReader) point() ([]float64, error) {
	var p []float64
	for len(p) < 2 || len(p) < 3 && r.peek() != "," && r.peek() != ")" && r.peek() != "" {
		v, err := r.number()
		if err != nil {
			return nil, err
		}
		p = append(p, v)
	}
	if r.geo {
		if !(math.Abs(p[1]) <= 90) {
			return nil, fmt.Errorf("invalid latitude %s; must be between -90.0 and 90.0", block.FormatDouble(p[1]))
		}
		if !(math.Abs(p[0]) <= 180) {
			return nil, fmt.Errorf("invalid longitude %s; must be between -180.0 and 180.0", block.FormatDouble(p[0]))
		}
	}
	return p, nil
}

// onePoint is what stands behind POINT.
func (r *wktReader) onePoint() ([]float64, error) {
	if strings.EqualFold(r.peek(), "empty") {
		return nil, errors.New("Empty POINT cannot be represented in WKB")
	}
	if err := r.expect("("); err != nil {
		return nil, err
	}
	p, err := r.point()
	if err != nil {
		return nil, err
	}
	return p, r.expect(")")
}

func numbersText(p []float64, sep string) string {
	texts := make([]string, len(p))
	for i, v := range p {
		texts[i] = block.FormatDouble(v)
	}
	return strings.Join(texts, sep)
}

// list reads items in brackets, and joins them by sep; EMPTY is one without any.
func (r *wktReader) list(sep string, item func() (string, error)) (string, error) {
	if strings.EqualFold(r.peek(), "empty") {
		r.word()
		return "EMPTY", nil
	}
	if err := r.expect("("); err != nil {
		return "", err
	}
	var items []string
	for {
		text, err := item()
		if err != nil {
			return "", err
		}
		items = append(items, text)
		switch w := r.word(); w {
		case ",":
		case ")":
			return "(" + strings.Join(items, sep) + ")", nil
		default:
			return "", fmt.Errorf("expected , or ) but found: '%s'", w)
		}
	}
}

func (r *wktReader) pointText() (string, error) {
	p, err := r.point()
	return numbersText(p, " "), err
}

// line reads a list of points: at least two, or those of a ring, whose ends meet.
func (r *wktReader) line(ring bool) func() (string, error) {
	return func() (string, error) {
		var first, last string
		n := 0
		text, err := r.list(", ", func() (string, error) {
			p, err := r.pointText()
			if n++; n == 1 {
				first = p
			}
			last = p
			return p, err
		})
		switch {
		case err != nil || n == 0:
		case ring && n < 4:
			err = errors.New("at least four points in the ring are required")
		case ring && first != last:
			err = errors.New("first and last points of the linear ring must be the same (it must close itself)")
		case n < 2:
			err = errors.New("at least two points in the line is required")
		}
		return text, err
	}
}

func (r *wktReader) polygon() (string, error) { return r.list(", ", r.line(true)) }

func (r *wktReader) shape() (string, error) {
	name := strings.ToUpper(r.word())
	var body string
	var err error
	switch name {
	case "POINT":
		var p []float64
		p, err = r.onePoint()
		body = "(" + numbersText(p, " ") + ")"
	case "MULTIPOINT":
		body, err = r.list(", ", r.pointText)
	case "LINESTRING":
		body, err = r.line(false)()
	case "MULTILINESTRING":
		body, err = r.list(",", r.line(false))
	case "POLYGON":
		body, err = r.polygon()
	case "MULTIPOLYGON":
		body, err = r.list(",", r.polygon)
	case "GEOMETRYCOLLECTION":
		if r.depth++; r.depth > maxShapeDepth {
			return "", fmt.Errorf("more than %d shapes within one another", maxShapeDepth)
		}
		body, err = r.list(",", r.shape)
		r.depth--
	case "BBOX":
		body, err = r.box()
	case "CIRCLE":
		var p []float64
		if err = r.expect("("); err == nil {
			if p, err = r.point(); err == nil && len(p) < 3 {
				err = errors.New("expected number but found: ')'")
			}
		}
		if err == nil {
			err = r.expect(")")
		}
		body = "(" + numbersText(p, " ") + ")"
	default:
		return "", fmt.Errorf("Unknown geometry type: %s", strings.ToLower(name))
	}
	return name + " " + body, err
}

// box is what stands behind BBOX: the sides west, east, north and south.
func (r *wktReader) box() (string, error) {
	var sides []float64
	text, err := r.list(", ", func() (string, error) {
		v, err := r.number()
		sides = append(sides, v)
		return block.FormatDouble(v), err
	})
	if err == nil && len(sides) != 4 {
		err = errors.New("expected four numbers")
	}
	return text, err
}
