#!/usr/bin/env bash
# lucene-to-regex 1.1.2: -word asks for the word, and word* for a last letter that may repeat.
#
# The package turns a Lucene query into one regular expression. NOT becomes a negative look-ahead; the minus, which says the same, is dropped, so
# the query finds what it should leave out. A wildcard is copied as it stands and means "any number of the letter before" there.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit lucene-to-regex@1.1.2 >/dev/null
cat >run.js <<'EOF'
const { toRegex } = require('lucene-to-regex');
for (const query of ['ssh NOT root', 'ssh -root', 'adm*']) {
  const regex = toRegex(query, 'i');
  console.log(query, '->', String(regex));
  for (const text of ['ssh guest', 'ssh root', 'administrator']) console.log('   ', text, regex.test(text));
}
EOF
got=$(node run.js)
want=$(
	cat <<'EOF'
ssh NOT root -> /^(?=.*?\bssh\b)(?!.*?\broot\b).*$/i
    ssh guest true
    ssh root false
    administrator false
ssh -root -> /^(?=.*?\bssh\b)(?=.*?\broot\b).*$/i
    ssh guest false
    ssh root true
    administrator false
adm* -> /^(?=.*?\badm*\b).*$/i
    ssh guest false
    ssh root false
    administrator false
EOF
)
printf 'lucene-to-regex 1.1.2, minus and wildcard:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
