#!/usr/bin/env bash
# Grades the stack, and decides by `fail-on` whether the step fails.
set -uo pipefail

arguments=(run --github)
add() { [ -z "$2" ] || arguments+=("$1" "$2"); }
add --stack "${STACK:-}"
add --lab "${LAB:-}"
add --phase "${PHASE:-}"
add --lang "${REPORT_LANG:-}"
add --checks "${CHECKS:-}"
add --reports "${REPORTS:-}"
[ "${ALLOW_WRITES:-}" != true ] || arguments+=(--allow-writes)
[ "${ALLOW_DISRUPTIVE:-}" != true ] || arguments+=(--allow-disruptive)

fail_on=${FAIL_ON:-failed}
case $fail_on in
    failed | incomplete | never) ;;
    *)
        printf '::error title=labcheck::%s\n' 'fail-on is one of failed, incomplete, never'
        exit 2
        ;;
esac

code=0
labcheck "${arguments[@]}" || code=$?
# 101: a check failed; 3: something kept a check from a verdict. Anything else but 0 is no grade at all.
case $code-$fail_on in
    101-never | 3-never | 3-failed) exit 0 ;;
    *) exit "$code" ;;
esac
