package files

import (
	"fmt"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
)

// PortableChecks lists the check of this file.
func PortableChecks() []*check.Check {
	return []*check.Check{{Code: "file/portable-toml", Title: "TOML that the Python tool of detection-rules cannot read",
		Severity: rule.Error, Scope: check.House, Part: check.PartSyntax, Fix: check.Automatic, Deprecated: true, Run: checkPortable}}
}

func checkPortable(p *check.Pass) {
	for _, u := range p.File.Unportable() {
		d := rule.Diagnostic{Span: u.Span, Message: fmt.Sprintf("%s cannot be read by pytoml, which the tool of detection-rules uses", u.What)}
		if u.Python {
			d.Message = u.What + " cannot be read by pytoml, nor by Python's tomllib: it is newer than TOML 1.0"
		}
		if u.Fix != nil {
			d.Fixes = []rule.Fix{*u.Fix}
		}
		p.Report(d)
	}
}
