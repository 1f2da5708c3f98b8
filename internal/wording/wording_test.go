package wording

import "testing"

func TestCount(t *testing.T) {
	for want, got := range map[string]string{"1 match": Count(1, "match"), "2 matches": Count(2, "match"), "0 entries": Count(0, "entry"),
		"3 keys": Count(3, "key"), "2 files": Count(2, "file"), "2 indexes": Count(2, "index")} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
