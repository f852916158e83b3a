#!/usr/bin/env bash
# Runs Jobs at several parallelisms and tells where their time goes: bench-jobs.sh [OPTION ...], the options of bench-jobs.
#
#   ON            local: processes; docker: the images of TAG; cluster: a new cluster of kind, or with USE_EXISTING_CLUSTER=1 that of KUBECONFIG
#   TAG           the tag of the images, which `make images` made
#   IMAGE_LOAD, IMAGES_LOADED   how they get to an existing cluster: see cluster.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
on=${ON:-local}
target=${CARGO_TARGET_DIR:-target}
export TAG=${TAG:-dev}
cargo=${CARGO:-cargo}

case $on in
    local) "$cargo" build --release --locked --quiet --workspace --bin partition-worker --bin sample-data ;;
    docker) ;;
    cluster)
        . tests/scripts/cluster.sh
        cluster_with job-workers/{partition-worker,sample-data}:"$TAG"
        ;;
    *)
        echo "ON is local, docker or cluster, not $on" >&2
        exit 1
        ;;
esac
"$cargo" build --locked --quiet --workspace --bin bench-jobs
"$target/debug/bench-jobs" --on "$on" --workers "$target/release" "$@"
