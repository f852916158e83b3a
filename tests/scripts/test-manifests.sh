#!/usr/bin/env bash
# Holds every kustomization below k8s/ against the published schemas of the oldest and the newest
# Kubernetes that kubernetes-validate (PyPI) has.
set -euo pipefail
cd "$(dirname "$0")/../.."
oldest=1.31
newest=1.37

validator=$(tests/scripts/from-pypi.sh kubernetes-validate==1.37.0 kubernetes-validate)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

passed=0
failed=0
validate() {
    "$validator" --strict --quiet --kubernetes-version "$1" "$2"
}
while read -r folder; do
    kubectl kustomize "$folder" >"$work/rendered.yaml"
    for version in $oldest $newest; do
        if validate $version "$work/rendered.yaml"; then
            passed=$((passed + 1))
        else
            echo "$folder is not valid in Kubernetes $version" >&2
            failed=$((failed + 1))
        fi
    done
done < <(grep -rl --include kustomization.yaml '^kind: Kustomization' k8s | xargs -n 1 dirname \
    | sort)

# A validator that finds nothing would let everything pass.
kubectl kustomize k8s/base/indexed | sed 's/completionMode:/completionMod:/' >"$work/wrong.yaml"
for version in $oldest $newest; do
    if validate $version "$work/wrong.yaml" >/dev/null 2>&1; then
        echo "kubernetes-validate lets a misspelt field pass in $version" >&2
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
done
printf '%d passed, %d failed\n' $passed $failed
((failed == 0 && passed > 0))
