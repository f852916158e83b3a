#!/usr/bin/env bash
# Runs the lab on a Kubernetes cluster: a new one of kind, or with USE_EXISTING_CLUSTER=1 that of
# KUBECONFIG.
#
#   TAG           the tag of the workers' images, which `make images` made
#   IMAGE_LOAD, IMAGES_LOADED   how they get to an existing cluster: see cluster.sh
#   REDIS_IMAGE, S3_IMAGE   other images than those of the manifests; they are loaded, too, where
#                           Docker has them
#   ARTIFACTS     the folder for what is needed to understand a failure; KEEP=1 leaves the namespace
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${TAG:?is the tag of the images}"
. tests/scripts/cluster.sh

images=(job-workers/{partition-worker,queue-worker,log-aggregator,sample-data}:"$TAG")
for image in "${REDIS_IMAGE:-}" "${S3_IMAGE:-}"; do
    # What Docker has not, the cluster pulls.
    if [[ -n $image && ${IMAGES_LOADED:-} != 1 ]] && docker image inspect "$image" >/dev/null \
        2>&1; then
        images+=("$image")
    fi
done
cluster_with "${images[@]}"

"${CARGO:-cargo}" test --locked --workspace --test kind -- --ignored --nocapture
