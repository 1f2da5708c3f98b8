#!/usr/bin/env bash
# sarif-junit 1.1.4: a result that does not repeat its level is a passed test.
#
# In SARIF a result without a level has the one of its rule, and without one there it is a warning, so a tool need not repeat it. The converter
# fails a test for results that say error or warning themselves and makes a passed test of all others: an error by its
# rule, and a plain finding, turn a pipeline green that reads the JUnit report.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit sarif-junit@1.1.4 >/dev/null
cat >run.js <<'EOF'
const fs = require('fs');
const { execFileSync } = require('child_process');
const at = [{ physicalLocation: { artifactLocation: { uri: 'rule.toml' }, region: { startLine: 3 } } }];
const rules = [{ id: 'R1', defaultConfiguration: { level: 'error' } }, { id: 'R2' }];
const results = [
  { ruleId: 'R1', level: 'error', message: { text: 'says error' }, locations: at },
  { ruleId: 'R1', message: { text: 'error by its rule' }, locations: at },
  { ruleId: 'R2', message: { text: 'warning by default' }, locations: at },
];
fs.writeFileSync('in.sarif', JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'demo', rules } }, results }] }));
execFileSync('node_modules/.bin/sarif-junit', ['-i', 'in.sarif', '-o', 'out.xml']);
for (const part of fs.readFileSync('out.xml', 'utf8').split('<testcase').slice(1)) {
  console.log(part.match(/ name="([^"]*)"/)[1].trim(), '->', part.includes('<failure') ? 'failed' : 'passed');
}
EOF
got=$(node run.js)
want=$(
	cat <<'EOF'
Ln 3 says error -> failed
error by its rule -> passed
warning by default -> passed
EOF
)
printf 'sarif-junit 1.1.4, three findings:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
