"""Validation: partition-worker and its peers on the same transactions.

The programs must come to the same counts. frictionless is given a smaller file, as it would take
minutes, and only reports.
"""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

from contest import Contestant, command, contest, run

PEERS = Path(__file__).parent


def transactions(bench, rows):
    """A file of transactions that every program can read: no malformed quoting, no invalid UTF-8,
    no blank lines. Made once.
    """
    folder = bench.work / f"rows-{rows}"
    if not (folder / "truth.json").exists():
        bench.sample(
            "transactions",
            "--rows",
            rows,
            "--partitions",
            1,
            "--seed",
            7,
            "--kinds",
            "well-formed",
            "--output",
            folder,
        )
    return folder / "data_0.csv"


def without_key(file):
    """The schema of a file without its primary key."""
    schema = file.parent / "keyless.schema.json"
    descriptor = json.loads((file.parent / "transactions.schema.json").read_text())
    descriptor.pop("primaryKey")
    schema.write_text(json.dumps(descriptor))
    return schema


def all_invalid(bench, source):
    """The same file with a status that no row may have: every row is rejected."""
    target = bench.work / f"invalid-{source.parent.name}" / "data_0.csv"
    if not target.exists():
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, target)
        edit = "; ".join(
            f"2,$s/,{status},/,lost,/"
            for status in ["settled", "pending", "reversed", "refunded", "declined"]
        )
        subprocess.run(["sed", "-i", edit, target], check=True)
    return target


def shuffled(bench, source):
    """The same file with its rows in random order, so that the keys do not ascend."""
    target = bench.work / f"shuffled-{source.parent.name}" / "data_0.csv"
    if not target.exists():
        with source.open("rb") as file:
            header, *lines = file
        records, record = [], b""
        for line in lines:
            record += line
            # A line break inside quotes belongs to the record.
            if record.count(b'"') % 2 == 0:
                records.append(record)
                record = b""
        random.Random(7).shuffle(records)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(header + b"".join(records))
    return target


def ours(bench, file, schema, name="out-ours"):
    """The worker's command."""
    return [
        bench.worker("partition-worker"),
        "validate",
        "--input",
        str(file),
        "--schema",
        str(schema),
        "--output",
        str(bench.work / name),
        "--index",
        "0",
        "--total-partitions",
        "1",
        "--force",
        "--log-level",
        "error",
    ]


def megabytes(file):
    """The size of a file in 10^6 bytes."""
    return file.stat().st_size / 1e6


def judging(bench, file, schema, small, small_schema):
    """The contestants; each asserts that it counted what the others counted."""
    key = [] if "primaryKey" in json.loads(schema.read_text()) else ["--no-primary-key"]
    counted = {}

    def counting(program, of, words, processors=1):
        def hold():
            # As a pod does, each writes its outputs anew: to give the space of old ones back takes
            # time, too.
            for folder in bench.work.glob("out-*"):
                shutil.rmtree(folder)
            timed = run(words, processors)
            if "partition-worker" in program:
                summary = json.loads((bench.work / "out-ours/part-00000/summary.json").read_text())
            else:
                summary = json.loads(timed.output)
            counts = {name: summary[name] for name in ["rows", "accepted", "rejected"]}
            agreed = counted.setdefault(of, counts)
            assert counts == agreed, f"{program} counted {counts}, others {agreed}"
            return timed

        return Contestant(program, megabytes(of), hold)

    def peer(script, of, out, *more):
        return [sys.executable, str(PEERS / script), str(of), str(bench.work / out), *more]

    run(ours(bench, small, small_schema))
    summary = json.loads((bench.work / "out-ours/part-00000/summary.json").read_text())
    counted[small] = {name: summary[name] for name in ["rows", "accepted", "rejected"]}
    return [
        counting("partition-worker", file, ours(bench, file, schema)),
        counting("partition-worker, two processors", file, ours(bench, file, schema), 2),
        command(
            "csv crate, reading only", megabytes(file), [str(bench.peers / "read_csv"), str(file)]
        ),
        counting("DuckDB, threads=1", file, peer("validate_duckdb.py", file, "out-duckdb", *key)),
        counting("Python csv script", file, peer("validate_csv.py", file, "out-python", *key)),
        counting(
            "Python csv script, strptime",
            file,
            peer("validate_csv.py", file, "out-strptime", "--strptime", *key),
        ),
        counting(
            f"frictionless, {megabytes(small):.1f} MB, no output",
            small,
            [
                sys.executable,
                str(PEERS / "validate_frictionless.py"),
                str(small),
                str(small_schema),
            ],
        ),
    ]


def tables(bench):
    """Runs the contests."""
    rows = bench.sized(1_000_000)
    file, small = transactions(bench, rows), transactions(bench, bench.sized(50_000))
    keyed, small_keyed = (
        file.parent / "transactions.schema.json",
        small.parent / "transactions.schema.json",
    )
    keyless, small_keyless = without_key(file), without_key(small)
    invalid, small_invalid = all_invalid(bench, file), all_invalid(bench, small)
    mixed = shuffled(bench, file)
    slow = ("Python", "frictionless")
    in_random_order = [
        one
        for one in judging(bench, mixed, keyed, small, small_keyed)
        if not one.program.startswith(slow)
    ]
    size = f"{rows:,} transactions ({megabytes(file):.0f} MB)"
    few = bench.rounds.fewer()
    return [
        contest(
            f"Validation of {size} with a primary key",
            "MB",
            judging(bench, file, keyed, small, small_keyed),
            bench.rounds,
        ),
        contest("The same, the rows in random order", "MB", in_random_order, bench.rounds),
        contest(
            "The same without the key",
            "MB",
            judging(bench, file, keyless, small, small_keyless),
            bench.rounds,
        ),
        contest(
            "The same, every row invalid",
            "MB",
            judging(bench, invalid, keyless, small_invalid, small_keyless),
            few,
            [
                "The worker's times include hashing its outputs and syncing them to the disk, "
                "which the peers do not do. All "
                "counted the same rows as accepted and rejected.",
            ],
        ),
    ]
