"""The courier: carries claimed messages out and their outcomes home, without ever waiting long.

Storage is synchronous, the network is not: turns run one at a time in a worker thread while
attempts are under way in the event loop. The pace is the monotonic clock's: it looks at least once
a second, so a stepped wall clock or a suspended machine delays nothing.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from notifier.core.delivery import Delivery, Outcome, OutcomeClass
from notifier.core.slots import Room
from notifier.errors import NotifierError
from notifier.flow import dispatch
from notifier.flow.attempts import Limits, Returned, Ticket
from notifier.flow.desk import Desk
from notifier.flow.dispatch import Turn
from notifier.flow.traffic import Traffic

LOOK_AT_LEAST_EVERY_SECONDS = 1.0
GATHER_SECONDS = 0.01  # outcomes that come home together are committed together
REFILL_SECONDS = 0.05  # a bucket is looked at so often, not at every drop
RECORDED_AT_ONCE = 500

_TOO_LATE = Outcome(
    outcome=OutcomeClass.INTERNAL, detail="its deadline came while it was being claimed"
)

logger = logging.getLogger(__name__)


class Sends(Protocol):
    """Whoever makes one POST and says how it ended; it raises nothing but CancelledError."""

    async def send(self, delivery: Delivery, *, timestamp: int, timeout_seconds: float) -> Outcome:
        """One attempt."""


class Courier:
    """Runs the dispatcher's turns and the attempts between them, until stopped and drained."""

    def __init__(
        self,
        desk: Desk,
        sender: Sends,
        *,
        owner: str,
        limits: Limits,
        jitter: Callable[[], float],
        on_turn: Callable[[Turn], None] = lambda turn: None,
    ) -> None:
        self._desk, self._sender = desk, sender
        self._owner, self._limits, self._jitter = owner, limits, jitter
        self._on_turn = on_turn
        self.looked_at = math.inf  # by the loop's clock, whether the turn failed or not
        self._home: list[Returned] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._traffic = Traffic(limits)
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="dispatch")

    def wake(self) -> None:
        """Look now: something may be due."""
        self._wake.set()

    def stop(self) -> None:
        """Claim nothing more; ``run`` ends when what is in flight came home."""
        self._stopping.set()
        self._wake.set()

    async def run(self, *, drain_seconds: float) -> None:
        """Turn until stopped, then drain; what does not end in time is left to the next start."""
        try:
            while not self._stopping.is_set():
                turn = await self._turn()
                await self._wait(turn)
            await self._drain(drain_seconds)
        finally:
            self._thread.shutdown(wait=True)

    async def _turn(self) -> Turn | None:
        """One turn in the worker thread; None: it failed, and what came home is kept for a later.

        A database outage costs turns, never outcomes.
        """
        self._wake.clear()
        returned, began = self._home[:RECORDED_AT_ONCE], _monotonic()
        turn = await asyncio.get_running_loop().run_in_executor(
            self._thread, self._in_thread, returned, self._traffic.room(now=began)
        )
        self.looked_at = _monotonic()
        if turn is None:
            return None
        del self._home[: len(returned)]
        for ticket in turn.tickets:
            self._start(ticket, until=began + ticket.timeout_seconds)
        self._on_turn(turn)
        return turn

    def _in_thread(self, returned: list[Returned], room: Room) -> Turn | None:
        try:
            return dispatch.turn(
                self._desk,
                returned,
                now=self._desk.database.now(),
                owner=self._owner,
                limits=self._limits,
                room=room,
                jitter=self._jitter,
                is_draining=self._stopping.is_set(),
            )
        except NotifierError:
            logger.exception("A turn failed", extra={"action": "turn_failed"})
            return None

    def _start(self, ticket: Ticket, *, until: float) -> None:
        self._traffic.begins(ticket, now=_monotonic())
        task = asyncio.create_task(self._attempt(ticket, until))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _attempt(self, ticket: Ticket, until: float) -> None:
        """One attempt. Its time runs from before the claim: none begins after its deadline."""
        stamp = int(self._desk.database.wall_clock().timestamp())
        outcome, left = _TOO_LATE, until - _monotonic()
        if left > 0:
            outcome = await self._sender.send(
                ticket.delivery, timestamp=stamp, timeout_seconds=left
            )
        self._traffic.ends(ticket, outcome, now=_monotonic())
        self._home.append(Returned(ticket=ticket, outcome=outcome))
        self._wake.set()

    async def _wait(self, turn: Turn | None) -> None:
        """Until something came home or comes due, at most a second; a backlog waits for nothing."""
        if turn is not None and turn.is_backlogged:
            return
        try:
            async with asyncio.timeout(self._pause(turn)):
                await self._wake.wait()
        except TimeoutError:
            return
        if self._under_way and not self._stopping.is_set():
            await asyncio.sleep(GATHER_SECONDS)

    def _pause(self, turn: Turn | None) -> float:
        """Seconds until something comes due, or until an endpoint may have what is due already."""
        waits = [LOOK_AT_LEAST_EVERY_SECONDS]
        if turn is not None and turn.next_due_at is not None:
            left = turn.next_due_at - self._desk.database.wall_clock()
            waits.append(max(left.total_seconds(), 0.0))
        if turn is not None and turn.is_held_up:
            opens_after = self._traffic.opens_after(now=_monotonic())
            waits += [] if opens_after is None else [max(opens_after, REFILL_SECONDS)]
        return min(waits)

    async def _drain(self, seconds: float) -> None:
        deadline = _monotonic() + seconds
        while self._under_way and _monotonic() < deadline:
            left = deadline - _monotonic()
            await asyncio.wait(self._under_way, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            await self._turn()
        while self._home:
            if await self._turn() is None:
                break
        for task in list(self._under_way):
            task.cancel()


def _monotonic() -> float:
    return asyncio.get_running_loop().time()
