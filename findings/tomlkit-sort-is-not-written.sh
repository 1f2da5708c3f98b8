#!/usr/bin/env bash
# tomlkit 0.15.2: a list that was sorted in place is written as it was, and one reversed afterwards is written with a value twice.
#
# Arrays are lists to Python: append, insert, remove and += change both the value and the text. sort() changes the value only, so a script that
# puts tags or references in order sees them in order and saves them unsorted. The next change in place mixes both: a value is
# written twice, another is lost.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install tomlkit==0.15.2
cat >run.py <<'EOF'
import tomlkit

document = tomlkit.parse('tags = ["c", "a", "b"]\n')
tags = document["tags"]
tags.sort()
print(list(tags), "written:", tomlkit.dumps(document).strip())
tags.reverse()
print(list(tags), "written:", tomlkit.dumps(document).strip())
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
['a', 'b', 'c'] written: tags = ["c", "a", "b"]
['c', 'b', 'a'] written: tags = ["c", "a", "a"]
EOF
)
printf 'tomlkit 0.15.2, order of a list:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
