#!/usr/bin/env bash
# lucene 2.1.1 and its fork @hyperdx/lucene 3.1.1 (npm): user:admin~1 is read as a fuzzy term and the word 1.
#
# Lucene's number behind "~" is an edit distance (0, 1 or 2). The grammar takes only the similarity between 0 and 1 of old versions with
# a decimal point; a distance is left over and becomes another term, searched in the default field. Writing the tree back gives the
# two terms, and loses the similarity as well.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit lucene@2.1.1 @hyperdx/lucene@3.1.1 >/dev/null
cat >run.js <<'EOF'
for (const name of ['lucene', '@hyperdx/lucene']) {
  const lucene = require(name);
  for (const query of ['user:admin~1', 'user:admin~0.5']) {
    const tree = lucene.parse(query);
    const right = tree.right ? `${tree.right.field}:${tree.right.term}` : 'nothing';
    console.log(`${name} ${query} -> ${lucene.toString(tree)} | second term: ${right}`);
  }
}
EOF
got=$(node run.js)
want=$(
	cat <<'EOF'
lucene user:admin~1 -> user:admin~ 1 | second term: <implicit>:1
lucene user:admin~0.5 -> user:admin~ | second term: nothing
@hyperdx/lucene user:admin~1 -> user:admin~ 1 | second term: <implicit>:1
@hyperdx/lucene user:admin~0.5 -> user:admin~ | second term: nothing
EOF
)
printf 'lucene 2.1.1 and @hyperdx/lucene 3.1.1:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
