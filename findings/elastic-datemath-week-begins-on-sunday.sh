#!/usr/bin/env bash
# @elastic/datemath 5.0.3 (moment 2.31.0): now/w is the Sunday before, in Elasticsearch the Monday.
#
# The package is Kibana's own parser of the date math that Elasticsearch reads. Rounding to a week goes by the language of moment, which is English
# unless someone sets it, so the week begins a day before the one of the cluster, and on a Sunday six days after it. A range
# shown or counted with one and searched with the other differs by a day, or by a week.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @elastic/datemath@5.0.3 moment@2.31.0 >/dev/null
cat >run.js <<'EOF'
const kibana = require('@elastic/datemath');
const { parse } = kibana.default || kibana;
for (const day of ['2026-03-31', '2026-03-29']) {
  const forceNow = new Date(`${day}T12:00:00Z`);
  console.log(day, '->', parse('now/w', { forceNow }).format('dddd YYYY-MM-DD'));
}
EOF
got=$(node run.js)
want=$(
	cat <<'EOF'
2026-03-31 -> Sunday 2026-03-29
2026-03-29 -> Sunday 2026-03-29
EOF
)
printf '@elastic/datemath 5.0.3, now/w on a Tuesday and on a Sunday:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
