package bench

import "testing"

func TestEnginesAgree(t *testing.T) {
	for _, s := range Samples {
		for _, e := range Engines {
			m, err := e.Prepare(s.Doc)
			if err != nil {
				t.Fatalf("%s: %v", e.Name, err)
			}
			if got, err := m(); err != nil || got != s.Want {
				t.Errorf("%s: %s says %v (%v), want %v", s.Name, e.Name, got, err, s.Want)
			}
		}
	}
}

func TestScannersAgree(t *testing.T) {
	data := Process(2000)
	want, err := Scanners[0].Scan(data)
	if err != nil || want == 0 || want == 2000 {
		t.Fatalf("%s: %d matches, %v", Scanners[0].Name, want, err)
	}
	for _, s := range Scanners[1:] {
		if got, err := s.Scan(data); err != nil || got != want {
			t.Errorf("%s: %d matches (%v), want %d", s.Name, got, err, want)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, s := range Samples {
		for _, e := range Engines {
			b.Run(e.Name+"/"+s.Name, func(b *testing.B) {
				m, err := e.Prepare(s.Doc)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if got, err := m(); err != nil || got != s.Want {
						b.Fatal("wrong verdict", got, err)
					}
				}
			})
		}
	}
}

func BenchmarkNDJSON(b *testing.B) {
	data := Process(20_000)
	for _, s := range Scanners {
		b.Run(s.Name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Scan(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("simdjson-go, parsing only", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		var p Parser
		for b.Loop() {
			if err := p.Parse(data); err != nil {
				b.Skip(err)
			}
		}
	})
}
