package mitre

import (
	"cmp"
	"fmt"
)

// reducedCatalog is the reduced JSON form: ids, names and relations of one domain, without prose.
type reducedCatalog struct {
	Framework, Version, Domain, Released, Matrix string
	Tactics                                      []reducedTactic
	Techniques                                   []reducedTechnique
}

type reducedTactic struct {
	ID, Name, Shortname, Matrix string
	Order                       int
	Deprecated                  bool
}

type reducedTechnique struct {
	ID, Name            string
	Tactics             []string // shortnames, or for ATLAS ids
	Revoked, Deprecated bool
	RevokedBy           string `json:"revoked_by"`
}

func (r *reducedCatalog) catalog() (*Catalog, error) {
	fw, ok := ParseFramework(cmp.Or(r.Framework, ATTACK.String()))
	if !ok {
		return nil, fmt.Errorf("unknown framework %q", r.Framework)
	}
	domain := r.Domain
	if fw == ATLAS {
		domain = ATLASDomain
	}
	if domain == "" {
		return nil, fmt.Errorf(`no "domain", want one such as %q`, Enterprise)
	}
	d := &draft{framework: fw, version: r.Version, released: r.Released}
	for _, t := range r.Tactics {
		d.tactics = append(d.tactics, &Tactic{ID: t.ID, Name: t.Name, Shortname: cmp.Or(t.Shortname, shortname(t.Name)),
			Domain: domain, Matrix: cmp.Or(t.Matrix, r.Matrix), Order: t.Order, Deprecated: t.Deprecated})
	}
	for _, t := range r.Techniques {
		d.techniques = append(d.techniques, draftTechnique{tactics: t.Tactics, Technique: Technique{ID: t.ID, Name: t.Name,
			Domain: domain, Status: status(t.Revoked, t.Deprecated), RevokedBy: t.RevokedBy}})
	}
	return d.build()
}

func status(revoked, deprecated bool) Status {
	switch {
	case revoked:
		return Revoked
	case deprecated:
		return Deprecated
	}
	return Live
}
