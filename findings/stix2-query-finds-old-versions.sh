#!/usr/bin/env bash
# stix2 3.0.2, MemoryStore: query answers with every version of an object that it was ever given, get with the newest.
#
# Loading a newer bundle of ATT&CK over an older one replaces nothing. get(id) gives the newest version, query gives all that fit, so a technique
# that is revoked today is still found by "revoked is false", through the version from before, and appears twice elsewhere. A
# table of valid techniques made like that is too long.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install stix2==3.0.2
cat >run.py <<'EOF'
from stix2 import AttackPattern, Filter, MemoryStore

old = AttackPattern(name="old name", created="2024-01-01T00:00:00Z", modified="2024-01-01T00:00:00Z")
store = MemoryStore([old])
store.add(old.new_version(name="new name", modified="2025-01-01T00:00:00Z").revoke())
print("get:", store.get(old.id).name, "| revoked:", store.get(old.id).revoked)
print("of this type:", sorted(o.name for o in store.query([Filter("type", "=", "attack-pattern")])))
print("not revoked:", sorted(o.name for o in store.query([Filter("revoked", "=", False)])))
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
get: new name | revoked: True
of this type: ['new name', 'old name']
not revoked: ['old name']
EOF
)
printf 'stix2 3.0.2, two versions of one object:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
