#!/usr/bin/env bash
# The night's work of a small fintech as a work queue on one machine: 10,000 transactions in a Redis
# list, drained by five workers at once. The Redis is the demo's own, on a free port, and keeps its
# data in the folder: a second run finds the work done. Usage: demo-queue.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
demo=$1
workers=5
rows=10000
queue=transactions

# Before the build, which takes minutes. Docker is good enough where no Redis may be installed.
if ! command -v redis-server >/dev/null && { { [[ $(id -u) == 0 ]] \
    && command -v apt-get >/dev/null; } || ! docker info >/dev/null 2>&1; }; then
    tests/scripts/setup.sh redis-server=redis-server || {
        echo "or run Docker, of which the demo then takes a Redis" >&2
        exit 1
    }
fi

echo "building the workers (the first time takes some minutes) ..."
# The same profile as the tests have: most of the build serves both, and this much work needs no
# more.
cargo build --locked --quiet --bin queue-worker --bin sample-data
bin=${CARGO_TARGET_DIR:-target}/debug

mkdir -p "$demo/redis" "$demo/pods"
data=$(cd "$demo/redis" && pwd)

settings=(--appendonly yes --appendfsync everysec --save "")

# Whether a Redis answers on the port within 20 s; not when the one that should has ended, as with a
# port that is taken.
answers() {
    local port=$1 is_alive=$2
    for _ in $(seq 200); do
        $is_alive || return 1
        if (exec 3<>"/dev/tcp/127.0.0.1/$port" && printf 'PING\r\n' >&3 && read -r -t 1 answer <&3 \
            && [[ $answer == +PONG* ]]) 2>/dev/null; then
            $is_alive
            return
        fi
        sleep 0.1
    done
    return 1
}
no_answer() {
    echo "the demo's redis does not answer; its log: $demo/redis/log" >&2
    exit 1
}

if command -v redis-server >/dev/null; then
    server=
    trap '[[ -z $server ]] || { kill "$server" && wait "$server" || :; } 2>/dev/null' EXIT
    for port in $(shuf -i 20000-32000 -n 5); do
        redis-server "${settings[@]}" --bind 127.0.0.1 --port "$port" --dir "$data" \
            >"$demo/redis/log" 2>&1 &
        server=$!
        answers "$port" "kill -0 $server" 2>/dev/null && break
        kill "$server" 2>/dev/null || :
        wait "$server" || :
        server=
    done
    [[ $server ]] || no_answer
else
    container=$(docker run --detach --rm --user "$(id -u):$(id -g)" --publish 127.0.0.1::6379 \
        --volume "$data:/data" \
        redis:7.4-alpine redis-server "${settings[@]}" --dir /data)
    trap 'docker stop "$container" >/dev/null' EXIT
    port=$(docker port "$container" 6379/tcp | sed -n 's/.*://p' | head -1)
    answers "$port" true || no_answer
fi

export REDIS_URL=redis://127.0.0.1:$port QUEUE_NAME=$queue
export JOB_WORKER_LOG_FORMAT=human RUST_LOG=warn

# A push that was broken off would leave a part of the night behind: it begins anew.
if [[ -e $demo/pushed ]]; then
    echo "the queue has the night's $rows transactions from an earlier run"
else
    "$bin/queue-worker" purge --yes --results --if-exists
    rm -f "$demo"/pods/*
    "$bin/sample-data" tasks --rows $rows --bad-share 0.02 --seed 7 \
        --schema "$demo/transactions.schema.json" \
        --truth "$demo/truth.json" | "$bin/queue-worker" push
    touch "$demo/pushed"
    echo "$rows transactions are in the queue"
fi

echo "$workers workers drain it ..."
run_pod() {
    local pod=worker-$1 code=0
    POD_NAME=$pod RUST_LOG=info JOB_WORKER_TERMINATION_MESSAGE=$demo/pods/$pod.new \
        "$bin/queue-worker" run \
        --handler validate --schema "$demo/transactions.schema.json" 2>"$demo/pods/$pod.log" \
            || code=$?
    if ((code)); then
        cat "$demo/pods/$pod.log" >&2
        return $code
    fi
    if grep -q '"done":0,' "$demo/pods/$pod.new" && [[ -e $demo/drained ]]; then
        echo "  $pod: the queue is drained, nothing is left to do"
        rm "$demo/pods/$pod.new"
    else
        echo "  $pod: done"
        mv "$demo/pods/$pod.new" "$demo/pods/$pod.json"
    fi
}
pids=()
for number in $(seq $workers); do
    run_pod "$number" &
    pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid"; done
touch "$demo/drained"

echo
"$bin/queue-worker" summarize --termination-messages "$demo/pods" --rejected "$demo/rejected.ndjson"
cat <<TEXT

rejected     $demo/rejected.ndjson, each with all reasons
truth        $demo/truth.json, what the sample data was made to have
pods' logs   $demo/pods/*.log
the queue    stays in $demo/redis; run this again, and nothing is validated twice
TEXT
