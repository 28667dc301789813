"""Who gets the free slots: the nearest deadline first, and no dead server at others' cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from notifier.core.pacing import Share, is_last_chance

RESERVED_SHARE = 0.25  # of all slots: only first tries at endpoints that are not held back


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """What may be claimed now: slots, those of them open to retries, and each endpoint's share."""

    slots: int
    for_others: int  # what is not a first try, or goes to an endpoint that is held back
    shares: Mapping[str, Share]
    otherwise: Share  # of an endpoint not named in ``shares``
    timeout: timedelta  # of one attempt: with it goes how long a last chance is

    @property
    def full(self) -> list[str]:
        """Endpoints that get nothing at all."""
        return [one for one, share in self.shares.items() if share.last_chance <= 0]

    @property
    def held_back(self) -> list[str]:
        """Endpoints that get nothing but last chances, and those that are full."""
        return [one for one, share in self.shares.items() if share.ordinary <= 0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A message that is due."""

    message_id: str
    endpoint_id: str
    is_first: bool  # nobody has tried it yet
    created_at: datetime
    next_try_at: datetime
    useful_until: datetime


def others_most(in_flight: int) -> int:
    """How many of so many slots may be held by what is not a first try; one stays theirs too."""
    return max(in_flight - int(in_flight * RESERVED_SHARE), 1)


def admit(
    room: Room, candidates: Sequence[Candidate], *, now: datetime
) -> tuple[list[Candidate], Room]:
    """Choose among due messages by deadline; returns them and the room that is left."""
    chosen: list[Candidate] = []
    slots, for_others, shares = room.slots, room.for_others, dict(room.shares)
    for one in sorted(candidates, key=lambda one: (one.useful_until, one.next_try_at)):
        share = shares.get(one.endpoint_id, room.otherwise)
        is_held = share.ordinary <= 0
        is_other = is_held or not one.is_first
        if slots <= 0 or (is_other and for_others <= 0):
            continue
        if is_held and not (share.last_chance > 0 and _is_last(one, room, now)):
            continue
        shares[one.endpoint_id] = Share(
            ordinary=max(share.ordinary - 1, 0), last_chance=share.last_chance - 1
        )
        slots, for_others = slots - 1, for_others - is_other
        chosen.append(one)
    return chosen, replace(room, slots=slots, for_others=for_others, shares=shares)


def _is_last(one: Candidate, room: Room, now: datetime) -> bool:
    return is_last_chance(
        now=now,
        created_at=one.created_at,
        useful_until=one.useful_until,
        timeout=room.timeout,
    )
