#!/usr/bin/env bash
# eql (Python) 1.0.1, Elasticsearch syntax: "?" is no wildcard.
#
# In Elasticsearch "?" stands for one character in like, in ":" and in wildcard patterns. The Python engine escapes it, with its
# Elasticsearch syntax too: "cmd?exe" wants a question mark. "*" works in both.
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



events = [{"name": "cmd.exe"}, {"name": "cmd?exe"}]
for query in 'process where name like "cmd?exe"', 'process where name : "cmd?exe"', 'process where name like "cmd*exe"':
    print(query, matches(query, events))
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
process where name like "cmd?exe" ['cmd?exe']
process where name : "cmd?exe" ['cmd?exe']
process where name like "cmd*exe" ['cmd.exe', 'cmd?exe']
EOF
)
printf 'eql 1.0.1, question marks on the names cmd.exe and cmd?exe:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
