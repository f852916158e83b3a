#!/usr/bin/env bash
# Runs Jobs at several parallelisms and tells where their time goes: bench-jobs.sh [OPTION ...], the
# options of bench-jobs.
#
#   ON            local: processes; docker: the images of TAG; cluster: a new cluster of kind, or
#                 with USE_EXISTING_CLUSTER=1 that of KUBECONFIG
#   TAG           the tag of the images, which `make images` made
#   IMAGE_LOAD, IMAGES_LOADED   how they get to an existing cluster: see cluster.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
on=${ON:-local}
target=${CARGO_TARGET_DIR:-target}
export TAG=${TAG:-dev}

# The workers are measured as they are shipped; where images have them, the program that waits for
# them need not be.
profile=debug
build=(--bin bench-jobs)
case $on in
    local)
        profile=release
        build+=(--release --bin partition-worker --bin sample-data)
        ;;
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
"${CARGO:-cargo}" build --locked --quiet --workspace "${build[@]}"
"$target/$profile/bench-jobs" --on "$on" "$@"
