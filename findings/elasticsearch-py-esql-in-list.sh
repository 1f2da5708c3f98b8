#!/usr/bin/env bash
# elasticsearch (Python client) 9.5.1, ES|QL query builder: in_() with a list writes Python's notation of the list.
#
# E("x").in_(["a", "b"]) gives x IN (['a', 'b']): brackets of a list inside of the brackets, and quotes that ES|QL does not have.
# Elasticsearch refuses the query. Every other place writes values as JSON.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install elasticsearch==9.5.1
cat >build.py <<'EOF'
from elasticsearch.esql import ESQL, E

print(ESQL.from_("logs").where(E("user.name").in_(["root", "admin"])))
print(ESQL.row(users=["root", "admin"]))
EOF
got=$(venv/bin/python build.py)
want=$(
	cat <<'EOF'
FROM logs
| WHERE user.name IN (['root', 'admin'])
ROW users = ["root", "admin"]
EOF
)
printf 'elasticsearch-py 9.5.1, a list in IN and in ROW:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
