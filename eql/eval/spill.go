package eval

import (
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/spill"
	"github.com/rulevet/rulevet/search"
)

// maxLimited is the greatest limit of results that are kept in memory although the run spills.
const maxLimited = 1000

// Spill makes the run keep what is beyond about limit bytes of results, and as much of events that are to be sorted, in a file without a name
// in the folder of temporary files. It must be called before the first event and goes with Each and Close in the place of Finish; Drain returns
// nothing. Samples are kept in memory.
func (r *Run) Spill(limit int) {
	if r.samples != nil {
		return
	}
	if len(r.p.limits) == 0 || r.p.limits[0].n > maxLimited {
		r.sorted = spill.NewSorter(limit, spill.Codec[ranked]{
			Compare: func(a, b ranked) int { return a.compare(&b) }, Size: ranked.size, Append: appendRanked, Read: readRanked})
	}
	r.waiting = spill.NewSorter(limit, spill.Codec[*entry]{
		Compare: func(a, b *entry) int { return a.ord.compare(&b.ord) }, Size: func(e *entry) int { return entrySize(&e.ref) },
		Append: appendEntry, Read: readEntry})
}

// Close lets go of what a run that was made to spill keeps outside of memory. Each does so too.
func (r *Run) Close() {
	if r.sorted != nil {
		r.sorted.Close()
	}
	if r.waiting != nil {
		r.waiting.Close()
	}
}

// Each hands over what Finish would return, one result after the other, until f fails. The error is that of f, or of the file that Spill uses.
func (r *Run) Each(f func(Result) error) error {
	defer r.Close()
	if r.waiting != nil {
		if err := r.waiting.Each(func(e *entry) error { r.machine.step(e); return nil }); err != nil {
			return err
		}
	}
	if r.sorted == nil {
		for _, x := range r.Finish() {
			if err := f(x); err != nil {
				return err
			}
		}
		return nil
	}
	if r.machine != nil {
		r.machine.finish()
	}
	from, to := window(r.p.limits, int64(r.sorted.Len()))
	at := int64(0)
	return r.sorted.Each(func(x ranked) error {
		if at++; at <= from || at > to {
			return nil
		}
		return f(x.Result)
	})
}

func (x ranked) size() int {
	n := len(x.key) + 24*len(x.Keys)
	for _, e := range x.Events {
		if e != nil {
			n += entrySize(e)
		}
	}
	return n
}

func appendRanked(b []byte, x ranked) []byte {
	b = x.ord.append(b)
	b = spill.AppendBytes(b, x.key)
	return search.AppendResult(b, x.Result)
}

func readRanked(in *spill.Reader) ranked {
	x := ranked{ord: readOrdinal(in), key: tuple(in.Bytes())}
	x.Result = readResult(in)
	return x
}

func readResult(in *spill.Reader) Result {
	r, err := search.ReadResult(in.Rest())
	if err != nil {
		in.Fail(err)
	}
	return r
}

func (o *ordinal) append(b []byte) []byte {
	b = spill.AppendInt(b, o.at.Milli)
	b = spill.AppendInt(b, int64(o.at.Nano))
	b = spill.AppendBool(b, o.none)
	b = spill.AppendInt(b, int64(o.index))
	if b = spill.AppendBool(b, o.tie != nil); o.tie != nil {
		b = spill.AppendInt(b, int64(o.tie.Kind))
		b = spill.AppendInt(b, int64(o.tie.Bits))
		b = spill.AppendInt(b, int64(o.tie.Nano))
		b = spill.AppendBytes(b, o.tie.Str)
	}
	return b
}

func readOrdinal(in *spill.Reader) ordinal {
	var o ordinal
	o.at.Milli, o.at.Nano = in.Int(), int32(in.Int())
	o.none, o.index = in.Bool(), int(in.Int())
	if in.Bool() {
		o.tie = &eqlfunc.Value{Kind: eqlfunc.Kind(in.Int()), Bits: uint64(in.Int()), Nano: int32(in.Int()), Str: string(in.Bytes())}
	}
	return o
}

func appendEntry(b []byte, e *entry) []byte {
	b = e.ord.append(b)
	b = spill.AppendInt(b, int64(len(e.hits)))
	for i, h := range e.hits {
		b = spill.AppendInt(b, int64(h.stage))
		shared := e.sharesKeys(i)
		if b = spill.AppendBool(b, shared); !shared {
			b = appendKeys(b, h.keys)
		}
	}
	b = appendKeys(b, e.until)
	return search.AppendResult(b, Result{Events: []*Ref{&e.ref}})
}

func readEntry(in *spill.Reader) *entry {
	e := &entry{kept: kept{ord: readOrdinal(in)}}
	for i := range in.Len() {
		h := stageHit{stage: int(in.Int())}
		if in.Bool() && i > 0 {
			h.keys = e.hits[i-1].keys
		} else {
			h.keys = readKeys(in)
		}
		e.hits = append(e.hits, h)
	}
	e.until = readKeys(in)
	if r := readResult(in); len(r.Events) == 1 {
		e.ref = *r.Events[0]
	}
	e.copied = &e.kept
	return e
}

func appendKeys(b []byte, keys [][]byte) []byte {
	b = spill.AppendInt(b, int64(len(keys)))
	for _, k := range keys {
		b = spill.AppendBytes(b, k)
	}
	return b
}

func readKeys(in *spill.Reader) [][]byte {
	var keys [][]byte
	for range in.Len() {
		keys = append(keys, in.Bytes())
	}
	return keys
}
