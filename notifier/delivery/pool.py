"""Connections kept for the next message to the same place, for a few seconds only."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

Origin = tuple[str, str, int]  # scheme, host, port


class Idle(Protocol):
    """What a pool must know of a connection."""

    origin: Origin
    is_open: bool
    idle_since: float  # the event loop's time

    def close(self) -> None:
        """Hang up."""
        ...


Kept = TypeVar("Kept", bound=Idle)


@dataclass(frozen=True, kw_only=True, slots=True)
class Keeping:
    """How long and how many idle connections are kept.

    As many per origin as may be in flight to it, or a burst would reconnect all the time. Few
    seconds, as the address of a connection was judged when it was made.
    """

    seconds: float = 5.0
    per_origin: int = 128
    total: int = 512


class IdlePool(Generic[Kept]):
    """Idle connections by origin: taking and putting cost the same however many there are."""

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping
        self._idle: dict[Origin, list[Kept]] = {}
        self._count = 0
        self._sweep: asyncio.TimerHandle | None = None

    def take(self, origin: Origin) -> Kept | None:
        """The connection used last, as it is the likeliest to be alive; None if there is none."""
        stack = self._idle.get(origin)
        while stack:
            connection = stack.pop()
            self._count -= 1
            if not connection.is_open:
                continue
            if not self._is_stale(connection):
                return connection
            connection.close()
        return None

    def put(self, connection: Kept) -> None:
        """Keep a connection, or close it when there are enough."""
        stack = self._idle.setdefault(connection.origin, [])
        if len(stack) >= self._keeping.per_origin or self._count >= self._keeping.total:
            connection.close()
            return
        stack.append(connection)
        self._count += 1
        if self._sweep is None:
            self._arm()

    def clear(self) -> None:
        """Forget all; the owner closes them."""
        self._idle.clear()
        self._count = 0
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None

    def _arm(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweep = loop.call_later(self._keeping.seconds, self._drop_stale)

    def _drop_stale(self) -> None:
        for origin, stack in list(self._idle.items()):
            kept = []
            for connection in stack:
                if connection.is_open and not self._is_stale(connection):
                    kept.append(connection)
                elif connection.is_open:
                    connection.close()
            if kept:
                self._idle[origin] = kept
            else:
                del self._idle[origin]
        self._count = sum(map(len, self._idle.values()))
        self._sweep = None
        if self._count:
            self._arm()

    def _is_stale(self, connection: Kept) -> bool:
        age = asyncio.get_running_loop().time() - connection.idle_since
        return age >= self._keeping.seconds
