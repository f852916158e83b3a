"""Access logs: log-aggregator, its peers and mere decompression on the same lines.

What they counted must be the same where they mean the same: requests, bytes, statuses and the
busiest clients.
"""

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

from contest import command, contest

PEERS = Path(__file__).parent
YEAR, MONTH = "2024", "05"


def log(bench, lines):
    """A month of combined lines in a file, made once."""
    folder = bench.work / f"logs-{lines}"
    if not (folder / YEAR / f"truth-{MONTH}.json").exists():
        bench.sample(
            "access-logs",
            "--year",
            YEAR,
            "--month",
            int(MONTH),
            "--lines",
            lines,
            "--format",
            "combined",
            "--compress",
            "none",
            "--output",
            folder,
        )
    return next((folder / YEAR / MONTH).iterdir())


def packed(file):
    """The same, compressed by gzip."""
    target = file.parents[2] / "access.log.gz"
    if not target.exists():
        with file.open("rb") as source, gzip.open(target, "wb", 6) as stream:
            shutil.copyfileobj(source, stream, 1 << 20)
    return target


def many_clients(bench, lines):
    """A month of lines of which hardly two in a row have the same client, made once."""
    file = bench.work / f"many-clients-{lines}" / YEAR / MONTH / "access.log"
    if not file.exists():
        file.parent.mkdir(parents=True)
        part = file.with_suffix(".part")
        subprocess.run(
            [sys.executable, str(PEERS / "many_clients.py"), str(lines), str(part)], check=True
        )
        part.rename(file)
    return file


def ours(bench, file, out, threads=1):
    """The worker's command."""
    return [
        bench.worker("log-aggregator"),
        "aggregate",
        "--input",
        str(file),
        "--output",
        str(out),
        "--year",
        YEAR,
        "--month",
        str(int(MONTH)),
        "--threads",
        str(threads),
        "--force",
        "--log-level",
        "error",
    ]


def counted(out):
    """What the worker counted, which must be what it counted with two threads, from a compressed
    log, and what the script did.
    """
    summary = {
        name: json.loads((out / name / MONTH / "summary.json").read_text())
        for name in ["ours", "ours-gzip", "ours-two"]
    }
    script = json.loads((out / "script.json").read_text())
    ours = summary["ours"]
    for name in ["requests", "bytes", "statuses"]:
        for other in [summary["ours-gzip"], summary["ours-two"], script]:
            assert other[name] == ours[name], f"{name}: {other[name]} {ours[name]}"
    return ours, script


def by_goaccess(out, ours):
    """How many requests GoAccess counted, all statuses it found, and those of which it counted
    others than ours.
    """
    goaccess = json.loads((out / "goaccess.json").read_text(errors="replace"))
    statuses = {
        item["data"][:3]: item["hits"]["count"]
        for group in goaccess["status_codes"]["data"]
        for item in group["items"]
    }
    differ = sorted(code for code, found in statuses.items() if ours["statuses"].get(code) != found)
    return goaccess["general"]["valid_requests"], statuses, differ


def agreement(out):
    """Asserts that all counted the same; returns what is to be said about those that mean something
    else.
    """
    ours, script = counted(out)
    duckdb = json.loads((out / "duckdb.json").read_text())
    # Tables that are over their limit are too low by at most what they say.
    table = ours["tables"]["clients"]
    for (key, found, _), row in zip(script["clients"][:10], table["top"]):
        assert (
            key == row["key"] and 0 <= found - row["requests"] <= table["error"]
        ), f"{key}: {found} {row}"
    # What it refuses besides is not UTF-8, and is of the month but for a line or two.
    refused, missing = (
        duckdb["unparsed"] - script["unparsed"],
        ours["requests"] - duckdb["requests"],
    )
    assert 0 <= refused - missing <= 10, (
        f"DuckDB: {duckdb['requests']} requests, {refused} lines refused; "
        f"ours: {ours['requests']} requests"
    )
    valid, statuses, differ = by_goaccess(out, ours)
    return [
        f"Requests, bytes and statuses are the same from log-aggregator and the Python script: "
        f"{ours['requests']:,} requests. DuckDB refuses "
        f"{refused:,} lines that are not UTF-8, and counts {duckdb['requests']:,}. GoAccess knows "
        f"no months, and counts {valid:,} "
        f"with those around the month; it differs in {len(differ)} of {len(statuses)} statuses."
    ]


def agreement_on_clients(out):
    """The same for the log of many clients, in which GoAccess has nothing to count otherwise."""
    ours, _ = counted(out)
    valid, _, differ = by_goaccess(out, ours)
    assert (
        valid == ours["requests"] and not differ
    ), f"GoAccess: {valid} requests, other statuses {differ}; ours: {ours['requests']}"
    duckdb = json.loads((out / "duckdb.json").read_text())
    assert duckdb["requests"] == valid, f"DuckDB: {duckdb['requests']} requests; ours: {valid}"
    return [
        "There is an address for every tenth line, each as likely as any other. All counted the "
        "same requests."
    ]


def judging(bench, plain, out):
    """The contestants, all of which are given the same lines."""
    gzipped = packed(plain)
    size = plain.stat().st_size / 1e6
    goaccess = [
        "goaccess",
        str(plain),
        "--log-format=COMBINED",
        "--no-progress",
        "-o",
        str(out / "goaccess.json"),
    ]

    def peer(script, result):
        return [sys.executable, str(PEERS / script), str(plain), str(out / result)]

    return [
        command("log-aggregator", size, ours(bench, plain, out / "ours")),
        command("log-aggregator, two threads", size, ours(bench, plain, out / "ours-two", 2), 2),
        command("log-aggregator, gzip", size, ours(bench, gzipped, out / "ours-gzip")),
        command(
            "log-aggregator, gzip, two processors", size, ours(bench, gzipped, out / "ours-gzip"), 2
        ),
        command("inflating only (zlib-rs)", size, [str(bench.peers / "inflate"), str(gzipped)]),
        command("DuckDB, threads=1", size, peer("count_log_duckdb.py", "duckdb.json")),
        command("Python regex script", size, peer("count_log.py", "script.json")),
        command("GoAccess, to JSON", size, goaccess),
    ]


def tables(bench):
    """Runs the contests."""
    out = bench.work / "out-logs"

    def hold(title, lines, plain, rounds, agree):
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        title = (
            f"Counting {lines:,} combined lines of {title} ({plain.stat().st_size / 1e6:.0f} MB)"
        )
        table = contest(title, "MB", judging(bench, plain, out), rounds)
        table["notes"] += agree(out)
        return table

    many, few = bench.sized(2_000_000), bench.sized(1_000_000)
    return [
        hold("many clients", many, many_clients(bench, many), bench.rounds, agreement_on_clients),
        hold("a shop", few, log(bench, few), bench.rounds.fewer(), agreement),
    ]
