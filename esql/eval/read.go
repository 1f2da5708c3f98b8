package eval

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/fn"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/esdate"
)

// reader returns how the values of a field in documents become values of a column. as is the type of the column, which
// differs from the field's own for a date among date_nanos.
func reader(f *Field, t, as block.Type) func(vs []event.Value, w *block.Builder) {
	switch t {
	case block.Keyword, block.Text, block.Flattened:
		return readText(f)
	case block.Boolean:
		return func(vs []event.Value, w *block.Builder) {
			for i := range vs {
				switch v := &vs[i]; {
				case v.Kind == event.Bool:
					w.Long(int64(v.Bits))
				case v.Kind == event.String && (v.Text == "true" || v.Text == "false" || v.Text == ""):
					w.Long(block.Bool(v.Text == "true"))
				}
			}
		}
	case block.Integer, block.Long:
		lo, hi := wholeRange(f.Type)
		return func(vs []event.Value, w *block.Builder) {
			for i := range vs {
				if n, ok := whole(&vs[i]); ok && n >= lo && n <= hi {
					w.Long(n)
				}
			}
		}
	case block.UnsignedLong:
		return func(vs []event.Value, w *block.Builder) {
			for i := range vs {
				if n, ok := unsigned(&vs[i]); ok {
					w.Long(int64(n))
				}
			}
		}
	case block.Double:
		return readDouble(f)
	case block.Date, block.DateNanos:
		return readDate(f, as)
	case block.IP:
		return func(vs []event.Value, w *block.Builder) {
			for i := range vs {
				if ip, ok := block.ParseIP(vs[i].Text); ok {
					w.String(ip)
				}
			}
		}
	case block.Version:
		return func(vs []event.Value, w *block.Builder) {
			for i := range vs {
				w.String(block.EncodeVersion(vs[i].Text))
			}
		}
	case block.GeoPoint, block.CartesianPoint:
		return readPoint
	case block.GeoShape, block.CartesianShape:
		return readText(f)
	}
	return func([]event.Value, *block.Builder) {}
}

func readText(f *Field) func(vs []event.Value, w *block.Builder) {
	if f.IgnoreAbove <= 0 && !f.Lowercase {
		return func(vs []event.Value, w *block.Builder) {
			for i := range vs {
				w.String(vs[i].Text)
			}
		}
	}
	return func(vs []event.Value, w *block.Builder) {
		for i := range vs {
			s := vs[i].Text
			if f.IgnoreAbove > 0 && len(s) > f.IgnoreAbove && utf8.RuneCountInString(s) > f.IgnoreAbove {
				continue
			}
			if f.Lowercase {
				s = eqlfunc.Lower(s)
			}
			w.String(s)
		}
	}
}

func wholeRange(typ string) (lo, hi int64) {
	switch typ {
	case "byte":
		return math.MinInt8, math.MaxInt8
	case "short":
		return math.MinInt16, math.MaxInt16
	case "integer":
		return math.MinInt32, math.MaxInt32
	}
	return math.MinInt64, math.MaxInt64
}

// whole is a value as a whole number: parts after the point are cut off.
func whole(v *event.Value) (int64, bool) {
	switch v.Kind {
	case event.Int:
		return int64(v.Bits), true
	case event.Float:
		d := math.Trunc(math.Float64frombits(v.Bits))
		return int64(d), d >= -1<<63 && d < 1<<63
	case event.String:
		if n, err := strconv.ParseInt(v.Text, 10, 64); err == nil {
			return n, true
		}
		d, err := strconv.ParseFloat(v.Text, 64)
		d = math.Trunc(d)
		return int64(d), err == nil && d >= -1<<63 && d < 1<<63
	}
	return 0, false
}

func unsigned(v *event.Value) (uint64, bool) {
	switch v.Kind {
	case event.Int:
		return v.Bits, int64(v.Bits) >= 0
	case event.Uint:
		return v.Bits, true
	case event.Float, event.String:
		if n, err := strconv.ParseUint(v.Text, 10, 64); err == nil {
			return n, true
		}
		if len(v.Text) > 64 {
			return 0, false
		}
		r, ok := new(big.Float).SetPrec(128).SetString(v.Text)
		if !ok || r.Sign() < 0 || r.IsInf() {
			return 0, false
		}
		n, _ := r.Uint64()
		return n, r.Cmp(new(big.Float).SetUint64(math.MaxUint64)) <= 0
	}
	return 0, false
}

func readDouble(f *Field) func(vs []event.Value, w *block.Builder) {
	narrow := func(d float64) float64 { return d }
	switch f.Type {
	case "float":
		narrow = func(d float64) float64 { return float64(float32(d)) }
	case "half_float":
		narrow = halfFloat
	case "scaled_float":
		if f.Scale > 0 {
			narrow = func(d float64) float64 { return math.Round(d*f.Scale) / f.Scale }
		}
	}
	return func(vs []event.Value, w *block.Builder) {
		for i := range vs {
			var d float64
			switch v := &vs[i]; v.Kind {
			case event.Int:
				d = float64(int64(v.Bits))
			case event.Uint:
				d = float64(v.Bits)
			case event.Float:
				d = math.Float64frombits(v.Bits)
			case event.String:
				p, err := strconv.ParseFloat(strings.TrimSpace(v.Text), 64)
				if err != nil {
					continue
				}
				d = p
			default:
				continue
			}
			if d = narrow(d); !math.IsInf(d, 0) && !math.IsNaN(d) {
				w.Double(d)
			}
		}
	}
}

// halfFloat rounds to the nearest number of 16 bits.
func halfFloat(d float64) float64 {
	a := math.Abs(d)
	if a == 0 {
		return d
	}
	exp := math.Floor(math.Log2(a))
	step := math.Ldexp(1, int(math.Max(exp, -14))-10)
	r := math.RoundToEven(a/step) * step
	if r > 65504 {
		r = math.Inf(1)
	}
	return math.Copysign(r, d)
}

func readDate(f *Field, as block.Type) func(vs []event.Value, w *block.Builder) {
	format, err := esdate.NewFormat(f.Format)
	if err != nil {
		format = esdate.Default()
	}
	if f.Format == "" && f.Type == "date_nanos" {
		if nanos, err := esdate.NewFormat("strict_date_optional_time_nanos||epoch_millis"); err == nil {
			format = nanos
		}
	}
	return func(vs []event.Value, w *block.Builder) {
		for i := range vs {
			v := &vs[i]
			if v.Kind == event.Bool {
				continue
			}
			in, ok := format.Value(v.Text)
			if !ok {
				continue
			}
			if as != block.DateNanos {
				w.Long(in.Milli)
				continue
			}
			if f.Type == "date" {
				in = in.Floor()
			}
			if in.Milli >= 0 && in.Milli <= math.MaxInt64/1000000-1 {
				w.Long(in.Milli*1000000 + int64(in.Nano))
			} else if in.Milli == math.MaxInt64/1000000 && int64(in.Nano) <= math.MaxInt64%1000000 {
				w.Long(in.Milli*1000000 + int64(in.Nano))
			}
		}
	}
}

// readPoint reads texts, and pairs of numbers: longitude, latitude.
func readPoint(vs []event.Value, w *block.Builder) {
	var numbers []float64
	for i := range vs {
		v := &vs[i]
		if v.Kind != event.String {
			if d, err := strconv.ParseFloat(v.Text, 64); err == nil {
				numbers = append(numbers, d)
			}
			continue
		}
		if p, err := fn.ParsePoint(v.Text, true); err == nil {
			w.String(p)
		} else if lat, lon, ok := strings.Cut(v.Text, ","); ok {
			y, err1 := strconv.ParseFloat(strings.TrimSpace(lat), 64)
			x, err2 := strconv.ParseFloat(strings.TrimSpace(lon), 64)
			if err1 == nil && err2 == nil {
				w.String(block.Point(x, y))
			}
		}
	}
	for i := 0; i+1 < len(numbers); i += 2 {
		w.String(block.Point(numbers[i], numbers[i+1]))
	}
}
