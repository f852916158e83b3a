#!/usr/bin/env bash
# docker compose up, until all work is done, and what it came to. The services stay up; `make down`
# ends them.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/scripts/compose.sh

echo "starting; the work is done in the order of compose.yaml ..."
compose up --detach --remove-orphans
for service in queue partitions year; do
    for container in $(compose ps --all --quiet "$service" 2>/dev/null \
        || compose ps --quiet "$service"); do
        docker wait "$container" >/dev/null
        echo
        echo "== $service"
        docker logs "$container" 2>/dev/null
    done
done

failed=$(docker ps --all --filter "label=com.docker.compose.project=$(project)" \
    --filter status=exited --format '{{.Names}} {{.Status}}' |
    grep -v 'Exited (0)' || :)
if [[ -n $failed ]]; then
    printf '\nnot all containers did their work:\n%s\n' "$failed" >&2
    exit 1
fi
cat <<TEXT

in the S3 server at http://127.0.0.1:${S3_PORT:-9000}
  s3://lab/validated/part-*/     accepted.csv, rejected.csv, summary.json
  s3://analytics/2024/           report.html, year.json, 01/ to 12/
in Redis
  {transactions}:results         a verdict on every task
TEXT
