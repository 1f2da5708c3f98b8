package backward

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var digits = regexp.MustCompile(`[0-9]+`)

// others are values like those that a column has, the i-th of each kind.
func (x *group) others(field string, old []any, i int) []any {
	var out []any
	if v := x.value(x.s, field, i); v != nil {
		out = append(out, v)
	}
	if len(old) == 0 {
		return out
	}
	switch v := plainValue(old[0]).(type) {
	case int64:
		out = append(out, v+int64(i), v-int64(i))
	case float64:
		out = append(out, v+float64(i))
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return append(out, at.Add(time.Duration(i)*time.Millisecond).UTC().Format(timeLayout))
		}
		if a, err := netip.ParseAddr(v); err == nil {
			for range i {
				a = a.Next()
			}
			return append(out, a.String())
		}
		n := fmt.Sprint(i)
		for _, loc := range digits.FindAllStringIndex(v, 3) {
			if k, err := strconv.Atoi(v[loc[0]:loc[1]]); err == nil {
				out = append(out, v[:loc[0]]+strconv.Itoa(k+i)+v[loc[1]:])
			}
		}
		out = append(out, v+"-"+n, n+"-"+v)
		for _, at := range []string{"x", "/", ".", " ", "="} { // inside, where a pattern may leave room
			if k := strings.LastIndex(v, at); k >= 0 {
				out = append(out, v[:k+len(at)]+n+v[k+len(at):], v[:k]+n+v[k:])
			}
			if k := strings.Index(v, at); k >= 0 {
				out = append(out, v[:k+len(at)]+n+v[k+len(at):])
			}
		}
	}
	return out
}
