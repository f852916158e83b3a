#!/usr/bin/env python3
"""Runs the validation benchmark: ours and the peers in turn on the same file, on one processor, and prints medians.

Every program is timed as a whole process, pinned to one processor, from the start to the exit; its peak memory is what
the kernel accounts. Ours, which judges in one thread and sorts, hashes and writes beside it, is timed with two processors too. Ratios are of the wall times of one round, and their median is printed: rounds drift on a busy
machine, programs of one round less so.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

PEERS = Path(__file__).parent
OURS_ON_TWO = "partition-worker, two processors"


def run(command, processors=1):
    """Runs a command on so many processors; returns its seconds and its peak memory in MiB."""
    affinity = sorted(os.sched_getaffinity(0))[-processors:]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=lambda: os.sched_setaffinity(0, affinity)
    )
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status != 0:
        sys.exit(f"{command} failed:\n{errors.decode()}")
    return seconds, usage.ru_maxrss / 1024


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
        "partition-worker": ours,
        OURS_ON_TWO: ours,
        "csv crate, reading only": [str(binaries / "examples/read_csv"), str(file)],
        "DuckDB, threads=1": [sys.executable, str(PEERS / "validate_duckdb.py"), str(file), str(work / "out-duckdb"), *no_key],
        "Python csv script": [sys.executable, str(PEERS / "validate_csv.py"), str(file), str(work / "out-python"), *no_key],
    }


def compare(title, programs, megabytes, rounds):
    """Runs all programs in turn and prints a table; returns its rows."""
    seconds, memory = {name: [] for name in programs}, {name: [] for name in programs}
    for _ in range(rounds):
        for name, command in programs.items():
            took, peak = run(command, 2 if name == OURS_ON_TWO else 1)
            seconds[name].append(took)
            memory[name].append(peak)
    ours = next(iter(programs))
    print(f"\n{title} ({megabytes:.0f} MB, {rounds} rounds, medians)\n")
    print(f"| {'program':<32} | {'seconds':>8} | {'MB/s':>7} | {'ours is faster by':>17} | {'peak MiB':>8} |")
    print(f"|{'-' * 34}|{'-' * 9}:|{'-' * 8}:|{'-' * 18}:|{'-' * 9}:|")
    rows = []
    for name in programs:
        took = statistics.median(seconds[name])
        ratio = statistics.median(theirs / mine for theirs, mine in zip(seconds[name], seconds[ours]))
        peak = statistics.median(memory[name])
        print(f"| {name:<32} | {took:8.3f} | {megabytes / took:7.1f} | {ratio:16.2f}x | {peak:8.1f} |")
        rows.append({"program": name, "seconds": seconds[name], "ratio": ratio, "peak_mib": peak})
    return {"title": title, "megabytes": megabytes, "rows": rows}


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

    print(f"{date.today()}, {platform.machine()}, {os.cpu_count()} processors, one used if not said otherwise; Python {platform.python_version()}")
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
