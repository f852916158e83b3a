"""What the numbers are of: the machine, and the version of everything that ran."""

import os
import platform
import re
import subprocess
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path


def first_line(*command):
    """What a program says first."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[
        0
    ]


def numbered(*command):
    """The version in what a program says first."""
    return re.search(r"\d+(\.\d+)+", first_line(*command)).group()


def field(file, name):
    """The value after `name` in one of the kernel's or the system's files."""
    found = re.search(rf"^{name}\s*[:=]\s*(.+)$", Path(file).read_text(), re.MULTILINE)
    return found.group(1).strip('"') if found else "unknown"


def describe():
    """The machine and the versions, now."""
    memory_kib = int(field("/proc/meminfo", "MemTotal").split()[0])
    dirty = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=no"], capture_output=True, text=True
    ).stdout
    return {
        "began": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "cpu": field("/proc/cpuinfo", "model name"),
        "processors": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory_kib / 2**20, 1),
        "system": field("/etc/os-release", "PRETTY_NAME"),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "load_before": round(os.getloadavg()[0], 2),
        "revision": first_line("git", "describe", "--always") + (", changed" if dirty else ""),
        "versions": {
            "rustc": numbered("rustc", "--version"),
            "Python": platform.python_version(),
            "Redis": numbered("redis-server", "--version"),
            "GoAccess": numbered("goaccess", "--version"),
            **{name: version(package) for name, package in PACKAGES.items()},
        },
    }


PACKAGES = {
    "DuckDB": "duckdb",
    "frictionless": "frictionless",
    "redis-py": "redis",
    "RQ": "rq",
    "Celery": "celery",
    "boto3": "boto3",
}
