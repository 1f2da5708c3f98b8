package predicate

import (
	"hash/maphash"
	"strings"
)

// valueCache remembers which atoms the values of a slot had that came last: most fields of events have few values. Of a field
// whose values hardly come again it does not remember any.
type valueCache struct {
	places  []recentValue
	seed    maphash.Seed
	asked   int
	known   int
	useless bool
	own     []int32 // atoms of a value that is not remembered
}

type recentValue struct {
	text  string
	atoms []int32
	used  bool
}

const (
	recentPlaces = 64
	recentText   = 256 // longer values are not remembered
	recentTrial  = 1 << 10
)

// get returns the atoms of a value; of one that is not known the place to put them in.
func (v *valueCache) get(text string) (atoms []int32, to *[]int32) {
	if v.useless || len(text) > recentText {
		return nil, &v.own
	}
	if v.places == nil {
		v.places, v.seed = make([]recentValue, recentPlaces), maphash.MakeSeed()
	}
	p := &v.places[maphash.String(v.seed, text)%recentPlaces]
	if v.asked++; v.asked == recentTrial {
		v.useless = v.known < recentTrial/4
		v.asked, v.known = 0, 0
		if v.useless {
			v.places = nil
		}
	}
	if p.used && p.text == text {
		v.known++
		return p.atoms, nil
	}
	p.text, p.used = strings.Clone(text), true
	return nil, &p.atoms
}
