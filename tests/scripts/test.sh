#!/usr/bin/env bash
# Runs every test that needs neither root nor containers nor a cluster, names what was left out and
# the command that runs it, and ends with the number of tests.
set -euo pipefail
cd "$(dirname "$0")/../.."

# The tests run the workers as real processes: cargo builds these together with the tests.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
cargo test --workspace --locked --no-fail-fast 2>&1 | tee "$log" || status=$?

printf '\nleft out:\n'
# The reason of `#[ignore = "..."]` says what a test needs and which command has it. Some are only
# what other tests start as a process.
awk \
    '/^test .* \.\.\. ignored, / && !/ignored, run by the other tests$/ { sub(/.* \.\.\. ignored, /, ""); count[$0]++ }
     END { for (reason in count) printf "%4d  %s\n", count[reason], reason }' "$log" | sort -k 2
if [[ $(id -u) != 0 ]]; then
    echo "      the pods of the manifests' Jobs ran as $(id -un), since only root may start them as their own user 65532"
fi

# cargo prints a result for each binary; this is their sum.
awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 }
     END { printf "\n%d passed, %d failed, %d skipped\n", passed, failed, ignored }' "$log"
exit "$status"
