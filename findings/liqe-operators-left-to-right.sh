#!/usr/bin/env bash
# liqe 3.8.7: AND does not bind tighter than OR.
#
# a:1 OR b:1 AND c:1 is read from the left as (a:1 OR b:1) AND c:1. Lucene's classic parser makes b and c required and a optional, KQL and
# EQL read a or (b and c): no other language of this family groups like liqe, so a filter copied from one of them finds less.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit liqe@3.8.7 >/dev/null
cat >run.js <<'EOF'
const { parse, test } = require('liqe');
const event = { a: 1, b: 0, c: 0 };
for (const query of ['a:1 OR b:1 AND c:1', 'a:1 OR (b:1 AND c:1)', 'c:1 AND b:1 OR a:1']) {
  console.log(query, test(parse(query), event));
}
EOF
got=$(node run.js)
want=$(
	cat <<'EOF'
a:1 OR b:1 AND c:1 false
a:1 OR (b:1 AND c:1) true
c:1 AND b:1 OR a:1 true
EOF
)
printf 'liqe 3.8.7, mixed operators on a=1 b=0 c=0:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
