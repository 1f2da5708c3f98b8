#!/usr/bin/env bash
# santhosh-tekuri/jsonschema v5.3.1: a schema that names its draft gets no formats, the same schema without "$schema" does.
#
# From draft 2019-09 on a format is an annotation unless AssertFormat is set, which is off. Without "$schema" the compiler takes draft
# 2020-12, but takes it before its own vocabularies are known, and there every vocabulary counts as present: formats are asked for.
# So adding the line that editors want makes a schema weaker. What to do: set AssertFormat.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >go.mod <<'EOF'
module finding

go 1.25

require github.com/santhosh-tekuri/jsonschema/v5 v5.3.1
EOF
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

func main() {
	for _, draft := range []string{"", `"$schema": "https://json-schema.org/draft/2020-12/schema", `} {
		c := jsonschema.NewCompiler()
		if err := c.AddResource("s.json", strings.NewReader(`{`+draft+`"format": "date"}`)); err != nil {
			panic(err)
		}
		valid := c.MustCompile("s.json").Validate("the first of May") == nil
		fmt.Printf("names its draft: %v, accepts no date: %v\n", draft != "", valid)
	}
}
EOF
go mod tidy >/dev/null 2>&1
got=$(go run .)
want=$(
	cat <<'EOF'
names its draft: false, accepts no date: false
names its draft: true, accepts no date: true
EOF
)
printf 'jsonschema v5.3.1, format date:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
