package event

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// endless is an input without end: a head, then one byte for ever. It counts what is taken from it.
type endless struct {
	head string
	fill byte
	read int
}

func (e *endless) Read(b []byte) (int, error) {
	n := copy(b, e.head)
	e.head = e.head[n:]
	for i := n; i < len(b); i++ {
		b[i] = e.fill
	}
	e.read += len(b)
	return len(b), nil
}

// TestEndlessRecord: a record without end is given up at MaxRecord, whatever its form.
func TestEndlessRecord(t *testing.T) {
	for name, in := range map[string]*endless{
		"string":            {head: `{"a":"`, fill: 'x'},
		"escapes":           {head: `{"a":"`, fill: '\\'},
		"white space":       {head: `{"a":`, fill: '\n'},
		"depth":             {head: `{"a":`, fill: '['},
		"in an array":       {head: `[{"a":1},{"a":"`, fill: 'x'},
		"in a response":     {head: `{"hits":{"hits":[{"_source":{"a":"`, fill: 'x'},
		"behind an action":  {head: "{\"index\":{}}\n{\"a\":\"", fill: 'x'},
		"a line of objects": {head: "{}{}{}{\"a\":[", fill: ' '},
	} {
		t.Run(name, func(t *testing.T) {
			var l Layout
			l.Add("a")
			d, rec := NewDecoder(&l), new(Record)
			r, err := NewReader("in", in)
			for err == nil {
				_, err = r.Read(d, rec)
			}
			if err == nil || !strings.Contains(err.Error(), "record larger than 64 MiB") {
				t.Errorf("error %v, want one about the size", err)
			}
			if in.read > MaxRecord+1<<20 {
				t.Errorf("%d bytes were read before the record was given up", in.read)
			}
		})
	}
}

// TestEndlessGarbage: an input that holds no event need not end either; it is given up after as much, also behind events.
func TestEndlessGarbage(t *testing.T) {
	for name, tt := range map[string]struct {
		in     *endless
		events int
	}{
		"a device":          {in: &endless{fill: 0}},
		"behind an event":   {in: &endless{head: "{\"a\":1}\n", fill: 'x'}, events: 1},
		"behind a torn one": {in: &endless{head: "{\"a\":\"x\n", fill: 'x'}},
		"lines":             {in: &endless{head: "{\"a\":}}\n", fill: ']'}, events: 1},
		"in an array":       {in: &endless{head: "[{\"a\":1}\n", fill: 'x'}, events: 1},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := NewReader("in", tt.in)
			if err != nil {
				t.Fatal(err)
			}
			events, last := 0, err
			for range 10 {
				if _, err = r.Next(); err == nil {
					events++
				} else if errors.Is(err, io.EOF) {
					break
				} else {
					last = err
				}
			}
			var input *InputError
			if !errors.Is(err, io.EOF) || !errors.As(last, &input) || !input.Ended || !strings.Contains(last.Error(), "no event in 64 MiB") {
				t.Errorf("%v, then %v: want one about the missing events, then the end", last, err)
			}
			if events != tt.events || tt.in.read > MaxRecord+1<<20 {
				t.Errorf("%d events, want %d; %d bytes were read", events, tt.events, tt.in.read)
			}
		})
	}
}

// TestCompressedBomb: what unpacks to far more than it is ends like any other record that is too large.
func TestCompressedBomb(t *testing.T) {
	in := io.MultiReader(strings.NewReader(`{"a":"`), io.LimitReader(&endless{fill: '0'}, MaxRecord+1<<20))
	plain, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	_, _ = z.Write(plain)
	_ = z.Close()
	bomb, _ := zstd.NewWriter(nil)
	for name, data := range map[string][]byte{"gzip": packed.Bytes(), "zstd": bomb.EncodeAll(plain, nil)} {
		if len(data) > len(plain)/100 {
			t.Fatalf("%s: %d bytes are no bomb", name, len(data))
		}
		r, err := NewReader(name, bytes.NewReader(data))
		if err == nil {
			_, err = r.Next()
			r.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "record larger than 64 MiB") {
			t.Errorf("%s: error %v, want one about the size", name, err)
		}
	}
}

// TestTruncated: an archive that is cut off anywhere is an error, never a short input.
func TestTruncated(t *testing.T) {
	plain := strings.Repeat("{\"a\":\"some text\",\"b\":[1,2,3]}\n", 100)
	enc, _ := zstd.NewWriter(nil)
	for name, data := range map[string][]byte{"gzip": []byte(compress(plain)), "zstd": enc.EncodeAll([]byte(plain), nil)} {
		for n := 5; n < len(data); n++ {
			if _, err := readAll(string(data[:n])); err == nil {
				t.Errorf("%s: the first %d of %d bytes are read without an error", name, n, len(data))
			}
		}
	}
}

// TestLongLine reads a line of 50 MB, and keeps none of the memory that it took.
func TestLongLine(t *testing.T) {
	const part, times = `C:\\a \"b\" `, 50 << 20 / 12
	in := `{"b":6,"a":"` + strings.Repeat(part, times) + `","b":7}` + "\n{\"b\":8}\n"
	var l Layout
	a, b := l.Add("a"), l.Add("b")
	d, rec := NewDecoder(&l), new(Record)
	r, err := NewReader("in", strings.NewReader(in))
	if err == nil {
		_, err = r.Read(d, rec)
	}
	if err != nil {
		t.Fatal(err)
	}
	if text := rec.Values(a)[0].Text; text != strings.Repeat(`C:\a "b" `, times) || len(rec.Values(b)) != 2 {
		t.Errorf("a text of %d bytes and b %v", len(text), rec.Values(b))
	}
	if _, err := r.Read(d, rec); err != nil || rec.Values(b)[0].Bits != 8 {
		t.Errorf("behind the long line: %v, b %v", err, rec.Values(b))
	}
	if cap(rec.texts) > maxTexts || cap(d.scan.blocks) > maxKept || cap(r.buf) > maxBuffer {
		t.Errorf("%d bytes of text, %d blocks and a buffer of %d bytes are kept", cap(rec.texts), cap(d.scan.blocks), cap(r.buf))
	}
}

// TestDeep: nesting of any depth ends in an error, in documents and in what surrounds them.
func TestDeep(t *testing.T) {
	const depth = 100_000
	for name, in := range map[string]string{
		"skipped objects": `{"x":` + strings.Repeat(`{"y":`, depth) + "1" + strings.Repeat("}", depth+1),
		"wanted objects":  strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth),
		"wanted arrays":   `{"a":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + "}",
		"hits":            `{"hits":` + strings.Repeat(`{"hits":`, depth) + "1" + strings.Repeat("}", depth+1),
		"_source":         strings.Repeat(`{"_source":`, depth) + "{}" + strings.Repeat("}", depth),
		"action":          `{"index":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + "}\n{}",
	} {
		t.Run(name, func(t *testing.T) {
			var l Layout
			l.Add("a" + strings.Repeat(".a", 2000))
			r, err := NewReader("in", strings.NewReader(in+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Read(NewDecoder(&l), new(Record))
			var input *InputError
			if !errors.As(err, &input) || !strings.Contains(err.Error(), "nested more than 500 deep") {
				t.Errorf("error %v, want one about the depth", err)
			}
		})
	}
}
