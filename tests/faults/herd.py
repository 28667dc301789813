"""A herd: many messages due to many endpoints over real sockets, some of which misbehave.

All endpoints are one receiver under names of their own, ``e0.test``, ``e1.test`` …; whoever
answers sees which one was meant, and a witness beside the sender sees when each attempt began.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import bindparam, func, select, update

from notifier.core.delivery import Delivery, Outcome, OutcomeClass
from notifier.core.ids import OWNER, new_id
from notifier.delivery.sender import Sender
from notifier.delivery.transport import GuardedTransport
from notifier.flow.attempts import Limits
from notifier.flow.courier import Courier
from notifier.flow.desk import Desk
from notifier.flow.dispatch import Turn
from notifier.storage.tables import endpoint, message, message_notice, notice, recipient
from tests.bench.delivery_docket import RULES, open_desk, prepare
from tests.bench.delivery_work import Loopback
from tests.faults.server import NO_CONTENT, Peer, Receiver

Answers = Callable[[int, Peer], Awaitable[None]]
"""What endpoint number n does with a request it has read."""


@dataclass(kw_only=True)
class Try:
    """One attempt as the sender began it; without an outcome it is under way still."""

    began_at: datetime
    outcome: OutcomeClass | None = None


@dataclass(kw_only=True)
class Sent:
    """A message, where it went, and every try at it."""

    number: int  # of its endpoint
    due_at: datetime
    useful_until: datetime
    state: str
    tries: list[Try] = field(default_factory=list)

    @property
    def lateness_seconds(self) -> float:
        """From due to the begin of the first try."""
        return (self.tries[0].began_at - self.due_at).total_seconds()


class Witness(Sender):
    """The sender, which notes each attempt and how many were under way at once per endpoint."""

    def __init__(self) -> None:
        super().__init__(GuardedTransport(rules=RULES, resolver=Loopback()), rules=RULES)
        self.tries: dict[str, list[Try]] = defaultdict(list)
        self.most_at_once: Counter[str] = Counter()
        self._under_way: Counter[str] = Counter()

    async def send(self, delivery: Delivery, *, timestamp: int, timeout_seconds: float) -> Outcome:
        """See ``Sender``."""
        noted, where = Try(began_at=datetime.now(UTC)), delivery.endpoint_id
        self.tries[delivery.message_id].append(noted)
        self._under_way[where] += 1
        self.most_at_once[where] = max(self.most_at_once[where], self._under_way[where])
        outcome = await super().send(delivery, timestamp=timestamp, timeout_seconds=timeout_seconds)
        self._under_way[where] -= 1
        noted.outcome = outcome.outcome
        return outcome


class Herd:
    """A database in which messages to many endpoints come due, and a courier that carries them."""

    def __init__(self, folder: Path, *, messages: int, endpoints: int) -> None:
        self._url = f"sqlite:///{folder}/herd.sqlite3"
        self._messages, self._endpoints = messages, endpoints
        self.most_at_once: dict[int, int] = {}

    async def run(
        self,
        answers: Answers,
        *,
        limits: Limits,
        over: timedelta,
        useful_for: timedelta,
        first: timedelta = timedelta(seconds=1),
        is_over: Callable[[Witness, Turn], bool],
    ) -> list[Sent]:
        """Deliver until it is over; the first message is due after ``first``, the last ``over``
        later. Returns every message made.
        """
        async with Receiver(partial(_play, answers)) as receiver:
            target = f"http://e{{number}}.test:{receiver.port}/in"
            await asyncio.to_thread(
                prepare,
                self._url,
                notices=self._messages,
                endpoints=self._endpoints,
                target=target,
            )
            desk = open_desk(self._url)
            await asyncio.to_thread(_come_due, desk, datetime.now(UTC) + first, over, useful_for)
            witness = Witness()
            await _carry(desk, witness, limits, is_over)
            await witness.aclose()
        found = await asyncio.to_thread(_sent, desk, witness)
        self.most_at_once = _by_number(desk, witness.most_at_once)
        desk.database.dispose()
        return found


async def _play(answers: Answers, peer: Peer) -> None:
    while asked := await peer.request():
        host = next(one for one in asked.lower().split(b"\r\n") if one.startswith(b"host:"))
        await answers(int(host.split(b"e", 1)[1].partition(b".")[0]), peer)


async def takes(number: int, peer: Peer) -> None:
    """Take it."""
    await peer.say(NO_CONTENT)


async def hangs(number: int, peer: Peer) -> None:
    """Say nothing until the sender hangs up."""
    await peer.wait_for_hang_up()


def all_ended(witness: Witness, turn: Turn) -> bool:
    """Whether nothing waits any more: what was due has been taken or has expired."""
    return turn.next_due_at is None and not turn.is_held_up and bool(witness.tries)


async def _carry(
    desk: Desk, witness: Witness, limits: Limits, is_over: Callable[[Witness, Turn], bool]
) -> None:
    def turned(turn: Turn) -> None:
        if is_over(witness, turn):
            courier.stop()

    courier = Courier(
        desk,
        witness,
        owner=new_id(OWNER, os.urandom),
        limits=limits,
        jitter=lambda: 0.0,
        on_turn=turned,
    )
    await courier.run(drain_seconds=0.0)


def _come_due(desk: Desk, first: datetime, over: timedelta, useful_for: timedelta) -> None:
    change = (
        update(notice)
        .where(notice.c.id == bindparam("which"))
        .values(due_at=bindparam("instant"), useful_until=bindparam("until"))
    )
    with desk.database.write() as connection:
        ids: Sequence[str] = connection.execute(select(notice.c.id)).scalars().all()
        instants = [first + over * (number / len(ids)) for number in range(len(ids))]
        connection.execute(
            change,
            [
                {"which": one, "instant": at, "until": at + useful_for}
                for one, at in zip(ids, instants, strict=True)
            ],
        )


def _sent(desk: Desk, witness: Witness) -> list[Sent]:
    statement = (
        select(
            message.c.id,
            recipient.c.ref,
            func.max(notice.c.due_at),
            message.c.useful_until,
            message.c.state,
        )
        .join(message_notice, message_notice.c.message_id == message.c.id)
        .join(notice, notice.c.id == message_notice.c.notice_id)
        .join(recipient, recipient.c.id == message.c.recipient_id)
        .group_by(message.c.id, recipient.c.ref, message.c.useful_until, message.c.state)
    )
    with desk.database.read() as connection:
        return [
            Sent(
                number=int(ref[1:]),
                due_at=due_at,
                useful_until=until,
                state=state,
                tries=witness.tries[message_id],
            )
            for message_id, ref, due_at, until, state in connection.execute(statement)
        ]


def _by_number(desk: Desk, counted: Counter[str]) -> dict[int, int]:
    statement = select(endpoint.c.id, recipient.c.ref).join(
        recipient, recipient.c.id == endpoint.c.recipient_id
    )
    with desk.database.read() as connection:
        return {int(ref[1:]): counted[one] for one, ref in connection.execute(statement)}
