#!/usr/bin/env bash
# Runs the tests that only root may run, those marked `#[ignore = "needs root: make test-root"]`:
# they mount disks of their own that are full, slow, read-only or broken, in a mount namespace each.
# Anybody else gives the password to sudo; what is built stays that user's.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [[ $(id -u) != 0 ]]; then
    if ! command -v sudo >/dev/null; then
        echo "these tests mount disks, which only root may: install sudo, or run this as root" >&2
        exit 1
    fi
    sudo --validate
    # cargo, as this user, starts the test programs alone by it.
    host=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
    export "CARGO_TARGET_${host}_RUNNER=sudo --preserve-env"
    may_mount=(sudo unshare --mount true)
else
    may_mount=(unshare --mount true)
fi
if ! "${may_mount[@]}" 2>/dev/null; then
    echo "root may not mount anything here, as in a container without CAP_SYS_ADMIN: run this on" \
        "a machine, or in a privileged container" >&2
    exit 1
fi

mark='#\[ignore = "needs root: make test-root"\]'
# What is marked is found by its mark, so that no list of names can be out of date.
readarray -t names < <(grep -rh -A 2 --include='*.rs' "$mark" crates/*/tests tests/tests \
    | sed -n 's/.*fn \([a-z0-9_]*\)().*/\1/p')
readarray -t targets < <(grep -rl --include='*.rs' "$mark" crates/*/tests tests/tests \
    | sed 's|.*tests/\([^/.]*\).*|--test=\1|' | sort -u)

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
cargo test --workspace --locked --no-fail-fast "${targets[@]}" -- --ignored "${names[@]}" 2>&1 \
    | tee "$log" || status=$?

read -r passed failed < <(awk \
    '/^test result:/ { passed += $4; failed += $6 } END { print passed + 0, failed + 0 }' "$log")
printf '\n%d passed, %d failed, 0 skipped\n' "$passed" "$failed"
if ((status == 0 && passed != ${#names[@]})); then
    echo "${#names[@]} tests are marked, and $passed ran" >&2
    exit 1
fi
exit "$status"
