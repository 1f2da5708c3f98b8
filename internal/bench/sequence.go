package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
)

// Stream is a timeline of process starts, every tenth event a connection of a process that started five events before.
type Stream struct {
	Step time.Duration // from one event to the next
	Keys int           // processes before their ids come again; 0 = never
}

// NDJSON writes the events [from, to).
func (s Stream) NDJSON(from, to int) []byte {
	var b bytes.Buffer
	start := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	for i := from; i < to; i++ {
		at := start.Add(time.Duration(i) * s.Step).Format("2006-01-02T15:04:05.000Z")
		head := `{"@timestamp":"` + at + `","agent":{"type":"endpoint","version":"9.2.1"},"ecs":{"version":"9.2.0"},"event":{"kind":"event","category":["`
		if i%10 == 9 {
			id := s.id(i - 5)
			fmt.Fprintf(&b, head+`network"],"type":["start"]},"host":{"id":"h%d","os":{"type":"windows"}},"process":{"entity_id":"p-%08d","name":"cmd.exe"},"destination":{"ip":"203.0.113.7","port":443}}`+"\n", id%100, id)
			continue
		}
		fmt.Fprintf(&b, head+`process"],"type":["start"]},"host":{"id":"h%d","os":{"type":"windows"}},"process":{"entity_id":"p-%08d","name":"cmd.exe","executable":"C:\\Windows\\cmd.exe","args":["cmd.exe","/c","whoami"]}}`+"\n", s.id(i)%100, s.id(i))
	}
	return b.Bytes()
}

func (s Stream) id(i int) int {
	if s.Keys > 0 {
		return i % s.Keys
	}
	return i
}

// Search is a running sequence of two steps by two keys.
type Search struct {
	Results int
	run     *eval.Run
	dec     *event.Decoder
	rec     event.Record
	index   int
}

// NewSearch starts the sequence with a maxspan such as "10m".
func NewSearch(maxspan string) (*Search, error) {
	p, err := Compile(`sequence by host.id, process.entity_id with maxspan=` + maxspan + `
		[process where event.type == "start" and process.name : "cmd.exe"]
		[network where destination.port == 443]`)
	if err != nil {
		return nil, err
	}
	return &Search{run: p.NewRun(true), dec: event.NewDecoder(p.Layout())}, nil
}

// Feed reads events. Results are counted as they come.
func (s *Search) Feed(data []byte) error {
	r, err := event.NewReader("events", bytes.NewReader(data))
	if err != nil {
		return err
	}
	for {
		if _, err := r.Read(s.dec, &s.rec); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := s.run.Feed(&s.rec, eval.Ref{Index: s.index}); err != nil {
			return err
		}
		if s.index++; s.index%1000 == 0 {
			s.Results += len(s.run.Drain())
		}
	}
}

// LiveHeap is the memory in use after a collection, in bytes.
func LiveHeap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
