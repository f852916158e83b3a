#!/usr/bin/env bash
# Builds the workers as static binaries for a target, as small as they get without being slower. Usage: static.sh TARGET
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Cargo forgets `strip` where a package has settings of its own. The places of panics name the crates, and not the folders of this machine.
flags=(-C target-feature=+crt-static -C strip=symbols "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src/=")
# Equal functions once; relocations packed, which C libraries know how to unpack since 2022. A linker or a library that cannot do it does
# without, and so does a target whose programs do not run here.
for flag in --icf=all -z,pack-relative-relocs; do
    if echo 'fn main() {}' | rustc --target "$target" "${flags[@]}" -C "link-arg=-Wl,$flag" -o "$work/probe" - 2>/dev/null && "$work/probe" 2>/dev/null; then
        flags+=(-C "link-arg=-Wl,$flag")
    fi
done
# zstd's default level needs none of the slower compressors, and nobody can ask a worker for another level.
excluded=$(printf -- '-DZSTD_EXCLUDE_%s_BLOCK_COMPRESSOR ' GREEDY LAZY LAZY2 BTLAZY2 BTOPT BTULTRA)

# Alone: the tests ask more features of the same crates.
RUSTFLAGS="${flags[*]}" CFLAGS="${CFLAGS:-} $excluded" "${CARGO:-cargo}" build --release --locked --bins --target "$target" \
    --package partition-worker --package queue-worker --package log-aggregator --package sample-data
