#!/usr/bin/env bash
# Pushes the images to a registry and writes their digests to k8s/overlays/release/images. Usage:
# push.sh REGISTRY TAG, such as push.sh registry.example.com/job-workers 0.1.0; the images are those
# that `make images` made.
set -euo pipefail
cd "$(dirname "$0")/.."
registry=${1:?REGISTRY is where the images go, such as registry.example.com/job-workers}
tag=$2
file=k8s/overlays/release/images/kustomization.yaml

written=$(sed '/^images:/,$d' "$file")$'\nimages:\n'
for worker in partition-worker queue-worker log-aggregator sample-data; do
    image=$registry/$worker
    docker tag "job-workers/$worker:$tag" "$image:$tag"
    docker push --quiet "$image:$tag"
    # An image may have been pushed to several registries.
    digest=$(docker inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$image:$tag" \
        | sed -n "s|^$image@||p" | head -1)
    written+=$(printf '  - name: job-workers/%s\n    newName: %s\n    digest: %s' "$worker" \
        "$image" "$digest")$'\n'
done
printf '%s' "$written" >"$file"
echo "the digests are in $file"
