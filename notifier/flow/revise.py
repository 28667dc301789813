"""One hearing changes: its new revision, the answers it voids, and the notices that follow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from notifier.core.change import ASKS_AGAIN, changes
from notifier.core.hearing import HearingState, Slot, Version
from notifier.storage import audit, calendar, people
from notifier.storage.engine import Connection


def revise(
    connection: Connection,
    *,
    hearing_id: str,
    slot: Slot,
    starts_at: datetime | None,
    state: HearingState,
    also: Mapping[str, Any],
    actor: str,
    now: datetime,
) -> bool:
    """Give a hearing its next revision if anything of it is new; False when nothing is.

    ``also`` are columns that ride along: how the source lists it, who cancelled it.
    """
    held = calendar.load_hearings(connection, [hearing_id])[hearing_id].current
    then = Version(
        revision=held.revision + 1, slot=slot, starts_at=starts_at, state=state, revised_at=now
    )
    kinds = changes(held, then)
    if not kinds:
        calendar.touch(connection, hearing_id=hearing_id, values=also)
        return False
    calendar.revise(
        connection,
        hearing_id=hearing_id,
        changed={**calendar.slot_values(slot, starts_at), "state": state.value, **also},
        now=now,
    )
    if ASKS_AGAIN.intersection(kinds):
        people.ask_again(connection, [hearing_id], now=now)
    audit.enter(
        connection,
        [("hearing.revised", hearing_id, f"{then.revision}: {', '.join(kinds)}")],
        actor=actor,
        now=now,
    )
    return True
