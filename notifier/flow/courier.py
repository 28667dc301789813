"""The courier: carries claimed messages out and their outcomes home, without ever waiting long.

Storage is synchronous, the network is not: turns run one at a time in a worker thread while
attempts are under way in the event loop. The pace is the monotonic clock's: it looks at least once
a second, so a stepped wall clock or a suspended machine delays nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from notifier.core.delivery import Delivery, Outcome
from notifier.errors import NotifierError
from notifier.flow import dispatch
from notifier.flow.attempts import Limits, Returned, Ticket
from notifier.flow.desk import Desk
from notifier.flow.dispatch import Turn

LOOK_AT_LEAST_EVERY_SECONDS = 1.0
GATHER_SECONDS = 0.01  # outcomes that come home together are committed together
RECORDED_AT_ONCE = 500

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
        self._home: list[Returned] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._in_flight: Counter[str] = Counter()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="dispatch")

    @property
    def in_flight(self) -> int:
        """Attempts under way."""
        return len(self._under_way)

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
        """One turn in the worker thread. A database outage costs turns, never outcomes."""
        self._wake.clear()
        returned = self._home[:RECORDED_AT_ONCE]
        try:
            turn = await asyncio.get_running_loop().run_in_executor(
                self._thread, self._in_thread, returned, dict(self._in_flight)
            )
        except NotifierError:
            logger.exception("A turn failed", extra={"action": "turn_failed"})
            return None
        del self._home[: len(returned)]
        for ticket in turn.tickets:
            self._start(ticket)
        self._on_turn(turn)
        return turn

    def _in_thread(self, returned: list[Returned], in_flight: dict[str, int]) -> Turn:
        return dispatch.turn(
            self._desk,
            returned,
            now=self._desk.database.now(),
            owner=self._owner,
            limits=self._limits,
            in_flight=in_flight,
            jitter=self._jitter,
            is_draining=self._stopping.is_set(),
        )

    def _start(self, ticket: Ticket) -> None:
        self._in_flight[ticket.delivery.endpoint_id] += 1
        task = asyncio.create_task(self._attempt(ticket))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _attempt(self, ticket: Ticket) -> None:
        stamp = int(self._desk.database.wall_clock().timestamp())
        outcome = await self._sender.send(
            ticket.delivery, timestamp=stamp, timeout_seconds=ticket.timeout_seconds
        )
        self._in_flight[ticket.delivery.endpoint_id] -= 1
        self._home.append(Returned(ticket=ticket, outcome=outcome))
        self._wake.set()

    async def _wait(self, turn: Turn | None) -> None:
        """Until something came home or comes due, at most a second; a backlog waits for nothing."""
        if turn is not None and turn.is_backlogged and turn.tickets:
            return
        try:
            async with asyncio.timeout(self._pause(turn)):
                await self._wake.wait()
        except TimeoutError:
            return
        if self._under_way and not self._stopping.is_set():
            await asyncio.sleep(GATHER_SECONDS)

    def _pause(self, turn: Turn | None) -> float:
        longest = LOOK_AT_LEAST_EVERY_SECONDS
        if turn is None or turn.next_due_at is None:
            return longest
        left = (turn.next_due_at - self._desk.database.wall_clock()).total_seconds()
        # What is due already but was not claimed waits for a free slot, which wakes us.
        return min(longest, left) if left > 0 else longest

    async def _drain(self, seconds: float) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        while self._under_way and asyncio.get_running_loop().time() < deadline:
            left = deadline - asyncio.get_running_loop().time()
            await asyncio.wait(self._under_way, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            await self._turn()
        while self._home:
            if await self._turn() is None:
                break
        for task in list(self._under_way):
            task.cancel()
