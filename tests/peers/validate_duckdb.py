#!/usr/bin/env python3
"""Validates a CSV file of `sample-data transactions` with DuckDB on one thread: a peer for the
benchmark.

    pip install duckdb
    validate_duckdb.py INPUT OUTPUT_FOLDER [--no-primary-key]

The checks are those of transactions.schema.json, written as SQL over a table whose columns are all
text. It writes accepted.csv and rejected.csv (the cells, a ninth one if there was one, the number
of the row, and all reasons) into OUTPUT_FOLDER, and a JSON object with the counts to stdout.

Of the ways tried, this was the fastest: a temporary table of the rows and whether each is good,
then both outputs, with the reasons made for the rejected rows only. Reading and checking the file
once for each output takes a fifth longer and less memory.

What it cannot agree with `truth.json` on:
- text after a closing quote (malformed-quoting) and bytes that are not UTF-8 (invalid-utf8) end the
  run;
- blank lines (blank-row) are skipped, and are in neither output. Files made with `--kinds
  well-formed` have none of them.
"""

import argparse
import json
from pathlib import Path

import duckdb

COLUMNS = [
    "transaction_id",
    "timestamp",
    "account_iban",
    "merchant",
    "amount",
    "currency",
    "status",
    "reference",
]
# null_padding gives short records their missing cells as NULL, and a ninth column takes what is one
# too many. It needs parallel=false where a quoted cell has a line break; there is one thread in any
# case.
READ = """
    SELECT *, row_number() OVER () AS row_number
    FROM read_csv($input, auto_detect=false, all_varchar=true, delim=',', quote='"', escape='"',
                  header=false, skip=1, null_padding=true, parallel=false, columns={columns})
"""
TYPED = """
    SELECT *, try_strptime(timestamp, '%Y-%m-%dT%H:%M:%SZ') AS moment,
           try_cast(amount AS DECIMAL(38, 6)) AS number
    FROM ({rows})
"""
# A condition that is NULL is about a cell that is NULL, and another one is about that.
REASONS = {
    "missing-cell": "status IS NULL AND reference IS NULL AND currency IS NOT NULL",
    "extra-cell": "extra IS NOT NULL",
    "constraint-error in field transaction_id: it is required": "transaction_id IS NULL",
    "constraint-error in field transaction_id: pattern": (
        "NOT regexp_full_match(transaction_id, 'TX[0-9]{10}')"
    ),
    "constraint-error in field timestamp: it is required": "timestamp IS NULL",
    "type-error in field timestamp": "timestamp IS NOT NULL AND moment IS NULL",
    "constraint-error in field timestamp: out of range": (
        "moment NOT BETWEEN TIMESTAMP '2024-02-29 00:00:00' AND TIMESTAMP '2024-02-29 23:59:59'"
    ),
    "constraint-error in field account_iban: it is required": "account_iban IS NULL",
    "constraint-error in field account_iban: pattern": (
        "NOT regexp_full_match(account_iban, '[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}')"
    ),
    "constraint-error in field merchant: it is required": "merchant IS NULL",
    "constraint-error in field merchant: too long": "length(merchant) > 40",
    "constraint-error in field amount: it is required": "amount IS NULL",
    "type-error in field amount": "amount IS NOT NULL AND number IS NULL",
    "constraint-error in field amount: out of range": "number NOT BETWEEN 0.01 AND 1000000.00",
    "constraint-error in field currency: it is required": "currency IS NULL",
    "constraint-error in field currency: enum": (
        "currency NOT IN ('EUR', 'GBP', 'USD', 'CHF', 'JPY', 'SEK', 'NOK', 'DKK', 'PLN')"
    ),
    "constraint-error in field status: it is required": "status IS NULL",
    "constraint-error in field status: enum": (
        "status NOT IN ('settled', 'pending', 'reversed', 'declined', 'refunded')"
    ),
    "constraint-error in field reference: too long": "length(reference) > 140",
}
# Of the rows with one id, all but the first. Few ids are there twice, so that this is cheaper than
# a window over all.
DUPLICATES = """
    CREATE TEMP TABLE duplicates AS
    SELECT row_number FROM rows
    SEMI JOIN (SELECT transaction_id FROM rows WHERE transaction_id IS NOT NULL
               GROUP BY transaction_id HAVING count(*) > 1) USING (transaction_id)
    QUALIFY row_number() OVER (PARTITION BY transaction_id ORDER BY row_number) > 1
"""


def validate(source, folder, primary_key):
    """Deals the rows of the file out over both outputs; returns the counts."""
    folder.mkdir(parents=True, exist_ok=True)
    database = duckdb.connect(config={"threads": 1})
    columns = ", ".join(COLUMNS)
    types = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in [*COLUMNS, "extra"]) + "}"
    is_good = " AND ".join(f"({condition}) IS NOT TRUE" for condition in REASONS.values())
    reasons = dict(REASONS)
    database.execute(
        f"""
        CREATE TEMP TABLE rows AS
        SELECT * EXCLUDE (moment, number), {is_good} AS is_good
        FROM ({TYPED.format(rows=READ.format(columns=types))})
        """,
        {"input": str(source)},
    )
    if primary_key:
        database.execute(DUPLICATES)
        database.execute(
            "UPDATE rows SET is_good = false WHERE row_number IN (SELECT row_number FROM "
            "duplicates)"
        )
        reasons["primary-key"] = "row_number IN (SELECT row_number FROM duplicates)"
    texts = ", ".join(
        f"CASE WHEN {condition} THEN '{reason}' END" for reason, condition in reasons.items()
    )
    bad_rows = TYPED.format(rows="SELECT * FROM rows WHERE NOT is_good")
    outputs = {
        "accepted": f"SELECT {columns} FROM rows WHERE is_good",
        "rejected": f"SELECT {columns}, extra, row_number, concat_ws('; ', {texts}) AS reasons "
        f"FROM ({bad_rows})",
    }
    counts = {}
    for name, query in outputs.items():
        target = str(folder / f"{name}.csv").replace("'", "''")
        (counts[name],) = database.execute(
            f"COPY ({query}) TO '{target}' (FORMAT csv, HEADER)"
        ).fetchone()
    return {"rows": sum(counts.values()), **counts}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("input", type=Path, help="an uncompressed CSV file")
    parser.add_argument("output", type=Path, help="folder for accepted.csv and rejected.csv")
    parser.add_argument(
        "--no-primary-key", action="store_true", help="take no notice of an id that is there twice"
    )
    args = parser.parse_args()
    print(json.dumps(validate(args.input, args.output, not args.no_primary_key)))


if __name__ == "__main__":
    main()
