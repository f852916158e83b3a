# Gives KUBECONFIG a cluster that has the workers' images: a new one of kind, or with
# USE_EXISTING_CLUSTER=1 the one it has. To be sourced, with the root of the repository as the
# current folder; then `cluster_with IMAGE...`. A cluster that was made is deleted at the end.
#
#   IMAGE_LOAD    a command that takes a docker-archive tar and gives its image to every node of an
#                 existing cluster
#   IMAGES_LOADED=1   the nodes have the images
if ! command -v kubectl >/dev/null; then
    echo "kubectl is not on the PATH: install 1.31 or newer" \
        "(https://kubernetes.io/docs/tasks/tools/)" >&2
    exit 1
fi
cluster_work=$(mktemp -d)
cluster=

clean_up_cluster() {
    rm -rf "$cluster_work"
    if [[ -n $cluster ]]; then
        kind delete cluster --name "$cluster"
    fi
}
trap clean_up_cluster EXIT

cluster_with() {
    if [[ ${USE_EXISTING_CLUSTER:-} == 1 ]]; then
        if [[ ${IMAGES_LOADED:-} != 1 && -z ${IMAGE_LOAD:-} ]]; then
            echo "say how images get to the cluster: IMAGE_LOAD='command that takes a" \
                "docker-archive tar', or IMAGES_LOADED=1 where it has them" >&2
            exit 1
        fi
    else
        if ! command -v kind >/dev/null; then
            echo "kind is not on the PATH: install it (https://kind.sigs.k8s.io), or set" \
                "USE_EXISTING_CLUSTER=1 and KUBECONFIG" >&2
            exit 1
        fi
        cluster=job-workers-$$
        kind create cluster --name "$cluster" --kubeconfig "$cluster_work/kubeconfig" --wait 120s
        export KUBECONFIG=$cluster_work/kubeconfig
        IMAGE_LOAD="kind load image-archive --name $cluster"
        IMAGES_LOADED=
    fi
    if [[ ${IMAGES_LOADED:-} != 1 ]]; then
        local image
        for image in "$@"; do
            echo "loading $image ..."
            docker save --output "$cluster_work/image.tar" "$image"
            $IMAGE_LOAD "$cluster_work/image.tar"
        done
    fi
}
