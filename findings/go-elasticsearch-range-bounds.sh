#!/usr/bin/env bash
# go-elasticsearch v8.19.7, typedapi/types: reading and writing a range query makes an exclusive bound inclusive.
#
# The older form of a range has from and to, and include_lower and include_upper (true unless given); Elasticsearch 8 still reads it,
# and saved filters contain it. types.Query keeps from and to of such a JSON text and forgets the two flags, without an error, so
# "to: 1024, include_upper: false" is written as one that includes 1024.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >go.mod <<'EOF'
module finding

go 1.25

require github.com/elastic/go-elasticsearch/v8 v8.19.7
EOF
cat >main.go <<'EOF'
package main

import (
	"encoding/json"
	"fmt"

	"github.com/elastic/go-elasticsearch/v8/typedapi/types"
)

func main() {
	for _, text := range []string{
		`{"range":{"port":{"from":0,"include_upper":false,"to":1024}}}`,
		`{"range":{"port":{"gte":0,"lt":1024}}}`,
	} {
		var q types.Query
		if err := json.Unmarshal([]byte(text), &q); err != nil {
			panic(err)
		}
		again, err := json.Marshal(q)
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s -> %s\n", text, again)
	}
}
EOF
go mod tidy >/dev/null 2>&1
got=$(go run .)
want=$(
	cat <<'EOF'
{"range":{"port":{"from":0,"include_upper":false,"to":1024}}} -> {"range":{"port":{"from":0,"to":1024}}}
{"range":{"port":{"gte":0,"lt":1024}}} -> {"range":{"port":{"gte":0,"lt":1024}}}
EOF
)
printf 'go-elasticsearch v8.19.7, range queries read and written:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
