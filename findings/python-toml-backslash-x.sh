#!/usr/bin/env bash
# toml (Python) 0.10.2: dumps does not escape a backslash before an x.
#
# Backslashes of a value are doubled, but not one that stands before the letter x: the writer takes it for an escape of Python's own
# notation. A Windows path with \x64 in it, or a regular expression with \xNN, makes a file that no TOML parser reads, its own
# included.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install toml==0.10.2
cat >run.py <<'EOF'
import tomllib

import toml

for path in r"C:\drivers\x64", r"C:\drivers\w64":
    text = toml.dumps({"path": path}).strip()
    for name, loads in ("toml", toml.loads), ("tomllib", tomllib.loads):
        try:
            print(text, name, loads(text)["path"] == path)
        except ValueError as e:
            print(text, name, type(e).__name__)
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
path = "C:\drivers\x64" toml TomlDecodeError
path = "C:\drivers\x64" tomllib TOMLDecodeError
path = "C:\\drivers\\w64" toml True
path = "C:\\drivers\\w64" tomllib True
EOF
)
printf 'toml 0.10.2, a path with \\x64:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
