#!/usr/bin/env bash
# Reads what `validate --output-format parquet` writes with DuckDB and Polars, and compares it with
# accepted.csv; then validates what DuckDB, Polars and pyarrow write, whole and cut in three.
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
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb polars pyarrow pytz

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

python=$work/venv/bin/python
"$python" tests/peers/write_parquet.py "$work/data/rows"
for file in "$work"/data/rows/*.parquet; do
    name=$(basename "$file" .parquet)
    for count in 1 3; do
        accepted=()
        for ((index = 0; index < count; index++)); do
            JOB_COMPLETION_INDEX=$index TOTAL_PARTITIONS=$count \
                JOB_WORKER_TERMINATION_MESSAGE=$work/message.json \
                "$bin/partition-worker" validate --input "$file" --split bytes \
                --schema "$work/data/rows/schema.json" --output-format jsonl \
                --output "$work/data/$name-$count"
            accepted+=("$work/data/$name-$count/part-0000$index/accepted.jsonl")
        done
        "$python" tests/peers/read_rows.py "$work/data/rows/expected.jsonl" "${accepted[@]}"
    done
    # Back to Parquet, as the file has its columns.
    JOB_COMPLETION_INDEX=0 TOTAL_PARTITIONS=1 JOB_WORKER_TERMINATION_MESSAGE=$work/message.json \
        "$bin/partition-worker" validate --input "$file" \
        --schema "$work/data/rows/schema.json" --fields-match equal --output "$work/data/$name-same"
    echo "$name.parquet: accepted as expected, whole and cut in three"
done
