"""Times programs side by side.

Every program is timed as a whole process, from the start to the exit, pinned to so many processors
where that is said; its peak memory is what the kernel accounts. It is started by GNU time: the peak
of a process counts what it was before it executed the program, and a Python is larger than what is
measured. That costs 0.7 ms. Contestants take turns, a round after the other: rounds drift on a busy
machine, programs of one round less so, and ratios are of the times within a round. A program that
takes no longer than a disturbance does has several turns in each round, the median of which counts;
all such programs take these in turn, too.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

SHORT = 1.0
"""Seconds below which a program has several turns in each round."""


@dataclass(frozen=True)
class Rounds:
    """How often a contest is held."""

    number: int
    turns: int
    """Of a program that is short, in each round."""

    def fewer(self):
        """Half as many, where rounds take long."""
        return Rounds(max(1, self.number // 2), self.turns)


@dataclass
class Bench:
    """One run of the benchmark."""

    binaries: Path
    """Folder of the workers."""
    peers: Path
    """Folder of the peers that are written in Rust."""
    work: Path
    """Folder for inputs, which are kept, and outputs."""
    rounds: Rounds
    scale: float
    """Share of the full sizes: 1 for numbers, less to try whether all runs."""

    def sized(self, full):
        """An amount at this run's scale."""
        return max(10, round(full * self.scale))

    def worker(self, name):
        """The path of a binary."""
        return str(self.binaries / name)

    def sample(self, *command):
        """Makes sample data."""
        subprocess.run(
            [self.worker("sample-data"), *map(str, command)],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@dataclass
class Timed:
    """What a program took."""

    seconds: float
    peak_mib: float | None
    output: str = ""


class Running:
    """A process on so many processors, if that is given; with or without its memory measured."""

    def __init__(self, words, processors=None, environment=None, weigh=True):
        self.words = words
        self.output, self.errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.peak = tempfile.NamedTemporaryFile() if weigh else None
        weighing = ["/usr/bin/time", "--format=%M", f"--output={self.peak.name}"] if weigh else []
        everywhere = os.sched_getaffinity(0)
        # A process begins where its parent is.
        os.sched_setaffinity(0, sorted(everywhere)[-processors:] if processors else everywhere)
        try:
            self.started = time.perf_counter()
            self.process = subprocess.Popen(
                [*weighing, *words],
                stdin=subprocess.DEVNULL,
                stdout=self.output,
                stderr=self.errors,
                env={**os.environ, **(environment or {})},
            )
        finally:
            os.sched_setaffinity(0, everywhere)

    def end(self):
        """Waits for the end. A program that fails ends the benchmark."""
        status = self.process.wait()
        seconds = time.perf_counter() - self.started
        self.output.seek(0), self.errors.seek(0)
        if status != 0:
            sys.exit(
                f"{self.words} failed with {status}:\n{self.errors.read().decode(errors='replace')}"
            )
        peak_mib = int(self.peak.read()) / 1024 if self.peak else None
        return Timed(seconds, peak_mib, self.output.read().decode(errors="replace"))


def run(words, processors=None, environment=None, weigh=True):
    """Runs a command to its end."""
    # What others wrote and left to the kernel must not be waited for by a program that syncs its
    # own.
    os.sync()
    return Running(words, processors, environment, weigh).end()


@dataclass
class Contestant:
    """A program, and how much work one run of it is."""

    program: str
    amount: float
    hold: Callable[[], Timed]


def command(program, amount, words, processors=1):
    """A contestant that is one process."""
    return Contestant(program, amount, lambda: run(words, processors))


def take_rounds(title, rows, holds, rounds):
    """Lets all (name, hold) run in turn, and adds to their rows what they took in each round."""
    for number in range(rounds.number):

        def turn(name, hold):
            print(f"  {title}, round {number + 1} of {rounds.number}: {name}", file=sys.stderr)
            return hold()

        taken = [[turn(name, hold)] for name, hold in holds]
        short = [(one, times) for one, times in zip(holds, taken) if times[0].seconds < SHORT]
        for _ in range(rounds.turns - 1):
            for (name, hold), times in short:
                times.append(turn(name, hold))
        for row, times in zip(rows, taken):
            row["seconds"].append(median(timed.seconds for timed in times))
            if times[0].peak_mib is not None:
                row["peak_mib"].append(median(timed.peak_mib for timed in times))
    return {"title": title, "rounds": rounds.number, "turns": rounds.turns, "rows": rows}


def contest(title, unit, contestants, rounds, notes=()):
    """Lets all run in turn; the first is ours. Returns the table with the times of every round,
    `unit` being what amounts are of.
    """
    rows = [
        {"program": one.program, "amount": one.amount, "seconds": [], "peak_mib": []}
        for one in contestants
    ]
    table = take_rounds(title, rows, [(one.program, one.hold) for one in contestants], rounds)
    return {"kind": "contest", "unit": unit, **table, "notes": list(notes)}


def curve(title, x, unit, points, rounds, notes=()):
    """Times ours at each point (x, amount, hold); returns the table with the times of every round.
    """
    rows = [{"x": at, "amount": amount, "seconds": [], "peak_mib": []} for at, amount, _ in points]
    table = take_rounds(title, rows, [(f"{at} {x}", hold) for at, _, hold in points], rounds)
    return {"kind": "curve", "x": x, "unit": unit, **table, "notes": list(notes)}
