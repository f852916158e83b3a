#!/usr/bin/env python3
"""Runs the validation benchmark: ours and the peers in turn on the same file, on one processor, and prints medians.

Ours judges in one thread and sorts, hashes and writes beside it: it is timed with two processors, too.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from contest import compare, machine

PEERS = Path(__file__).parent


def sample(binaries, folder, rows, *more):
    """A file of transactions, made once."""
    if not (folder / "data_0.csv").exists():
        flags = ["--rows", str(rows), "--partitions", "1", "--seed", "7", "--output", str(folder), *more]
        subprocess.run([binaries / "sample-data", "transactions", *flags], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    return folder / "data_0.csv"


def contestants(binaries, work, file, schema, key):
    """Name and command of each program; the first is ours."""
    ours = [str(binaries / "partition-worker"), "validate", "--input", str(file), "--schema", str(schema), "--output",
            str(work / "out-ours"), "--index", "0", "--total-partitions", "1", "--force", "--log-level", "error"]
    no_key = [] if key else ["--no-primary-key"]
    return {
        "partition-worker": (ours, 1),
        "partition-worker, two processors": (ours, 2),
        "csv crate, reading only": ([str(binaries / "examples/read_csv"), str(file)], 1),
        "DuckDB, threads=1": ([sys.executable, str(PEERS / "validate_duckdb.py"), str(file), str(work / "out-duckdb"), *no_key], 1),
        "Python csv script": ([sys.executable, str(PEERS / "validate_csv.py"), str(file), str(work / "out-python"), *no_key], 1),
    }


def without_key(schema, target):
    """The schema without its primary key."""
    descriptor = json.loads(schema.read_text())
    descriptor.pop("primaryKey")
    target.write_text(json.dumps(descriptor))
    return target


def all_invalid(source, target):
    """The same file with a currency that no row may have: every row is rejected."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        subprocess.run(["sed", "-i", "2,$s/,settled,/,lost,/; 2,$s/,pending,/,lost,/; 2,$s/,re[a-z]*ed,/,lost,/; 2,$s/,declined,/,lost,/",
                        str(target)], check=True)
    return target


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()

    # Every program must be able to read the file: no malformed quoting, no invalid UTF-8, no blank lines.
    file = sample(args.binaries, args.work / f"rows-{args.rows}", args.rows, "--kinds", "well-formed")
    schema = file.parent / "transactions.schema.json"
    keyless = without_key(schema, file.parent / "keyless.schema.json")
    invalid = all_invalid(file, args.work / f"invalid-{args.rows}" / "data_0.csv")
    size = lambda path: path.stat().st_size / 1e6

    print(machine())
    results = [
        compare("validation", contestants(args.binaries, args.work, file, keyless, False), size(file), args.rounds),
        compare("validation with a primary key", contestants(args.binaries, args.work, file, schema, True), size(file),
                args.rounds),
        compare("every row invalid", contestants(args.binaries, args.work, invalid, keyless, False), size(invalid),
                max(1, args.rounds // 2)),
    ]
    (args.work / "validation.json").write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
