#!/usr/bin/env bash
# Runs a service of compose.yaml for indexes 0 to COUNT-1, PARALLEL at once, as an Indexed Job
# would. Usage: run-indexes.sh SERVICE COUNT PARALLEL
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/scripts/compose.sh
service=$1
export -f compose
export service
seq 0 $(($2 - 1)) | xargs -P "$3" -I '{}' bash \
    -c 'compose run --rm -e JOB_COMPLETION_INDEX={} "$service" 2>&1 | sed "s/^/[{}] /"; exit ${PIPESTATUS[0]}'
