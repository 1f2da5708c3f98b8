#!/usr/bin/env bash
# pySigma-backend-kusto 1.0.1 (pySigma 1.5.1): "any value" becomes a test that holds for no value, too.
#
# A Sigma value of one asterisk asks for a field that has a value; other backends write an exists query. The Kusto backend takes the asterisk
# off and is left with startswith "", which every text fulfils, also the empty one that Kusto has for a missing column. As a
# selection the test is worth nothing; as a filter ("and not f") it takes every event out and the rule never fires.
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


print(convert("sel: {ParentImage: '*'}"))
print(convert("sel: {Image: a.exe}\n    f: {ParentImage: '*'}", "sel and not f"))
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
ParentImage startswith ""
Image =~ "a.exe" and (not(ParentImage startswith ""))
EOF
)
printf 'pySigma-backend-kusto 1.0.1, an asterisk alone:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
