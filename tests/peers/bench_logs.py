#!/usr/bin/env python3
"""Runs the benchmark of access logs: ours, GoAccess, a Python script and mere decompression in turn on the same lines.

What they counted is compared, too: requests, bytes, statuses and the busiest clients must be the same.
"""

import argparse
import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

from contest import compare, machine

PEERS = Path(__file__).parent


def sample(binaries, folder, lines):
    """A month of combined lines, plain and compressed, made once."""
    plain, packed = folder / "access.log", folder / "access.log.gz"
    if not packed.exists():
        folder.mkdir(parents=True, exist_ok=True)
        flags = ["--year", "2024", "--month", "5", "--lines", str(lines), "--format", "combined", "--compress", "none", "--output", str(folder)]
        subprocess.run([binaries / "sample-data", "access-logs", *flags], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.move(next((folder / "2024" / "05").iterdir()), plain)
        with plain.open("rb") as source, gzip.open(packed, "wb", 6) as target:
            shutil.copyfileobj(source, target, 1 << 20)
    return plain, packed


def check(out):
    """The same counts from all who counted. Tables that are exact only: what is over the limit depends on how the log was cut."""
    summary = lambda name: json.loads((out / name / "05" / "summary.json").read_text())
    ours = summary("ours")
    script = json.loads((out / "script.json").read_text())
    for name in ["requests", "bytes", "statuses"]:
        for other in [summary("ours-gzip"), summary("ours-two"), script]:
            assert other[name] == ours[name], f"{name}: {other[name]} {ours[name]}"
    table = ours["tables"]["clients"]
    for (key, found, sent), row in zip(script["clients"][:10], table["top"]):
        assert key == row["key"] and 0 <= found - row["requests"] <= table["error"], f"{key}: {found} {row}"
    goaccess = json.loads((out / "goaccess.json").read_text(errors="replace"))
    statuses = {item["data"][:3]: item["hits"]["count"] for group in goaccess["status_codes"]["data"] for item in group["items"]}
    differ = {code: (found, ours["statuses"].get(code)) for code, found in statuses.items() if ours["statuses"].get(code) != found}
    print(f"\ncounts: {ours['requests']} requests, as the script has them; GoAccess has {goaccess['general']['valid_requests']} with those of other "
          f"months; statuses that differ (GoAccess, ours): {differ or 'none'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    plain, packed = sample(args.binaries, args.work / f"logs-{args.lines}", args.lines)
    out = args.work / "out-logs"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)

    def ours(file, name, threads):
        return [str(args.binaries / "log-aggregator"), "aggregate", "--input", str(file), "--output", str(out / name), "--year", "2024", "--month", "5",
                "--threads", str(threads), "--force", "--log-level", "error"]

    print(machine())
    inflate = [str(args.binaries / "examples" / "inflate"), str(packed)]
    programs = {
        "log-aggregator": (ours(plain, "ours", 1), 1),
        "log-aggregator, two threads": (ours(plain, "ours-two", 2), 2),
        "log-aggregator, gzip": (ours(packed, "ours-gzip", 1), 1),
        "log-aggregator, gzip, two processors": (ours(packed, "ours-gzip", 1), 2),
        "inflating only": (inflate, 1),
        "Python regex script": ([sys.executable, str(PEERS / "count_log.py"), str(plain), str(out / "script.json")], 1),
        "GoAccess, to JSON": (["goaccess", str(plain), "--log-format=COMBINED", "--no-progress", "-o", str(out / "goaccess.json")], 1),
    }
    results = compare(f"{args.lines:,} combined lines", programs, plain.stat().st_size / 1e6, args.rounds)
    check(out)
    (args.work / "logs.json").write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
