#!/usr/bin/env bash
# pySigma-backend-elasticsearch 2.1.1 (pySigma 1.5.1): one Sigma exclusion, two meanings in EQL and ES|QL.
#
# "sel and not filter" keeps an event that lacks the filter's field, in Sigma and in the EQL that the backend writes. In ES|QL a
# comparison with a missing value is null, "not" of null is null, and WHERE drops the row: the text below loses every event
# without user.name, in silence. A guard such as "user.name is null or ..." would be needed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install pysigma==1.5.1 pysigma-backend-elasticsearch==2.1.1
cat >convert.py <<'EOF'
from sigma.backends.elasticsearch import EqlBackend, ESQLBackend
from sigma.collection import SigmaCollection

rule = """
title: t
logsource: {category: process_creation, product: linux}
detection:
    sel: {process.name: curl}
    filter: {user.name: backup}
    condition: sel and not filter
"""
for backend in EqlBackend, ESQLBackend:
    print(backend.__name__, backend().convert(SigmaCollection.from_yaml(rule))[0])
EOF
got=$(venv/bin/python convert.py)
want=$(
	cat <<'EOF'
EqlBackend any where process.name:"curl" and (not user.name:"backup")
ESQLBackend from * metadata _id, _index, _version | where process.name=="curl" and not user.name=="backup"
EOF
)
printf 'pySigma-backend-elasticsearch 2.1.1, an exclusion:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
