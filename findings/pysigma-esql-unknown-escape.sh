#!/usr/bin/env bash
# pySigma-backend-elasticsearch 2.1.1 (pySigma 1.5.1), ES|QL: an escaped asterisk becomes an escape that ES|QL does not have.
#
# In Sigma "\*" is an asterisk and no wildcard. Comparing with == or starts_with needs no escape, but the backend writes one, into a
# string literal whose only escapes are those of the quote, the backslash, tab and line ends: Elasticsearch refuses the query.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install pysigma==1.5.1 pysigma-backend-elasticsearch==2.1.1
cat >convert.py <<'EOF'
from sigma.backends.elasticsearch import ESQLBackend
from sigma.collection import SigmaCollection

for value in r"net view \*", r"net view \* /all*":
    rule = rf"""
title: t
logsource: {{category: process_creation, product: windows}}
detection:
    sel:
        process.command_line: '{value}'
    condition: sel
"""
    print(ESQLBackend().convert(SigmaCollection.from_yaml(rule))[0].split("where ")[1])
EOF
got=$(venv/bin/python convert.py)
want=$(
	cat <<'EOF'
process.command_line=="net view \*"
starts_with(process.command_line, "net view \* /all")
EOF
)
printf 'pySigma-backend-elasticsearch 2.1.1, an escaped asterisk in ES|QL:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
