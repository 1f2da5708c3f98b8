#!/usr/bin/env bash
# pygrok 1.0.0: a pattern with a dotted name is no pattern any more, and match says None.
#
# %{IP:source.ip} is how ECS fields are written in grok, and in Logstash and Elasticsearch both the dot and [source][ip] work. pygrok replaces
# %{...} only if the name is made of letters, digits and underscores; anything else stays in the regular expression as it is, which compiles and
# looks for the text. There is no error: every
# line of the log is one that did not match.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install pygrok==1.0.0 setuptools==80.9.0
cat >run.py <<'EOF'
from pygrok import Grok

for pattern, text in (
    ("%{IP:ip}", "192.0.2.1"),
    ("%{IP:source.ip}", "192.0.2.1"),
    ("%{IP:[source][ip]}", "192.0.2.1"),
    ("%{WORD:user} from %{IP:source.ip}", "bob from 192.0.2.1"),
):
    print(pattern, "|", text, "->", Grok(pattern).match(text))
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
%{IP:ip} | 192.0.2.1 -> {'ip': '192.0.2.1'}
%{IP:source.ip} | 192.0.2.1 -> None
%{IP:[source][ip]} | 192.0.2.1 -> None
%{WORD:user} from %{IP:source.ip} | bob from 192.0.2.1 -> None
EOF
)
printf 'pygrok 1.0.0, names of ECS:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
