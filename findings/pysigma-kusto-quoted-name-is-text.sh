#!/usr/bin/env bash
# pySigma-backend-kusto 1.0.1 (pySigma 1.5.1): a field name with a dot, a blank or a hyphen becomes a text, no column.
#
# Kusto takes a name in single quotes for a string literal; a column with such a name is ["..."] or ['...'] in brackets. The backend writes
# the quotes alone, so the query is legal and compares two constants: false for every event, or true for every event behind
# "not". A dotted name as ECS has, which Kusto reads as a path into a dynamic column, fares like that as well.
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


print(convert("sel: {'Event Type': logon}"))
print(convert("sel: {Image: a.exe}\n    f: {'x-source': backup}", "sel and not f"))
print(convert("sel: {event.type: logon}"))
print(convert("sel: {event_type: logon}"))
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
'Event Type' =~ "logon"
Image =~ "a.exe" and (not('x-source' =~ "backup"))
'event.type' =~ "logon"
event_type =~ "logon"
EOF
)
printf 'pySigma-backend-kusto 1.0.1, names that need quotes:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
