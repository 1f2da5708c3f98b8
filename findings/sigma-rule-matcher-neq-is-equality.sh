#!/usr/bin/env bash
# sigma-rule-matcher 0.1.0 (pySigma 1.5.1): the modifier neq is read and has no effect.
#
# Sigma's |neq asks for a value other than the one given; pySigma keeps it as a mark beside the value. This evaluator of rules over events
# takes the value without the mark, so the verdict is the opposite of the rule's: a test of a rule passes for the events it must not
# match, and fails for those it must.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install pysigma==1.5.1 sigma-rule-matcher==0.1.0
cat >run.py <<'EOF'
from sigma.rule import SigmaRule
from sigma_rule_matcher import RuleMatcher

for detection, condition in ("sel: {user|neq: root}", "sel"), ("sel: {user: root}", "not sel"):
    rule = f"""
title: t
logsource: {{product: linux}}
detection:
    {detection}
    condition: {condition}
"""
    matcher = RuleMatcher(SigmaRule.from_yaml(rule))
    print(detection, "|", condition, {user: matcher.match({"user": user}) for user in ("root", "guest")})
EOF
got=$(venv/bin/python run.py)
want=$(
	cat <<'EOF'
sel: {user|neq: root} | sel {'root': True, 'guest': False}
sel: {user: root} | not sel {'root': False, 'guest': True}
EOF
)
printf 'sigma-rule-matcher 0.1.0, two ways to say not root:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
