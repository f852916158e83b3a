#!/usr/bin/env bash
# Builds job-workers/redis:standin and job-workers/s3:standin from programs of this machine, for
# tests without a registry. Nothing is pulled.
set -euo pipefail
cd "$(dirname "$0")/../.."
tests/scripts/setup.sh redis-server=redis-server redis-cli=redis-tools
cargo build --locked --quiet --workspace --example s3_server
target=${CARGO_TARGET_DIR:-target}
context=$target/standins
rm -rf "$context"

# A program, where PATH finds it, and the libraries that it needs, where its loader finds them.
add() {
    local root=$1 program=$2 place=$3
    install -D -m 0755 "$program" "$root$place"
    ldd "$program" | awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^\//) print $i }' \
        | sort -u | while read -r library; do
        install -D -m 0755 "$(readlink -f "$library")" "$root$library"
    done
}
mkdir -p "$context/redis/data" "$context/redis/tmp" "$context/s3/data" "$context/s3/tmp"
chmod 1777 "$context"/*/data "$context"/*/tmp
add "$context/redis" "$(readlink -f "$(command -v redis-server)")" /usr/bin/redis-server
add "$context/redis" "$(readlink -f "$(command -v redis-cli)")" /usr/bin/redis-cli
strip -o "$target/s3_server.stripped" "$target/debug/examples/s3_server"
add "$context/s3" "$target/s3_server.stripped" /s3_server

for standin in redis s3; do
    if ! said=$(docker build --quiet --file tests/standins/Dockerfile --target $standin \
        --tag job-workers/$standin:standin "$context" 2>&1); then
        echo "$said" >&2
        exit 1
    fi
    echo "job-workers/$standin:standin"
done
