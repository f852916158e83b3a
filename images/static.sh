#!/usr/bin/env bash
# Builds the workers as static binaries for a target, as small as they get without being slower.
# Usage: static.sh TARGET [WORKER...]
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1
shift
workers=("$@")
if (($# == 0)); then
    workers=(partition-worker queue-worker log-aggregator sample-data)
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The same commit gives the same bytes in whatever folder (make reproducible): the places of panics
# and of C's assertions name the crates, and not the folders of this machine. Cargo forgets `strip`
# where a package has settings of its own.
built=$(realpath -m "${CARGO_TARGET_DIR:-target}")
cargo_home=$(realpath -m "${CARGO_HOME:-$HOME/.cargo}")
flags=(-C target-feature=+crt-static -C strip=symbols \
    "--remap-path-prefix=$cargo_home/registry/src/=" "--remap-path-prefix=$built=target"
    "--remap-path-prefix=$PWD=.")
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
# Equal functions once; relocations packed, which C libraries know how to unpack since 2022. A
# linker or a library that cannot do it does without, and so does a target whose programs do not run
# here.
for flag in --icf=all -z,pack-relative-relocs; do
    if echo 'fn main() {}' | rustc --target "$target" "${flags[@]}" -C "link-arg=-Wl,$flag" \
        -o "$work/probe" - 2>/dev/null && "$work/probe" 2>/dev/null; then
        flags+=(-C "link-arg=-Wl,$flag")
    fi
done
# zstd's default level needs none of the slower compressors, and nobody can ask a worker for another
# level.
excluded=$(printf -- '-DZSTD_EXCLUDE_%s_BLOCK_COMPRESSOR ' GREEDY LAZY LAZY2 BTLAZY2 BTOPT BTULTRA)

mapped="-ffile-prefix-map=$cargo_home/registry/src/= -ffile-prefix-map=$built=target -ffile-prefix-map=$PWD=."
# Alone: the tests ask more features of the same crates.
RUSTFLAGS="${flags[*]}" CFLAGS="${CFLAGS:-} $excluded $mapped" "${CARGO:-cargo}" build \
    --release --locked --bins --target "$target" \
    "${workers[@]/#/--package=}"
