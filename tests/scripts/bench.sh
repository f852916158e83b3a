#!/usr/bin/env bash
# Compares the workers with their peers: the same input, the same checks, side by side in one run. Peers are installed into
# a folder of their own below target/.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=${CARGO_TARGET_DIR:-target}/bench
mkdir -p "$work"

if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
    else
        echo "the peers need Python with venv (on Debian and Ubuntu: sudo apt-get install python3-venv)" >&2
        exit 1
    fi
fi
[[ -x $work/peers/bin/python ]] || python3 -m venv "$work/peers"
"$work/peers/bin/pip" install --quiet --disable-pip-version-check duckdb redis
tests/scripts/setup.sh redis-server=redis-server redis-benchmark=redis-tools goaccess=goaccess

cargo build --release --locked --quiet --workspace --bin partition-worker --bin queue-worker --bin log-aggregator --bin sample-data \
    --example read_csv --example inflate
"$work/peers/bin/python" tests/peers/bench.py --binaries "${CARGO_TARGET_DIR:-target}/release" --work "$work" "$@"

"$work/peers/bin/python" tests/peers/bench_logs.py --binaries "${CARGO_TARGET_DIR:-target}/release" --work "$work"

printf '\nqueue: no-op tasks a second, results stored, medians of 3 rounds\n\n'
WORKER=${CARGO_TARGET_DIR:-target}/release/queue-worker PYTHON=$work/peers/bin/python tests/scripts/bench-queue.sh
