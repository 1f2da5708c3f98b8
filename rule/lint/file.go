package lint

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
)

// Checks of spec/checks.md section 2: files and folders.

func fileChecks() []*Check {
	return []*Check{
		{Code: "file/encoding", Title: "file is not UTF-8",
			Severity: rule.Error, Scope: General, Part: PartSyntax, Fix: Automatic, Run: Found},
		{Code: "file/syntax", Title: "file is not valid TOML",
			Severity: rule.Error, Scope: General, Part: PartSyntax, Run: Found},
		{Code: "file/name-pattern", Title: "file name has characters other than a-z, 0-9 and _",
			Severity: rule.Error, Scope: General, Part: PartMetadata, Run: checkFileName},
		{Code: "file/name-tactic-prefix", Title: "file name does not start with a primary tactic of the rule",
			Severity: rule.Warning, Scope: House, Part: PartMetadata,
			Needs: []string{"rule.type", "rule.author", "rule.threat"}, Run: checkTacticPrefix},
		{Code: "file/name-canonical", Title: "file name is not made of tactic and rule name",
			Severity: rule.Info, Scope: House, Part: PartMetadata,
			Needs: []string{"rule.threat", "rule.name"}, Run: checkCanonicalName},
		{Code: "file/bbr-directory", Title: "rule lies in a sub-folder of the building block folder",
			Severity: rule.Error, Scope: House, Part: PartMetadata, Run: checkBBRDirectory},
		{Code: "file/bbr-type-missing", Title: "rule in the building block folder is not marked as a building block",
			Severity: rule.Error, Scope: General, Part: PartMetadata, Fix: Automatic,
			Needs: []string{"rule.building_block_type"}, Run: checkBBRType},
		{Code: "file/bbr-outside-directory", Title: "building block rule lies outside the building block folder",
			Severity: rule.Error, Scope: House, Part: PartMetadata, Run: checkBBROutside},
		{Code: "file/deprecated-directory", Title: "deprecated rule lies outside the folder for deprecated rules",
			Severity: rule.Error, Scope: General, Part: PartMetadata, Deprecated: true, Run: checkDeprecatedDirectory},
		{Code: "file/active-in-deprecated", Title: "rule that is not deprecated lies in the folder for deprecated rules",
			Severity: rule.Error, Scope: General, Part: PartMetadata, Deprecated: true,
			Needs: []string{"metadata.maturity"}, Run: checkActiveInDeprecated},
		{Code: "file/integration-directory", Title: "rule of an integration lies in the folder of another one",
			Severity: rule.Info, Scope: House, Part: PartMetadata,
			Needs: []string{"metadata.integration"}, RunSet: checkIntegrationDirectory},
		{Code: "file/duplicate-name", Title: "two rules in different folders have the same file name",
			Severity: rule.Error, Scope: General, Part: PartMetadata, RunSet: checkDuplicateFileName},
		{Code: "file/loaded-twice", Title: "the same file is given twice",
			Severity: rule.Warning, Scope: General, Part: PartMetadata, Deprecated: true, RunSet: checkLoadedTwice},
	}
}

// top is where findings about the file as a whole are shown: the name of the rule, else the first line.
func top(f *rule.File) rule.Span {
	for _, path := range [][]any{{"rule", "name"}, {"rule"}, {"metadata"}} {
		if n := f.Lookup(path...); n != nil && n.Kind != rule.ArrayNode {
			return n.Span
		}
	}
	return rule.Span{}
}

var fileName = regexp.MustCompile(`^[a-z0-9_]+\.(toml|json)$`)

func checkFileName(p *Pass) {
	if base := path.Base(p.Path); !fileName.MatchString(base) {
		hint := "give it a name of these characters"
		if name := canonical(strings.TrimSuffix(base, path.Ext(base))); name != "" {
			hint = fmt.Sprintf("rename it to %s", quote(name+".toml"))
		}
		p.Report(rule.Diagnostic{Span: top(p.File), Hint: hint,
			Message: fmt.Sprintf("file name %s has characters other than a-z, 0-9 and _", quote(base))})
	}
}

var nameRest = regexp.MustCompile(`[^a-z0-9_]+`)

// canonical makes the part of a file name out of a name.
func canonical(s string) string {
	return strings.Trim(nameRest.ReplaceAllString(strings.ToLower(s), "_"), "_")
}

// primaryTactics are the tactic of the first threat entry and of the first entry of every threat mapping.
func primaryTactics(r *rule.Rule) []string {
	var out []string
	add := func(t []rule.Threat) {
		if len(t) > 0 && t[0].Tactic.Name != "" && !slices.Contains(out, t[0].Tactic.Name) {
			out = append(out, t[0].Tactic.Name)
		}
	}
	add(r.Threat)
	for _, m := range r.ThreatMappings {
		add(m.Threat)
	}
	return out
}

func checkTacticPrefix(p *Pass) {
	r := p.File.Rule
	tactics := primaryTactics(r)
	if r.Type == "machine_learning" || len(tactics) == 0 || !p.Config.ownAuthor(r.Author) {
		return
	}
	base := path.Base(p.Path)
	var want []string
	for _, t := range tactics {
		want = append(want, quote(canonical(t)))
		for _, name := range append(formerTactics(t), t) {
			if strings.HasPrefix(base, canonical(name)) || strings.HasPrefix(canonical(base), canonical(name)) {
				return // where only the spelling differs, file/name-pattern tells
			}
		}
	}
	p.Report(rule.Diagnostic{Span: top(p.File),
		Message: fmt.Sprintf("file name %s does not start with the primary tactic %s", quote(base), strings.Join(want, " or "))})
}

// formerTactics are the names of Enterprise tactics that were given up in the version of ATT&CK that brought this one: a
// file keeps its name when its mapping moves to that version.
func formerTactics(name string) []string {
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

func checkCanonicalName(p *Pass) {
	tactics := primaryTactics(p.File.Rule)
	if len(tactics) == 0 || p.File.Rule.Name == "" {
		return
	}
	base := path.Base(p.Path)
	want := canonical(tactics[0]) + "_" + canonical(p.File.Rule.Name) + ".toml"
	if base != want {
		p.Report(rule.Diagnostic{Span: top(p.File),
			Message: fmt.Sprintf("file name is %s, expected %s after tactic and rule name", quote(base), quote(want))})
	}
}

// folders are the names of the folders that lead to a file.
func folders(p string) []string { return strings.Split(path.Dir(p), "/") }

// parent is the name of the folder that holds a file.
func parent(p string) string { return path.Base(path.Dir(p)) }

func checkBBRDirectory(p *Pass) {
	bbrFolder := p.Config.vocabulary().BuildingBlocks
	if slices.Contains(folders(p.Path), bbrFolder) && parent(p.Path) != bbrFolder {
		p.Report(rule.Diagnostic{Span: top(p.File),
			Message: fmt.Sprintf("building block rule lies in the sub-folder %s, expected directly in %s", quote(parent(p.Path)), quote(bbrFolder))})
	}
}

func checkBBRType(p *Pass) {
	bbrFolder := p.Config.vocabulary().BuildingBlocks
	n := p.File.Lookup("rule", "building_block_type")
	if !slices.Contains(folders(p.Path), bbrFolder) || n != nil && (n.Kind != rule.StringNode || n.Str == "default") {
		return
	}
	d := rule.Diagnostic{Span: top(p.File),
		Message: fmt.Sprintf("a rule in %s lacks `building_block_type = \"default\"`", quote(bbrFolder)),
		Fixes:   fix("set building_block_type", true, setKey(p.File, "rule", "building_block_type", `"default"`))}
	if n != nil {
		return // schema/bad-value tells
	}
	p.Report(d)
}

func checkBBROutside(p *Pass) {
	bbrFolder := p.Config.vocabulary().BuildingBlocks
	n := p.File.Lookup("rule", "building_block_type")
	if n != nil && !slices.Contains(folders(p.Path), bbrFolder) {
		p.Report(rule.Diagnostic{Span: n.Entry,
			Message: fmt.Sprintf("building block rule lies in %s, expected in %s", quote(path.Dir(p.Path)), quote(bbrFolder)),
			Hint:    "move the file, or remove `building_block_type`"})
	}
}

func checkDeprecatedDirectory(p *Pass) {
	deprecatedFolder := p.Config.vocabulary().Deprecated
	if p.File.Metadata.Maturity == "deprecated" && parent(p.Path) != deprecatedFolder {
		p.Report(rule.Diagnostic{Span: p.File.Lookup("metadata", "maturity").Span,
			Message: fmt.Sprintf("deprecated rule lies in %s, expected in a folder %s", quote(path.Dir(p.Path)), quote(deprecatedFolder))})
	}
}

func checkActiveInDeprecated(p *Pass) {
	bbrFolder, deprecatedFolder := p.Config.vocabulary().BuildingBlocks, p.Config.vocabulary().Deprecated
	maturity := p.File.Lookup("metadata", "maturity")
	span := top(p.File)
	if maturity != nil {
		span = maturity.Span
	}
	deprecated := p.File.Metadata.Maturity == "deprecated"
	dirs := folders(p.Path)
	switch {
	case slices.Contains(dirs, deprecatedFolder) && !deprecated:
		p.Report(rule.Diagnostic{Span: span,
			Message: fmt.Sprintf("maturity is %s in a folder %s, expected `deprecated`", quote(p.File.Metadata.Maturity), quote(deprecatedFolder)),
			Hint:    "move the file, or set `maturity = \"deprecated\"`"})
	case slices.Contains(dirs, bbrFolder) && deprecated:
		p.Report(rule.Diagnostic{Span: span, Message: fmt.Sprintf("a rule in %s is deprecated", quote(bbrFolder)),
			Hint: fmt.Sprintf("move the file to a folder %s", quote(deprecatedFolder))})
	}
}

// checkIntegrationDirectory wants a rule of one integration that has a folder of its own in that folder.
func checkIntegrationDirectory(p *SetPass) {
	known := map[string]bool{}
	for _, f := range p.Files {
		dirs := folders(p.RepoPath(f))
		if i := slices.Index(dirs, "integrations"); i >= 0 && i+1 < len(dirs) {
			known[dirs[i+1]] = true
		}
	}
	for _, f := range p.Files {
		at := p.RepoPath(f)
		list := f.Metadata.Integration
		// A rule of several integrations belongs to none of their folders.
		if len(list) != 1 || !known[list[0]] || list[0] == "endpoint" || !p.Named(f) || stage(f) == "deprecated" || list[0] == parent(at) || slices.Contains(folders(at), p.Config.vocabulary().BuildingBlocks) {
			continue
		}
		p.Report(f, rule.Diagnostic{Span: keySpan(f, "metadata", "integration"),
			Message: fmt.Sprintf("rule of %s lies in %s, but there is a folder %s", quote(list[0]), quote(path.Dir(at)), quote("integrations/"+list[0]))})
	}
}

// stage tells active rules from deprecated ones: uniqueness holds within each.
func stage(f *rule.File) string {
	if f.Metadata.Maturity == "deprecated" {
		return "deprecated"
	}
	return "active"
}

func checkDuplicateFileName(p *SetPass) {
	duplicates(p, func(f *rule.File) (string, rule.Span) {
		if stage(f) == "deprecated" {
			return "", rule.Span{}
		}
		return path.Base(f.Path), top(f)
	}, func(name string, first *rule.File) string {
		return fmt.Sprintf("another rule has the file name %s too: %s", quote(name), first.Path)
	})
}

func checkLoadedTwice(p *SetPass) {
	seen := map[string]*rule.File{}
	for _, f := range p.Files {
		at := p.RepoPath(f)
		if first := seen[at]; first != nil {
			p.Report(f, rule.Diagnostic{Span: top(f), Message: fmt.Sprintf("the same file is given twice: %s and %s", first.Path, f.Path)})
			continue
		}
		seen[at] = f
	}
}
