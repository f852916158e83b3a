#!/usr/bin/env bash
# Builds the static binaries of the commit that is checked out twice, in two folders, and compares
# them. Usage: reproducible.sh TARGET [WORKER...]
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Nothing that the caller has set may be what makes them equal, or different.
unset RUSTFLAGS CFLAGS CARGO_TARGET_DIR CARGO_BUILD_RUSTFLAGS CARGO_ENCODED_RUSTFLAGS

commit=$(git rev-parse HEAD)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
# Of different lengths, so that a path in the binary shows even where it is cut off or padded.
for folder in first the/second/and/longer; do
    mkdir -p "$work/$folder"
    git archive "$commit" | tar -x -C "$work/$folder"
    (cd "$work/$folder" && images/static.sh "$@")
    (cd "$work/$folder/target/$target/release" \
        && find . -maxdepth 1 -type f -executable -exec sha256sum {} + | sort -k 2) \
        >"$work/$(basename "$folder").sums"
    # Two builds at once would be two times the disk.
    mkdir -p "$work/kept/$folder"
    find "$work/$folder/target/$target/release" -maxdepth 1 -type f -executable -exec cp {} \
        "$work/kept/$folder" \;
    rm -rf "$work/$folder"
done

cat "$work/first.sums"
[[ -s $work/first.sums ]] || { echo "nothing was built" >&2; exit 1; }
if ! diff "$work/first.sums" "$work/longer.sums"; then
    echo "commit $commit gives other bytes in another folder" >&2
    # What differs is most often a path.
    for binary in "$work"/kept/first/*; do
        diff <(strings "$binary") \
            <(strings "$work/kept/the/second/and/longer/$(basename "$binary")") | head -20 >&2 \
            || true
    done
    exit 1
fi
for binary in "$work"/kept/first/*; do
    if grep -q -e "$work" -e "$HOME/.cargo" "$binary"; then
        echo "$(basename "$binary") names a folder of this machine" >&2
        exit 1
    fi
done
echo "commit $commit: the same bytes twice, and no folder of this machine in them"
