#!/usr/bin/env bash
# A shop's year of access logs on one machine: 12 months, each counted by a process of its own, at
# most 4 at once, as an Indexed Job with parallelism 4 would; then the year and its report. Usage:
# demo-logs.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
demo=$1

echo "building the workers (the first time takes some minutes) ..."
# The same profile as the tests have: most of the build serves both, and this much work needs no
# more.
cargo build --locked --quiet --bin log-aggregator --bin sample-data
bin=${CARGO_TARGET_DIR:-target}/debug

mkdir -p "$demo/pods"
export JOB_WORKER_LOG_FORMAT=human RUST_LOG=warn YEAR=2024 OUTPUT_BUCKET=$demo/analytics/2024/
if [[ ! -e $demo/in/2024/truth-12.json ]]; then
    "$bin/sample-data" access-logs --lines 20000 --format combined-time --output "$demo/in/"
fi

count_month() {
    local log=$demo/pods/$1.log message=$demo/pods/$1.json
    JOB_COMPLETION_INDEX=$1 RUST_LOG=info JOB_WORKER_TERMINATION_MESSAGE=$message \
        "$bin/log-aggregator" aggregate --format combined-time \
            --input "$demo/in/{year}/{month:02}/" --finish 2>"$log" \
            || { local code=$?; cat "$log" >&2; exit $code; }
    if grep -q '"already-done"' "$message"; then
        echo "  index $1: the work is already done"
    else
        echo "  index $1: done"
    fi
}
export -f count_month
export demo bin

echo "counting 12 months, 4 at a time ..."
seq 0 11 | xargs -P 4 -I '{}' bash -c 'set -euo pipefail; count_month {}'

echo
"$bin/log-aggregator" merge --report
cat <<TEXT

report       ${OUTPUT_BUCKET}report.html
year         ${OUTPUT_BUCKET}year.json and tables as CSV
months       ${OUTPUT_BUCKET}01/ to 12/
pods' logs   $demo/pods/*.log
TEXT
