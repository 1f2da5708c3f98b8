package check

import (
	"github.com/rulevet/rulevet/rule"
)

// Preset names a choice of checks. The zero value is Default.
type Preset uint8

// Presets: errors and warnings of scope general; the same plus scope house; every check, infos too.
const (
	Default Preset = iota
	Elastic
	Strict
)

// ParsePreset returns the preset of a name; ok is false if there is none.
func ParsePreset(name string) (p Preset, ok bool) {
	switch name {
	case "", "default":
		return Default, true
	case "elastic":
		return Elastic, true
	case "strict":
		return Strict, true
	}
	return Default, false
}

func (p Preset) String() string {
	switch p {
	case Elastic:
		return "elastic"
	case Strict:
		return "strict"
	}
	return "default"
}

// Includes reports whether the preset runs the check.
func (p Preset) Includes(c *Check) bool {
	switch p {
	case Strict:
		return true
	case Elastic:
		return c.Severity >= rule.Warning
	}
	return c.Severity >= rule.Warning && c.Scope == General
}

// Off in Config.Severity switches a check off.
const Off rule.Severity = 0xff

// Config is what .rulevet.toml says, as far as checks need it. The zero value is the default configuration.
type Config struct {
	Preset Preset // which checks run
	// Severity overrides the severity of checks, or switches them Off, by code or by area ("tags/*"); a code wins over
	// its area. A check with a severity of its own here runs whatever the preset.
	Severity map[string]rule.Severity
	Exclude  []Exclude // codes left out for paths
	Stacks   []string  // "9.5.0"; empty = all that are embedded
	Attack   string    // ATT&CK version that mappings are held to, "18.1", or a file with one; empty = wholly valid in one embedded version
	// RuleSchema is a file with a JSON Schema that rules are held to besides; empty = none.
	RuleSchema string
	Schemas    []string // FILE, DIR, PATTERN=FILE or PATTERN=DIR laid over the field catalog (see package overlay)
	Vocabulary
	Fixtures FixtureGate // what fixtures a rule must have
	lazyVocabulary
}

// Exclude switches checks off for files.
type Exclude struct {
	Paths []string // globs from the repository root, ** included
	Codes []string // codes or areas; empty = all checks
}

// FixtureGate says what fixtures a rule must have. Zero values ask for nothing.
type FixtureGate struct {
	MinCases int     // cases that match and cases that do not, at least so many of each
	Coverage float64 // conditions seen both ways, 0 to 1
	Mutation float64 // mutants killed, 0 to 1
	// Cross asks which rules match in the fixtures of others.
	Cross      bool
	CrossAllow map[string][]string // what is expected: the stem of the rule with the fixtures, to the stems of those that may match in them; globs both
}
