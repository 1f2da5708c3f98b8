package search

import "github.com/rulevet/rulevet/internal/spill"

// AppendResult adds the bytes that ReadResult takes: for results that are kept in a file.
func AppendResult(b []byte, r Result) []byte {
	b = spill.AppendBool(b, r.Keys != nil)
	b = spill.AppendInt(b, int64(len(r.Keys)))
	for _, k := range r.Keys {
		if b = spill.AppendBool(b, k != nil); k != nil {
			b = spill.AppendBytes(b, *k)
		}
	}
	b = spill.AppendInt(b, int64(len(r.Events)))
	for _, e := range r.Events {
		if b = spill.AppendBool(b, e != nil); e != nil {
			b = appendRef(b, e)
		}
	}
	return b
}

func appendRef(b []byte, r *Ref) []byte {
	b = spill.AppendInt(b, int64(r.Index))
	b = spill.AppendInt(b, r.Origin)
	b = spill.AppendBytes(b, r.ID)
	b = spill.AppendBool(b, r.Source != nil)
	return spill.AppendBytes(b, r.Source)
}

// ReadResult reads what AppendResult has written. The result keeps b.
func ReadResult(b []byte) (Result, error) {
	in := spill.NewReader(b)
	var r Result
	if in.Bool() {
		r.Keys = []*string{}
	}
	for range in.Len() {
		var key *string
		if in.Bool() {
			text := string(in.Bytes())
			key = &text
		}
		r.Keys = append(r.Keys, key)
	}
	for range in.Len() {
		var e *Ref
		if in.Bool() {
			e = readRef(in)
		}
		r.Events = append(r.Events, e)
	}
	return r, in.Err()
}

func readRef(in *spill.Reader) *Ref {
	r := &Ref{Index: int(in.Int()), Origin: in.Int(), ID: string(in.Bytes())}
	has := in.Bool()
	if source := in.Bytes(); has {
		r.Source = source
	}
	return r
}

// resultSize is the memory that a result takes, roughly.
func resultSize(r Result) int {
	n := 100
	for _, k := range r.Keys {
		if n += 24; k != nil {
			n += len(*k)
		}
	}
	for _, e := range r.Events {
		if n += 8; e != nil {
			n += 80 + len(e.ID) + len(e.Source)
		}
	}
	return n
}
