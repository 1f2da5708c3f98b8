package esdate

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestZone: what Elasticsearch 9.5.3 takes as the time_zone of a range, as the offset on a day in May 2024.
func TestZone(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"", "0"}, {"Z", "0"}, {"Zulu", "0"}, {"UTC", "0"}, {"+02:00", "7200"}, {"-0530", "-19800"}, {"+2", "7200"}, {"+02", "7200"}, {"GMT+2", "7200"},
		{"UTC-02:00", "-7200"}, {"UT+2", "7200"}, {"+02:00:30", "7230"}, {"+023015", "9015"}, {"CET", "7200"}, {"Europe/Paris", "7200"},
		{"America/New_York", "-14400"}, {"Etc/GMT-3", "10800"},
		{"EST", "no"}, {"PST", "no"}, {"Local", "no"}, {"foo", "no"}, {"+25:00", "no"}, {"+19:00", "no"}, {"+2:00", "no"}, {"+", "no"}, {"../x", "no"},
	} {
		loc, err := Zone(tt.name)
		got := "no"
		if err == nil {
			if loc == nil {
				loc = time.UTC
			}
			_, offset := time.Date(2024, 5, 1, 0, 0, 0, 0, loc).Zone()
			got = fmt.Sprint(offset)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.name, diff)
		}
	}
}
