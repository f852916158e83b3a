"""Times programs side by side.

Every program is timed as a whole process, pinned to so many processors, from the start to the exit; its peak memory is what the
kernel accounts. Ratios are of the wall times of one round, and their median is printed: rounds drift on a busy machine, programs
of one round less so.
"""

import os
import platform
import statistics
import subprocess
import sys
import time
from datetime import date


def machine():
    """What the numbers are of."""
    return f"{date.today()}, {platform.machine()}, {os.cpu_count()} processors, one used if not said otherwise; Python {platform.python_version()}"


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


def compare(title, programs, megabytes, rounds):
    """Runs all programs (name to command and processors) in turn and prints a table; returns its rows. The first is ours."""
    seconds, memory = {name: [] for name in programs}, {name: [] for name in programs}
    for _ in range(rounds):
        for name, (command, processors) in programs.items():
            took, peak = run(command, processors)
            seconds[name].append(took)
            memory[name].append(peak)
    ours = next(iter(programs))
    print(f"\n{title} ({megabytes:.0f} MB, {rounds} rounds, medians)\n")
    print(f"| {'program':<36} | {'seconds':>8} | {'MB/s':>7} | {'ours is faster by':>17} | {'peak MiB':>8} |")
    print(f"|{'-' * 38}|{'-' * 9}:|{'-' * 8}:|{'-' * 18}:|{'-' * 9}:|")
    rows = []
    for name in programs:
        took = statistics.median(seconds[name])
        ratio = statistics.median(theirs / mine for theirs, mine in zip(seconds[name], seconds[ours]))
        peak = statistics.median(memory[name])
        print(f"| {name:<36} | {took:8.3f} | {megabytes / took:7.1f} | {ratio:16.2f}x | {peak:8.1f} |")
        rows.append({"program": name, "seconds": seconds[name], "ratio": ratio, "peak_mib": peak})
    return {"title": title, "megabytes": megabytes, "rows": rows}
