#!/usr/bin/env bash
# vjeantet/grok v1.0.1: %{NUMBER:ms:int} gives 0 for every number with a point.
#
# NUMBER fits 12.7, and int is what one asks of a count. Elasticsearch's processor and Elastic's library for Go report that the text is no whole
# number; Python's int of the same text raises. This library ignores the failed conversion and keeps its zero: durations and
# sizes come out as 0, below every threshold of a rule, and nothing is logged.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >go.mod <<'EOF'
module finding

go 1.25

require github.com/vjeantet/grok v1.0.1
EOF
cat >main.go <<'EOF'
package main

import (
	"fmt"

	"github.com/vjeantet/grok"
)

func main() {
	g, err := grok.NewWithConfig(&grok.Config{NamedCapturesOnly: true})
	if err != nil {
		panic(err)
	}
	for _, kind := range []string{"int", "float"} {
		for _, text := range []string{"12", "12.7", "1200.0"} {
			found, err := g.ParseTyped("%{NUMBER:ms:"+kind+"}", text)
			fmt.Println(kind, text, "->", found, err)
		}
	}
}
EOF
go mod tidy >/dev/null 2>&1
got=$(go run .)
want=$(
	cat <<'EOF'
int 12 -> map[ms:12] <nil>
int 12.7 -> map[ms:0] <nil>
int 1200.0 -> map[ms:0] <nil>
float 12 -> map[ms:12] <nil>
float 12.7 -> map[ms:12.7] <nil>
float 1200.0 -> map[ms:1200] <nil>
EOF
)
printf 'vjeantet/grok v1.0.1, numbers:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
