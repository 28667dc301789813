"""One measured piece of delivery in a process of its own; prints one JSON object.

deliver URL N IN_FLIGHT PER_ENDPOINT: N notices due now, until each is recorded as delivered.
herd URL N IN_FLIGHT PER_ENDPOINT: N notices due within one second; how late each first try began.
idle URL N IN_FLIGHT PER_ENDPOINT: N notices spread over a minute; the same.
client TARGET N IN_FLIGHT: the sender alone, no storage.
URL is a prepared database, of which a copy is used; see ``delivery_docket``.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, bindparam, func, make_url, select, update

from notifier.core.delivery import Delivery, Outcome, OutcomeClass
from notifier.core.ids import MESSAGE, OWNER, new_id, new_ids
from notifier.delivery.sender import Sender
from notifier.delivery.tls import tls_context
from notifier.delivery.transport import GuardedTransport
from notifier.flow.attempts import Limits
from notifier.flow.courier import Courier
from notifier.flow.desk import Desk
from notifier.flow.dispatch import Turn
from notifier.storage.tables import message_notice, notice
from tests.bench.delivery_docket import RULES, SECRET, open_desk
from tests.bench.measure import timed

BODY_BYTES = 700
PULSE_SECONDS = 0.005
WARM_SECONDS = 2.0  # the courier waits idly this long before the first notice comes due
CA = "BENCH_CA"  # environment: the authority that signed the receiver's certificate


class Loopback:
    """A resolver for which every name is this machine."""

    async def addresses(self, _host: str) -> tuple[str, ...]:
        """See ``Resolver``."""
        return ("127.0.0.1",)


class Witness(Sender):
    """The sender, which notes when each message's first attempt begins."""

    def __init__(self, transport: GuardedTransport, began: dict[str, datetime]) -> None:
        super().__init__(transport, rules=RULES)
        self._began = began

    async def send(self, delivery: Delivery, *, timestamp: int, timeout_seconds: float) -> Outcome:
        """See ``Sender``."""
        self._began.setdefault(delivery.message_id, datetime.now(UTC))
        return await super().send(delivery, timestamp=timestamp, timeout_seconds=timeout_seconds)


class Pulse:
    """The longest time for which the event loop came to nothing else."""

    def __init__(self) -> None:
        self.longest_seconds = 0.0
        self._loop = asyncio.get_running_loop()
        self._arm()

    def _arm(self) -> None:
        self._due = time.perf_counter() + PULSE_SECONDS  # uvloop's own clock counts in ms
        self._timer = self._loop.call_later(PULSE_SECONDS, self._beat)

    def _beat(self) -> None:
        self.longest_seconds = max(self.longest_seconds, time.perf_counter() - self._due)
        self._arm()

    def stop(self) -> float:
        """Stop; the longest block in milliseconds."""
        self._timer.cancel()
        return self.longest_seconds * 1e3


def deliver(url: str, notices: int, in_flight: int, per_endpoint: int) -> dict[str, float]:
    """Everything is due now; the unit is a recorded delivery."""
    with _own_copy(url) as desk:
        _come_due(desk, first=datetime.now(UTC), over=timedelta(0))
        limits = Limits(in_flight=in_flight, in_flight_per_endpoint=per_endpoint)
        return _carry(desk, lambda: Sender(_transport(), rules=RULES), limits, notices)


def lateness(
    url: str, notices: int, in_flight: int, per_endpoint: int, *, over: timedelta
) -> dict[str, float]:
    """Milliseconds from due to the begin of the first attempt, while the courier runs."""
    seen: dict[str, datetime] = {}
    with _own_copy(url) as desk:
        _come_due(desk, first=datetime.now(UTC) + timedelta(seconds=WARM_SECONDS), over=over)
        limits = Limits(in_flight=in_flight, in_flight_per_endpoint=per_endpoint)
        figures = _carry(desk, lambda: Witness(_transport(), seen), limits, notices)
        late = sorted(_lateness_ms(desk, seen))
    return {
        **figures,
        "p50_ms": late[len(late) // 2],
        "p99_ms": late[int(len(late) * 0.99)],
        "early": sum(one < 0 for one in late),
    }


def client(target: str, posts: int, in_flight: int) -> dict[str, float]:
    """The same client without storage; the unit is a POST that was answered with 2xx."""
    body = secrets.token_hex(BODY_BYTES // 2).encode()
    waiting = iter(new_ids(MESSAGE, posts, os.urandom))

    async def send_all(sender: Sender) -> None:
        for message_id in waiting:
            outcome = await sender.send(
                Delivery(
                    message_id=message_id,
                    endpoint_id="end_measured",
                    url=target,
                    body=body,
                    secrets=(SECRET,),
                ),
                timestamp=int(time.time()),
                timeout_seconds=10.0,
            )
            assert outcome.outcome is OutcomeClass.DELIVERED, outcome

    async def work() -> int:
        sender = Sender(_transport(), rules=RULES)
        await asyncio.gather(*(send_all(sender) for _ in range(in_flight)))
        await sender.aclose()
        return posts

    return timed(lambda: _run(work()))


def _carry(
    desk: Desk, make_sender: Callable[[], Sender], limits: Limits, notices: int
) -> dict[str, float]:
    """Deliver everything, and see that it was."""
    blocked_ms = 0.0

    async def work() -> int:
        nonlocal blocked_ms
        sender = make_sender()
        blocked_ms = await _until_recorded(desk, sender, limits, notices)
        await sender.aclose()
        return notices

    figures = timed(lambda: _run(work()))
    _check(desk, notices)
    return {**figures, "blocked_ms": blocked_ms}


async def _until_recorded(desk: Desk, sender: Sender, limits: Limits, notices: int) -> float:
    """Run a courier until so many attempts are recorded; the loop's longest block in ms."""
    left = notices

    def turned(turn: Turn) -> None:
        nonlocal left
        left -= turn.recorded
        if left <= 0:
            courier.stop()

    courier = Courier(
        desk,
        sender,
        owner=new_id(OWNER, os.urandom),
        limits=limits,
        jitter=lambda: 0.0,
        on_turn=turned,
    )
    pulse = Pulse()
    await courier.run(drain_seconds=10.0)
    return pulse.stop()


def _transport() -> GuardedTransport:
    extra = [Path(os.environ[CA])] if CA in os.environ else []
    return GuardedTransport(rules=RULES, resolver=Loopback(), tls=tls_context(extra))


def _run(work: Coroutine[Any, Any, int]) -> int:
    """On uvloop where it is installed, as the daemon."""
    factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    try:
        import uvloop
    except ImportError:
        pass
    else:
        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(work)


def _come_due(desk: Desk, *, first: datetime, over: timedelta) -> None:
    """Move the notices' instants: the first at ``first``, the others evenly over the span."""
    one = update(notice).where(notice.c.id == bindparam("which"))
    with desk.database.write() as connection:
        connection.execute(update(notice).values(due_at=first))
        if over:
            ids = connection.execute(select(notice.c.id)).scalars().all()
            connection.execute(
                one.values(due_at=bindparam("instant")),
                [
                    {"which": which, "instant": first + over * (number / len(ids))}
                    for number, which in enumerate(ids)
                ],
            )
    desk.database.dispose()  # SQLite moves its log into the file when the last one leaves


def _lateness_ms(desk: Desk, began: dict[str, datetime]) -> Iterator[float]:
    with desk.database.read() as connection:
        carried = select(message_notice.c.message_id, notice.c.due_at).join_from(
            message_notice, notice
        )
        for message_id, due_at in connection.execute(carried):
            yield (began[message_id] - due_at).total_seconds() * 1e3


def _check(desk: Desk, notices: int) -> None:
    """What was measured did happen: every notice ended, and as delivered."""
    with desk.database.read() as connection:
        states = select(notice.c.state, func.count()).group_by(notice.c.state)
        found = [tuple(row) for row in connection.execute(states)]
    assert found == [("delivered", notices)], found


@contextmanager
def _own_copy(url: str) -> Iterator[Desk]:
    """The desk of a copy of a prepared database, gone afterwards."""
    prepared = make_url(url)
    if prepared.get_backend_name() == "sqlite":
        path = Path(prepared.database or "")
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            desk = open_desk(f"sqlite:///{shutil.copy(path, folder)}")
            yield desk
            desk.database.dispose()
        return
    import psycopg

    admin = prepared.set(drivername="postgresql", database="postgres")
    name = f"copy_{secrets.token_hex(6)}"
    with psycopg.connect(_text(admin), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {prepared.database}")
        desk = open_desk(_text(prepared.set(database=name)))
        yield desk
        desk.database.dispose()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def measure(what: str, target: str, *counts: str) -> dict[str, float]:
    """The piece of work that the command line names."""
    numbers: Sequence[int] = [int(count) for count in counts]
    if what == "client":
        return client(target, *numbers)
    if what == "deliver":
        return deliver(target, *numbers)
    over = timedelta(seconds={"herd": 1, "idle": 60}[what])
    return lateness(target, *numbers, over=over)


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
