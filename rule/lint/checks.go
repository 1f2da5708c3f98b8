package lint

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/anyquery"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/companions"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/eqlquery"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/esqlquery"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/files"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/indexes"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/kqlquery"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/metadata"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/notes"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/rules"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/tags"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/threats"
	"github.com/rulevet/rulevet/rule/lint/internal/fieldcheck"
)

// Checks returns the built-in checks, sorted by code.
func Checks() []*check.Check {
	all := slices.Concat(
		files.FileChecks(),
		companions.Checks(),
		files.RepoChecks(),
		metadata.SchemaChecks(),
		metadata.MetadataChecks(),
		rules.RuleChecks(),
		rules.TypeChecks(),
		threats.Checks(),
		tags.Checks(),
		notes.Checks(),
		anyquery.Checks(),
		eqlquery.QueryChecks(),
		eqlquery.ShapeChecks(),
		esqlquery.Checks(),
		kqlquery.Checks(),
		fieldcheck.Checks(),
		indexes.IndexChecks(),
		indexes.IntegrationChecks(),
		engineChecks(),
		fixtureChecks(),
	)
	slices.SortFunc(all, compareChecks)
	return all
}

func compareChecks(a, b *check.Check) int {
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
func Validate(checks []*check.Check) error {
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

func validate(c *check.Check) error {
	switch {
	case !codePattern.MatchString(c.Code):
		return errors.New("the code is not area/name in kebab case")
	case c.Title == "":
		return errors.New("no title")
	case c.Severity < rule.Info || c.Severity > rule.Error:
		return errors.New("no severity")
	case c.Scope != check.General && c.Scope != check.House:
		return errors.New("no scope")
	case !slices.Contains(check.Parts(), c.Part):
		return fmt.Errorf("unknown part %q", c.Part)
	}
	_, err := PageOf(c.Code)
	return err
}
