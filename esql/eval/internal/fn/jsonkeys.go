package fn

// jsonKeys are the keys of the objects around the cursor of a walk, to find those that an object has twice.
type jsonKeys struct {
	keys    []string
	objects []jsonObject
}

// jsonObject is an object whose keys are read.
type jsonObject struct {
	from int             // its first key
	seen uint64          // a bit by a few traits of each key
	all  map[string]bool // once there are many
}

// manyKeys is how many keys of an object are compared one by one.
const manyKeys = 32

func (k *jsonKeys) open() {
	k.objects = append(k.objects, jsonObject{from: len(k.keys)})
}

func (k *jsonKeys) close() {
	last := len(k.objects) - 1
	k.keys = k.keys[:k.objects[last].from]
	k.objects = k.objects[:last]
}

// add notes a key of the innermost object; it reports false if that has it.
func (k *jsonKeys) add(key string) bool {
	o := &k.objects[len(k.objects)-1]
	trait := uint64(1)
	if n := len(key); n > 0 {
		trait <<= (uint(n)*31 + uint(key[0])*7 + uint(key[n-1])*13 + uint(key[n/2])) & 63
	}
	again := o.seen&trait != 0
	o.seen |= trait
	switch {
	case o.all != nil:
		if o.all[key] {
			return false
		}
		o.all[key] = true
		return true
	case len(k.keys)-o.from == manyKeys:
		o.all = make(map[string]bool, 2*manyKeys)
		for _, old := range k.keys[o.from:] {
			o.all[old] = true
		}
		if again && o.all[key] {
			return false
		}
		o.all[key] = true
		return true
	case again:
		for _, old := range k.keys[o.from:] {
			if old == key {
				return false
			}
		}
	}
	k.keys = append(k.keys, key)
	return true
}
