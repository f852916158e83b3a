#!/usr/bin/env bash
# Sees to it that Docker and Compose are there and run. As root on Debian or Ubuntu it installs and
# starts what is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
needs=(docker=docker.io)
if ! docker compose version >/dev/null 2>&1; then
    needs+=(docker-compose=docker-compose)
fi
# Who builds images asks for Rust besides; images of a registry need none.
RUST=no tests/scripts/setup.sh "${needs[@]}"

if ! docker version >/dev/null 2>&1 && [[ $(id -u) == 0 ]] && command -v dockerd >/dev/null; then
    log=$(mktemp)
    # It stays when this is over, as if the machine had started it.
    setsid nohup dockerd >"$log" 2>&1 </dev/null &
    for _ in $(seq 60); do
        docker version >/dev/null 2>&1 && break
        sleep 0.5
    done
fi
if ! why=$(docker version 2>&1 >/dev/null); then
    echo "Docker does not answer: $why" >&2
    [[ -z ${log:-} ]] || tail -5 "$log" >&2
    exit 1
fi
