package rule

import "testing"

func benchmarkCorpus(b *testing.B, work func(name string, src []byte)) {
	type file struct {
		name string
		src  []byte
	}
	var files []file
	size := 0
	corpus(b, func(name string, src []byte) {
		files = append(files, file{name, src})
		size += len(src)
	})
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range files {
			work(f.name, f.src)
		}
	}
}

// BenchmarkParse reads all public rule files.
func BenchmarkParse(b *testing.B) {
	benchmarkCorpus(b, func(name string, src []byte) { Parse(name, src) })
}

// BenchmarkParseAndSchema reads all public rule files and checks them against the schema.
func BenchmarkParseAndSchema(b *testing.B) {
	benchmarkCorpus(b, func(name string, src []byte) {
		f, _ := Parse(name, src)
		f.ValidateSchema()
	})
}

// BenchmarkLoadSchema decodes and links the embedded schema, which each process does once.
func BenchmarkLoadSchema(b *testing.B) {
	for b.Loop() {
		if _, err := parseSchema(schemaJSON); err != nil {
			b.Fatal(err)
		}
	}
}
