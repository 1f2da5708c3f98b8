package main

import (
	"runtime/debug"

	"github.com/rulevet/rulevet/rule/report"
)

// version is the release this source becomes.
const version = "0.1.0"

// tool names this program in reports.
func tool() report.Tool { return report.Tool{Name: "rulevet", Version: buildVersion()} }

// buildVersion is the module version if the binary was built from a release, else the release to come.
func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return version + "-dev"
}
