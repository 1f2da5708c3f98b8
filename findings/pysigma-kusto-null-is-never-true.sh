#!/usr/bin/env bash
# pySigma-backend-kusto 1.0.1 (pySigma 1.5.1): "User: null" becomes isnull(User), which no text column can fulfil.
#
# In Sigma null stands for a field that is missing or has no value. Kusto's text columns know no null: a missing text is the empty text, and
# isnull of it is false, so isempty is the question to ask. The backend asks it for "exists: false", and for null it does not:
# as a filter the condition excludes nothing, as a selection it finds nothing. EQL's "user == null" and KQL's "not user: *" have no such trap.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install pysigma==1.5.1 pysigma-backend-kusto==1.0.1
cat >run.py <<'EOF'
from sigma.backends.kusto import KustoBackend
from sigma.collection import SigmaCollection


def convert(detection, condition="sel"):
    rule = f"""
title: t
logsource: {{category: process_creation, product: windows}}
detection:
    {detection}
    condition: {condition}
"""
    return KustoBackend().convert(SigmaCollection.from_yaml(rule))[0]


for value in "User: null", "User|exists: false", "User: [guest, null]":
    print(value, "->", convert(f"sel: {{{value}}}"))
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
User: null -> isnull(User)
User|exists: false -> isempty(User)
User: [guest, null] -> User =~ "guest" or isnull(User)
EOF
)
printf 'pySigma-backend-kusto 1.0.1, a field without a value:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
