package mitre

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// stixObject holds the properties that catalogs need of any STIX object.
type stixObject struct {
	Type, ID, Name, Modified string
	Revoked                  bool
	Deprecated               bool     `json:"x_mitre_deprecated"`
	Shortname                string   `json:"x_mitre_shortname"`
	Domains                  []string `json:"x_mitre_domains"`
	Version                  string   `json:"x_mitre_version"`
	TacticRefs               []string `json:"tactic_refs"`
	RelationshipType         string   `json:"relationship_type"`
	SourceRef                string   `json:"source_ref"`
	TargetRef                string   `json:"target_ref"`
	ExternalReferences       []struct {
		SourceName string `json:"source_name"`
		ExternalID string `json:"external_id"`
	} `json:"external_references"`
	KillChainPhases []struct {
		Chain string `json:"kill_chain_name"`
		Phase string `json:"phase_name"`
	} `json:"kill_chain_phases"`
}

// stixDomain maps the names of kill chains and of external sources to domains.
func stixDomain(source string) string {
	switch source {
	case "mitre-attack":
		return Enterprise
	case "mitre-mobile-attack":
		return Mobile
	case "mitre-ics-attack":
		return ICS
	case "mitre-pre-attack":
		return PreATTACK
	}
	return ""
}

// attackID returns the ATT&CK id of an object and the domain that its source stands for, or "".
func (o *stixObject) attackID() (id, domain string) {
	for _, r := range o.ExternalReferences {
		if d := stixDomain(r.SourceName); d != "" && r.ExternalID != "" {
			return r.ExternalID, d
		}
	}
	return "", ""
}

// readSTIX builds a catalog from the objects of a bundle. The bundle of attack-stix-data (STIX 2.1) states its version in
// a collection object; that of mitre/cti (STIX 2.0) states none.
func readSTIX(objects []stixObject) (*Catalog, error) {
	d := &draft{framework: ATTACK}
	successor := map[string]string{} // STIX ids
	ids := map[string]string{}       // STIX id of a technique -> ATT&CK id
	tactics := map[string]*Tactic{}
	for i := range objects {
		o := &objects[i]
		switch o.Type {
		case "x-mitre-collection":
			d.version, d.released = o.Version, o.Modified[:min(len(o.Modified), len("2006-01-02"))]
		case "relationship":
			if _, dup := successor[o.SourceRef]; o.RelationshipType == "revoked-by" && !dup && !o.Revoked && !o.Deprecated {
				successor[o.SourceRef] = o.TargetRef
			}
		case "x-mitre-tactic":
			t, err := stixTactic(o)
			if err != nil {
				return nil, err
			}
			tactics[o.ID] = t
			d.tactics = append(d.tactics, t)
		case "attack-pattern":
			ids[o.ID], _ = o.attackID()
		}
	}
	if len(ids) == 0 {
		return nil, errors.New(`the STIX bundle has no "attack-pattern" objects`)
	}
	for i := range objects {
		if objects[i].Type == "x-mitre-matrix" {
			placeTactics(&objects[i], tactics)
		}
	}
	for i := range objects {
		if o := &objects[i]; o.Type == "attack-pattern" {
			t, err := stixTechnique(o)
			if err != nil {
				return nil, err
			}
			if t.Status == Revoked {
				t.RevokedBy = ids[successor[o.ID]]
			}
			d.techniques = append(d.techniques, t)
		}
	}
	return d.build()
}

func stixTactic(o *stixObject) (*Tactic, error) {
	id, domain := o.attackID()
	if id == "" {
		return nil, fmt.Errorf("tactic %q (%s) has no ATT&CK id", o.Name, o.ID)
	}
	if len(o.Domains) > 0 {
		domain = o.Domains[0]
	}
	return &Tactic{ID: id, Name: o.Name, Shortname: cmp.Or(o.Shortname, shortname(o.Name)), Domain: domain,
		Deprecated: o.Deprecated || o.Revoked}, nil
}

// placeTactics gives the tactics of a matrix their order. The domain of a matrix is its external id.
func placeTactics(matrix *stixObject, tactics map[string]*Tactic) {
	domain, _ := matrix.attackID()
	retired := matrix.Deprecated || matrix.Revoked
	for i, ref := range matrix.TacticRefs {
		t := tactics[ref]
		if t == nil || retired && t.Order > 0 { // a tactic of a matrix in use keeps its place there
			continue
		}
		t.Matrix, t.Order = matrix.Name, i+1
		t.Deprecated = t.Deprecated || retired
		if slices.Contains([]string{Enterprise, Mobile, ICS, PreATTACK}, domain) {
			t.Domain = domain
		}
	}
}

func stixTechnique(o *stixObject) (draftTechnique, error) {
	id, source := o.attackID()
	if id == "" {
		return draftTechnique{}, fmt.Errorf("technique %q (%s) has no ATT&CK id", o.Name, o.ID)
	}
	t := draftTechnique{Technique: Technique{ID: id, Name: o.Name, Status: status(o.Revoked, o.Deprecated)}}
	domain := ""
	for _, p := range o.KillChainPhases {
		if d := stixDomain(p.Chain); d != "" {
			domain = cmp.Or(domain, d)
			t.tactics = append(t.tactics, p.Phase)
		}
	}
	if domain == "" && len(o.Domains) > 0 {
		domain = o.Domains[0]
	}
	t.Domain = cmp.Or(domain, source)
	return t, nil
}

func shortname(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), " ", "-")
}
