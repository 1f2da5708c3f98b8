#!/usr/bin/env bash
# pySigma-backend-loki 0.15.1 (pySigma 1.5.1): an escaped asterisk becomes a backslash and a wildcard.
#
# Sigma's \* is an asterisk. The backend writes values as regular expressions, and there the escape becomes an escaped backslash, with a
# pattern for anything behind it: the rule does not find the text it names and finds others. A question mark fares the same. The
# last lines apply the pattern to both.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install pysigma==1.5.1 pysigma-backend-loki==0.15.1
cat >run.py <<'EOF'
import re

from sigma.backends.loki import LogQLBackend
from sigma.collection import SigmaCollection

for value in r"net user \*", r"what\?":
    rule = f"""
title: t
logsource: {{category: process_creation, product: windows}}
detection:
    sel: {{cmd: '{value}'}}
    condition: sel
"""
    query = LogQLBackend().convert(SigmaCollection.from_yaml(rule))[0]
    pattern = query.split("`")[1]
    print(value, "->", pattern)
    for text in value.replace("\\", ""), value[:-2] + r"\!":
        print("   ", text, bool(re.search(pattern, text)))
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
net user \* -> (?i)^net\ user\ \\.*$
    net user * False
    net user \! True
what\? -> (?i)^what\\.$
    what? False
    what\! True
EOF
)
printf 'pySigma-backend-loki 0.15.1, escaped wildcards:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
