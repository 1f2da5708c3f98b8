package near

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNames(t *testing.T) {
	names := []string{"severity", "severity_mapping", "risk_score", "low", "high", "tags", "to", "name"}
	for _, tt := range []struct {
		word string
		want []string
	}{
		{"severty", []string{"severity"}},
		{"sevreity", []string{"severity"}},
		{"Risk-Score", []string{"risk_score"}},
		{"hihg", []string{"high"}},
		{"tag", []string{"tags"}},
		{"severity", nil}, // itself
		{"xy", nil},
		{"completely_different", nil},
		{"", nil},
	} {
		if diff := cmp.Diff(tt.want, Names(tt.word, names)); diff != "" {
			t.Errorf("Names(%q) (-want +got):\n%s", tt.word, diff)
		}
	}
}
