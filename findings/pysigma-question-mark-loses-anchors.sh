#!/usr/bin/env bash
# pySigma-backend-kusto 1.0.1 and pySigma-backend-victorialogs 0.2.0 (pySigma 1.5.1): one "?" turns an exact value into a search.
#
# Sigma's "?" is one character of a value that is compared as a whole, without case. Both backends write a regular expression for it and no
# anchors, and both languages search: the pattern holds for longer values, and with upper case it holds for less, as neither
# ignores case in a regular expression. Without "?" both write an exact comparison (Kusto's ignores case). The last lines search the
# value's regular expression as both would.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install pysigma==1.5.1 pysigma-backend-kusto==1.0.1 pysigma-backend-victorialogs==0.2.0
cat >run.py <<'EOF'
import re

from sigma.backends.kusto import KustoBackend
from sigma.backends.victorialogs import VictoriaLogsBackend
from sigma.collection import SigmaCollection

for value in "svc.exe", "svc?.exe":
    rule = f"""
title: t
logsource: {{category: process_creation, product: windows}}
detection:
    sel: {{Name: '{value}'}}
    condition: sel
"""
    for backend in KustoBackend, VictoriaLogsBackend:
        print(value, backend.__name__, backend().convert(SigmaCollection.from_yaml(rule))[0])
for name in "svc1.exe", "mysvc1.exe.bak", "SVC1.EXE":
    print(name, bool(re.search(r"svc.\.exe", name)))
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
svc.exe KustoBackend Name =~ "svc.exe"
svc.exe VictoriaLogsBackend Name:="svc.exe"
svc?.exe KustoBackend Name matches regex "svc.\\.exe"
svc?.exe VictoriaLogsBackend Name:~"svc.\\.exe"
svc1.exe True
mysvc1.exe.bak True
SVC1.EXE False
EOF
)
printf 'pySigma backends for Kusto 1.0.1 and VictoriaLogs 0.2.0, one question mark:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
