#!/usr/bin/env bash
# @taplo/cli 0.7.0 (taplo 0.9.0): reorder_keys moves a key away from the comment above it.
#
# A comment on a line of its own usually speaks of the key below: a reason, or a directive such as a suppression. The formatter sorts
# the keys and leaves such comments where they stood, so the comment now stands above another key. Comments at the end of a line
# move with their key.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @taplo/cli@0.7.0 >/dev/null
cat >rule.toml <<'EOF'
[rule]
# the next line is copied from the ticket
severity = "high"
name = "a rule" # a working title
EOF
npx taplo fmt -o reorder_keys=true rule.toml 2>/dev/null
got=$(cat rule.toml)
want=$(
	cat <<'EOF'
[rule]
# the next line is copied from the ticket
name = "a rule"   # a working title
severity = "high"
EOF
)
printf 'taplo 0.9.0, reorder_keys:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
