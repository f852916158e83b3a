#!/usr/bin/env bash
# Counts the instructions that each worker needs for a row, a line and a task, under callgrind:
# numbers that a busy machine does not change. Each worker does N and 2 N of them, and the
# difference is divided by N, so that starting is not in it.
#
# They are compared with those of tests/peers/results/instructions.tsv: more than 5 % above one of
# them is a failure. They depend on the compiler, and a little on the processor, which some
# libraries choose their code by; the queue's also on how its claims fall. UPDATE=1 writes the file.
# BINARIES is the folder of the static binaries, if they are built already.
set -euo pipefail
cd "$(dirname "$0")/../.."
known=tests/peers/results/instructions.tsv
if [[ -z ${BINARIES:-} ]]; then
    images/static.sh "$(uname -m)-unknown-linux-gnu"
    BINARIES=${CARGO_TARGET_DIR:-target}/$(uname -m)-unknown-linux-gnu/release
fi
folder=$(mktemp -d)
server=
trap '[[ -z $server ]] || { kill "$server"; wait "$server" || :; }; rm -rf "$folder"' EXIT

# The instructions of a command.
count() {
    if ! valgrind --tool=callgrind --callgrind-out-file="$folder/callgrind" "$@" >"$folder/out" \
        2>&1; then
        cat "$folder/out" >&2
        exit 1
    fi
    awk '$1 == "totals:" { print $2 }' "$folder/callgrind"
}
sample() { "$BINARIES/sample-data" "$@" >/dev/null 2>&1; }

# One of two partitions publishes its keys for the finish; the only one does not.
row() { validated "$1" 1; }
keyed() { validated "$1" 2; }
validated() {
    sample transactions --rows "$1" --partitions 1 --seed 7 --kinds well-formed \
        --output "$folder/rows-$1"
    count "$BINARIES/partition-worker" validate --input "$folder/rows-$1/data_{index}.csv" \
        --schema "$folder/rows-$1/transactions.schema.json" \
        --output "$folder/checked" --index 0 --total-partitions "$2" --force --log-level error
}
line() {
    sample access-logs --year 2024 --month 5 --lines "$1" --format combined --compress none \
        --output "$folder/lines-$1"
    count "$BINARIES/log-aggregator" aggregate --input "$folder/lines-$1/2024/05/" \
        --output "$folder/counted" --year 2024 --month 5 \
        --threads 1 --force --log-level error
}
task() {
    redis-cli -s "$folder/redis" FLUSHALL >/dev/null
    seq "$1" | sed 's/.*/{"transaction_id":"TX-&","amount":"12.34","currency":"EUR"}/' |
        "$BINARIES/queue-worker" push --queue q --redis-url "unix://$folder/redis" --log-level error
    # Fewer at once than a worker takes whose tasks are as short as these: under callgrind it
    # measures longer ones.
    count "$BINARIES/queue-worker" run --queue q --redis-url "unix://$folder/redis" \
        --handler simulate=0s --max-claim 100 --log-level error
}

redis-server --port 0 --unixsocket "$folder/redis" --save '' --appendonly no --dir "$folder" \
    >"$folder/log" 2>&1 &
server=$!
until redis-cli -s "$folder/redis" ping >/dev/null 2>&1; do
    kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
done

measured=$folder/measured
# Rows need more, as buffers go from thread to thread as they happen to.
for what in "partition-worker row 60000" "partition-worker keyed 60000" \
    "log-aggregator line 20000" "queue-worker task 20000"; do
    read -r worker unit n <<<"$what"
    once=$("$unit" "$n")
    twice=$("$unit" $((2 * n)))
    printf '%s\t%s\t%d\n' "$worker" "$unit" $(((twice - once) / n))
done >"$measured"

if [[ ${UPDATE:-} == 1 ]]; then
    mkdir -p "$(dirname "$known")"
    cp "$measured" "$known"
fi
awk -F'\t' '
    FNR == NR { before[$1, $2] = $3; next }
    FNR == 1 { printf "%-18s %-6s %14s %10s %8s\n", "worker", "unit", "instructions", "before", "change" }
    {
        if (!(($1, $2) in before)) { print $1 " is not among the known ones: UPDATE=1 writes them"; failed = 1; next }
        change = ($3 / before[$1, $2] - 1) * 100
        printf "%-18s %-6s %14d %10d %+6.1f %%\n", $1, $2, $3, before[$1, $2], change
        if (change > 5) failed = 1
    }
    END { exit failed }' "$known" "$measured"
