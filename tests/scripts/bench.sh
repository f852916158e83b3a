#!/usr/bin/env bash
# Compares the workers with their peers: the same input, the same checks, side by side in one run
# (bench.sh --quick: whether all runs). Peers are installed into a folder of their own below
# target/.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
work=$target/bench
mkdir -p "$work"

tests/scripts/setup.sh redis-server=redis-server redis-benchmark=redis-tools goaccess=goaccess \
    /usr/bin/time=time python3=python3
# Debian has it in a package of its own, which has no program to look for.
python3 -c 'import venv, ensurepip' 2>/dev/null || tests/scripts/setup.sh python3-venv=python3-venv
[[ -x $work/peers/bin/python ]] || python3 -m venv "$work/peers"
"$work/peers/bin/pip" install \
    --quiet --disable-pip-version-check --requirement tests/peers/requirements.txt

# What is measured is what the images hold.
triple=$(uname -m)-unknown-linux-gnu
images/static.sh "$triple"
cargo build --profile peers --locked --quiet --package peers
# The Python scripts beside this one are sources, and no place for bytecode.
export PYTHONDONTWRITEBYTECODE=1
"$work/peers/bin/python" tests/peers/bench.py --binaries "$target/$triple/release" \
    --peers "$target/peers" --work "$work" "$@"
printf 'all of it took %d s\n' "$SECONDS" >&2
