package hunt

import "slices"

// timeline counts over spans of time whose width grows with what there is to show.
type timeline struct {
	level  int // index of the width
	counts map[int64]int
}

// maxBuckets is the number of spans above which they become wider.
const maxBuckets = 60

// widths are spans in milliseconds, each a multiple of the one before. Beyond the last they double.
var widths = []int64{1e3, 5e3, 15e3, 60e3, 300e3, 900e3, 3600e3, 4 * 3600e3, 12 * 3600e3, 24 * 3600e3, 7 * 24 * 3600e3}

func width(level int) int64 {
	if level < len(widths) {
		return widths[level]
	}
	return widths[len(widths)-1] << (level - len(widths) + 1)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (t *timeline) add(at int64) {
	if t.counts == nil {
		t.counts = map[int64]int{}
	}
	t.counts[floorDiv(at, width(t.level))]++
	for t.span() > maxBuckets {
		wider := map[int64]int{}
		for i, n := range t.counts {
			wider[floorDiv(i*width(t.level), width(t.level+1))] += n
		}
		t.level, t.counts = t.level+1, wider
	}
}

// span is the number of buckets from the first to the last.
func (t *timeline) span() int64 {
	if len(t.counts) == 0 {
		return 0
	}
	var lo, hi int64 = 1 << 62, -1 << 62
	for i := range t.counts {
		lo, hi = min(lo, i), max(hi, i)
	}
	return hi - lo + 1
}

// buckets lists the spans from the first to the last, empty ones too.
func (t *timeline) buckets() []Bucket {
	out := []Bucket{}
	if len(t.counts) == 0 {
		return out
	}
	var keys []int64
	for i := range t.counts {
		keys = append(keys, i)
	}
	for i := slices.Min(keys); i <= slices.Max(keys); i++ {
		out = append(out, Bucket{isoTime(i * width(t.level)), t.counts[i]})
	}
	return out
}
