package report_test

import (
	"os"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/report"
)

func ExampleReport_Write() {
	src := []byte("[rule]\nseverity = \"hgh\"\n")
	file, _ := rule.Parse("relay.toml", src)
	r := report.Report{
		Files: []report.File{{Path: "relay.toml", Checked: []string{"schema"}}},
		Diagnostics: []rule.Diagnostic{{Code: "schema/bad-value", Severity: rule.Error, Path: "relay.toml", Span: file.Lookup("rule", "severity").Span,
			Message: "severity is `hgh`, expected low, medium, high or critical"}},
		Source: func(string) *rule.File { return file },
	}
	if err := r.Write(os.Stdout, "text", report.Options{}); err != nil {
		panic(err)
	}
	// Output:
	// relay.toml:2:12: error: severity is `hgh`, expected low, medium, high or critical [schema/bad-value]
	//    2 | severity = "hgh"
	//      |            ^^^^^
	// 1 file, 1 error, 0 warnings, 0 infos
}
