"""Reads accepted.parquet with DuckDB and Polars, and compares it with accepted.csv, cell by cell.

    read_parquet.py CSV PARQUET

The files are those of the same partition of sample-data's transactions.
"""

import csv
import datetime
import decimal
import sys

import duckdb
import polars


def expected(path):
    """The accepted records as the values that their types mean."""
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            moment = datetime.datetime.fromisoformat(row["timestamp"])
            row["timestamp"] = moment.astimezone(datetime.timezone.utc)
            row["amount"] = decimal.Decimal(row["amount"])
            yield {name: None if cell == "" else cell for name, cell in row.items()}


def utc(row):
    """The same row with its moment in UTC, whatever zone the reader shows it in."""
    row["timestamp"] = row["timestamp"].astimezone(datetime.timezone.utc)
    return row


def duckdb_rows(path):
    relation = duckdb.connect().sql(f"select * from read_parquet('{path}')")
    types = dict(zip(relation.columns, map(str, relation.types)))
    assert types["amount"] == "DECIMAL(38,9)", types
    assert types["timestamp"] == "TIMESTAMP WITH TIME ZONE", types
    for row in relation.fetchall():
        yield utc(dict(zip(relation.columns, row)))


def polars_rows(path):
    frame = polars.read_parquet(path)
    assert frame.schema["amount"] == polars.Decimal(38, 9), frame.schema
    assert frame.schema["timestamp"] == polars.Datetime("us", "UTC"), frame.schema
    yield from map(utc, frame.iter_rows(named=True))


def main():
    csv_path, parquet_path = sys.argv[1:]
    wanted = list(expected(csv_path))
    assert wanted, "there is something to compare"
    for reader in (duckdb_rows, polars_rows):
        rows = list(reader(parquet_path))
        assert len(rows) == len(wanted), (reader.__name__, len(rows), len(wanted))
        for number, (row, want) in enumerate(zip(rows, wanted), 1):
            assert row == want, f"{reader.__name__}, record {number}: {row} and not {want}"
        print(f"{reader.__name__}: {len(rows)} records are the same")


main()
