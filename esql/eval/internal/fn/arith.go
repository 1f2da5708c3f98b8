//lint:file-ignore ST1005 the messages are Elasticsearch's, to the letter

package fn

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/moment"
)

// Operator is an arithmetic operator.
type Operator uint8

// Operators.
const (
	Add Operator = iota
	Subtract
	Multiply
	Divide
	Modulo
)

var (
	errDivZero      = errors.New("/ by zero")
	errIntOverflow  = errors.New("integer overflow")
	errLongOverflow = errors.New("long overflow")
	errULOverflow   = errors.New("unsigned_long overflow")
)

// Arithmetic chooses the kernel of an operator by the types of its sides.
func Arithmetic(op Operator, args []Arg, zone *time.Location) (Func, error) {
	a, b := args[0], args[1]
	if a.Span != nil || b.Span != nil {
		return dateArithmetic(op, a, b, zone)
	}
	t := common(a.Type, b.Type)
	if !t.IsNumeric() {
		if t == block.Null || a.Type == block.Null || b.Type == block.Null {
			return Func{Type: t, Want: make([]block.Type, 2), Kernel: nullKernel(t)}, nil
		}
		return Func{}, fmt.Errorf("no arithmetic on %s and %s", a.Type, b.Type)
	}
	if a.Type == block.Null || b.Type == block.Null {
		return Func{Type: t, Want: make([]block.Type, 2), Kernel: nullKernel(t)}, nil
	}
	f := Func{Type: t, Want: []block.Type{t, t}}
	switch t {
	case block.Integer:
		f.Kernel = f2(t, func(_ *Call, x, y int64) (int64, error) { return intOp(op, x, y) })
	case block.Long:
		f.Kernel = f2(t, func(_ *Call, x, y int64) (int64, error) { return longOp(op, x, y) })
	case block.UnsignedLong:
		f.Kernel = f2(t, func(_ *Call, x, y int64) (int64, error) { return unsignedOp(op, uint64(x), uint64(y)) })
	default:
		f.Kernel = f2(t, func(_ *Call, x, y float64) (float64, error) { return doubleOp(op, x, y) })
	}
	return f, nil
}

func intOp(op Operator, x, y int64) (int64, error) {
	r, err := longOp(op, x, y)
	if err == nil && int64(int32(r)) != r {
		if op == Divide { // the least integer by -1 wraps round, as in Java
			return int64(int32(r)), nil
		}
		return 0, errIntOverflow
	}
	return r, err
}

func longOp(op Operator, x, y int64) (int64, error) {
	switch op {
	case Add:
		r := x + y
		if (x^r)&(y^r) < 0 {
			return 0, errLongOverflow
		}
		return r, nil
	case Subtract:
		r := x - y
		if (x^y)&(x^r) < 0 {
			return 0, errLongOverflow
		}
		return r, nil
	case Multiply:
		hi, lo := bits.Mul64(uint64(x), uint64(y))
		if x < 0 {
			hi -= uint64(y)
		}
		if y < 0 {
			hi -= uint64(x)
		}
		if int64(hi) != int64(lo)>>63 {
			return 0, errLongOverflow
		}
		return int64(lo), nil
	}
	switch {
	case y == 0:
		return 0, errDivZero
	case op == Divide:
		return x / y, nil
	}
	return x % y, nil
}

func unsignedOp(op Operator, x, y uint64) (int64, error) {
	switch op {
	case Add:
		r, carry := bits.Add64(x, y, 0)
		if carry != 0 {
			return 0, errULOverflow
		}
		return int64(r), nil
	case Subtract:
		if x < y {
			return 0, errULOverflow
		}
		return int64(x - y), nil
	case Multiply:
		hi, lo := bits.Mul64(x, y)
		if hi != 0 {
			return 0, errULOverflow
		}
		return int64(lo), nil
	}
	switch {
	case y == 0:
		return 0, errDivZero
	case op == Divide:
		return int64(x / y), nil
	}
	return int64(x % y), nil
}

func doubleOp(op Operator, x, y float64) (float64, error) {
	switch op {
	case Add:
		return finite(x + y)
	case Subtract:
		return finite(x - y)
	case Multiply:
		return finite(x * y)
	}
	switch {
	case y == 0:
		return 0, errDivZero
	case op == Divide:
		return finite(x / y)
	}
	return finite(math.Mod(x, y))
}

// finite fails for what is no number.
func finite(v float64) (float64, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("not a finite double number: %s", block.FormatDouble(v))
	}
	return v, nil
}

// Negate is the minus sign.
func Negate(t block.Type) (Func, error) {
	f := Func{Type: t, Want: []block.Type{t}}
	switch t {
	case block.Integer:
		f.Kernel = f1(t, func(_ *Call, x int64) (int64, error) { return intOp(Subtract, 0, x) })
	case block.Long:
		f.Kernel = f1(t, func(_ *Call, x int64) (int64, error) { return longOp(Subtract, 0, x) })
	case block.Double:
		f.Kernel = f1(t, func(_ *Call, x float64) (float64, error) { return -x, nil })
	case block.Null:
		f.Kernel = nullKernel(t)
	default:
		return f, fmt.Errorf("no minus sign before %s", t)
	}
	return f, nil
}

func dateArithmetic(op Operator, a, b Arg, zone *time.Location) (Func, error) {
	date, span := 0, b.Span
	t := a.Type
	if a.Span != nil {
		date, span, t = 1, a.Span, b.Type
	}
	if op == Subtract {
		s := span.Neg()
		span = &s
	}
	if t == block.Null {
		return Func{Type: block.Date, Want: make([]block.Type, 2), Kernel: nullKernel(block.Date)}, nil
	}
	var shift Kernel
	switch t {
	case block.Date:
		shift = f1(t, func(_ *Call, ms int64) (int64, error) { return addMillis(ms, *span, zone) })
	case block.DateNanos:
		shift = f1(t, func(_ *Call, ns int64) (int64, error) {
			at, err := moment.Add(time.Unix(0, ns).In(zone), *span)
			if err != nil {
				return 0, err
			}
			return nanosOf(at)
		})
	default:
		return Func{}, fmt.Errorf("no time span can be added to %s", t)
	}
	return Func{Type: t, Want: make([]block.Type, 2), Kernel: func(c *Call, n int, args []*block.Block) *block.Block {
		return shift(c, n, args[date:date+1])
	}}, nil
}

func addMillis(ms int64, span moment.Span, zone *time.Location) (int64, error) {
	if !span.Period {
		r, err := longOp(Add, ms, span.Nanos/1e6)
		// what is left below a millisecond rounds down
		if rest := span.Nanos % 1e6; err == nil && rest < 0 {
			r--
		}
		return r, err
	}
	at, err := moment.Add(time.UnixMilli(ms).In(zone), span)
	if err != nil {
		return 0, err
	}
	return millisOf(at)
}

func millisOf(t time.Time) (int64, error) {
	if s := t.Unix(); s > math.MaxInt64/1000-1 || s < math.MinInt64/1000+1 {
		return 0, errLongOverflow
	}
	return t.UnixMilli(), nil
}

const maxNanoSecond = math.MaxInt64 / 1000000000

func nanosOf(t time.Time) (int64, error) {
	s, ns := t.Unix(), int64(t.Nanosecond())
	if s < 0 || s > maxNanoSecond || s == maxNanoSecond && ns > math.MaxInt64%1000000000 {
		return 0, errors.New("Date nanos out of range.  Must be between 1970-01-01T00:00:00Z and 2262-04-11T23:47:16.854775807")
	}
	return s*1000000000 + ns, nil
}
