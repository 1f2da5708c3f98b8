#!/usr/bin/env bash
# fastjsonschema 2.22.3: a schema that says draft 2020-12 is compiled, and the keywords of that draft are ignored.
#
# The package names drafts 4, 6 and 7. A schema for a later one is no error and no warning: prefixItems, dependentRequired, unevaluatedProperties
# and minContains do nothing, so data that the schema forbids pass. That it asks for format uuid, which draft 7 does not have, in
# such a schema looks like support.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install fastjsonschema==2.22.3
cat >run.py <<'EOF'
import fastjsonschema

for rest, data in (
    ({"prefixItems": [{"type": "string"}]}, [1]),
    ({"dependentRequired": {"a": ["b"]}}, {"a": 1}),
    ({"unevaluatedProperties": False}, {"a": 1}),
    ({"contains": {"const": 1}, "minContains": 2}, [1]),
    ({"format": "uuid"}, "no uuid"),
):
    validate = fastjsonschema.compile({"$schema": "https://json-schema.org/draft/2020-12/schema", **rest})
    try:
        validate(data)
        print(rest, data, "accepted")
    except fastjsonschema.JsonSchemaValueException:
        print(rest, data, "refused")
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
{'prefixItems': [{'type': 'string'}]} [1] accepted
{'dependentRequired': {'a': ['b']}} {'a': 1} accepted
{'unevaluatedProperties': False} {'a': 1} accepted
{'contains': {'const': 1}, 'minContains': 2} [1] accepted
{'format': 'uuid'} no uuid refused
EOF
)
printf 'fastjsonschema 2.22.3, data that draft 2020-12 forbids:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
