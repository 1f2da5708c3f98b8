#!/usr/bin/env bash
# luqum 1.0.0: "&&" and "||" are no operators but words to be searched.
#
# Lucene's query language, and Elasticsearch's query_string, take && for AND, || for OR and ! for NOT. luqum's grammar has the
# words only: a || b asks for three words, joined by whatever the unknown operation is resolved to, so an or becomes an and.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install luqum==1.0.0
cat >build.py <<'EOF'
from luqum.parser import parser
from luqum.tree import AndOperation
from luqum.utils import UnknownOperationResolver

for query in "a OR b", "a || b", "a && !b":
    print(repr(query), repr(UnknownOperationResolver(AndOperation)(parser.parse(query))))
EOF
got=$(venv/bin/python build.py)
want=$(
	cat <<'EOF'
'a OR b' OrOperation(Word('a'), Word('b'))
'a || b' AndOperation(Word('a'), Word('||'), Word('b'))
'a && !b' AndOperation(Word('a'), Word('&&'), Word('!b'))
EOF
)
printf 'luqum 1.0.0, the operators of signs:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
