package gen

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/rulevet/rulevet/mitre"
)

// atlasEntry is a tactic or technique of ATLAS.yaml.
type atlasEntry struct {
	ID, Name string
	Tactics  []string
	Parent   string `yaml:"subtechnique-of"`
}

// readATLAS reads MITRE's ATLAS.yaml: matrices with tactics in matrix order and techniques; sub-techniques take the
// tactics of their parents.
func readATLAS(r io.Reader) (*mitre.Catalog, error) {
	var in struct {
		Version  string
		Matrices []struct {
			Name                string
			Tactics, Techniques []atlasEntry
		}
	}
	if err := yaml.NewDecoder(r).Decode(&in); err != nil {
		return nil, err
	}
	if in.Version == "" || len(in.Matrices) == 0 {
		return nil, errors.New(`no "version" or no "matrices": not an ATLAS.yaml`)
	}
	m := in.Matrices[0]
	type object = map[string]any
	reduced := object{"framework": mitre.ATLAS.String(), "version": in.Version, "matrix": m.Name}
	var tactics, techniques []object
	for i, t := range m.Tactics {
		tactics = append(tactics, object{"id": t.ID, "name": t.Name, "order": i + 1})
	}
	for _, t := range m.Techniques {
		if t.Parent != "" {
			i := slices.IndexFunc(m.Techniques, func(p atlasEntry) bool { return p.ID == t.Parent })
			if i < 0 {
				return nil, fmt.Errorf("%s is a sub-technique of %q, which is not there", t.ID, t.Parent)
			}
			t.Tactics = m.Techniques[i].Tactics
		}
		techniques = append(techniques, object{"id": t.ID, "name": t.Name, "tactics": t.Tactics})
	}
	reduced["tactics"], reduced["techniques"] = tactics, techniques
	data, err := json.Marshal(reduced)
	if err != nil {
		return nil, err
	}
	return mitre.Read(bytes.NewReader(data))
}
