package mitre

import (
	"slices"
	"strings"
)

// Framework is a MITRE knowledge base. The zero value is invalid.
type Framework uint8

// Frameworks.
const (
	_ Framework = iota
	ATTACK
	ATLAS
)

// String returns the name that rule files use, such as "MITRE ATT&CK".
func (f Framework) String() string {
	switch f {
	case ATTACK:
		return "MITRE ATT&CK"
	case ATLAS:
		return "MITRE ATLAS"
	}
	return "unknown framework"
}

// ParseFramework returns the framework of a name as String gives it.
func ParseFramework(name string) (Framework, bool) {
	for _, f := range []Framework{ATTACK, ATLAS} {
		if f.String() == name {
			return f, true
		}
	}
	return 0, false
}

// Status tells whether a technique is in use. The zero value is Live.
type Status uint8

// States of a technique.
const (
	Live       Status = iota
	Revoked           // replaced, see Technique.RevokedBy
	Deprecated        // retired without a direct successor
)

// String returns "live", "revoked" or "deprecated".
func (s Status) String() string {
	return [...]string{"live", "revoked", "deprecated"}[s%3]
}

// Domains of the embedded catalogs, as MITRE spells them. ATLAS has one domain, named by us.
const (
	Enterprise  = "enterprise-attack"
	Mobile      = "mobile-attack"
	ICS         = "ics-attack"
	PreATTACK   = "pre-attack"
	ATLASDomain = "atlas"
)

// Tactic is a column of a matrix.
type Tactic struct {
	ID         string // TA0002, AML.TA0005
	Name       string // as the framework titles it: "Initial Access"
	Shortname  string // "command-and-control"; unique within its domain only
	Domain     string // "enterprise-attack", "mobile-attack", "ics-attack" or ATLAS
	Matrix     string // title of the matrix that it is a column of
	Order      int    // 1-based place in its matrix
	Deprecated bool   // of a retired matrix
}

// Technique is a technique or sub-technique.
type Technique struct {
	ID         string    // T1059, T1059.004, AML.T0000.000
	Name       string    // without that of its parent: "Visual Basic"
	Domain     string    // as in Tactic
	Tactics    []*Tactic // in matrix order; retired entries keep their last ones
	Status     Status    // whether it is in use, or what became of it
	RevokedBy  string    // the direct successor of a revoked entry, which may itself be retired
	Candidates []string  // what a deprecated entry was split up into, where MITRE says so
}

// Parent returns the id of the technique that t is a sub-technique of, or "".
func (t *Technique) Parent() string { return ParentID(t.ID) }

// In reports whether the technique belongs to the tactic with that id.
func (t *Technique) In(tacticID string) bool {
	return slices.ContainsFunc(t.Tactics, func(x *Tactic) bool { return x.ID == tacticID })
}

// Catalog is one framework in one version. It is immutable and safe for concurrent use.
type Catalog struct {
	Framework Framework // ATT&CK or ATLAS
	Version   string    // "19.1"; of a file that states none, "unknown"
	Released  string    // 2006-01-02, or ""

	tactics    []*Tactic   // by domain as read, then matrix, then order
	techniques []Technique // by id
}

// Tactics returns all tactics, grouped by domain and matrix, in matrix order.
func (c *Catalog) Tactics() []*Tactic { return slices.Clone(c.tactics) }

// Tactic returns the tactic with that id, or nil.
func (c *Catalog) Tactic(id string) *Tactic {
	for _, t := range c.tactics {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// TacticsNamed returns the tactics with that name or shortname: none, one, or one per domain, Enterprise first.
func (c *Catalog) TacticsNamed(name string) []*Tactic {
	var out []*Tactic
	for _, t := range c.tactics {
		if t.Name == name || t.Shortname == name {
			out = append(out, t)
		}
	}
	return out
}

// Technique returns the technique or sub-technique with that id, retired ones too, or nil.
func (c *Catalog) Technique(id string) *Technique {
	i, ok := slices.BinarySearchFunc(c.techniques, id, func(t Technique, id string) int { return strings.Compare(t.ID, id) })
	if !ok {
		return nil
	}
	return &c.techniques[i]
}

// Techniques returns all techniques and sub-techniques by id, retired ones too.
func (c *Catalog) Techniques() []*Technique {
	out := make([]*Technique, len(c.techniques))
	for i := range c.techniques {
		out[i] = &c.techniques[i]
	}
	return out
}

// TechniquesNamed returns the entries with exactly that name, live ones first, then by id.
func (c *Catalog) TechniquesNamed(name string) []*Technique {
	var live, retired []*Technique
	for i := range c.techniques {
		switch t := &c.techniques[i]; {
		case t.Name != name:
		case t.Status == Live:
			live = append(live, t)
		default:
			retired = append(retired, t)
		}
	}
	return append(live, retired...)
}

// Subtechniques returns the sub-techniques of a technique by id, retired ones too.
func (c *Catalog) Subtechniques(id string) []*Technique {
	i, _ := slices.BinarySearchFunc(c.techniques, id+".", func(t Technique, id string) int { return strings.Compare(t.ID, id) })
	var out []*Technique
	for ; i < len(c.techniques) && c.techniques[i].Parent() == id; i++ {
		out = append(out, &c.techniques[i])
	}
	return out
}

// Replacement is where a retired technique went.
type Replacement struct {
	Path       []string     // the successors followed, in order; the last one is where the data ends
	Live       *Technique   // the live successor, or nil
	Candidates []*Technique // live entries that took over parts of one that was split up
}

// Replacement follows the successors of a retired technique to the live one: T1150 -> T1547.011 -> T1647. For a live
// technique it returns that technique and an empty path.
func (c *Catalog) Replacement(id string) Replacement {
	var r Replacement
	t := c.Technique(id)
	for t != nil && t.Status == Revoked && t.RevokedBy != "" && !slices.Contains(r.Path, t.RevokedBy) {
		r.Path = append(r.Path, t.RevokedBy)
		t = c.Technique(t.RevokedBy)
	}
	if t == nil {
		return r
	}
	if t.Status == Live {
		r.Live = t
	}
	for _, id := range t.Candidates {
		if x := c.Technique(id); x != nil && x.Status == Live {
			r.Candidates = append(r.Candidates, x)
		}
	}
	return r
}

// New makes a catalog. The Tactics of the techniques must be among tactics, which stand in the order of their matrices.
// It fails if an id occurs twice.
func New(fw Framework, version, released string, tactics []*Tactic, techniques []Technique) (*Catalog, error) {
	c := &Catalog{Framework: fw, Version: version, Released: released, tactics: tactics, techniques: techniques}
	return c, c.index()
}
