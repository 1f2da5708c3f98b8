#!/usr/bin/env bash
# pySigma-backend-elasticsearch 2.1.1 (pySigma 1.5.1), EQL: words without a field become string literals as conditions.
#
# A Sigma rule may search words in any field. EQL has no such search; the backend writes the bare string where a condition must
# stand, without a word of warning (its ES|QL backend raises an error instead). Elasticsearch refuses it: a condition is a boolean.
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
logsource: {product: linux, service: syslog}
detection:
    words:
        - segfault
        - stack smashing
    condition: words
"""
for backend in EqlBackend, ESQLBackend:
    try:
        print(backend.__name__, backend().convert(SigmaCollection.from_yaml(rule))[0])
    except NotImplementedError:
        print(backend.__name__, "NotImplementedError")
EOF
got=$(venv/bin/python convert.py)
want=$(
	cat <<'EOF'
EqlBackend any where "segfault" or "stack smashing"
ESQLBackend NotImplementedError
EOF
)
printf 'pySigma-backend-elasticsearch 2.1.1, words without a field:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
