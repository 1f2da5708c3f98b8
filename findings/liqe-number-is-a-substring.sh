#!/usr/bin/env bash
# liqe 3.8.7: port:5 also finds 15.
#
# The language looks like Lucene's, where a number without comparison is equality. liqe compares an unquoted value as part of a
# text, without case, also when value and field are numbers: port:5 is true for 15 and 5000. With quotes it still is; ranges and
# comparisons behave as numbers.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit liqe@3.8.7 >/dev/null
cat >run.js <<'EOF'
const { parse, filter } = require('liqe');
const events = [{ port: 5 }, { port: 15 }, { port: 5000 }, { port: 80 }];
for (const query of ['port:5', 'port:"5"', 'port:>=5 AND port:<=5']) {
  console.log(query, JSON.stringify(filter(parse(query), events).map((e) => e.port)));
}
EOF
got=$(node run.js)
want=$(
	cat <<'EOF'
port:5 [5,15,5000]
port:"5" [5,15,5000]
port:>=5 AND port:<=5 [5]
EOF
)
printf 'liqe 3.8.7, a number:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
