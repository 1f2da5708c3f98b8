#!/usr/bin/env bash
# pySigma-backend-elasticsearch 2.1.1 (pySigma 1.5.1): anchors and inline flags of a Sigma regex are copied into Lucene's language.
#
# Sigma's |re is a search with anchors, and |re|i writes the flag into the pattern. Lucene's regular expressions match the whole
# value and know neither: "^", "$" and "(?i)" stand for themselves there. All three backends copy the text, so "^svc_[0-9]+$"
# wants a value that begins with a caret, and an unanchored pattern, which Sigma searches anywhere, has to fit the whole value.
# In EQL the operator is regex~ as well, which ignores case where Sigma does not.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install pysigma==1.5.1 pysigma-backend-elasticsearch==2.1.1
cat >convert.py <<'EOF'
from sigma.backends.elasticsearch import EqlBackend, ESQLBackend, LuceneBackend
from sigma.collection import SigmaCollection

for key, value in ("re", "^svc_[0-9]+$"), ("re|i", "svc"):
    rule = f"""
title: t
logsource: {{category: authentication, product: linux}}
detection:
    sel:
        user.name|{key}: '{value}'
    condition: sel
"""
    for backend in EqlBackend, LuceneBackend, ESQLBackend:
        print(key, backend.__name__, backend().convert(SigmaCollection.from_yaml(rule))[0].split("where ")[-1])
EOF
got=$(venv/bin/python convert.py)
want=$(
	cat <<'EOF'
re EqlBackend user.name regex~ "^svc_[0-9]+$"
re LuceneBackend user.name:/^svc_[0-9]+$/
re ESQLBackend user.name rlike "^svc_[0-9]+$"
re|i EqlBackend user.name regex~ "(?i)svc"
re|i LuceneBackend user.name:/(?i)svc/
re|i ESQLBackend user.name rlike "(?i)svc"
EOF
)
printf 'pySigma-backend-elasticsearch 2.1.1, Sigma regular expressions:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
