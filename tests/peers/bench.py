#!/usr/bin/env python3
"""Runs the benchmark: all workers against their peers, side by side in one run.

The times of every round go into JSON files in a folder named by the time of the start; bench.md
there has the tables, scale.svg the curves.
"""

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path

import bench_logs
import bench_queue
import bench_scale
import bench_start
import bench_validation
import chart
import machine
import report
from contest import SHORT, Bench, Rounds

SECTIONS = {
    "validation": bench_validation,
    "queue": bench_queue,
    "logs": bench_logs,
    "start": bench_start,
    "scale": bench_scale,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, required=True, help="folder of the workers")
    parser.add_argument(
        "--peers", type=Path, required=True, help="folder of the peers that are written in Rust"
    )
    parser.add_argument("--work", type=Path, required=True, help="folder for inputs and results")
    parser.add_argument(
        "--rounds", type=int, default=3, help="how often each contest is held [default: 3]"
    )
    parser.add_argument(
        "--turns",
        type=int,
        default=5,
        help=f"of what takes less than {SHORT:g} s, in each round [default: 5]",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a hundredth of the work and one round: whether all runs, not how fast",
    )
    parser.add_argument(
        "--only",
        choices=SECTIONS,
        action="append",
        help="this section alone; may be repeated. No report is written then",
    )
    args = parser.parse_args()
    began = time.monotonic()
    about = machine.describe()
    results = (
        args.work
        / "results"
        / (about["began"][:19].replace(":", "-") + ("-quick" if args.quick else ""))
    )
    results.mkdir(parents=True)
    rounds, scale = (Rounds(1, 1), 0.01) if args.quick else (Rounds(args.rounds, args.turns), 1)
    bench = Bench(args.binaries.absolute(), args.peers.absolute(), args.work, rounds, scale)
    for name in args.only or SECTIONS:
        tables = SECTIONS[name].tables(bench)
        (results / f"{name}.json").write_text(json.dumps(tables, indent=1) + "\n")
    about["load_after"] = round(os.getloadavg()[0], 2)
    about["seconds"] = round(time.monotonic() - began)
    (results / "machine.json").write_text(json.dumps(about, indent=1) + "\n")
    for leftover in args.work.glob("out-*"):
        shutil.rmtree(leftover)
    if not args.only:
        chart.draw(json.loads((results / "scale.json").read_text()), results / "scale.svg")
        (results / "bench.md").write_text(report.markdown(results))
        print(report.markdown(results))
    print(f"measured for {about['seconds']} s; results in {results}", file=sys.stderr)


if __name__ == "__main__":
    main()
