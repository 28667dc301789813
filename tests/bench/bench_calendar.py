"""Import, plan and look up: how fast the calendar is, each in processes of its own."""

from __future__ import annotations

from tests.bench.measure import RUNS, line, machine, runs

WORK = "tests.bench.calendar_work"


def test_the_calendar() -> None:
    """Prints a table; nothing here fails on speed."""
    imported = runs(WORK, "import", "100000")
    planned = runs(WORK, "plan", "100000")
    few, many = runs(WORK, "due", "10000"), runs(WORK, "due", "1000000")
    rows = [
        f"\n{machine()}; {RUNS} runs each in a process of its own: median (least – most)",
        line("import 100,000 rows of CSV, SQLite", imported, "per_second", "rows/s", "≥ 10,000"),
        line("  CPU of a row", imported, "cpu_us_per_unit", "µs", "–"),
        line("  peak memory", imported, "rss_mb", "MB", "< 300"),
        line("plan and store 400,000 notices", planned, "per_second", "notices/s", "≥ 50,000"),
        line("  CPU of a notice", planned, "cpu_us_per_unit", "µs", "–"),
        line("  peak memory", planned, "rss_mb", "MB", "< 300"),
        line("find the due among 10,000 planned", few, "milliseconds", "ms", "< 2"),
        line("find the due among 1,000,000 planned", many, "milliseconds", "ms", "< 2"),
        line("  peak memory", many, "rss_mb", "MB", "< 300"),
    ]
    print("\n".join(rows))
