"""Peer: procrastinate, a job queue in PostgreSQL.

``procrastinate_jobs TARGET JOBS CONCURRENCY WORKERS POSTGRESQL``. A job's end is its record: its
row says succeeded. Several workers in one process, as each fetches one job at a time.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import httpx
import procrastinate
import psycopg
import uvloop

from tests.bench.peers.reminder import TIMEOUT_SECONDS, reminders, signed_headers, tell


class Office:
    """What the jobs find when they run."""

    client: httpx.AsyncClient
    target: str


async def remind(message_id: str, body: str) -> None:
    """The job."""
    answer = await Office.client.post(
        Office.target, content=body, headers=signed_headers(message_id, body)
    )
    answer.raise_for_status()


async def run(jobs: int, concurrency: int, workers: int, url: str) -> None:
    """Queue everything in one batch, then work until nothing is left."""
    connections = concurrency * workers + workers + 2
    connector = procrastinate.PsycopgConnector(
        conninfo=url, min_size=connections, max_size=connections
    )
    app = procrastinate.App(connector=connector)
    task = app.task(name="remind")(remind)
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    async with (
        app.open_async(),
        httpx.AsyncClient(limits=limits, timeout=TIMEOUT_SECONDS, trust_env=False) as Office.client,
    ):
        await app.schema_manager.apply_schema_async()
        due = [{"message_id": one, "body": body} for one, body in reminders(jobs)]
        await task.batch_defer_async(*due)
        working: dict[str, Any] = {
            "wait": False,
            "concurrency": concurrency,
            "install_signal_handlers": False,
            "listen_notify": False,
        }
        await asyncio.gather(*(app.run_worker_async(**working) for _ in range(workers)))


def span_of(url: str, jobs: int) -> float:
    """Seconds from the first job's start to the last one's success, by the database's clock."""
    with psycopg.connect(url) as ledger:
        found = ledger.execute(
            "SELECT extract(epoch FROM max(at) - min(at)), count(*) FILTER (WHERE type = "
            "'succeeded') FROM procrastinate_events WHERE type IN ('started', 'succeeded')"
        ).fetchone()
    assert found is not None
    assert found[1] == jobs, found
    return float(found[0])


def main(target: str, jobs: int, concurrency: int, workers: int, url: str) -> None:
    """Run on uvloop, as everybody here."""
    Office.target = target
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(jobs, concurrency, workers, url))
    tell(jobs, span_of(url, jobs))


if __name__ == "__main__":
    # It warns of tasks whose module is ``__main__``: another process would not find them.
    from tests.bench.peers import procrastinate_jobs

    procrastinate_jobs.main(
        sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
    )
