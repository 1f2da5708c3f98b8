#!/usr/bin/env bash
# stix2 3.0.2: a filter with "!=" on a list keeps objects whose list holds the value.
#
# Techniques of ATT&CK have lists, such as their platforms. "=" on a list asks whether one element is equal, so "!=" looks like its opposite. It
# asks whether one element is different: only objects whose list has nothing else are left out, and a report "not on Windows"
# contains most of Windows. An object without the property is left out by both.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install stix2==3.0.2
cat >run.py <<'EOF'
from stix2 import AttackPattern, Filter, MemoryStore

store = MemoryStore([
    AttackPattern(name="windows and linux", allow_custom=True, x_mitre_platforms=["Windows", "Linux"]),
    AttackPattern(name="windows", allow_custom=True, x_mitre_platforms=["Windows"]),
    AttackPattern(name="linux", allow_custom=True, x_mitre_platforms=["Linux"]),
    AttackPattern(name="none"),
])
for operator in "=", "!=":
    found = store.query([Filter("x_mitre_platforms", operator, "Windows")])
    print("x_mitre_platforms", operator, "Windows:", sorted(o.name for o in found))
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
x_mitre_platforms = Windows: ['windows', 'windows and linux']
x_mitre_platforms != Windows: ['linux', 'windows and linux']
EOF
)
printf 'stix2 3.0.2, filters on a list:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
