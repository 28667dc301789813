"""What differs between what somebody was told of a hearing and what is true of it now."""

from __future__ import annotations

from datetime import time
from enum import StrEnum

from notifier.core.hearing import HearingState, Version


class ChangeKind(StrEnum):
    """One way in which a hearing changed, the most urgent first."""

    MOVED_EARLIER = "moved_earlier"
    CANCELLED = "cancelled"
    REINSTATED = "reinstated"
    COURT = "court"
    TIME_KNOWN = "time_known"
    MOVED_LATER = "moved_later"
    TIME_UNKNOWN = "time_unknown"
    ROOM = "room"


ASKS_AGAIN = frozenset(
    {
        ChangeKind.MOVED_EARLIER,
        ChangeKind.MOVED_LATER,
        ChangeKind.TIME_KNOWN,
        ChangeKind.TIME_UNKNOWN,
        ChangeKind.COURT,
        ChangeKind.REINSTATED,
    }
)
"""Changes after which an old acceptance counts for nothing."""


def changes(told: Version, now: Version) -> tuple[ChangeKind, ...]:
    """Every way in which ``now`` differs from ``told``, the most urgent first; () if in none."""
    found = {
        ChangeKind.CANCELLED: _became(HearingState.CANCELLED, told, now),
        ChangeKind.REINSTATED: _became(HearingState.LISTED, told, now),
        ChangeKind.COURT: told.slot.court_id != now.slot.court_id,
        ChangeKind.ROOM: told.slot.room != now.slot.room,
        **_in_time(told, now),
    }
    return tuple(kind for kind in ChangeKind if found.get(kind))


def _became(state: HearingState, told: Version, now: Version) -> bool:
    return now.state is state and told.state is not state


def _in_time(told: Version, now: Version) -> dict[ChangeKind, bool]:
    """What became of the time: known, unknown, earlier or later on the court's wall clock."""
    then, here = told.slot, now.slot
    if (then.local_time is None) != (here.local_time is None):
        known = here.local_time is not None
        kinds = {ChangeKind.TIME_KNOWN: known, ChangeKind.TIME_UNKNOWN: not known}
        if then.local_date == here.local_date:
            return kinds
        return kinds | _moved(here.local_date < then.local_date)
    before = (then.local_date, then.local_time or time.min)
    after = (here.local_date, here.local_time or time.min)
    if (before, then.zone) == (after, here.zone):
        return {}
    if then.zone != here.zone and told.starts_at is not None and now.starts_at is not None:
        return _moved(now.starts_at < told.starts_at)
    # On one clock people read the wall; the instants may stem from two zone databases.
    return _moved(after < before)


def _moved(earlier: bool) -> dict[ChangeKind, bool]:
    return {ChangeKind.MOVED_EARLIER: earlier, ChangeKind.MOVED_LATER: not earlier}
