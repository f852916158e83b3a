#!/usr/bin/env bash
# Runs every test that needs neither containers nor a cluster, and ends with their number.
set -euo pipefail
cd "$(dirname "$0")/../.."

# The tests run the workers as real processes: cargo builds these together with the tests.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
cargo test --workspace --locked --no-fail-fast 2>&1 | tee "$log" || status=$?

# cargo prints a result for each binary; this is their sum.
awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 }
     END { printf "\n%d passed, %d failed, %d skipped\n", passed, failed, ignored }' "$log"
exit "$status"
