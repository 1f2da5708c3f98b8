#!/usr/bin/env bash
# bodybuilder 2.5.1: a group of two alternatives loses its force when a filter stands beside it.
#
# query('bool', ...) with two orQuery is a bool of two should clauses of which one must match. Beside a filter the builder dissolves the
# group and puts its should clauses into the same bool as the filter; there Elasticsearch asks for none of them, they only
# score. Without the filter the same group is kept as it should.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit bodybuilder@2.5.1 >/dev/null
cat >run.js <<'EOF'
const bodybuilder = require('bodybuilder');
const either = (b) => b.orQuery('term', 'user', 'a').orQuery('term', 'user', 'b');
console.log(JSON.stringify(bodybuilder().query('bool', either).build()));
console.log(JSON.stringify(bodybuilder().query('bool', either).filter('term', 'host', 'h').build()));
EOF
got=$(node run.js)
want=$(
	cat <<'EOF'
{"query":{"bool":{"should":[{"term":{"user":"a"}},{"term":{"user":"b"}}]}}}
{"query":{"bool":{"filter":{"term":{"host":"h"}},"should":[{"term":{"user":"a"}},{"term":{"user":"b"}}]}}}
EOF
)
printf 'bodybuilder 2.5.1, one of two users, without and with a filter:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
