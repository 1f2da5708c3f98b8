// Package files has the checks of files, folders and of the repository as a whole.
package files

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// Checks of files and folders.

// FileChecks lists the checks of this file.
func FileChecks() []*check.Check {
	return []*check.Check{
		{Code: "file/encoding", Title: "file is not UTF-8",
			Severity: rule.Error, Scope: check.General, Part: check.PartSyntax, Fix: check.Automatic, Run: check.Found},
		{Code: "file/syntax", Title: "file is not valid TOML",
			Severity: rule.Error, Scope: check.General, Part: check.PartSyntax, Run: check.Found},
		{Code: "file/name-pattern", Title: "file name has characters other than a-z, 0-9 and _",
			Severity: rule.Error, Scope: check.House, Part: check.PartMetadata, Run: checkFileName},
		{Code: "file/name-tactic-prefix", Title: "file name does not start with a primary tactic of the rule",
			Severity: rule.Warning, Scope: check.House, Part: check.PartMetadata,
			Needs: []string{"rule.type", "rule.author", "rule.threat"}, Run: checkTacticPrefix},
		{Code: "file/name-canonical", Title: "file name is not made of tactic and rule name",
			Severity: rule.Info, Scope: check.House, Part: check.PartMetadata,
			Needs: []string{"rule.threat", "rule.name"}, Run: checkCanonicalName},
		{Code: "file/bbr-directory", Title: "rule lies in a sub-folder of the building block folder",
			Severity: rule.Error, Scope: check.House, Part: check.PartMetadata, Run: checkBBRDirectory},
		{Code: "file/bbr-type-missing", Title: "rule in the building block folder is not marked as a building block",
			Severity: rule.Error, Scope: check.General, Part: check.PartMetadata, Fix: check.Automatic,
			Needs: []string{"rule.building_block_type"}, Run: checkBBRType},
		{Code: "file/bbr-outside-directory", Title: "building block rule lies outside the building block folder",
			Severity: rule.Error, Scope: check.House, Part: check.PartMetadata, Run: checkBBROutside},
		{Code: "file/deprecated-directory", Title: "deprecated rule lies outside the folder for deprecated rules",
			Severity: rule.Error, Scope: check.General, Part: check.PartMetadata, Deprecated: true, Run: checkDeprecatedDirectory},
		{Code: "file/active-in-deprecated", Title: "rule that is not deprecated lies in the folder for deprecated rules",
			Severity: rule.Error, Scope: check.General, Part: check.PartMetadata, Deprecated: true,
			Needs: []string{"metadata.maturity"}, Run: checkActiveInDeprecated},
		{Code: "file/integration-directory", Title: "rule of an integration lies in the folder of another one",
			Severity: rule.Info, Scope: check.House, Part: check.PartMetadata,
			Needs: []string{"metadata.integration"}, RunSet: checkIntegrationDirectory, Reads: facts.Reads("metadata.integration")},
		{Code: "file/duplicate-name", Title: "two rules in different folders have the same file name",
			Severity: rule.Error, Scope: check.General, Part: check.PartMetadata, RunSet: checkDuplicateFileName, Reads: facts.Reads()},
		{Code: "file/loaded-twice", Title: "the same file is given twice",
			Severity: rule.Warning, Scope: check.General, Part: check.PartMetadata, Deprecated: true, RunSet: checkLoadedTwice, Reads: facts.Reads()},
	}
}

var fileName = regexp.MustCompile(`^[a-z0-9_]+\.(toml|json|ya?ml)$`)

func checkFileName(p *check.Pass) {
	if base := path.Base(p.Path); !fileName.MatchString(base) {
		hint := "give it a name of these characters"
		if name := facts.Canonical(strings.TrimSuffix(base, path.Ext(base))); name != "" {
			hint = fmt.Sprintf("rename it to %s", rule.Quote(name+".toml"))
		}
		p.Report(rule.Diagnostic{Span: facts.Top(p.File), Hint: hint,
			Message: fmt.Sprintf("file name %s has characters other than a-z, 0-9 and _", rule.Quote(base))})
	}
}

func checkTacticPrefix(p *check.Pass) {
	r := p.File.Rule
	tactics := facts.PrimaryTactics(r)
	if r.Type == "machine_learning" || len(tactics) == 0 || !p.Config.OwnAuthor(r.Author) {
		return
	}
	base := path.Base(p.Path)
	var want []string
	for _, t := range tactics {
		want = append(want, rule.Quote(facts.Canonical(t)))
		for _, name := range append(FormerTactics(t), t) {
			if strings.HasPrefix(base, facts.Canonical(name)) || strings.HasPrefix(facts.Canonical(base), facts.Canonical(name)) {
				return // where only the spelling differs, file/name-pattern tells
			}
		}
	}
	p.Report(rule.Diagnostic{Span: facts.Top(p.File),
		Message: fmt.Sprintf("file name %s does not start with the primary tactic %s", rule.Quote(base), strings.Join(want, " or "))})
}

// FormerTactics are the names of Enterprise tactics that were given up in the version of ATT&CK that brought this one: a
// file keeps its name when its mapping moves to that version.
func FormerTactics(name string) []string {
	var older []string
	for _, v := range mitre.ATTACKVersions() {
		c, err := mitre.Load(mitre.ATTACK, v)
		if err != nil {
			return nil
		}
		var names []string
		for _, t := range c.Tactics() {
			if t.Domain == mitre.Enterprise {
				names = append(names, t.Name)
			}
		}
		if slices.Contains(names, name) {
			return slices.DeleteFunc(older, func(n string) bool { return slices.Contains(names, n) })
		}
		older = append(older, names...)
	}
	return nil
}

func checkCanonicalName(p *check.Pass) {
	tactics := facts.PrimaryTactics(p.File.Rule)
	if len(tactics) == 0 || p.File.Rule.Name == "" {
		return
	}
	base := path.Base(p.Path)
	want := facts.Canonical(tactics[0]) + "_" + facts.Canonical(p.File.Rule.Name) + ".toml"
	if base != want {
		p.Report(rule.Diagnostic{Span: facts.Top(p.File),
			Message: fmt.Sprintf("file name is %s, expected %s after tactic and rule name", rule.Quote(base), rule.Quote(want))})
	}
}

func checkBBRDirectory(p *check.Pass) {
	bbrFolder := p.Config.InForce().BuildingBlocks
	if slices.Contains(facts.Folders(p.Path), bbrFolder) && facts.Parent(p.Path) != bbrFolder {
		p.Report(rule.Diagnostic{Span: facts.Top(p.File),
			Message: fmt.Sprintf("building block rule lies in the sub-folder %s, expected directly in %s", rule.Quote(facts.Parent(p.Path)), rule.Quote(bbrFolder))})
	}
}

func checkBBRType(p *check.Pass) {
	bbrFolder := p.Config.InForce().BuildingBlocks
	n := p.File.Lookup("rule", "building_block_type")
	if !slices.Contains(facts.Folders(p.Path), bbrFolder) || n != nil && (n.Kind != rule.StringNode || n.Str == "default") {
		return
	}
	d := rule.Diagnostic{Span: facts.Top(p.File),
		Message: fmt.Sprintf("a rule in %s lacks `building_block_type = \"default\"`", rule.Quote(bbrFolder)),
		Fixes:   check.Repair("set building_block_type", true, tomlspan.SetKey(p.File, "rule", "building_block_type", `"default"`))}
	if n != nil {
		return // schema/bad-value tells
	}
	p.Report(d)
}

func checkBBROutside(p *check.Pass) {
	bbrFolder := p.Config.InForce().BuildingBlocks
	n := p.File.Lookup("rule", "building_block_type")
	if n != nil && !slices.Contains(facts.Folders(p.Path), bbrFolder) {
		p.Report(rule.Diagnostic{Span: n.Entry,
			Message: fmt.Sprintf("building block rule lies in %s, expected in %s", rule.Quote(path.Dir(p.Path)), rule.Quote(bbrFolder)),
			Hint:    "move the file, or remove `building_block_type`"})
	}
}

func checkDeprecatedDirectory(p *check.Pass) {
	deprecatedFolder := p.Config.InForce().Deprecated
	if p.File.Metadata.Maturity == "deprecated" && facts.Parent(p.Path) != deprecatedFolder {
		p.Report(rule.Diagnostic{Span: p.File.Lookup("metadata", "maturity").Span,
			Message: fmt.Sprintf("deprecated rule lies in %s, expected in a folder %s", rule.Quote(path.Dir(p.Path)), rule.Quote(deprecatedFolder))})
	}
}

func checkActiveInDeprecated(p *check.Pass) {
	bbrFolder, deprecatedFolder := p.Config.InForce().BuildingBlocks, p.Config.InForce().Deprecated
	maturity := p.File.Lookup("metadata", "maturity")
	span := facts.Top(p.File)
	if maturity != nil {
		span = maturity.Span
	}
	deprecated := p.File.Metadata.Maturity == "deprecated"
	dirs := facts.Folders(p.Path)
	switch {
	case slices.Contains(dirs, deprecatedFolder) && !deprecated:
		p.Report(rule.Diagnostic{Span: span,
			Message: fmt.Sprintf("maturity is %s in a folder %s, expected `deprecated`", rule.Quote(p.File.Metadata.Maturity), rule.Quote(deprecatedFolder)),
			Hint:    "move the file, or set `maturity = \"deprecated\"`"})
	case slices.Contains(dirs, bbrFolder) && deprecated:
		p.Report(rule.Diagnostic{Span: span, Message: fmt.Sprintf("a rule in %s is deprecated", rule.Quote(bbrFolder)),
			Hint: fmt.Sprintf("move the file to a folder %s", rule.Quote(deprecatedFolder))})
	}
}

// checkIntegrationDirectory wants a rule of one integration that has a folder of its own in that folder.
func checkIntegrationDirectory(p *check.SetPass) {
	known := map[string]bool{}
	for _, f := range p.Files {
		dirs := facts.Folders(p.RepoPath(f))
		if i := slices.Index(dirs, "integrations"); i >= 0 && i+1 < len(dirs) {
			known[dirs[i+1]] = true
		}
	}
	for _, f := range p.Files {
		at := p.RepoPath(f)
		list := f.Metadata.Integration
		// A rule of several integrations belongs to none of their folders.
		if len(list) != 1 || !known[list[0]] || list[0] == "endpoint" || !p.Named(f) || facts.Stage(f) == "deprecated" || list[0] == facts.Parent(at) || slices.Contains(facts.Folders(at), p.Config.InForce().BuildingBlocks) {
			continue
		}
		p.Report(f, rule.Diagnostic{Span: facts.KeySpan(f, "metadata", "integration"),
			Message: fmt.Sprintf("rule of %s lies in %s, but there is a folder %s", rule.Quote(list[0]), rule.Quote(path.Dir(at)), rule.Quote("integrations/"+list[0]))})
	}
}

func checkDuplicateFileName(p *check.SetPass) {
	facts.Duplicates(p, func(f *rule.File) (string, rule.Span) {
		if facts.Stage(f) == "deprecated" {
			return "", rule.Span{}
		}
		return path.Base(f.Path), facts.Top(f)
	}, func(name string, first *rule.File) string {
		return fmt.Sprintf("another rule has the file name %s too: %s", rule.Quote(name), first.Path)
	})
}

func checkLoadedTwice(p *check.SetPass) {
	seen := map[string]*rule.File{}
	for _, f := range p.Files {
		at := p.RepoPath(f)
		if first := seen[at]; first != nil {
			p.Report(f, rule.Diagnostic{Span: facts.Top(f), Message: fmt.Sprintf("the same file is given twice: %s and %s", first.Path, f.Path)})
			continue
		}
		seen[at] = f
	}
}
