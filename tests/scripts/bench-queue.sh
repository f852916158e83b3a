#!/bin/sh
# Tasks a second through one Redis, side by side: queue-worker, the Kubernetes documentation's rediswq, an LPOP loop in
# Python and redis-benchmark. Every contender has the same machine and the same Redis in the same run.
# WORKER is the release binary, PYTHON one that has the redis package, TASKS the number of tasks for the fast ones.
set -eu

worker=${WORKER:-target/release/queue-worker}
python=${PYTHON:-python3}
tasks=${TASKS:-500000}
rounds=${ROUNDS:-3}
here=$(dirname "$0")/..
folder=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=redis://127.0.0.1:$port

redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$folder" >"$folder/log" 2>&1 &
server=$!
trap 'kill $server; wait $server 2>/dev/null || :; rm -rf "$folder"' EXIT
until redis-cli -p "$port" ping >/dev/null 2>&1; do sleep 0.1; done

ask() { redis-cli -p "$port" "$@"; }
fill() {
    ask FLUSHALL >/dev/null
    head -n "$1" "$folder/tasks" | REDIS_URL=$url RUST_LOG=error "$worker" push --queue q
}
seq "$tasks" | sed 's/.*/{"transaction_id":"TX-&","amount":"12.34","currency":"EUR"}/' >"$folder/tasks"

# The rate from the worker's own summary: start-up is part of it.
run() {
    REDIS_URL=$url RUST_LOG=error "$worker" run --queue q --termination-message "$folder/summary" "$@"
    python3 -c 'import json, sys; s = json.load(open(sys.argv[1])); print(int(s["counts"]["done"] / s["seconds"]))' "$folder/summary"
}
five() {
    began=$(date +%s%N)
    pids=
    for n in 1 2 3 4 5; do
        REDIS_URL=$url RUST_LOG=error "$worker" run --queue q --handler simulate=0s --termination-message "$folder/summary$n" &
        pids="$pids $!"
    done
    for pid in $pids; do wait "$pid"; done
    ended=$(date +%s%N)
    echo $((tasks * 1000000000 / (ended - began)))
}
lpop() {
    redis-benchmark -p "$port" -n "$tasks" -c 1 -P 64 -q LPOP q 2>&1 | tr '\r' '\n' | sed -n 's/.*LPOP q: \([0-9]*\)[0-9.]* requests per second.*/\1/p' | tail -n 1
}
stored() { test "$(ask LLEN '{q}:results')" -eq "$1" || { echo "not every result is stored" >&2; exit 1; }; }

for round in $(seq "$rounds"); do
    fill "$tasks"; echo "worker $(run --handler simulate=0s)"; stored "$tasks"
    fill "$tasks"; echo "worker-2-lanes $(run --handler simulate=0s --concurrency 2)"; stored "$tasks"
    fill "$tasks"; echo "five-workers $(five)"; stored "$tasks"
    fill "$tasks"; echo "redis-benchmark $(lpop)"
    fill 100000; echo "lines-python $(run --lines -- python3 "$here/peers/queue_lines_handler.py")"; stored 100000
    fill 20000; echo "python-lpop $("$python" "$here/peers/queue_lpop.py" "$url" q)"
    fill 5000; echo "rediswq $("$python" "$here/peers/queue_rediswq.py" "$url" q)"
done >"$folder/rates"
python3 - "$folder/rates" <<'PY'
import statistics, sys

rates = {}
for line in open(sys.argv[1]):
    name, rate = line.split()
    rates.setdefault(name, []).append(int(rate))
median = {name: statistics.median(values) for name, values in rates.items()}
print(f"{'':17}{'tasks/s':>10}  {'rediswq':>8}  {'lpop.py':>8}  {'redis-benchmark':>15}")
for name, rate in median.items():
    print(f"{name:17}{rate:10.0f}  {rate / median['rediswq']:7.1f}x  {rate / median['python-lpop']:7.1f}x  {rate / median['redis-benchmark']:14.2f}x")
PY
