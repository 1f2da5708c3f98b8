#!/usr/bin/env bash
# sarif-tools 3.0.5: suppressed results, and those that a baseline says are gone, count as errors.
#
# SARIF marks what was accepted ("suppressions") and what an earlier run had and this one has not (baselineState "absent"). Both stay in
# the file on purpose. sarif summary counts them like new ones, and --check error fails the build for a file without a single
# open finding.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install sarif-tools==3.0.5
cat >run.py <<'EOF'
import json
import subprocess

place = [{"physicalLocation": {"artifactLocation": {"uri": "rule.toml"}, "region": {"startLine": 3}}}]
results = [
    {"ruleId": "R1", "level": "error", "message": {"text": "accepted"}, "locations": place,
     "suppressions": [{"kind": "inSource", "status": "accepted"}]},
    {"ruleId": "R1", "level": "error", "message": {"text": "gone"}, "locations": place, "baselineState": "absent"},
]
run = {"tool": {"driver": {"name": "demo", "rules": [{"id": "R1"}]}}, "results": results}
with open("demo.sarif", "w") as f:
    json.dump({"version": "2.1.0", "runs": [run]}, f)
r = subprocess.run(["venv/bin/sarif", "--check", "error", "summary", "demo.sarif"], capture_output=True, text=True)
print(r.stdout.split("\n\n")[0].strip(), "| exit", r.returncode)
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
error: 2
 - R1 ...: 2 | exit 2
EOF
)
printf 'sarif-tools 3.0.5, one suppressed and one absent result:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
