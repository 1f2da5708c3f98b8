package eval

import (
	"testing"

	"github.com/rulevet/rulevet/internal/fuzzrand"
)

// The targets are the differential tests, whose generators take their choices from the fuzzer: the engine against the reference
// evaluator, sequences against two other matchers, sets of programs against the programs one by one.

func FuzzConditions(f *testing.F) {
	seedChoices(f)
	f.Fuzz(func(t *testing.T, choices []byte) {
		g := &gen{Rand: fuzzrand.New(choices)}
		g.mapped, g.opts.LiteralNeedles = g.chance(2), g.chance(4)
		compareWithReference(t, g, "any where "+g.cond(3))
	})
}

func FuzzSequences(f *testing.F) {
	seedChoices(f)
	f.Fuzz(func(t *testing.T, choices []byte) {
		g := &gen{Rand: fuzzrand.New(choices)}
		if g.chance(2) {
			compareWithStaged(t, g)
		} else {
			compareKeys(t, g)
		}
	})
}

func FuzzSet(f *testing.F) {
	seedChoices(f)
	f.Fuzz(func(t *testing.T, choices []byte) {
		g := &gen{Rand: fuzzrand.New(choices)}
		if g.chance(2) {
			compareSetOfConditions(t, g, 6, 6) // few: a small change shall show
		} else {
			compareSetOfSequences(t, g, 4)
		}
	})
}

// seedChoices starts with heads of choices; the generators go on by themselves behind them.
func seedChoices(f *testing.F) {
	for i := range byte(20) {
		f.Add([]byte{i, 3, 5, 7, 11, 13, 17, 19, i * 13, i * 29, i * 71, i, i * 3, 255 - i, i * 101, i * 43})
	}
}
