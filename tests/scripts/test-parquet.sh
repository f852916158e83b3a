#!/usr/bin/env bash
# Reads what `validate --output-format parquet` writes with DuckDB and Polars, and compares it with
# accepted.csv.
#
#   tests/scripts/test-parquet.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

target=${CARGO_TARGET_DIR:-target}
work=$target/parquet-readers
rm -rf "$work/data"
mkdir -p "$work"
python3 -c 'import venv, ensurepip' 2>/dev/null || tests/scripts/setup.sh python3-venv=python3-venv
[[ -x $work/venv/bin/python ]] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb polars pytz

${CARGO:-cargo} build --workspace --locked --bins
bin=$target/debug
"$bin/sample-data" transactions --rows 200000 --partitions 1 --bad-share 0.02 --seed 7 \
    --output "$work/data/in"
for format in same parquet; do
    JOB_COMPLETION_INDEX=0 TOTAL_PARTITIONS=1 JOB_WORKER_TERMINATION_MESSAGE=$work/message.json \
        "$bin/partition-worker" validate --input "$work/data/in/data_{index}.csv" \
        --schema "$work/data/in/transactions.schema.json" --output "$work/data/$format" \
        --output-format "$format"
done
"$work/venv/bin/python" tests/peers/read_parquet.py \
    "$work/data/same/part-00000/accepted.csv" "$work/data/parquet/part-00000/accepted.parquet"
