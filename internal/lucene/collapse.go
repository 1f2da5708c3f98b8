package lucene

// collapse does what Elasticsearch does to a pattern before Lucene reads it: of quantifiers in a row that are one
// character each one is left, the same if all are equal and else "*". Escaped characters, classes and quoted text stay as
// they are; a class ends at the first "]" here. offsets are those of the characters of out in the pattern, nil if nothing
// changed.
func collapse(pattern string) (out string, offsets []int) {
	var buf []byte
	closing := byte(0) // of the class or quoted text in which i is
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '\\' && i+1 < len(pattern):
			if buf != nil {
				buf, offsets = append(buf, c, pattern[i+1]), append(offsets, i, i+1)
			}
			i++
			continue
		case closing != 0:
			if c == closing {
				closing = 0
			}
		case c == '[':
			closing = ']'
		case c == '"':
			closing = '"'
		case quantifier(c):
			end := i + 1
			for end < len(pattern) && quantifier(pattern[end]) {
				if pattern[end] != c {
					c = '*'
				}
				end++
			}
			if end > i+1 && buf == nil {
				buf = append(make([]byte, 0, len(pattern)), pattern[:i]...)
				for k := range i {
					offsets = append(offsets, k)
				}
			}
			if buf != nil {
				buf, offsets = append(buf, c), append(offsets, i)
			}
			i = end - 1
			continue
		}
		if buf != nil {
			buf, offsets = append(buf, c), append(offsets, i)
		}
	}
	if buf == nil {
		return pattern, nil
	}
	return string(buf), append(offsets, len(pattern))
}

func quantifier(c byte) bool { return c == '?' || c == '*' || c == '+' }
