#!/usr/bin/env bash
# pySigma-backend-elasticsearch 2.1.1 (pySigma 1.5.1), EQL: an ordered correlation ends in a "by" without a key and in runs.
#
# A temporal_ordered correlation of two rules has no counted field and no number. The template of the counting kinds is used all
# the same: behind the last stage stand "by", nothing, and "with runs=2". Elasticsearch refuses the query; without "by" it would
# ask for the second event twice.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install pysigma==1.5.1 pysigma-backend-elasticsearch==2.1.1
cat >convert.py <<'EOF'
from sigma.backends.elasticsearch import EqlBackend
from sigma.collection import SigmaCollection

rules = """
title: start
name: start
logsource: {category: process_creation, product: linux}
detection:
    sel: {process.name: nc}
    condition: sel
---
title: connect
name: connect
logsource: {category: network_connection, product: linux}
detection:
    sel: {destination.port: 4444}
    condition: sel
---
title: both
correlation:
    type: temporal_ordered
    rules: [start, connect]
    group-by: [host.name]
    timespan: 1m
"""
query = EqlBackend().convert(SigmaCollection.from_yaml(rules))[-1]
print(" ".join(query.split()))
EOF
got=$(venv/bin/python convert.py)
want=$(
	cat <<'EOF'
sequence by host.name with maxspan=1m [any where process.name:"nc"] [any where destination.port:4444] by with runs=2
EOF
)
printf 'pySigma-backend-elasticsearch 2.1.1, temporal_ordered in EQL (blanks squeezed):\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
