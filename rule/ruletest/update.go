package ruletest

import (
	"flag"
	"testing"
)

// updateName is the flag of "go test -update".
const updateName = "update"

// A package-level initialiser runs before those of the test that imports this package: declaring the flag here would
// make the test's own flag "update" panic as a redefinition. So it is declared while the command line is parsed, when
// all declarations are made, on the first flag that "go test" always passes.
func init() {
	if !testing.Testing() {
		return
	}
	testing.Init()
	if f := flag.Lookup("test.paniconexit0"); f != nil {
		f.Value = &declareUpdate{f.Value}
	}
}

// declareUpdate is a boolean flag that declares -update when it is set, unless the test has its own.
type declareUpdate struct{ flag.Value }

// IsBoolFlag lets the flag stand without a value.
func (d *declareUpdate) IsBoolFlag() bool { return true }

// String tolerates the zero value, which package flag asks for its text.
func (d *declareUpdate) String() string {
	if d.Value == nil {
		return ""
	}
	return d.Value.String()
}

// Set implements flag.Value.
func (d *declareUpdate) Set(s string) error {
	if flag.Lookup(updateName) == nil {
		flag.Bool(updateName, false, "write the goldens of detection rule fixtures")
	}
	return d.Value.Set(s)
}

// updateAsked tells whether -update is given; the test's own boolean flag of that name counts as well.
func updateAsked() bool {
	f := flag.Lookup(updateName)
	if f == nil {
		return false
	}
	g, ok := f.Value.(flag.Getter)
	if !ok {
		return false
	}
	asked, _ := g.Get().(bool)
	return asked
}
