#!/usr/bin/env bash
# tomli 2.5.0, tomlkit 0.15.2 and rtoml 0.14.0: of a file with CRLF the first reads other values than the two others.
#
# TOML leaves it to the parser which line end a value of several lines gets. tomli, which is the tomllib of Python, turns every CRLF of the file
# into LF before it parses; tomlkit and rtoml keep it in the value. A rule checked out on Windows has one query for a tool that
# reads and another for one that edits: hashes differ, and so does a pattern or a literal value that spans lines.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install tomli==2.5.0 tomlkit==0.15.2 rtoml==0.14.0
cat >run.py <<'EOF'
import rtoml
import tomli
import tomlkit

text = "query = '''\r\nprocess where true\r\n  and x == 1'''\r\n"
for name, loads in ("tomli", tomli.loads), ("tomlkit", tomlkit.parse), ("rtoml", rtoml.loads):
    print(name, repr(str(loads(text)["query"])))
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
tomli 'process where true\n  and x == 1'
tomlkit 'process where true\r\n  and x == 1'
rtoml 'process where true\r\n  and x == 1'
EOF
)
printf 'a value of two lines in a file with CRLF:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
