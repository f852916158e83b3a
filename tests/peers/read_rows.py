"""Compares what partition-worker accepts of a file of Parquet with what is expected.

    read_rows.py EXPECTED ACCEPTED...

Both are JSON lines; numbers are compared as decimals, but for ratios, which are doubles.
"""

import decimal
import json
import sys


def rows(path, utc):
    with open(path, encoding="utf-8") as file:
        for text in file:
            cells = json.loads(text, parse_float=decimal.Decimal)
            for name in ["ratio", "whole"]:
                cells[name] = None if cells[name] is None else float(cells[name])
            if isinstance(cells["amount"], str):
                cells["amount"] = decimal.Decimal(cells["amount"])
            if utc and cells["local"]:
                cells["local"] = cells["local"].removesuffix("Z")
            yield cells


def main():
    expected, *accepted = sys.argv[1:]
    wanted = list(rows(expected, False))
    assert wanted, "there is something to compare"
    found = [cells for path in accepted for cells in rows(path, "spark" in path)]
    assert len(found) == len(wanted), (len(found), len(wanted))
    for number, (row, want) in enumerate(zip(found, wanted), 1):
        assert row == want, f"record {number}: {row} and not {want}"


main()
