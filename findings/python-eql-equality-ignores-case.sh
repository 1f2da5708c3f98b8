#!/usr/bin/env bash
# eql (Python) 1.0.1, Elasticsearch syntax: == and in ignore case.
#
# Elasticsearch compares with == and in exactly, and has ":", like~ and in~ for the rest. The Python engine parses these operators
# in its Elasticsearch syntax, yet compares strings without case in all of them, so a fixture passes there and never matches in a
# cluster.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install eql==1.0.1
cat >run.py <<'EOF'
import sys

import eql
from eql.engine import PythonEngine
from eql.events import Event


def matches(query, events):
    found = []
    with eql.parser.elasticsearch_syntax:
        parsed = eql.parse_query(query)
    engine = PythonEngine()
    engine.add_output_hook(lambda result: found.extend(e.data["name"] for e in result.events))
    engine.add_query(parsed)
    engine.stream_events([Event("process", i, dict(e, event_type="process")) for i, e in enumerate(events)])
    engine.finalize()
    return found



events = [{"name": "CMD.exe"}]
for query in ('process where name == "cmd.exe"', 'process where name in ("cmd.exe")', 'process where name != "cmd.exe"',
              'process where name like "cmd*"'):
    print(query, matches(query, events))
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
process where name == "cmd.exe" ['CMD.exe']
process where name in ("cmd.exe") ['CMD.exe']
process where name != "cmd.exe" []
process where name like "cmd*" ['CMD.exe']
EOF
)
printf 'eql 1.0.1, operators that respect case, on the name CMD.exe:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
