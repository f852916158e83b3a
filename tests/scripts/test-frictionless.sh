#!/usr/bin/env bash
# Compares the verdicts of partition-worker and frictionless-py on cells of every type and format.
#
#   tests/scripts/test-frictionless.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

target=${CARGO_TARGET_DIR:-target}
work=$target/frictionless
rm -rf "$work/data"
mkdir -p "$work"
python3 -c 'import venv, ensurepip' 2>/dev/null || tests/scripts/setup.sh python3-venv=python3-venv
[[ -x $work/venv/bin/python ]] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check frictionless==5.21.0

${CARGO:-cargo} build --workspace --locked --bins
"$work/venv/bin/python" tests/peers/verdicts_frictionless.py \
    "$target/debug/partition-worker" "$work/data"
