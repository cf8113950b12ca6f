#!/usr/bin/env bash
# Takes the lines that Learner Lab shows ([default], then key, secret and token) into variables of the job. Each value is
# masked before anything else is printed.
set -euo pipefail

taken=0
while IFS= read -r line; do
    line=${line%$'\r'}
    [[ $line =~ ^[[:space:]]*(aws_access_key_id|aws_secret_access_key|aws_session_token)[[:space:]]*=[[:space:]]*([A-Za-z0-9+/=_-]+)[[:space:]]*$ ]] || continue
    printf '::add-mask::%s\n' "${BASH_REMATCH[2]}"
    name=${BASH_REMATCH[1]}
    printf '%s=%s\n' "${name^^}" "${BASH_REMATCH[2]}" >>"$GITHUB_ENV"
    taken=$((taken + 1))
done <<<"${LINES:-}"
if [ "$taken" -ne 3 ]; then
    printf '::error title=labcheck::%s\n' "learner-lab-credentials holds $taken of the three lines aws_access_key_id, aws_secret_access_key and aws_session_token: paste all that AWS Details shows under AWS CLI"
    exit 1
fi
