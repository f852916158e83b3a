#!/usr/bin/env bash
# Builds an image for each worker from the static binaries of `make static`, writes what it is made
# of, and prints their sizes. Nothing is pulled. Usage: images.sh TARGET; TAG is taken from the
# environment.
set -euo pipefail
cd "$(dirname "$0")/.."
binaries=${CARGO_TARGET_DIR:-target}/$1/release
context=${CARGO_TARGET_DIR:-target}/images
workers=(partition-worker queue-worker log-aggregator sample-data)

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
tag=${TAG:-dev}

mkdir -p "$context/data"
for worker in "${workers[@]}"; do
    install -m 0755 "$binaries/$worker" "$context/$worker"
done
images/sbom.sh "$1" "$context"

printf '%-18s %12s %16s  %s\n' worker 'binary MB' 'compressed MB' image
for worker in "${workers[@]}"; do
    image=job-workers/$worker:$tag
    # A Docker without BuildKit says at length that there is one; only a failure is worth reading.
    if ! said=$(docker build --quiet --file images/Dockerfile --target "$worker" \
        --build-arg "VERSION=$version" \
        --build-arg "REVISION=$revision" --tag "$image" "$context" 2>&1); then
        echo "$said" >&2
        exit 1
    fi
    size=$(stat -c %s "$context/$worker")
    # What a registry would send: the layer, gzipped as docker does it.
    compressed=$(gzip -6 -c "$context/$worker" | wc -c)
    awk -v w="$worker" -v s="$size" -v c="$compressed" -v i="$image" \
        'BEGIN { printf "%-18s %12.1f %16.1f  %s\n", w, s / 1e6, c / 1e6, i }'
done
printf '\nwhat they are made of: %s\n' "$context/*.cdx.json"
