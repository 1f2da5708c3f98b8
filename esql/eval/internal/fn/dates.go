package fn

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/moment"
)

func dateFunction(name string) builder {
	switch name {
	case "now":
		return func(*resolver) (Func, error) {
			return Func{Type: block.Date, Kernel: func(c *Call, n int, _ []*block.Block) *block.Block {
				return block.Of(block.Date, n, c.Now.UnixMilli())
			}}, nil
		}
	case "date_trunc":
		return func(r *resolver) (Func, error) {
			if r.args[0].Span == nil {
				return r.fail("expected a time span")
			}
			f, err := TruncFunc(*r.args[0].Span, r.typ(1), r.Zone)
			if err != nil {
				return f, err
			}
			k := f.Kernel
			f.Want = make([]block.Type, 2)
			if r.typ(1).IsString() {
				f.Want[1] = block.Date
			}
			f.Kernel = func(c *Call, n int, args []*block.Block) *block.Block { return k(c, n, args[1:2]) }
			return f, nil
		}
	case "date_diff":
		return dateDiffFunction
	case "date_extract":
		return dateExtractFunction
	case "date_format":
		return dateFormatFunction
	case "date_parse":
		return dateParseFunction
	case "day_name":
		return dateName("EEE", "EEE")
	case "month_name":
		return dateName("MMMM", "MMM")
	}
	return nil
}

// at reads instants of a type.
func at(t block.Type, zone *time.Location) func(int64) time.Time {
	if t == block.DateNanos {
		return func(v int64) time.Time { return time.Unix(0, v).In(zone) }
	}
	return func(v int64) time.Time { return time.UnixMilli(v).In(zone) }
}

// dateType is the type in which an argument that should be a date is taken: a text counts as a date.
func dateType(t block.Type) block.Type {
	if t == block.DateNanos {
		return t
	}
	return block.Date
}

// TruncFunc rounds down to multiples of a span.
func TruncFunc(span moment.Span, t block.Type, zone *time.Location) (Func, error) {
	t = dateType(t)
	read := at(t, zone)
	valid := span.Valid()
	return Func{Type: t, Want: []block.Type{t}, Kernel: f1(t, func(_ *Call, v int64) (int64, error) {
		if valid != nil {
			return 0, &FatalError{valid}
		}
		r := moment.Trunc(read(v), span)
		if t == block.DateNanos {
			if r.Unix() < 0 {
				return 0, fatal("milliSeconds [%d] are before the epoch in 1970 and cannot be converted to nanoseconds", r.UnixMilli())
			}
			return nanosOf(r)
		}
		return millisOf(r)
	})}, nil
}

func dateDiffFunction(r *resolver) (Func, error) {
	t1, t2 := dateType(r.typ(1)), dateType(r.typ(2))
	a, b := at(t1, r.Zone), at(t2, r.Zone)
	fixed := r.args[0].Const != nil
	return Func{Type: block.Integer, Want: []block.Type{block.Keyword, t1, t2}, Kernel: f3(block.Integer, func(_ *Call, unit string, x, y int64) (int64, error) {
		u, err := moment.ParseUnit(unit)
		if err != nil {
			if fixed {
				err = &FatalError{err}
			}
			return 0, err
		}
		n, ok := moment.Diff(u, a(x), b(y))
		if !ok {
			return 0, errLongOverflow
		}
		if n > math.MaxInt32 || n < math.MinInt32 {
			return 0, outOf(fmt.Sprint(n), block.Integer)
		}
		return n, nil
	})}, nil
}

func dateExtractFunction(r *resolver) (Func, error) {
	t := dateType(r.typ(1))
	read := at(t, r.Zone)
	fixed := r.args[0].Const != nil
	return Func{Type: block.Long, Want: []block.Type{block.Keyword, t}, Kernel: f2(block.Long, func(_ *Call, field string, v int64) (int64, error) {
		n, err := moment.Extract(field, read(v))
		if err != nil && fixed {
			err = &FatalError{err}
		}
		return n, err
	})}, nil
}

func dateFormatFunction(r *resolver) (Func, error) {
	if len(r.args) == 1 {
		t := dateType(r.typ(0))
		return Func{Type: block.Keyword, Want: []block.Type{t}, Kernel: f1(block.Keyword, func(_ *Call, v int64) (string, error) {
			if t == block.DateNanos {
				return block.FormatNanos(v, r.Zone), nil
			}
			return block.FormatDate(v, r.Zone), nil
		})}, nil
	}
	t := dateType(r.typ(1))
	read := at(t, r.Zone)
	patterns := patternCache{fixed: r.args[0].Const != nil}
	return Func{Type: block.Keyword, Want: []block.Type{block.Keyword, t}, Kernel: f2(block.Keyword, func(_ *Call, format string, v int64) (string, error) {
		p, err := patterns.get(format)
		if err != nil {
			return "", &FatalError{err} // that of a column as well
		}
		return p.Format(read(v))
	})}, nil
}

// patternCache keeps the last format: most calls have a constant one.
type patternCache struct {
	fixed bool
	text  string
	p     *moment.Pattern
}

func (c *patternCache) get(text string) (*moment.Pattern, error) {
	if c.p != nil && c.text == text {
		return c.p, nil
	}
	p, err := moment.NewPattern(text)
	if err != nil {
		if c.fixed {
			err = &FatalError{err}
		}
		return nil, err
	}
	c.text, c.p = text, p
	return p, nil
}

// dateName writes a part of a date as a format does; that of nanoseconds has its own.
func dateName(format, ofNanos string) builder {
	return func(r *resolver) (Func, error) {
		t := dateType(r.typ(0))
		read := at(t, r.Zone)
		used := format
		if t == block.DateNanos {
			used = ofNanos
		}
		p, err := moment.NewPattern(used)
		if err != nil {
			return Func{}, err
		}
		return Func{Type: block.Keyword, Want: []block.Type{t}, Kernel: f1(block.Keyword, func(_ *Call, v int64) (string, error) { return p.Format(read(v)) })}, nil
	}
}

func dateParseFunction(r *resolver) (Func, error) {
	zone := r.Zone
	parse := func(p *moment.Pattern, s string) (int64, error) {
		t, err := p.Parse(s, zone)
		var impossible *moment.ImpossibleError
		if errors.As(err, &impossible) && r.V8 {
			return 0, &FatalError{err}
		}
		if err != nil {
			return 0, err
		}
		return millisOf(t)
	}
	if len(r.args) == 1 {
		p, err := moment.NewPattern("strict_date_optional_time")
		if err != nil {
			return Func{}, err
		}
		return Func{Type: block.Date, Want: keywords(1), Kernel: f1(block.Date, func(_ *Call, s string) (int64, error) { return parse(p, s) })}, nil
	}
	if z := r.Env.Options["time_zone"]; z != "" {
		loc, err := moment.Zone(z)
		if err != nil {
			return Func{}, err
		}
		zone = loc
	}
	patterns := patternCache{fixed: r.args[0].Const != nil}
	return Func{Type: block.Date, Want: keywords(2), Kernel: f2(block.Date, func(_ *Call, format, s string) (int64, error) {
		p, err := patterns.get(format)
		if err != nil {
			return 0, err
		}
		return parse(p, s)
	})}, nil
}
