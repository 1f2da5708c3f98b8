#!/usr/bin/env bash
# tomlkit 0.15.2: text added to a value in single quotes makes a file that no TOML parser reads.
#
# tomlkit edits a file and keeps its style. A value in double quotes gets the escapes that the new text needs. A literal string has no escapes, and
# the sum of it and a text is written between the same single quotes all the same: with a line end or a quote in it the file is broken, and
# nothing is said when it is written. Queries with paths and patterns are what literal strings are used for in rules.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install tomlkit==0.15.2 tomli==2.5.0
cat >run.py <<'EOF'
import tomli
import tomlkit

for quote, more in ('"', "\nor b"), ("'", "\nor b"), ("'", " or 'b'"):
    document = tomlkit.parse(f"query = {quote}a{quote}\n")
    document["query"] += more
    text = tomlkit.dumps(document)
    try:
        print(repr(text), "->", tomli.loads(text)["query"] == "a" + more)
    except tomli.TOMLDecodeError as e:
        print(repr(text), "->", type(e).__name__)
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
'query = "a\\nor b"\n' -> True
"query = 'a\nor b'\n" -> TOMLDecodeError
"query = 'a or 'b''\n" -> TOMLDecodeError
EOF
)
printf 'tomlkit 0.15.2, text added to a string:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
