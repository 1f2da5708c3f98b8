#!/usr/bin/env bash
# luqum 1.0.0, ElasticsearchQueryBuilder: port:>1024 becomes a term query for 1024.
#
# The parser knows the one-sided ranges of query_string (:>, :>=, :<, :<=), and the tree holds them. The builder for Elasticsearch
# writes a term query with the bare number and drops the comparison without a word; [1025 TO *] becomes a range as it should.
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

build = ElasticsearchQueryBuilder(not_analyzed_fields=["port"])
for query in "port:>1024", "port:<=1024", "port:[1025 TO *]":
    tree = parser.parse(query)
    print(query, type(tree.children[0]).__name__, json.dumps(build(tree)))
EOF
got=$(venv/bin/python build.py)
want=$(
	cat <<'EOF'
port:>1024 From {"term": {"port": {"value": "1024"}}}
port:<=1024 To {"term": {"port": {"value": "1024"}}}
port:[1025 TO *] Range {"range": {"port": {"gte": "1025"}}}
EOF
)
printf 'luqum 1.0.0, one-sided ranges:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
