"""Writes files of Parquet with DuckDB, Polars and pyarrow, their schema, and what of them is to be
accepted, as JSON lines.

    write_parquet.py FOLDER

Each library writes the same rows as it does without being told anything, and pyarrow in every
compression and version that partition-worker reads, once more.
"""

import datetime
import decimal
import json
import pathlib
import sys

import duckdb
import polars
import pyarrow
import pyarrow.parquet

ROWS = 20_000
GROUP = 3_000

FIELDS = [
    {"name": "id", "type": "integer", "constraints": {"required": True, "unique": True}},
    {"name": "name", "type": "string"},
    {"name": "amount", "type": "number", "constraints": {"minimum": 0}},
    {"name": "ratio", "type": "number"},
    {"name": "whole", "type": "integer"},
    {"name": "ok", "type": "boolean"},
    {"name": "day", "type": "date"},
    {"name": "at", "type": "datetime"},
    {"name": "local", "type": "datetime"},
    {"name": "clock", "type": "time"},
    {"name": "tags", "type": "array"},
    {"name": "more", "type": "object"},
    {"name": "large", "type": "integer"},
]


def row(number):
    """Every seventh row lacks what may be missing; every tenth amount is too small."""
    there = number % 7 != 3
    moment = datetime.datetime(2024, 1, 1) + datetime.timedelta(seconds=number, microseconds=number)
    cents = -number if number % 10 == 9 else number
    return {
        "id": number,
        "name": f"naïve \"{number}\"\n" if there else None,
        "amount": decimal.Decimal(cents).scaleb(-2) if there else None,
        "ratio": number / 3 if there else None,
        "whole": float(number) if there else None,
        "ok": number % 2 == 0 if there else None,
        "day": moment.date() if there else None,
        "at": moment.replace(tzinfo=datetime.timezone.utc) if there else None,
        "local": moment if there else None,
        "clock": moment.replace(microsecond=0).time() if there else None,
        "tags": [f"t{n}" if n else None for n in range(number % 4)] if there else None,
        "more": {"a": number, "b": "x" if there else None} if number % 5 else None,
        "large": 2**63 + number,
    }


def moment(value):
    text = value.isoformat()
    head, dot, fraction = text.partition(".")
    digits, plus, _ = fraction.partition("+")
    text = f"{head.removesuffix('+00:00')}{dot}{digits.rstrip('0')}"
    return text + "Z" if value.tzinfo else text


def line(cells):
    """A row as partition-worker writes it as JSON lines."""
    texts = dict(cells)
    for name in ["at", "local"]:
        texts[name] = texts[name] and moment(texts[name])
    for name in ["day", "clock"]:
        texts[name] = texts[name] and texts[name].isoformat()
    texts["amount"] = None if texts["amount"] is None else f"{texts['amount']:.2f}"
    return texts


def table(rows):
    struct = pyarrow.struct([("a", pyarrow.int64()), ("b", pyarrow.string())])
    types = {
        "id": pyarrow.int64(),
        "name": pyarrow.string(),
        "amount": pyarrow.decimal128(12, 2),
        "ratio": pyarrow.float64(),
        "whole": pyarrow.float64(),
        "ok": pyarrow.bool_(),
        "day": pyarrow.date32(),
        "at": pyarrow.timestamp("us", "UTC"),
        "local": pyarrow.timestamp("ns"),
        "clock": pyarrow.time64("us"),
        "tags": pyarrow.list_(pyarrow.string()),
        "more": struct,
        "large": pyarrow.uint64(),
    }
    return pyarrow.Table.from_pylist(rows, pyarrow.schema(list(types.items())))


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True)
    rows = [row(number) for number in range(ROWS)]
    good = [cells for cells in rows if cells["amount"] is None or cells["amount"] >= 0]
    (folder / "schema.json").write_text(json.dumps({"fields": FIELDS}))
    with open(folder / "expected.jsonl", "w", encoding="utf-8") as file:
        for cells in good:
            file.write(json.dumps(line(cells)) + "\n")
    arrow = table(rows)
    polars.from_arrow(arrow).write_parquet(folder / "polars.parquet", row_group_size=GROUP)
    duckdb.sql(f"copy arrow to '{folder}/duckdb.parquet' (format parquet, row_group_size {GROUP})")
    write = pyarrow.parquet.write_table
    for codec in ["snappy", "zstd", "gzip", "lz4", "none"]:
        write(arrow, folder / f"arrow-{codec}.parquet", compression=codec, row_group_size=GROUP)
    write(arrow, folder / "arrow-pages.parquet", data_page_version="2.0", data_page_size=5000,
          row_group_size=GROUP, write_page_checksum=True)
    write(arrow, folder / "arrow-plain.parquet", use_dictionary=False, row_group_size=GROUP,
          use_byte_stream_split=["ratio"], column_encoding={
              "id": "DELTA_BINARY_PACKED", "name": "DELTA_BYTE_ARRAY"})
    # As Spark writes it: moments in 96 bits, decimals in bytes, names without annotations.
    write(arrow.drop_columns(["local"]).append_column("local", arrow["local"]),
          folder / "spark.parquet", flavor="spark", use_deprecated_int96_timestamps=True,
          row_group_size=GROUP)


main()
