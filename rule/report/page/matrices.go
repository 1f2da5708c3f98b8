package page

import (
	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/matrix"
)

// matrixView is a matrix as columns of cells.
type matrixView struct {
	ID, Title, Framework, Domain string
	Columns                      []columnView
	Covered, All                 int
	Proven                       int // covered techniques with a rule whose cases pass
	Unplaced                     []string
}

type columnView struct {
	Name           string
	Covered, Total int
	Cells          []cellView
}

// cellView is a technique. Level is proven (a rule for it has a passing case that matches), mapped (rules, but none
// proven) or open (no rule).
type cellView struct {
	ID, Name, Level string
	Rules           []ruleLink
	Sub             []cellView
}

type ruleLink struct{ Name, Anchor, Level string }

// prover knows which rules are proven and where they stand on the page.
type prover struct {
	anchors map[*rule.File]string
	proven  map[*rule.File]bool
}

func newMatrices(d Data, anchors map[string]string) []matrixView {
	p := prover{map[*rule.File]string{}, map[*rule.File]bool{}}
	for _, r := range d.Report.Rules {
		f := r.Rule()
		if f == nil {
			continue
		}
		p.anchors[f] = anchors[r.Path]
		found, bad := false, false
		for _, c := range r.Cases {
			found = found || c.OK && len(c.Got) > 0
			bad = bad || !c.OK
		}
		p.proven[f] = found && !bad
	}
	var out []matrixView
	for _, m := range d.Matrices {
		if m.Rules > 0 {
			out = append(out, p.matrix(m))
		}
	}
	return out
}

func (p *prover) matrix(m *matrix.Matrix) matrixView {
	v := matrixView{ID: "matrix-" + m.Domain, Title: m.Framework.String() + " " + m.Version, Framework: short(m.Framework), Domain: domain(m.Domain)}
	v.Covered, v.All = m.Techniques()
	proven := map[string]bool{}
	for _, col := range m.Columns {
		c := columnView{Name: col.Tactic.Name, Total: len(col.Cells)}
		for _, cell := range col.Cells {
			x := p.cell(cell, proven)
			if x.Level != "open" {
				c.Covered++
			}
			c.Cells = append(c.Cells, x)
		}
		v.Columns = append(v.Columns, c)
	}
	v.Proven = len(proven)
	for _, u := range m.Unplaced {
		v.Unplaced = append(v.Unplaced, plain(u.ID+" of "+ruleName(u.File)))
	}
	return v
}

func (p *prover) cell(c matrix.Cell, proven map[string]bool) cellView {
	v := cellView{ID: c.Technique.ID, Name: c.Technique.Name, Level: "open"}
	for _, f := range c.Rules {
		level := "mapped"
		if p.proven[f] {
			level = "proven"
			proven[c.Technique.ID] = true
		}
		if v.Level != "proven" {
			v.Level = level
		}
		v.Rules = append(v.Rules, ruleLink{plain(ruleName(f)), p.anchors[f], level})
	}
	for _, sub := range c.Sub {
		if len(sub.Rules) > 0 {
			v.Sub = append(v.Sub, p.cell(sub, proven))
		}
	}
	return v
}

func ruleName(f *rule.File) string {
	if f.Rule.Name != "" {
		return f.Rule.Name
	}
	return f.Path
}

func short(f mitre.Framework) string {
	if f == mitre.ATTACK {
		return "ATT&CK"
	}
	return "ATLAS"
}

func domain(d string) string {
	switch d {
	case mitre.Enterprise:
		return "Enterprise"
	case mitre.Mobile:
		return "Mobile"
	case mitre.ICS:
		return "ICS"
	}
	return "the matrix"
}
