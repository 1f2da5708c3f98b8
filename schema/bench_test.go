package schema

import "testing"

// BenchmarkOpen measures opening the catalog and one lookup on two patterns: what a rule file costs at first.
func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		c, err := New()
		if err != nil {
			b.Fatal(err)
		}
		v := c.View(Request{Indexes: []string{"logs-endpoint.events.process-*", "winlogbeat-*"}}, "")
		if v.Describe("process.name").Presence != Known {
			b.Fatal("process.name is unknown")
		}
	}
	b.ReportAllocs()
}

// BenchmarkLookup measures a lookup that no cache answers.
func BenchmarkLookup(b *testing.B) {
	v := open(b).View(Request{Indexes: []string{"logs-endpoint.events.process-*", "winlogbeat-*", "logs-windows.sysmon_operational-*", "logs-system.security*", "endgame-*"}}, "")
	for b.Loop() {
		v.lookup("process.parent.executable")
	}
	b.ReportAllocs()
}
