#!/usr/bin/env python3
"""Validates a CSV file of `sample-data transactions` with the standard library alone: a peer for
the benchmark.

    validate_csv.py INPUT OUTPUT_FOLDER [--no-primary-key] [--strptime]

It is what one would write by hand for the Job: csv, re, decimal, datetime, one pass. Its checks are
those of transactions.schema.json, written out. Timestamps are read by datetime.fromisoformat, or,
as before Python 3.11 one had to, by datetime.strptime with one format after the other until one
fits. It writes accepted.csv and rejected.csv (the cells, the line on which the record ends, and all
reasons) into OUTPUT_FOLDER, and a JSON object with the counts to stdout.

What it cannot agree with `truth.json` on:
- a row that is not UTF-8 ends the run (the csv module reads text, and a text file is decoded as a
  whole);
- text after a closing quote (malformed-quoting) is taken as part of the cell, so that such a row is
  accepted. Files made with `--kinds well-formed` have neither.
"""

import argparse
import csv
import json
import re
import sys
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

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
ID = re.compile(r"TX[0-9]{10}")
TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
FIRST_MOMENT = datetime(2024, 2, 29, 0, 0, 0, tzinfo=timezone.utc)
LAST_MOMENT = datetime(2024, 2, 29, 23, 59, 59, tzinfo=timezone.utc)
LEAST_AMOUNT = Decimal("0.01")
GREATEST_AMOUNT = Decimal("1000000.00")
CURRENCIES = {"EUR", "GBP", "USD", "CHF", "JPY", "SEK", "NOK", "DKK", "PLN"}
STATUSES = {"settled", "pending", "reversed", "declined", "refunded"}


def by_isoformat(text):
    """The moment that a text names, or None."""
    if not TIMESTAMP.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def by_strptime(text):
    """The same."""
    for form in [
        "%Y-%m-%dT%H:%M:%S%z",
        "%Y-%m-%dT%H:%M:%S.%f%z",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M:%S.%f",
    ]:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            pass
    return None


def check_timestamp(text, read):
    """The reason why a timestamp is bad, or None."""
    moment = read(text)
    if moment is None:
        return f'type-error in field "timestamp": "{text}" is not a datetime'
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    if not FIRST_MOMENT <= moment <= LAST_MOMENT:
        return f'constraint-error in field "timestamp": "{text}" is out of range'
    return None


def check_amount(text):
    """The reason why an amount is bad, or None."""
    if not NUMBER.fullmatch(text):
        return f'type-error in field "amount": "{text}" is not a number'
    if not LEAST_AMOUNT <= Decimal(text) <= GREATEST_AMOUNT:
        return f'constraint-error in field "amount": "{text}" is out of range'
    return None


def check(row, seen, read):
    """All reasons why a row is bad; `seen` is the set of the ids so far, or None for no primary
    key; `read` reads timestamps.
    """
    if not row:
        return ["blank-row"]
    if len(row) < len(COLUMNS):
        return ["missing-cell"]
    if len(row) > len(COLUMNS):
        return ["extra-cell"]
    transaction_id, timestamp, iban, merchant, amount, currency, status, reference = row
    reasons = []
    for name, value in zip(COLUMNS[:-1], row):
        if not value:
            reasons.append(f'constraint-error in field "{name}": it is required')
    if transaction_id:
        if not ID.fullmatch(transaction_id):
            reasons.append(
                f'constraint-error in field "transaction_id": "{transaction_id}" does not match '
                f'the pattern'
            )
        if seen is not None:
            if transaction_id in seen:
                reasons.append(
                    f'primary-key in field "transaction_id": "{transaction_id}" is there already'
                )
            seen.add(transaction_id)
    if timestamp and (reason := check_timestamp(timestamp, read)):
        reasons.append(reason)
    if iban and not IBAN.fullmatch(iban):
        reasons.append(
            f'constraint-error in field "account_iban": "{iban}" does not match the pattern'
        )
    if len(merchant) > 40:
        reasons.append(f'constraint-error in field "merchant": "{merchant}" is too long')
    if amount and (reason := check_amount(amount)):
        reasons.append(reason)
    if currency and currency not in CURRENCIES:
        reasons.append(f'constraint-error in field "currency": "{currency}" is not allowed')
    if status and status not in STATUSES:
        reasons.append(f'constraint-error in field "status": "{status}" is not allowed')
    if len(reference) > 140:
        reasons.append('constraint-error in field "reference": it is too long')
    return reasons


def validate(source, folder, primary_key, read):
    """Deals the rows of the file out over both outputs; returns the counts."""
    folder.mkdir(parents=True, exist_ok=True)
    accepted = rejected = 0
    seen = set() if primary_key else None
    with (
        open(source, encoding="utf-8", newline="") as lines,
        open(folder / "accepted.csv", "w", encoding="utf-8", newline="") as good,
        open(folder / "rejected.csv", "w", encoding="utf-8", newline="") as bad,
    ):
        reader = csv.reader(lines)
        write_good = csv.writer(good, lineterminator="\n").writerow
        write_bad = csv.writer(bad, lineterminator="\n").writerow
        header = next(reader, None)
        if header != COLUMNS:
            sys.exit(f"{source}: the header must be {','.join(COLUMNS)}")
        write_good(header)
        write_bad([*header, "line", "reasons"])
        for row in reader:
            reasons = check(row, seen, read)
            if reasons:
                rejected += 1
                cells = (row + [""] * len(COLUMNS))[: max(len(COLUMNS), len(row))]
                write_bad([*cells, reader.line_num, "; ".join(reasons)])
            else:
                accepted += 1
                write_good(row)
    return {"rows": accepted + rejected, "accepted": accepted, "rejected": rejected}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("input", type=Path, help="an uncompressed CSV file")
    parser.add_argument("output", type=Path, help="folder for accepted.csv and rejected.csv")
    parser.add_argument(
        "--no-primary-key", action="store_true", help="take no notice of an id that is there twice"
    )
    parser.add_argument(
        "--strptime", action="store_true", help="read timestamps by datetime.strptime"
    )
    args = parser.parse_args()
    read = by_strptime if args.strptime else by_isoformat
    print(json.dumps(validate(args.input, args.output, not args.no_primary_key, read)))


if __name__ == "__main__":
    main()
