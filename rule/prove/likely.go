package prove

import (
	"cmp"
	"slices"

	"github.com/rulevet/rulevet/internal/logic"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
)

// maxLikely bounds the rules that are compared with one, so that a set of rules that are all alike takes no time. Those that are looked
// at for it are so many in all that every pair of some 2,200 rules has its turn; of more rules each is held against fewestLooks
// others.
const (
	maxLikely   = 100
	maxLooks    = 5_000_000
	fewestLooks = 300
)

// likely lists the pairs of rules, by number, of which the first may match less than the second: it reads each field of which the second
// demands something.
func likely(compiler *compile.Compiler, files []*rule.File, o OverlapOptions) (out [][2]int) {
	list, byField, byGroup := sketches(compiler, files, o)
	looks := max(maxLooks/max(len(files), 1), fewestLooks)
	for outer, wide := range list {
		if wide == nil {
			continue
		}
		found := 0
		for n, inner := range wide.few(byGroup[wide.group], byField) {
			if found >= maxLikely || n >= looks {
				break
			}
			if inner != outer && list[inner].group == wide.group && !list[inner].fails(wide) &&
				(!o.Equal || !wide.fails(list[inner])) && admits(files[inner].Rule, files[outer].Rule) {
				out = append(out, [2]int{inner, outer})
				found++
			}
		}
	}
	slices.SortFunc(out, func(a, b [2]int) int { return cmp.Or(a[0]-b[0], a[1]-b[1]) })
	return out
}

// sketch is an outline beside others: names are numbers, which compare fast.
type sketch struct {
	group  int
	single bool
	reads  []uint64 // fields, as bits
	needs  []need   // those that few rules have come first: they tell most
	limits [][]int
}

// need is a requirement of a sketch.
type need struct {
	*logic.Requirement
	field int
	alone bool // the rule demands nothing else of the field: several may fulfil together what each fails
}

// numbers gives numbers to what can be compared, in the order in which it is met.
type numbers[T comparable] map[T]int

func (n numbers[T]) of(x T) int {
	i, ok := n[x]
	if !ok {
		i = len(n)
		n[x] = i
	}
	return i
}

// sketches makes those of rules, nil for a rule that does not count, and lists the rules by field that they read and by group.
func sketches(compiler *compile.Compiler, files []*rule.File, o OverlapOptions) (list []*sketch, byField, byGroup [][]int) {
	list = make([]*sketch, len(files))
	groups, fields, wanted, times := numbers[string]{}, numbers[string]{}, map[uint64]int{}, map[int]int{}
	for i, f := range files {
		outline := outlineOf(compiler, f, o)
		if outline == nil {
			continue
		}
		x := &sketch{group: groups.of(outline.group), single: outline.single}
		list[i] = x
		byGroup = append(byGroup, make([][]int, len(groups)-len(byGroup))...)
		byGroup[x.group] = append(byGroup[x.group], i)
		for _, name := range outline.fields {
			n := fields.of(name)
			byField = append(byField, make([][]int, len(fields)-len(byField))...)
			byField[n] = append(byField[n], i)
			x.reads = append(x.reads, make([]uint64, max(0, n/64+1-len(x.reads)))...)
			x.reads[n/64] |= 1 << (n % 64)
		}
		for _, limit := range outline.limits {
			some := make([]int, len(limit))
			for k, name := range limit {
				some[k] = fields.of(name)
			}
			x.limits = append(x.limits, some)
		}
		x.needs = make([]need, len(outline.needs))
		clear(times)
		for k := range outline.needs {
			r := &outline.needs[k]
			x.needs[k] = need{Requirement: r, field: fields.of(r.Field)}
			times[x.needs[k].field]++
			wanted[r.ID]++
		}
		for k := range x.needs {
			x.needs[k].alone = times[x.needs[k].field] == 1
		}
	}
	for _, x := range list {
		if x != nil {
			slices.SortStableFunc(x.needs, func(a, b need) int { return wanted[a.ID] - wanted[b.ID] })
		}
	}
	byField = append(byField, make([][]int, len(fields)-len(byField))...)
	return list, byField, byGroup
}

// outlineOf is the outline of a rule; nil if it has none.
func outlineOf(compiler *compile.Compiler, f *rule.File, o OverlapOptions) *Outline {
	if o.Outline != nil {
		if known, done := o.Outline(f); known != nil || done {
			return known
		}
	}
	p, err := compiler.Compile(f, compile.Options{Now: Now()})
	if err != nil {
		return nil
	}
	return NewStudy(p).Outline()
}

// few are the rules, by number and sorted, that may be within a rule: of all in its group, those that read a field of the rarest of its
// demands.
func (x *sketch) few(all []int, byField [][]int) []int {
	few := all
	for _, n := range x.needs {
		if have := byField[n.field]; len(have) < len(few) {
			few = have
		}
	}
	var rarest []int
	least := len(few)
	for _, limit := range x.limits {
		n := 0
		for _, field := range limit {
			n += len(byField[field])
		}
		if n < least {
			least, rarest = n, limit
		}
	}
	switch len(rarest) {
	case 0:
		return few
	case 1:
		return byField[rarest[0]]
	}
	few = nil
	for _, field := range rarest {
		few = append(few, byField[field]...)
	}
	slices.Sort(few)
	return slices.Compact(few)
}

// fails reports whether something that another rule demands is visibly not demanded.
func (x *sketch) fails(outer *sketch) bool {
	if x.single && outer.single {
		for i := range outer.needs {
			want := &outer.needs[i]
			for k := range x.needs {
				if n := &x.needs[k]; n.field == want.field {
					if n.alone && (n.ID != want.ID || n.Not != want.Not) && n.Fails(*want.Requirement) {
						return true
					}
					break
				}
			}
		}
	}
	for _, limit := range outer.limits {
		if !slices.ContainsFunc(limit, x.has) {
			return true
		}
	}
	return false
}

// has reports whether a rule reads a field.
func (x *sketch) has(field int) bool {
	return field/64 < len(x.reads) && x.reads[field/64]>>(field%64)&1 != 0
}
