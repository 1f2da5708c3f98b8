package lint

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/rulevet/rulevet/rule"
)

// Checks returns the built-in checks, sorted by code.
func Checks() []*Check {
	all := slices.Concat(
		fileChecks(),
		companionChecks(),
		repoChecks(),
		schemaChecks(),
		metadataChecks(),
		ruleChecks(),
		typeChecks(),
		threatChecks(),
		tagChecks(),
		noteChecks(),
		queryChecks(),
		shapeChecks(),
		textQueryChecks(),
		kqlChecks(),
		queryFieldChecks(),
		indexChecks(),
		integrationChecks(),
		engineChecks(),
		fixtureChecks(),
	)
	slices.SortFunc(all, compareChecks)
	return all
}

func compareChecks(a, b *Check) int {
	switch {
	case a.Code < b.Code:
		return -1
	case a.Code > b.Code:
		return 1
	}
	return 0
}

var codePattern = regexp.MustCompile(`^[a-z]+(-[a-z]+)*/[a-z]+(-[a-z0-9]+)*$`)

// Validate reports what is wrong with a list of checks: malformed or repeated codes, missing members, a missing page.
func Validate(checks []*Check) error {
	var errs []error
	seen := map[string]bool{}
	for _, c := range checks {
		if err := validate(c); err != nil {
			errs = append(errs, fmt.Errorf("check %q: %w", c.Code, err))
		}
		if seen[c.Code] {
			errs = append(errs, fmt.Errorf("check %q: the code is taken", c.Code))
		}
		seen[c.Code] = true
	}
	return errors.Join(errs...)
}

func validate(c *Check) error {
	switch {
	case !codePattern.MatchString(c.Code):
		return errors.New("the code is not area/name in kebab case")
	case c.Title == "":
		return errors.New("no title")
	case c.Severity < rule.Info || c.Severity > rule.Error:
		return errors.New("no severity")
	case c.Scope != General && c.Scope != House:
		return errors.New("no scope")
	case !slices.Contains(parts(), c.Part):
		return fmt.Errorf("unknown part %q", c.Part)
	}
	_, err := PageOf(c.Code)
	return err
}

// parts lists the parts of a receipt in the order in which they are checked.
func parts() []string {
	return []string{PartSyntax, PartSchema, PartMetadata, PartRule, PartThreat, PartTags, PartNote, PartIndex, PartQuery,
		PartFields, PartFixtures}
}
