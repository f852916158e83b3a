#!/usr/bin/env bash
# The night's work of a small fintech on one machine: 10,000 transactions in 5 partitions, each
# validated by a process of its own, at most 2 at once, as an Indexed Job with parallelism 2 would.
# Usage: demo.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
demo=$1
partitions=5
rows=10000

echo "building the workers (the first time takes some minutes) ..."
# The same profile as the tests have: most of the build serves both, and this much work needs no
# more.
cargo build --locked --quiet --bin partition-worker --bin sample-data
bin=${CARGO_TARGET_DIR:-target}/debug

mkdir -p "$demo/pods"
export JOB_WORKER_LOG_FORMAT=human RUST_LOG=warn
"$bin/sample-data" transactions --rows $rows --partitions $partitions --bad-share 0.02 --seed 7 \
    --output "$demo/in" >/dev/null

run_pod() {
    local index=$1 log=$demo/pods/$1.log message=$demo/pods/$1.new
    JOB_COMPLETION_INDEX=$index TOTAL_PARTITIONS=$partitions RUST_LOG=info \
        JOB_WORKER_TERMINATION_MESSAGE=$message \
        "$bin/partition-worker" validate --input "$demo/in/data_{index}.csv" \
            --schema "$demo/in/transactions.schema.json" \
        --output "$demo/out" --finish 2>"$log" || { local code=$?; cat "$log" >&2; exit $code; }
    if grep -q '"already-done"' "$message"; then
        echo "  partition $index: the work is already done"
        rm "$message"
    else
        mv "$message" "$demo/pods/$index.json"
        echo "  partition $index: done"
    fi
}
export -f run_pod
export demo bin partitions

echo "validating $rows transactions in $partitions partitions, 2 at a time ..."
seq 0 $((partitions - 1)) | xargs -P 2 -I '{}' bash -c 'set -euo pipefail; run_pod {}'

echo
"$bin/partition-worker" summarize "$demo/out" --termination-messages "$demo/pods"
cat <<TEXT

accepted     $demo/out/part-*/accepted.csv
rejected     $demo/out/part-*/rejected.csv, each record with its line and all reasons
summary      $demo/out/summary.json, by the pod that saw all partitions done
pods' logs   $demo/pods/*.log
TEXT
