#!/usr/bin/env bash
# pySigma-backend-elasticsearch 2.1.1 (pySigma 1.5.1), pipeline ecs_windows: Initiated true becomes network.direction "true".
#
# Sysmon's Initiated is a boolean; ECS has network.direction with words such as egress and ingress, and the pipelines that load Sysmon into
# Elasticsearch translate true into egress. The Sigma pipeline renames the field and leaves the value, so rules about outgoing
# connections ask for a direction called "true", which no event has: they load, run and never fire.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install pysigma==1.5.1 pysigma-backend-elasticsearch==2.1.1
cat >run.py <<'EOF'
from sigma.backends.elasticsearch import EqlBackend, LuceneBackend
from sigma.collection import SigmaCollection
from sigma.pipelines.elasticsearch.windows import ecs_windows

rule = """
title: t
logsource: {category: network_connection, product: windows}
detection:
    sel: {Initiated: 'true', DestinationPort: 4444}
    condition: sel
"""
for backend in EqlBackend, LuceneBackend:
    print(backend.__name__, backend(ecs_windows()).convert(SigmaCollection.from_yaml(rule))[0])
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
EqlBackend any where network.direction:"true" and destination.port:4444
LuceneBackend network.direction:true AND destination.port:4444
EOF
)
printf 'pySigma-backend-elasticsearch 2.1.1, ecs_windows, an outgoing connection:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
