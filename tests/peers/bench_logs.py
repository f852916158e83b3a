"""Access logs: log-aggregator, its peers and mere decompression on the same lines.

What they counted must be the same where they mean the same: requests, bytes, statuses and the busiest clients.
"""

import gzip
import json
import shutil
import sys
from pathlib import Path

from contest import command, contest

PEERS = Path(__file__).parent
YEAR, MONTH = "2024", "05"


def log(bench, lines):
    """A month of combined lines in a file, made once."""
    folder = bench.work / f"logs-{lines}"
    if not (folder / YEAR / f"truth-{MONTH}.json").exists():
        bench.sample("access-logs", "--year", YEAR, "--month", int(MONTH), "--lines", lines, "--format", "combined", "--compress", "none",
                     "--output", folder)
    return next((folder / YEAR / MONTH).iterdir())


def packed(file):
    """The same, compressed by gzip."""
    target = file.parents[2] / "access.log.gz"
    if not target.exists():
        with file.open("rb") as source, gzip.open(target, "wb", 6) as stream:
            shutil.copyfileobj(source, stream, 1 << 20)
    return target


def ours(bench, file, out, threads=1):
    """The worker's command."""
    return [bench.worker("log-aggregator"), "aggregate", "--input", str(file), "--output", str(out), "--year", YEAR, "--month", str(int(MONTH)),
            "--threads", str(threads), "--force", "--log-level", "error"]


def agreement(out):
    """Asserts that all counted the same; returns what is to be said about those that mean something else."""
    summary = {name: json.loads((out / name / MONTH / "summary.json").read_text()) for name in ["ours", "ours-gzip", "ours-two"]}
    script, duckdb = (json.loads((out / f"{name}.json").read_text()) for name in ["script", "duckdb"])
    goaccess = json.loads((out / "goaccess.json").read_text(errors="replace"))
    ours = summary["ours"]
    for name in ["requests", "bytes", "statuses"]:
        for other in [summary["ours-gzip"], summary["ours-two"], script]:
            assert other[name] == ours[name], f"{name}: {other[name]} {ours[name]}"
    # Tables that are over their limit are too low by at most what they say.
    table = ours["tables"]["clients"]
    for (key, found, _), row in zip(script["clients"][:10], table["top"]):
        assert key == row["key"] and 0 <= found - row["requests"] <= table["error"], f"{key}: {found} {row}"
    # What it refuses besides is not UTF-8, and is of the month but for a line or two.
    refused, missing = duckdb["unparsed"] - script["unparsed"], ours["requests"] - duckdb["requests"]
    assert 0 <= refused - missing <= 10, f"DuckDB: {duckdb['requests']} requests, {refused} lines refused; ours: {ours['requests']} requests"
    statuses = {item["data"][:3]: item["hits"]["count"] for group in goaccess["status_codes"]["data"] for item in group["items"]}
    differ = sorted(code for code, found in statuses.items() if ours["statuses"].get(code) != found)
    return [
        f"Requests, bytes and statuses are the same from log-aggregator and the Python script: {ours['requests']:,} requests. DuckDB refuses "
        f"{refused:,} lines that are not UTF-8, and counts {duckdb['requests']:,}. GoAccess knows no months, and counts {goaccess['general']['valid_requests']:,} "
        f"with those around the month; it differs in {len(differ)} of {len(statuses)} statuses."
    ]


def tables(bench):
    """Runs the contest."""
    lines = bench.sized(1_000_000)
    plain = log(bench, lines)
    gzipped = packed(plain)
    size = plain.stat().st_size / 1e6
    out = bench.work / "out-logs"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()

    def peer(script, result):
        return [sys.executable, str(PEERS / script), str(plain), str(out / result)]

    table = contest(f"Counting {lines:,} combined lines ({size:.0f} MB)", "MB", [
        command("log-aggregator", size, ours(bench, plain, out / "ours")),
        command("log-aggregator, two threads", size, ours(bench, plain, out / "ours-two", 2), 2),
        command("log-aggregator, gzip", size, ours(bench, gzipped, out / "ours-gzip")),
        command("log-aggregator, gzip, two processors", size, ours(bench, gzipped, out / "ours-gzip"), 2),
        command("inflating only (zlib-rs)", size, [str(bench.peers / "inflate"), str(gzipped)]),
        command("DuckDB, threads=1", size, peer("count_log_duckdb.py", "duckdb.json")),
        command("Python regex script", size, peer("count_log.py", "script.json")),
        command("GoAccess, to JSON", size, ["goaccess", str(plain), "--log-format=COMBINED", "--no-progress", "-o", str(out / "goaccess.json")]),
    ], bench.rounds)
    table["notes"] += agreement(out)
    return [table]
