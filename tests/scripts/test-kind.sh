#!/usr/bin/env bash
# Runs the lab on a Kubernetes cluster: a new one of kind, or with USE_EXISTING_CLUSTER=1 that of KUBECONFIG.
#
#   TAG           the tag of the workers' images, which `make images` made
#   IMAGE_LOAD    a command that takes a docker-archive tar and gives its image to every node of an existing cluster
#   IMAGES_LOADED=1   the nodes have the images
#   REDIS_IMAGE, S3_IMAGE   other images than those of the manifests; they are loaded, too, where Docker has them
#   ARTIFACTS     the folder for what is needed to understand a failure; KEEP=1 leaves the namespace
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${TAG:?is the tag of the images}"
if ! command -v kubectl >/dev/null; then
    echo "kubectl is not on the PATH: install 1.31 or newer (https://kubernetes.io/docs/tasks/tools/)" >&2
    exit 1
fi
work=$(mktemp -d)
cluster=

clean_up() {
    rm -rf "$work"
    if [[ -n $cluster ]]; then
        kind delete cluster --name "$cluster"
    fi
}
trap clean_up EXIT

if [[ ${USE_EXISTING_CLUSTER:-} == 1 ]]; then
    if [[ ${IMAGES_LOADED:-} != 1 && -z ${IMAGE_LOAD:-} ]]; then
        echo "say how images get to the cluster: IMAGE_LOAD='command that takes a docker-archive tar', or IMAGES_LOADED=1 where it has them" >&2
        exit 1
    fi
else
    if ! command -v kind >/dev/null; then
        echo "kind is not on the PATH: install it (https://kind.sigs.k8s.io), or set USE_EXISTING_CLUSTER=1 and KUBECONFIG" >&2
        exit 1
    fi
    cluster=job-workers-$$
    kind create cluster --name "$cluster" --kubeconfig "$work/kubeconfig" --wait 120s
    export KUBECONFIG=$work/kubeconfig
    IMAGE_LOAD="kind load image-archive --name $cluster"
fi

if [[ ${IMAGES_LOADED:-} != 1 ]]; then
    images=(job-workers/{partition-worker,queue-worker,log-aggregator,sample-data}:"$TAG")
    for image in "${REDIS_IMAGE:-}" "${S3_IMAGE:-}"; do
        # What Docker has not, the cluster pulls.
        if [[ -n $image ]] && docker image inspect "$image" >/dev/null 2>&1; then
            images+=("$image")
        fi
    done
    for image in "${images[@]}"; do
        echo "loading $image ..."
        docker save --output "$work/image.tar" "$image"
        $IMAGE_LOAD "$work/image.tar"
    done
fi

"${CARGO:-cargo}" test --locked --workspace --test kind -- --ignored --nocapture
