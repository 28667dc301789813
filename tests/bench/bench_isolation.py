"""How late the healthy are while others hang: ten thousand due in one minute, a third to nobody."""

from __future__ import annotations

from tests.bench.measure import line, machine, runs

WORK = "tests.bench.isolation_work"
MESSAGES, ENDPOINTS, HANGING, SECONDS = "10000", "200", "60", "60"


def test_isolation() -> None:
    """Prints a table. Nothing fails on speed, but the contract holds under any load."""
    figures = runs(WORK, MESSAGES, ENDPOINTS, HANGING, SECONDS, times=1)
    rows = [
        f"\n{machine('httpx', 'httptools', 'uvloop')}",
        f"{int(MESSAGES):,} due over {SECONDS} s to {ENDPOINTS} endpoints, {HANGING} of them hang",
        "one run, default settings, SQLite; the receiver is in the same process",
        line("lateness of the healthy, p50", figures, "p50_ms", "ms", "–"),
        line("  p99", figures, "p99_ms", "ms", "≤ 5,000"),
        line("  most", figures, "most_ms", "ms", "–"),
        line("longest block of the event loop", figures, "blocked_ms", "ms", "< 100"),
        line("peak memory, receiver included", figures, "rss_mb", "MB", "–"),
        line("attempts cut at endpoints that hang", figures, "cut", "attempts", "–"),
        line("  most at once to one of them", figures, "most_at_once", "attempts", "≤ 8"),
        line("messages to them never tried: no slot in time", figures, "never_tried", "", "–"),
    ]
    print("\n".join(rows))
    (found,) = figures
    assert found["delivered"] == found["healthy"]
    assert (found["early"], found["after_deadline"]) == (0, 0)
