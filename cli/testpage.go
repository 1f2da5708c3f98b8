package cli

import (
	"bytes"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/rule/matrix"
	"github.com/rulevet/rulevet/rule/report/page"
)

// writePage writes the page that --html asks for.
func (c *command) writePage(f *testFlags, w *workspace, run *fixtureRun) error {
	if f.html == "" {
		return nil
	}
	var rules []*rule.File
	for _, r := range run.Rules {
		if file := r.Rule(); file != nil {
			rules = append(rules, file)
		}
	}
	matrices, err := allMatrices(w.config.Attack, rules)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := page.Write(&out, page.Data{Tool: "rulevet " + buildVersion(), Report: run.Report, Matrices: matrices}); err != nil {
		return failed(err)
	}
	if err := fileio.Write(f.html, out.Bytes()); err != nil {
		return failed(err)
	}
	return nil
}

// allMatrices lays the rules over every domain of ATT&CK and over ATLAS.
func allMatrices(spec string, rules []*rule.File) ([]*matrix.Matrix, error) {
	attack, err := lint.AttackCatalog(spec)
	if err != nil {
		return nil, usageError("%w", err)
	}
	versions := mitre.Versions(mitre.ATLAS)
	atlas, err := mitre.Load(mitre.ATLAS, versions[len(versions)-1])
	if err != nil {
		return nil, failed(err)
	}
	var out []*matrix.Matrix
	for _, domain := range []string{mitre.Enterprise, mitre.Mobile, mitre.ICS} {
		out = append(out, matrix.Build(attack, domain, rules))
	}
	return append(out, matrix.Build(atlas, mitre.ATLASDomain, rules)), nil
}
