"""How a benchmark here measures: several runs, each in a process of its own, median and spread."""

from __future__ import annotations

import json
import os
import platform
import resource
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

RUNS = 3
_PACKAGES = ("sqlalchemy", "sqlmodel", "cryptography")


def machine(*also: str) -> str:
    """The machine and the versions that the figures belong to; ``also``: further packages."""
    packages = ", ".join(f"{name} {version(name)}" for name in (*_PACKAGES, *also))
    return (
        f"{platform.system()} {platform.machine()}, {_cores()} cores, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}"
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def timed(work: Callable[[], int]) -> dict[str, float]:
    """Units per second of one run, its CPU per unit, and the process's peak memory."""
    cpu, wall = time.process_time(), time.perf_counter()
    units = work()
    seconds = time.perf_counter() - wall
    return {
        "per_second": units / seconds,
        "cpu_us_per_unit": (time.process_time() - cpu) / units * 1e6,
        "rss_mb": _peak_memory_mb(),
    }


def _peak_memory_mb() -> float:
    """The most memory this process ever had; ``getrusage`` would count its parent's, too."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def runs(
    module: str, *arguments: str, times: int = RUNS, python: str = sys.executable
) -> list[dict[str, float]]:
    """Run a module several times, one after the other; each prints one JSON object."""
    found = []
    for _ in range(times):
        done = subprocess.run(
            [python, "-m", module, *arguments],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return found


def line(name: str, figures: list[dict[str, float]], key: str, unit: str, aim: str) -> str:
    """One row of the table: median, spread and what was aimed at."""
    values = sorted(one[key] for one in figures)
    return (
        f"{name:<48} {statistics.median(values):>12,.1f} {unit:<12} "
        f"({values[0]:,.1f} – {values[-1]:,.1f})  aim: {aim}"
    )
