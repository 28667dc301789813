"""How soon the command line answers, from the start of the process to its end."""

from __future__ import annotations

import subprocess
import sys
import time

from tests.bench.measure import RUNS, line, machine


def once(*words: str) -> dict[str, float]:
    """One run of the program in a process of its own."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "notifier", *words], capture_output=True, check=True)
    return {"milliseconds": (time.perf_counter() - began) * 1000}


def test_the_command_line() -> None:
    """Prints a table; nothing here fails on speed."""
    rows = [f"\n{machine()}; {RUNS} runs each, the first not counted: median (least – most)"]
    for words in (["--help"], ["hearings", "--help"], ["sources", "list"]):
        once(*words)
        figures = [once(*words) for _ in range(RUNS)]
        aim = "< 300" if "--help" in words else "–"
        rows.append(line(f"notifier {' '.join(words)}", figures, "milliseconds", "ms", aim))
    print("\n".join(rows))
