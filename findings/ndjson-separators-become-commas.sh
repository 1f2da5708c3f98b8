#!/usr/bin/env bash
# ndjson 0.3.1 (Python): loads turns U+2028, U+2029 and U+0085 within a text into commas.
#
# Exported rules are NDJSON: one JSON document a line, and a line ends with a line feed. loads cuts at everything that Python's splitlines takes for
# a line end and puts commas in these places. JSON allows these three within a string as they are (dumps writes them so with ensure_ascii off), and a
# comma is legal there as well: a description or a query comes back changed, and no error says so. reader, which goes by lines of a
# file, keeps them.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install ndjson==0.3.1
cat >run.py <<'EOF'
import io

import ndjson

for separator in "\u2028", "\u2029", "\x85":
    line = ndjson.dumps([{"query": f"one{separator}two"}], ensure_ascii=False)
    print(ascii(separator), "loads:", ascii(ndjson.loads(line)[0]["query"]),
          "| reader:", ascii(next(ndjson.reader(io.StringIO(line)))["query"]))
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
'\u2028' loads: 'one,two' | reader: 'one\u2028two'
'\u2029' loads: 'one,two' | reader: 'one\u2029two'
'\x85' loads: 'one,two' | reader: 'one\x85two'
EOF
)
printf 'ndjson 0.3.1, separators within a value:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
