#!/usr/bin/env bash
# stix2-matcher 3.0.0, STIX patterns: WITHIN behind "a FOLLOWEDBY b" limits b alone.
#
# It reads like the maxspan of an EQL sequence, and the pattern parses. A qualifier binds tighter than FOLLOWEDBY, so it says that b by itself
# takes at most that long, which holds for any single event: two events an hour apart fulfil "within 60 seconds". Only brackets
# around the sequence make it a limit of the sequence.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install stix2-matcher==3.0.0
cat >run.py <<'EOF'
from stix2matcher.matcher import match


def seen(name, at):
    return {"type": "observed-data", "id": "observed-data--11111111-1111-4111-8111-111111111111", "created": at, "modified": at,
            "first_observed": at, "last_observed": at, "number_observed": 1, "objects": {"0": {"type": "file", "name": name}}}


hour_apart = [seen("a", "2026-01-01T00:00:00Z"), seen("b", "2026-01-01T01:00:00Z")]
for pattern in (
    "[file:name = 'a'] FOLLOWEDBY [file:name = 'b'] WITHIN 60 SECONDS",
    "([file:name = 'a'] FOLLOWEDBY [file:name = 'b']) WITHIN 60 SECONDS",
):
    print(pattern, "->", bool(match(pattern, hour_apart)))
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
[file:name = 'a'] FOLLOWEDBY [file:name = 'b'] WITHIN 60 SECONDS -> True
([file:name = 'a'] FOLLOWEDBY [file:name = 'b']) WITHIN 60 SECONDS -> False
EOF
)
printf 'stix2-matcher 3.0.0, two events an hour apart:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
