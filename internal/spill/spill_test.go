package spill

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// item is ordered by its number alone.
type item struct {
	number int
	text   string
	flag   bool
}

var items = Codec[item]{
	Compare: func(a, b item) int { return cmp.Compare(a.number, b.number) },
	Size:    func(x item) int { return 32 + len(x.text) },
	Append: func(b []byte, x item) []byte {
		return AppendBool(AppendBytes(AppendInt(b, int64(x.number)), x.text), x.flag)
	},
	Read: func(r *Reader) item { return item{int(r.Int()), string(r.Bytes()), r.Bool()} },
}

// TestSorter: whatever the limit, values come as from a stable sort.
func TestSorter(t *testing.T) {
	g := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 100, 3000} {
		var want []item
		for i := range n {
			want = append(want, item{g.IntN(n) - n/2, strings.Repeat("x", g.IntN(50)) + string(rune('a'+i%26)), i%2 == 0})
		}
		for _, limit := range []int{0, 100, 5000, 1 << 20} {
			s := NewSorter(limit, items)
			for _, x := range want {
				s.Add(x)
			}
			if s.Len() != n {
				t.Errorf("Len is %d, expected %d", s.Len(), n)
			}
			var got []item
			if err := s.Each(func(x item) error { got = append(got, x); return nil }); err != nil {
				t.Fatal(err)
			}
			sorted := slices.Clone(want)
			slices.SortStableFunc(sorted, items.Compare)
			if diff := gocmp.Diff(sorted, got, gocmp.AllowUnexported(item{})); diff != "" {
				t.Errorf("%d values, limit %d (-want +got):\n%s", n, limit, diff)
			}
			if s.Len() != 0 || s.file != nil {
				t.Error("the sorter is not empty behind Each")
			}
		}
	}
}

// TestReader: a record that is not what it should be gives an error and zero values, whatever is asked for.
func TestReader(t *testing.T) {
	whole := AppendBool(AppendBytes(AppendInt(AppendInt(nil, -5), 2), "ab"), true)
	read := func(b []byte) (a int64, n int, text string, flag bool, err error) {
		r := NewReader(b)
		a, n, text, flag = r.Int(), r.Len(), string(r.Bytes()), r.Bool()
		return a, n, text, flag, r.Err()
	}
	if a, n, text, flag, err := read(whole); a != -5 || n != 2 || text != "ab" || !flag || err != nil {
		t.Errorf("%d %d %q %v %v", a, n, text, flag, err)
	}
	for i := range whole {
		if _, _, _, flag, err := read(whole[:i]); err == nil || flag {
			t.Errorf("cut at %d: %v %v", i, flag, err)
		}
	}
	if _, n, _, _, err := read(AppendInt(AppendInt(nil, 0), 1<<40)); n != 0 || err == nil {
		t.Errorf("%d elements, %v", n, err)
	}
}
