#!/usr/bin/env bash
# elasticsearch (Python client) 9.5.1, ES|QL query builder: the brackets of an expression are lost.
#
# Arithmetic on E() objects builds text from left to right without brackets, so a - (b - c) is sent as a - b - c, and
# (a + b) * c as a + b * c. Both are legal and give other numbers; nothing warns.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install elasticsearch==9.5.1
cat >build.py <<'EOF'
from elasticsearch.esql import ESQL, E

a, b, c = E("a"), E("b"), E("c")
print(ESQL.from_("logs").where(a - (b - c) == 1))
print(ESQL.from_("logs").where((a + b) * c > 1))
EOF
got=$(venv/bin/python build.py)
want=$(
	cat <<'EOF'
FROM logs
| WHERE a - b - c == 1
FROM logs
| WHERE a + b * c > 1
EOF
)
printf 'elasticsearch-py 9.5.1, a - (b - c) == 1 and (a + b) * c > 1:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
