#!/usr/bin/env bash
# pelletier/go-toml v2.4.3, unstable parser with KeepComments: in an array a comment is the child of the comment before it.
#
# The parser gives a comment in an array as an element of it, which a walk over the children finds. Comments that follow without a
# value between them hang below the first one, beside each other: a walk over the elements misses them.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >go.mod <<'EOF'
module finding

go 1.25

require github.com/pelletier/go-toml/v2 v2.4.3
EOF
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

func show(n *unstable.Node, depth int) {
	fmt.Println(strings.TrimRight(strings.Repeat("  ", depth)+n.Kind.String()+" "+string(n.Data), " "))
	for it := n.Children(); it.Next(); {
		show(it.Node(), depth+1)
	}
}

func main() {
	p := unstable.Parser{KeepComments: true}
	p.Reset([]byte("hosts = [\n  \"a\", # first\n  # second\n  # third\n  \"b\",\n]\n"))
	for p.NextExpression() {
		show(p.Expression(), 0)
	}
}
EOF
go mod tidy >/dev/null 2>&1
got=$(go run .)
want=$(
	cat <<'EOF'
KeyValue
  Array
    String a
    Comment # first
      Comment # second
      Comment # third
    String b
  Key hosts
EOF
)
printf 'go-toml v2.4.3, comments in an array:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
