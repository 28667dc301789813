"""Traffic: which attempts are under way, and how each endpoint has been doing lately.

It lives in this process and is forgotten with it: a new one trusts nobody much and learns within
seconds. Of several processes on one PostgreSQL each has its own, so an endpoint gets at most as
many attempts at once, probes and tokens as there are processes times its share.
"""

from __future__ import annotations

from collections import Counter

from notifier.core import pacing
from notifier.core.delivery import Outcome
from notifier.core.pacing import Pace, Share
from notifier.core.slots import Room, others_most
from notifier.flow.attempts import Limits, Ticket


class Traffic:
    """Counts the attempts under way and keeps each endpoint's pace. ``now``: monotonic seconds."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._under_way: dict[tuple[str, int], bool] = {}  # message and epoch: may it be reserved
        self._in_flight: Counter[str] = Counter()
        self._paces: dict[str, Pace] = {}

    def begins(self, ticket: Ticket, *, now: float) -> None:
        """An attempt begins."""
        endpoint_id = ticket.delivery.endpoint_id
        is_held = self._share(endpoint_id, now).ordinary <= 0
        self._under_way[_key(ticket)] = ticket.tries == 1 and not is_held
        self._in_flight[endpoint_id] += 1
        self._paces[endpoint_id] = pacing.begun(
            self._pace(endpoint_id), now=now, rate=self._limits.rate
        )

    def ends(self, ticket: Ticket, outcome: Outcome, *, now: float) -> None:
        """An attempt ended: its slot is free, and its endpoint better known."""
        endpoint_id = ticket.delivery.endpoint_id
        del self._under_way[_key(ticket)]
        self._in_flight[endpoint_id] -= 1
        self._paces[endpoint_id] = pacing.ended(
            self._pace(endpoint_id),
            outcome,
            now=now,
            most=self._limits.in_flight_per_endpoint,
        )

    def room(self, *, now: float) -> Room:
        """What may be claimed now."""
        limits = self._limits
        others = sum(not is_first for is_first in self._under_way.values())
        return Room(
            slots=limits.in_flight - len(self._under_way),
            for_others=others_most(limits.in_flight) - others,
            shares={endpoint_id: self._share(endpoint_id, now) for endpoint_id in self._paces},
            otherwise=self._share("", now),
            timeout=limits.timeout,
        )

    def opens_after(self, *, now: float) -> float | None:
        """Seconds until a breaker or bucket that holds something back opens; None: none does."""
        waits = (
            pacing.opens_after(pace, now=now, rate=self._limits.rate)
            for pace in self._paces.values()
        )
        return min((seconds for seconds in waits if seconds > 0), default=None)

    def _pace(self, endpoint_id: str) -> Pace:
        return self._paces.get(endpoint_id, _UNKNOWN)

    def _share(self, endpoint_id: str, now: float) -> Share:
        return pacing.share(
            self._pace(endpoint_id),
            now=now,
            in_flight=self._in_flight[endpoint_id],
            most=self._limits.in_flight_per_endpoint,
            rate=self._limits.rate,
        )


_UNKNOWN = Pace()


def _key(ticket: Ticket) -> tuple[str, int]:
    return ticket.delivery.message_id, ticket.epoch
