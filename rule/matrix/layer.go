package matrix

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
)

// The layer format 4.5 of the ATT&CK Navigator, as far as we write it.
type layer struct {
	Name        string           `json:"name"`
	Versions    layerVersions    `json:"versions"`
	Domain      string           `json:"domain"`
	Description string           `json:"description"`
	Sorting     int              `json:"sorting"`
	Techniques  []layerTechnique `json:"techniques"`
	Gradient    layerGradient    `json:"gradient"`
}

type layerVersions struct {
	Attack    string `json:"attack"`
	Navigator string `json:"navigator"`
	Layer     string `json:"layer"`
}

type layerTechnique struct {
	TechniqueID       string          `json:"techniqueID"`
	Tactic            string          `json:"tactic"`
	Score             int             `json:"score"`
	Comment           string          `json:"comment"`
	Enabled           bool            `json:"enabled"`
	ShowSubtechniques bool            `json:"showSubtechniques"`
	Metadata          []layerMetadata `json:"metadata,omitempty"`
}

type layerMetadata struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type layerGradient struct {
	Colors   []string `json:"colors"`
	MinValue int      `json:"minValue"`
	MaxValue int      `json:"maxValue"`
}

// Layer writes the matrix as a layer of the ATT&CK Navigator, layer format 4.5: the score of a technique is its number of
// rules, the comment names them. Techniques without a rule are left out. The Navigator knows the domains of ATT&CK only;
// for ATLAS the result is an error.
func (m *Matrix) Layer(name string) ([]byte, error) {
	if m.Framework != mitre.ATTACK {
		return nil, fmt.Errorf("the ATT&CK Navigator has no domain for %s", m.Framework)
	}
	major, _, _ := strings.Cut(m.Version, ".")
	out := layer{Name: name, Domain: m.Domain, Sorting: 3, Techniques: []layerTechnique{},
		Versions:    layerVersions{Attack: major, Navigator: "5.1.0", Layer: "4.5"},
		Description: fmt.Sprintf("Detection rules by technique, %s %s. Score: number of rules.", m.Framework, m.Version)}
	most := 1
	for _, col := range m.Columns {
		for _, cell := range col.Cells {
			most = max(most, len(cell.Rules))
			out.Techniques = appendTechnique(out.Techniques, col.Tactic, cell)
		}
	}
	out.Gradient = layerGradient{Colors: []string{"#dbe9f6", "#08519c"}, MinValue: 1, MaxValue: max(2, most)}
	data, err := json.MarshalIndent(out, "", "  ")
	return append(data, '\n'), err
}

// appendTechnique adds a cell with rules, and its sub-techniques.
func appendTechnique(list []layerTechnique, tactic *mitre.Tactic, cell Cell) []layerTechnique {
	if len(cell.Rules) == 0 {
		return list
	}
	t := layerTechnique{TechniqueID: cell.Technique.ID, Tactic: tactic.Shortname, Score: len(cell.Rules), Enabled: true}
	var names []string
	for _, f := range cell.Rules {
		names = append(names, title(f))
		t.Metadata = append(t.Metadata, layerMetadata{"rule", title(f)})
	}
	t.Comment = strings.Join(names, "\n")
	var subs []layerTechnique
	for _, sub := range cell.Sub {
		subs = appendTechnique(subs, tactic, sub)
	}
	t.ShowSubtechniques = len(subs) > 0
	return append(append(list, t), subs...)
}

// title names a rule for people.
func title(f *rule.File) string {
	if f.Rule.Name != "" {
		return f.Rule.Name
	}
	return f.Path
}
