#!/usr/bin/env bash
# sourcegraph/jsonrpc2 v0.2.3, VSCodeObjectCodec: a message whose content ends in blanks can make the next one unreadable.
#
# The content of a Language Server Protocol message is as long as Content-Length says, and JSON may end in white space. The codec
# decodes one JSON value from a reader that is limited to that length, and does not read the rest of the content: what the
# decoder has not buffered stays in the stream and is taken for the header of the next message. With few blanks the decoder's
# buffer happens to swallow them, so it works in small tests; behind a longer message it does not.
# What it means for a server: read the whole content before decoding it (package lsp does).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >go.mod <<'EOF'
module finding

go 1.25

require github.com/sourcegraph/jsonrpc2 v0.2.3
EOF
cat >main.go <<'EOF'
package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/sourcegraph/jsonrpc2"
)

func main() {
	for _, blanks := range []int{0, 10, 2000} {
		first := `{"jsonrpc":"2.0","method":"one"}` + strings.Repeat(" ", blanks)
		second := `{"jsonrpc":"2.0","method":"two"}`
		in := fmt.Sprintf("Content-Length: %d\r\n\r\n%sContent-Length: %d\r\n\r\n%s", len(first), first, len(second), second)
		r := bufio.NewReader(strings.NewReader(in))
		var methods []string
		for range 2 {
			var m struct{ Method string }
			if err := (jsonrpc2.VSCodeObjectCodec{}).ReadObject(r, &m); err != nil {
				methods = append(methods, "error")
				continue
			}
			methods = append(methods, m.Method)
		}
		fmt.Println(blanks, strings.Join(methods, " "))
	}
}
EOF
go mod tidy >/dev/null 2>&1
got=$(go run .)
want=$'0 one two\n10 one two\n2000 one error'
printf 'jsonrpc2 v0.2.3, blanks behind the first message and what is read:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
