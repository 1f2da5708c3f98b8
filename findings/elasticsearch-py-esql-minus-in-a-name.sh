#!/usr/bin/env bash
# elasticsearch (Python client) 9.5.1, ES|QL query builder: KEEP quotes a column name, WHERE and STATS BY do not.
#
# A name with a hyphen needs back quotes in ES|QL. The builder adds them in KEEP, SORT, DROP and RENAME, but E("x-forwarded") in a
# condition, and the columns of BY, are written as they are: a subtraction of two columns.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install elasticsearch==9.5.1
cat >build.py <<'EOF'
from elasticsearch.esql import ESQL, E, functions

print(ESQL.from_("logs").where(E("x-port") == 1).keep("x-port"))
print(ESQL.from_("logs").stats(n=functions.count(E("x-port"))).by("x-port").sort("x-port"))
EOF
got=$(venv/bin/python build.py)
want=$(
	cat <<'EOF'
FROM logs
| WHERE x-port == 1
| KEEP `x-port`
FROM logs
| STATS n = COUNT(x-port)
        BY x-port
| SORT `x-port`
EOF
)
printf 'elasticsearch-py 9.5.1, a column named x-port:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
