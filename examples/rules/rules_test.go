// Package rules_test runs the fixtures of the example rules with go test.
package rules_test

import (
	"os"
	"testing"

	"github.com/rulevet/rulevet/rule/ruletest"
)

func TestRules(t *testing.T) {
	ruletest.Run(t, os.DirFS("."))
}
