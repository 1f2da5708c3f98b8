#!/usr/bin/env bash
# pySigma-backend-elasticsearch 2.1.1 (pySigma 1.5.1), EQL: a correlation that counts distinct values becomes one that counts equal values.
#
# Sigma's value_count asks for a number of different values of a field within a group: ten different users on one host. The
# backend writes the counted field as one more join key and the number as runs, so the sequence asks for ten events of the
# same user, the opposite. The comparison is dropped too: "lt: 10" gives the same text as "gte: 10".
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
title: logon
name: logon
logsource: {category: authentication, product: windows}
detection:
    sel: {event.action: logged-in}
    condition: sel
---
title: many users
correlation:
    type: value_count
    rules: [logon]
    group-by: [host.name]
    timespan: 30m
    condition: {field: user.name, OP: 10}
"""
for op in "gte", "lt":
    query = EqlBackend().convert(SigmaCollection.from_yaml(rules.replace("OP", op)))[-1]
    print(op, "10:", " ".join(query.split()))
EOF
got=$(venv/bin/python convert.py)
want=$(
	cat <<'EOF'
gte 10: sequence by host.name with maxspan=30m [any where event.action:"logged-in"] by user.name with runs=10
lt 10: sequence by host.name with maxspan=30m [any where event.action:"logged-in"] by user.name with runs=10
EOF
)
printf 'pySigma-backend-elasticsearch 2.1.1, value_count of user.name in EQL:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
