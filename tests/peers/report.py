#!/usr/bin/env python3
"""Writes the Markdown of a run from its JSON files: report.py FOLDER [--readme README].

Everything printed is computed here from the times of single rounds. With --readme the run is kept
in results/ beside this file, and that README shows it between its markers; a test repeats the
computation. Needs nothing beyond the standard library.
"""

import argparse
import json
import shutil
import sys
import textwrap
from pathlib import Path
from statistics import median

KEPT = Path(__file__).parent / "results"
BEGIN, END = "<!-- bench -->\n", "<!-- /bench -->"
PARTS = ["validation", "queue", "logs", "start", "scale"]


def number(value):
    """Three significant digits, and no fewer than there are before the point."""
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{digits}f}"


def cell_table(heads, rows):
    """A Markdown table; all columns but the first are numbers."""
    rows = [heads, *rows]
    widths = [max(len(row[at]) for row in rows) for at in range(len(heads))]
    line = (
        lambda cells: "| "
        + " | ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(cells, widths))
        )
        + " |"
    )
    rule = (
        "|"
        + "|".join(
            "-" * (width + 2) if at == 0 else "-" * (width + 1) + ":"
            for at, width in enumerate(widths)
        )
        + "|"
    )
    return "\n".join([line(heads), rule, *map(line, rows[1:])])


def memory(row):
    """The peak memory of a program, if it was measured."""
    return number(median(row["peak_mib"])) if row["peak_mib"] else ""


def contest_table(table):
    """A contest: medians, and the ratios to the first program, which is ours."""
    ours, unit = table["rows"][0], table["unit"]
    cells = []
    for row in table["rows"]:
        seconds = median(row["seconds"])
        # Of a unit's time within each round, as not all programs have the same amount.
        ratio = median(
            theirs / row["amount"] * ours["amount"] / mine
            for theirs, mine in zip(row["seconds"], ours["seconds"])
        )
        measured = (
            [f"{seconds:.3f}", number(row["amount"] / seconds)]
            if unit
            else [number(seconds * 1000)]
        )
        cells.append([row["program"], *measured, f"{number(ratio)}", memory(row)])
    measures = ["seconds", f"{unit}/s"] if unit else ["ms"]
    return cell_table(["program", *measures, "time ÷ ours", "peak MiB"], cells)


def curve_table(table):
    """A curve: the cost of a unit at each point."""
    unit = table["unit"]
    scale, cost = (1e3, "ms/MB") if unit == "MB" else (1e6, f"µs/{unit.removesuffix('s')}")
    cells = [
        [
            f"{row['x']:,}",
            f"{median(row['seconds']):.3f}",
            number(scale * median(row["seconds"]) / row["amount"]),
            number(row["amount"] / median(row["seconds"])),
            memory(row),
        ]
        for row in table["rows"]
    ]
    return cell_table([table["x"], "seconds", cost, f"{unit}/s", "peak MiB"], cells)


def load(machine):
    """How busy the machine was; the benchmark itself is one to three of the load after it."""
    after = f", {machine['load_after']} after" if "load_after" in machine else ""
    return f"load {machine['load_before']} before{after}"


def about(machine):
    """The paragraph on the machine."""
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"Run on {machine['began'][:10]} at revision {machine['revision']}: {machine['cpu']}, "
        f"{machine['processors']} processors, "
        f"{machine['memory_gib']} GiB, {machine['system']}, Linux {machine['kernel']}, "
        f"{machine['architecture']}, {load(machine)}. {versions}. "
        "Whole processes in turn, one processor each if not said otherwise; medians, and the "
        "median of the ratios within a round."
    )


def described(table, render):
    """A table with its title and notes."""
    rounds = f"{table['rounds']} round{'s' if table['rounds'] > 1 else ''}"
    return [f"{table['title']} ({rounds}):", render(table), *table["notes"]]


def markdown(folder, chart="scale.svg"):
    """The Markdown of the run in a folder; `chart` is where the page finds the curves."""
    parts = [about(json.loads((folder / "machine.json").read_text()))]
    first = json.loads((folder / "validation.json").read_text())[0]
    if first.get("turns", 1) > 1:
        parts += [
            f"What takes less than a second has {first['turns']} turns in each round, of which the "
            f"median counts."
        ]
    if first["rounds"] == 1:
        parts += [
            "**A trial of one round**, with nothing to tell noise from speed by: no more than "
            "orders of magnitude."
        ]
    for part in PARTS:
        tables = json.loads((folder / f"{part}.json").read_text())
        if part == "scale":
            parts += [
                "What a unit costs, and the peak memory, as their number grows:",
                f"![The cost of a MB and of a task, and the "
                f"peak memory, by the size of the input, the length of the queue and the number of "
                f"workers]({chart})",
            ]
            curves = [text for table in tables for text in described(table, curve_table)]
            parts += [
                "<details><summary>the numbers of these curves</summary>",
                *curves,
                "</details>",
            ]
        else:
            parts += [text for table in tables for text in described(table, contest_table)]
    return "\n\n".join(wrapped(part) for part in parts) + "\n"


def wrapped(part):
    """A paragraph in lines of at most 100 columns; tables, images and markup stay as they are."""
    return part if part[0] in "|!<" else textwrap.fill(part, 100, break_on_hyphens=False)


def show(folder, readme):
    """Keeps a run, and shows it in the README."""
    KEPT.mkdir(exist_ok=True)
    for name in ["machine.json", *(f"{part}.json" for part in PARTS), "scale.svg"]:
        shutil.copyfile(folder / name, KEPT / name)
    before, rest = readme.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    chart = (KEPT / "scale.svg").resolve().relative_to(readme.resolve().parent)
    readme.write_text(f"{before}{BEGIN}{markdown(KEPT, chart)}{END}{after}", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder of the run's JSON files")
    parser.add_argument("--readme", type=Path, help="show the run in this file")
    parser.add_argument(
        "--chart", default="scale.svg", help="where the page finds the chart [default: scale.svg]"
    )
    args = parser.parse_args()
    if args.readme:
        show(args.folder, args.readme)
    else:
        sys.stdout.reconfigure(encoding="utf-8")
        print(markdown(args.folder, args.chart), end="")


if __name__ == "__main__":
    main()
