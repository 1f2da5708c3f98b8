#!/usr/bin/env bash
# luqum 1.0.0, ElasticsearchQueryBuilder: the escapes of the query language go into the values.
#
# In query_string a backslash takes the meaning from the next character and is gone afterwards. The builder keeps it where the
# target has no escapes: the term query for process.name:my\ tool wants a value with a backslash in it, and so does the one for a
# quoted path, with two backslashes for each of the value.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install luqum==1.0.0
cat >build.py <<'EOF'
import json

from luqum.elasticsearch import ElasticsearchQueryBuilder
from luqum.parser import parser

build = ElasticsearchQueryBuilder(not_analyzed_fields=["process.name", "file.path"])
for query in r"process.name:my\ tool", r'file.path:"C:\\Temp"':
    print(query, json.dumps(build(parser.parse(query))))
EOF
got=$(venv/bin/python build.py)
want=$(
	cat <<'EOF'
process.name:my\ tool {"term": {"process.name": {"value": "my\\ tool"}}}
file.path:"C:\\Temp" {"term": {"file.path": {"value": "C:\\\\Temp"}}}
EOF
)
printf 'luqum 1.0.0, escapes (the right side is JSON):\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
