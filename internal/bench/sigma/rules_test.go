package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/eql"
)

// TestRules wants rules that parse, differ, and are the same in every run; what they find is compared with rsigma by the program itself.
func TestRules(t *testing.T) {
	seen := map[string]bool{}
	again := rules(200)
	for i, r := range rules(200) {
		if r != again[i] {
			t.Fatalf("%s differs from run to run", r.title)
		}
		_, issues := eql.Parse(r.eql)
		if len(issues) > 0 {
			t.Errorf("%s: %v", r.eql, issues)
		}
		if seen[r.eql] {
			t.Errorf("%s is there twice", r.eql)
		}
		seen[r.eql] = true
		if strings.Count(r.sigma, " and not filter") != strings.Count(r.eql, " and not (") {
			t.Errorf("%s\n%s", r.eql, r.sigma)
		}
	}
	var events bytes.Buffer
	if err := writeEvents(&events, 1000); err != nil || bytes.Count(events.Bytes(), []byte("\n")) != 1000 {
		t.Errorf("%d bytes of events, %v", events.Len(), err)
	}
}
