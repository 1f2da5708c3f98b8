package matrix

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/mitre"
)

// Targets are techniques that are to have a rule, by id.
type Targets struct {
	Covered, Gaps []*mitre.Technique // with and without a rule, by id
}

// Targets reads a list of techniques, an id a line with # for comments, or a layer of the ATT&CK Navigator, and divides it
// by what the matrix has a rule for. A retired technique stands for its successor. An error says which line or entry is no
// technique of the matrix.
func (m *Matrix) Targets(c *mitre.Catalog, src []byte) (*Targets, error) {
	ids, err := targetIDs(src)
	if err != nil {
		return nil, err
	}
	covered := map[string]bool{}
	for _, col := range m.Columns {
		for _, cell := range col.Cells {
			mark(covered, cell)
		}
	}
	out := &Targets{}
	seen := map[string]bool{}
	for _, t := range ids {
		live := c.Replacement(t.id).Live
		switch {
		case live == nil && c.Technique(t.id) != nil:
			return nil, fmt.Errorf("%s: %s was retired without a successor", t.place, t.id)
		case live == nil:
			return nil, fmt.Errorf("%s: %s is no technique of %s %s%s", t.place, t.id, c.Framework, c.Version, suggestion(c, t.id))
		case live.Domain != m.Domain:
			return nil, fmt.Errorf("%s: %s belongs to another matrix, %s", t.place, t.id, live.Domain)
		case seen[live.ID]:
			continue
		}
		seen[live.ID] = true
		if covered[live.ID] {
			out.Covered = append(out.Covered, live)
		} else {
			out.Gaps = append(out.Gaps, live)
		}
	}
	byID := func(a, b *mitre.Technique) int { return strings.Compare(a.ID, b.ID) }
	slices.SortFunc(out.Covered, byID)
	slices.SortFunc(out.Gaps, byID)
	return out, nil
}

func mark(covered map[string]bool, cell Cell) {
	if len(cell.Rules) > 0 {
		covered[cell.Technique.ID] = true
	}
	for _, sub := range cell.Sub {
		mark(covered, sub)
	}
}

func suggestion(c *mitre.Catalog, id string) string {
	var known []string
	for _, t := range c.Techniques() {
		known = append(known, t.ID)
	}
	if names := near.Names(id, known); len(names) > 0 && len(names) <= 3 {
		return ", did you mean " + strings.Join(names, ", ") + "?"
	}
	return ""
}

type target struct{ id, place string }

// targetIDs reads the ids of a list or a layer.
func targetIDs(src []byte) ([]target, error) {
	var out []target
	if text := strings.TrimSpace(strings.TrimPrefix(string(src), "\ufeff")); strings.HasPrefix(text, "{") {
		var layer struct {
			Techniques []struct {
				ID      string   `json:"techniqueID"`
				Score   *float64 `json:"score"`
				Color   string   `json:"color"`
				Comment string   `json:"comment"`
				Enabled *bool    `json:"enabled"`
			} `json:"techniques"`
		}
		if err := json.Unmarshal([]byte(text), &layer); err != nil {
			return nil, fmt.Errorf("not a layer of the Navigator: %w", err)
		}
		for i, t := range layer.Techniques {
			if t.Enabled != nil && !*t.Enabled || (t.Score == nil || *t.Score <= 0) && t.Color == "" && t.Comment == "" {
				continue
			}
			out = append(out, target{t.ID, fmt.Sprintf("technique %d", i+1)})
		}
	} else {
		for i, line := range strings.Split(text, "\n") {
			line, _, _ = strings.Cut(line, "#")
			if words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r,;", r) }); len(words) > 0 {
				out = append(out, target{strings.ToUpper(words[0]), fmt.Sprintf("line %d", i+1)})
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("it names no technique")
	}
	return out, nil
}

// Summary is the matrix in the JSON form of the command. Targets may be nil.
type Summary struct {
	SchemaVersion int             `json:"schemaVersion"`      // of the JSON form: 1
	Framework     string          `json:"framework"`          // "MITRE ATT&CK" or "MITRE ATLAS"
	Version       string          `json:"version"`            // of the catalog
	Domain        string          `json:"domain"`             // of the framework
	Tactics       []SummaryTactic `json:"tactics"`            // in matrix order
	Unplaced      []SummaryRule   `json:"unplaced,omitempty"` // mappings without a place
	Targets       *SummaryTargets `json:"targets,omitempty"`  // what was asked for; nil if nothing was
	Totals        map[string]int  `json:"summary"`            // counts by what is counted: rules, techniques …
}

// SummaryTactic is a column; techniques without a rule are left out.
type SummaryTactic struct {
	ID         string             `json:"id"`         // such as TA0002
	Name       string             `json:"name"`       // title of the column
	Techniques []SummaryTechnique `json:"techniques"` // with a rule, sub-techniques behind their parent
}

// SummaryTechnique is a cell.
type SummaryTechnique struct {
	ID    string        `json:"id"`              // such as T1059.001
	Name  string        `json:"name"`            // as the catalog titles it, without its parent
	Rules []SummaryRule `json:"rules,omitempty"` // by path
}

// SummaryRule is a rule of a cell, or a mapping without a place, whose technique ID names.
type SummaryRule struct {
	Path      string `json:"path"`                // of the rule file
	RuleID    string `json:"ruleId,omitempty"`    // value of rule_id; empty if the rule has none
	Technique string `json:"technique,omitempty"` // id without a place, of an unplaced mapping
}

// SummaryTargets are the targets with and without a rule.
type SummaryTargets struct {
	Covered []SummaryTechnique `json:"covered"` // targets that have a rule
	Gaps    []SummaryTechnique `json:"gaps"`    // targets that have none
}

// Summary returns the JSON form.
func (m *Matrix) Summary(t *Targets) *Summary {
	out := &Summary{SchemaVersion: 1, Framework: m.Framework.String(), Version: m.Version, Domain: m.Domain, Tactics: []SummaryTactic{}}
	for _, col := range m.Columns {
		tactic := SummaryTactic{ID: col.Tactic.ID, Name: col.Tactic.Name, Techniques: []SummaryTechnique{}}
		for _, cell := range col.Cells {
			tactic.Techniques = appendCells(tactic.Techniques, cell)
		}
		out.Tactics = append(out.Tactics, tactic)
	}
	for _, u := range m.Unplaced {
		out.Unplaced = append(out.Unplaced, SummaryRule{u.File.Path, u.File.Rule.ID, u.ID})
	}
	covered, all := m.Techniques()
	out.Totals = map[string]int{"rules": m.Rules, "techniques": all, "covered": covered}
	if t != nil {
		plain := func(list []*mitre.Technique) []SummaryTechnique {
			out := []SummaryTechnique{}
			for _, x := range list {
				out = append(out, SummaryTechnique{ID: x.ID, Name: x.Name})
			}
			return out
		}
		out.Targets = &SummaryTargets{plain(t.Covered), plain(t.Gaps)}
		out.Totals["gaps"] = len(t.Gaps)
	}
	return out
}

func appendCells(out []SummaryTechnique, cell Cell) []SummaryTechnique {
	if len(cell.Rules) == 0 {
		return out
	}
	one := SummaryTechnique{ID: cell.Technique.ID, Name: cell.Technique.Name}
	for _, f := range cell.Rules {
		one.Rules = append(one.Rules, SummaryRule{Path: f.Path, RuleID: f.Rule.ID})
	}
	out = append(out, one)
	for _, sub := range cell.Sub {
		out = appendCells(out, sub)
	}
	return out
}
