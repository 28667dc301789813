"""Peer: a loop over plain ``httpx.AsyncClient`` that records in SQLite, in groups.

``plain_httpx TARGET JOBS IN_FLIGHT FOLDER``. Successes are committed, with ``synchronous=FULL``,
by a thread that takes whatever came home meanwhile.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from pathlib import Path

import httpx

from tests.bench.peers.reminder import TIMEOUT_SECONDS, reminders, signed_headers, tell


def open_ledger(path: Path) -> sqlite3.Connection:
    """A database that waits for the disk at every commit."""
    ledger = sqlite3.connect(path, check_same_thread=False)
    ledger.execute("PRAGMA journal_mode = wal")
    ledger.execute("PRAGMA synchronous = FULL")
    ledger.execute("CREATE TABLE reminder (id TEXT PRIMARY KEY, body TEXT, sent_at REAL)")
    return ledger


class Ledger:
    """Records deliveries in groups: a commit takes all that came home during the last one."""

    def __init__(self, ledger: sqlite3.Connection, jobs: int) -> None:
        self._ledger, self._left = ledger, jobs
        self._home: list[str] = []
        self._wake = asyncio.Event()

    def delivered(self, message_id: str) -> None:
        """One reminder was answered with 2xx."""
        self._home.append(message_id)
        self._wake.set()

    async def until_all_recorded(self) -> None:
        """Commit until every reminder is on disk."""
        while self._left:
            await self._wake.wait()
            self._wake.clear()
            group, self._home = self._home, []
            await asyncio.to_thread(self._commit, group)
            self._left -= len(group)

    def _commit(self, group: list[str]) -> None:
        now = time.time()
        with self._ledger:
            self._ledger.executemany(
                "UPDATE reminder SET sent_at = ? WHERE id = ?", [(now, one) for one in group]
            )


async def post(client: httpx.AsyncClient, target: str, message_id: str, body: str) -> None:
    """One signed POST; anything but 2xx ends the measurement."""
    answer = await client.post(target, content=body, headers=signed_headers(message_id, body))
    answer.raise_for_status()


async def send_all(ledger: sqlite3.Connection, target: str, jobs: int, in_flight: int) -> None:
    """So many workers share the reminders that are due."""
    due = iter(ledger.execute("SELECT id, body FROM reminder WHERE sent_at IS NULL").fetchall())
    record = Ledger(ledger, jobs)
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    async with httpx.AsyncClient(limits=limits, timeout=TIMEOUT_SECONDS, trust_env=False) as client:

        async def work() -> None:
            for message_id, body in due:
                await post(client, target, message_id, body)
                record.delivered(message_id)

        await asyncio.gather(record.until_all_recorded(), *(work() for _ in range(in_flight)))


def main(target: str, jobs: int, in_flight: int, folder: Path) -> None:
    """Store the reminders, then time their way."""
    import uvloop

    ledger = open_ledger(folder / "plain_httpx.sqlite3")
    with ledger:
        ledger.executemany("INSERT INTO reminder VALUES (?, ?, NULL)", reminders(jobs))
    began = time.perf_counter()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(send_all(ledger, target, jobs, in_flight))
    tell(jobs, time.perf_counter() - began)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
