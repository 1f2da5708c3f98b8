#!/usr/bin/env bash
# pySigma-backend-elasticsearch 2.1.1 (pySigma 1.5.1), pipeline ecs_windows: User with a domain is compared with user.name alone.
#
# Sysmon's User holds DOMAIN\name, and Sigma rules for the system account write NT AUTHORITY\SYSTEM. On the way into ECS the text is split into
# user.domain and user.name. The pipeline maps User to user.name and keeps the value whole: the comparison never holds, and as
# a filter it excludes nobody. An ending that begins with the backslash never holds either; only the bare name does.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install pysigma==1.5.1 pysigma-backend-elasticsearch==2.1.1
cat >run.py <<'EOF'
from sigma.backends.elasticsearch import EqlBackend
from sigma.collection import SigmaCollection
from sigma.pipelines.elasticsearch.windows import ecs_windows

for field in r"User: 'NT AUTHORITY\SYSTEM'", r"User|endswith: '\SYSTEM'", "User|endswith: SYSTEM":
    rule = f"""
title: t
logsource: {{category: process_creation, product: windows}}
detection:
    sel:
        {field}
    condition: sel
"""
    print(field, "->", EqlBackend(ecs_windows()).convert(SigmaCollection.from_yaml(rule))[0])
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
User: 'NT AUTHORITY\SYSTEM' -> any where user.name:"NT AUTHORITY\\SYSTEM"
User|endswith: '\SYSTEM' -> any where user.name:"*\\SYSTEM"
User|endswith: SYSTEM -> any where user.name:"*SYSTEM"
EOF
)
printf 'pySigma-backend-elasticsearch 2.1.1, ecs_windows, accounts:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
