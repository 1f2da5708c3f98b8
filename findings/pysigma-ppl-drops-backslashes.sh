#!/usr/bin/env bash
# pySigma-backend-opensearch 2.0.3 (pySigma 1.5.1), PPL: the backslashes of a value are gone.
#
# The LIKE of PPL and its strings have backslashes as escapes, so one expects them doubled. The backend removes them: the path of a program
# becomes a word that no event holds, and an ending such as \cmd.exe, whose backslash says "this name, not a longer one", also
# finds notcmd.exe. Its Lucene backend keeps them.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install pysigma==1.5.1 pysigma-backend-elasticsearch==2.1.1 pysigma-backend-opensearch==2.0.3
cat >run.py <<'EOF'
from sigma.backends.opensearch import OpensearchLuceneBackend, OpenSearchPPLBackend
from sigma.collection import SigmaCollection

for field in r"Image: 'C:\Tools\nc.exe'", r"Image|endswith: '\cmd.exe'":
    rule = f"""
title: t
logsource: {{category: process_creation, product: windows}}
detection:
    sel:
        {field}
    condition: sel
"""
    for backend in OpensearchLuceneBackend, OpenSearchPPLBackend:
        print(field, backend.__name__, backend().convert(SigmaCollection.from_yaml(rule))[0].split("where ")[-1])
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
Image: 'C:\Tools\nc.exe' OpensearchLuceneBackend Image:C\:\\Tools\\nc.exe
Image: 'C:\Tools\nc.exe' OpenSearchPPLBackend Image="C:Toolsnc.exe"
Image|endswith: '\cmd.exe' OpensearchLuceneBackend Image:*\\cmd.exe
Image|endswith: '\cmd.exe' OpenSearchPPLBackend LIKE(Image, "%cmd.exe")
EOF
)
printf 'pySigma-backend-opensearch 2.0.3, paths:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
