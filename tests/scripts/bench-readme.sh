#!/usr/bin/env bash
# Shows a run of the benchmark in tests/README.md: bench-readme.sh [FOLDER OF RESULTS], the last
# complete one if none is given.
set -euo pipefail
cd "$(dirname "$0")/../.."
results=${1:-}
if [[ -z $results ]]; then
    # Complete runs have a report, and quick ones are none to show; the names of the folders are
    # times.
    last=$(find "${CARGO_TARGET_DIR:-target}/bench/results" -name bench.md -not -path '*-quick/*' \
        | sort | tail -n 1)
    [[ -n $last ]] || { echo "there are no results: run make bench first" >&2; exit 1; }
    results=$(dirname "$last")
fi
python3 tests/peers/report.py "$results" --readme tests/README.md
echo "tests/README.md shows $results"
