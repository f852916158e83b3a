#!/usr/bin/env bash
# Runs every fault scenario in its long form, one after the other, and ends with the table of their
# figures.
set -euo pipefail
cd "$(dirname "$0")/../.."

table=$(mktemp)
trap 'rm -f "$table"' EXIT
status=0
# With all tests, the workers too, and with the features that `make test` builds them with.
cargo test --workspace --locked --no-run
FAULTS=full FAULTS_TABLE=$table cargo test --workspace --locked --no-fail-fast --test faults -- \
    --include-ignored --test-threads 1 || status=$?
# The model of the queue protocol, larger than in `make test`.
cargo test --workspace --locked --test exhaustive -- --include-ignored --nocapture || status=$?

printf '\n| scenario | injected | survived | lost | doubled |\n|---|---|---:|---:|---:|\n'
sort "$table"
exit "$status"
