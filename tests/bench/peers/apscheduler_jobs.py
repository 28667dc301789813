"""Peer: APScheduler with one job per reminder in its SQLAlchemy store.

``apscheduler_jobs TARGET JOBS IN_FLIGHT FOLDER``. SQLite in WAL mode with ``synchronous=FULL``, no
misfire grace (the default of one second drops most of a herd), coroutine jobs on its asyncio
scheduler, one shared httpx client. APScheduler deletes a job before it runs: at most once.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import uvloop
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import create_engine, event

from tests.bench.peers.plain_httpx import Ledger, open_ledger, post
from tests.bench.peers.reminder import TIMEOUT_SECONDS, reminders, tell


class Office:
    """What the jobs find when they run: a stored job can carry neither client nor database."""

    client: httpx.AsyncClient
    slots: asyncio.Semaphore
    record: Ledger
    target: str


async def remind(message_id: str, body: str) -> None:
    """The job."""
    async with Office.slots:
        await post(Office.client, Office.target, message_id, body)
    Office.record.delivered(message_id)


def job_store(folder: Path) -> SQLAlchemyJobStore:
    """A store that waits for the disk at every commit."""
    engine = create_engine(f"sqlite:///{folder / 'apscheduler.sqlite3'}")

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("PRAGMA synchronous = FULL")

    return SQLAlchemyJobStore(engine=engine)


async def run(jobs: int, in_flight: int, folder: Path) -> None:
    """Store the jobs with the scheduler paused, then let it go and time it."""
    scheduler = AsyncIOScheduler(
        jobstores={"default": job_store(folder)},
        job_defaults={"misfire_grace_time": None, "coalesce": True},
        timezone=UTC,
    )
    scheduler.start(paused=True)
    ledger = open_ledger(folder / "ledger.sqlite3")
    due = list(reminders(jobs))
    with ledger:
        ledger.executemany("INSERT INTO reminder VALUES (?, ?, NULL)", due)
    now = datetime.now(UTC)
    for message_id, body in due:
        scheduler.add_job(remind, "date", run_date=now, args=(message_id, body), id=message_id)
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    async with httpx.AsyncClient(limits=limits, timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        Office.client, Office.slots = client, asyncio.Semaphore(in_flight)
        Office.record = Ledger(ledger, jobs)
        began = time.perf_counter()
        scheduler.resume()
        await Office.record.until_all_recorded()
        tell(jobs, time.perf_counter() - began)
    scheduler.shutdown()


def main(target: str, jobs: int, in_flight: int, folder: Path) -> None:
    """Run on uvloop, as everybody here."""
    Office.target = target
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(jobs, in_flight, folder))


if __name__ == "__main__":
    # The store knows a job by its module's name, which ``__main__`` is not.
    from tests.bench.peers import apscheduler_jobs

    apscheduler_jobs.main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
