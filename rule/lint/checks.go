package lint

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

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
	"github.com/rulevet/rulevet/rule/lint/internal/checks/proofs"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/rules"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/tags"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/threats"
	"github.com/rulevet/rulevet/rule/lint/internal/fieldcheck"
)

// Checks returns the built-in checks, sorted by code.
func Checks() []*check.Check {
	all := slices.Concat(
		files.FileChecks(),
		files.PortableChecks(),
		companions.Checks(),
		files.RepoChecks(),
		metadata.SchemaChecks(),
		metadata.MetadataChecks(),
		metadata.ChangeChecks(),
		rules.RuleChecks(),
		rules.TypeChecks(),
		rules.ResponseChecks(),
		threats.Checks(),
		tags.Checks(),
		notes.Checks(),
		anyquery.Checks(),
		eqlquery.QueryChecks(),
		eqlquery.ShapeChecks(),
		esqlquery.Checks(),
		esqlquery.ArrayChecks(),
		esqlquery.LimitChecks(),
		kqlquery.Checks(),
		proofs.Checks(),
		proofs.SetChecks(),
		fieldcheck.Checks(),
		indexes.IndexChecks(),
		indexes.IntegrationChecks(),
		indexes.RelatedChecks(),
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

// Validate reports what is wrong with a list of checks, each by its code: malformed or repeated codes, missing members, a
// malformed page, nothing to run, a check to come after that is not in the list.
func Validate(checks []*check.Check) error {
	var errs []error
	seen := map[string]bool{}
	for i, c := range checks {
		switch {
		case c == nil:
			errs = append(errs, fmt.Errorf("check %d of the list is nil", i+1))
			continue
		case seen[c.Code]:
			errs = append(errs, fmt.Errorf("check %q: the code is taken", c.Code))
		}
		if err := validate(c); err != nil {
			errs = append(errs, fmt.Errorf("check %q: %w", c.Code, err))
		}
		seen[c.Code] = true
	}
	for _, c := range checks {
		for i := 0; c != nil && i < len(c.After); i++ {
			if !seen[c.After[i]] || c.After[i] == c.Code {
				errs = append(errs, fmt.Errorf("check %q: no check %q to come after", c.Code, c.After[i]))
			}
		}
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
	case c.Fix > check.Automatic:
		return errors.New("unknown kind of fix")
	case c.Run == nil && c.RunSet == nil && !reportedElsewhere(c):
		return errors.New("neither Run nor RunSet")
	}
	if c.Page != "" {
		_, err := PageFor(c)
		return err
	}
	return nil
}

// reportedElsewhere tells the checks that are not run: the engine or package ruletest reports their codes.
func reportedElsewhere(c *check.Check) bool {
	return c.Part == check.PartFixtures || strings.HasPrefix(c.Code, "suppress/") || c.Code == internalError
}

// inOrder sorts checks so that each comes after those that it depends on, by code where that leaves a choice.
func inOrder(checks []*check.Check) ([]*check.Check, error) {
	checks = slices.Clone(checks)
	slices.SortStableFunc(checks, compareChecks)
	byCode := map[string]*check.Check{}
	for _, c := range checks {
		byCode[c.Code] = c
	}
	var out []*check.Check
	state := map[*check.Check]int{} // 1 = being visited, 2 = listed
	var visit func(c *check.Check) error
	visit = func(c *check.Check) error {
		switch state[c] {
		case 1:
			return fmt.Errorf("check %q comes after itself", c.Code)
		case 2:
			return nil
		}
		state[c] = 1
		for _, code := range c.After {
			if err := visit(byCode[code]); err != nil {
				return err
			}
		}
		state[c] = 2
		out = append(out, c)
		return nil
	}
	for _, c := range checks {
		if err := visit(c); err != nil {
			return nil, err
		}
	}
	return out, nil
}
