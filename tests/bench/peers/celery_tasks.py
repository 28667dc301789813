"""Peer: Celery with Redis as its broker; each success is recorded in PostgreSQL.

``celery_tasks TARGET JOBS POOL CONCURRENCY REDIS POSTGRESQL`` queues the jobs, then runs one
worker. Set up for many short tasks that wait for the network: prefetch as Celery's manual says for
them, no results, no gossip, acknowledged late, as a reminder must survive its worker; one httpx
client and one connection per process or thread.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import Any

import httpx
import psycopg
from celery import Celery

from tests.bench.peers.reminder import TIMEOUT_SECONDS, reminders, signed_headers, tell

TABLE = "CREATE TABLE delivered (id text PRIMARY KEY, at timestamptz DEFAULT clock_timestamp())"
SPAN = "SELECT count(*), extract(epoch FROM max(at) - min(at)) FROM delivered"
PATIENCE_SECONDS = 300.0

app = Celery("peer", broker=os.environ.get("PEER_REDIS"))
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_default_delivery_mode="transient",
    worker_prefetch_multiplier=64,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
)
_own = threading.local()


def _tools() -> tuple[httpx.Client, psycopg.Connection[Any]]:
    if not hasattr(_own, "client"):
        _own.client = httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False)
        _own.ledger = psycopg.connect(os.environ["PEER_POSTGRESQL"], autocommit=True)
    return _own.client, _own.ledger


def remind(message_id: str, body: str) -> None:
    """The task."""
    client, ledger = _tools()
    answer = client.post(
        os.environ["PEER_TARGET"], content=body, headers=signed_headers(message_id, body)
    )
    answer.raise_for_status()
    ledger.execute("INSERT INTO delivered (id) VALUES (%s)", (message_id,))


task = app.task(name="remind")(remind)


def worker_command(pool: str, concurrency: str) -> list[str]:
    """The worker as its manual would start it for this."""
    quiet = ["--loglevel", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    module = "tests.bench.peers.celery_tasks"
    shape = ["--pool", pool, "--concurrency", concurrency]
    return [sys.executable, "-m", "celery", "-q", "-A", module, "worker", *shape, *quiet]


def main(target: str, jobs: int, pool: str, concurrency: str) -> None:
    """Queue everything, start the worker, wait until all is recorded."""
    with psycopg.connect(os.environ["PEER_POSTGRESQL"], autocommit=True) as ledger:
        ledger.execute(TABLE)
        for message_id, body in reminders(jobs):
            task.apply_async((message_id, body))
        # It warns of running as root, which it may be here.
        quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
        worker = subprocess.Popen(worker_command(pool, concurrency), env=quiet)
        try:
            seconds = _recorded(ledger, jobs, worker)
        finally:
            worker.terminate()
            worker.wait(30)
    tell(jobs, seconds)


def _recorded(ledger: psycopg.Connection[Any], jobs: int, worker: subprocess.Popen[bytes]) -> float:
    """Wait; the seconds from the first record to the last, so that a worker's start is free."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and worker.poll() is None:
        time.sleep(0.2)
        row = ledger.execute(SPAN).fetchone()
        if row is not None and row[0] >= jobs:
            return float(row[1])
    raise TimeoutError("the worker ended or stands still")


if __name__ == "__main__":
    os.environ["PEER_TARGET"], os.environ["PEER_REDIS"], os.environ["PEER_POSTGRESQL"] = (
        sys.argv[1],
        sys.argv[5],
        sys.argv[6],
    )
    from tests.bench.peers import celery_tasks

    celery_tasks.main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
