#!/usr/bin/env bash
# python-datemath 3.0.3 and datemath-parser 1.0.6 (npm): now-500ms goes back more than eight hours.
#
# Both say that they read Elasticsearch's date math. Elasticsearch has no unit "ms" and refuses the expression; @elastic/datemath 5.0.3, Kibana's
# package, knows it as milliseconds. These two read "500m", then an "s" to which they give the same number: half a second is
# 508 minutes and 20 seconds.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install python-datemath==3.0.3
npm init -y >/dev/null
npm install --silent --no-fund --no-audit datemath-parser@1.0.6 @elastic/datemath@5.0.3 moment@2.31.0 >/dev/null
cat >run.py <<'EOF'
import arrow
from datemath import dm

print("python-datemath", dm("now-500ms", now=arrow.get("2026-01-01T12:00:00Z")).isoformat())
EOF
cat >run.js <<'EOF'
const now = Date.UTC(2026, 0, 1, 12);
const show = (name, at) => console.log(name, new Date(+at).toISOString());
show('datemath-parser', require('datemath-parser').parse('now-500ms', now));
const kibana = require('@elastic/datemath');
show('@elastic/datemath', (kibana.default || kibana).parse('now-500ms', { forceNow: new Date(now) }));
EOF
got=$(venv/bin/python run.py && TZ=UTC node run.js)
want=$(
	cat <<'EOF'
python-datemath 2026-01-01T03:31:40+00:00
datemath-parser 2026-01-01T03:31:40.000Z
@elastic/datemath 2026-01-01T11:59:59.500Z
EOF
)
printf 'now-500ms at 2026-01-01T12:00:00Z:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
