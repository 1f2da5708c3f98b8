#!/usr/bin/env bash
# lucene-filter 1.4.0 (with lucene 2.1.1): NOT keeps what it should take out.
#
# The package makes a function of a Lucene query for Array.filter. A leading NOT is ignored: "NOT user:root" finds root. Behind AND it makes the
# score of what it excludes negative, which JavaScript's filter takes for true, and the score of all the rest zero: a query
# with an exclusion finds the excluded events and loses the others.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit lucene-filter@1.4.0 lucene@2.1.1 >/dev/null
cat >run.js <<'EOF'
const compile = require('lucene-filter')(require('lucene'));
const events = [
  { user: 'root', port: 22 },
  { user: 'guest', port: 22 },
  { user: 'root', port: 80 },
];
for (const query of ['port:22', 'NOT user:root', 'port:22 AND NOT user:root']) {
  const found = events.filter(compile(query)).map((e) => `${e.user}:${e.port}`);
  console.log(query, '->', found.join(' '), '| scores', JSON.stringify(events.map(compile(query))));
}
EOF
got=$(node run.js)
want=$(
	cat <<'EOF'
port:22 -> root:22 guest:22 | scores [1,1,0]
NOT user:root -> root:22 root:80 | scores [1,0,1]
port:22 AND NOT user:root -> root:22 | scores [-1,0,0]
EOF
)
printf 'lucene-filter 1.4.0, exclusions:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
