#!/usr/bin/env bash
# pySigma-backend-victorialogs 0.2.0 (pySigma 1.5.1) with VictoriaLogs 1.52.2: |contains finds whole words only.
#
# Sigma's contains is a substring without case. The backend writes it as field:"text", which VictoriaLogs takes for a phrase of whole words and
# compares with case. The engine itself runs the filter here: part of a word is not found, nor the same in upper case. The rule
# loads and misses most of what it was written for.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install pysigma==1.5.1 pysigma-backend-victorialogs==0.2.0
cat >convert.py <<'EOF'
from sigma.backends.victorialogs import VictoriaLogsBackend
from sigma.collection import SigmaCollection

rule = """
title: t
logsource: {category: process_creation, product: windows}
detection:
    sel: {CommandLine|contains: vssadm}
    condition: sel
"""
print(VictoriaLogsBackend().convert(SigmaCollection.from_yaml(rule))[0])
EOF
cat >go.mod <<'EOF'
module finding

go 1.26

require github.com/VictoriaMetrics/VictoriaLogs v1.52.2
EOF
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"os"

	"github.com/VictoriaMetrics/VictoriaLogs/lib/logstorage"
)

func main() {
	fmt.Println(os.Args[1])
	filter, err := logstorage.ParseFilter(os.Args[1])
	if err != nil {
		panic(err)
	}
	for _, line := range []string{"vssadm list", "vssadmin delete shadows", "VSSADM list"} {
		fmt.Println(line, filter.MatchRow([]logstorage.Field{{Name: "CommandLine", Value: line}}))
	}
}
EOF
go mod tidy >/dev/null 2>&1
got=$(go run . "$(venv/bin/python convert.py)")
want=$(
	cat <<'EOF'
CommandLine:"vssadm"
vssadm list true
vssadmin delete shadows false
VSSADM list false
EOF
)
printf 'pySigma-backend-victorialogs 0.2.0 on VictoriaLogs 1.52.2, CommandLine|contains: vssadm:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
