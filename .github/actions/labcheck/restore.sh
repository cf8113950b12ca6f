#!/usr/bin/env bash
# Puts back what a drill of this job may have left. Nothing to put back is no failure.
set -euo pipefail

arguments=(restore)
add() { [ -z "$2" ] || arguments+=("$1" "$2"); }
add --stack "${STACK:-}"
add --lab "${LAB:-}"
add --lang "${REPORT_LANG:-}"
add --checks "${CHECKS:-}"
labcheck "${arguments[@]}"
