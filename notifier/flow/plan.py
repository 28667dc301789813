"""Plan: what each hearing asks for, against the notices held; only the difference is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from notifier.core.ladder import notices_wanted
from notifier.core.policy import Policy
from notifier.core.reconcile import Difference, difference
from notifier.flow.desk import Desk
from notifier.storage import messages, planning, retold, views
from notifier.storage.engine import Connection
from notifier.storage.messages import in_portions

_HEARINGS_AT_ONCE = 200  # one transaction holds the write lock well under 100 ms


def plan_hearings(
    connection: Connection, hearing_ids: Sequence[str], *, policy: Policy, now: datetime
) -> Difference:
    """Plan some hearings inside the caller's transaction; returns what was written.

    Idempotent: planning again, at any time, writes nothing. What is under way and not true any
    more is withdrawn in the same breath.
    """
    total = Difference()
    for portion in in_portions(hearing_ids):
        gathered = planning.Gathered(connection, portion)
        found = _differences(gathered, policy)
        planning.apply_difference(connection, found, now)
        if gathered.held:
            overtaken = retold.untrue(connection, list(gathered.held))
            messages.withdraw_messages(connection, overtaken, now=now)
        total.extend(found)
    return total


def _differences(gathered: planning.Gathered, policy: Policy) -> Difference:
    total = Difference()
    for hearing in gathered.hearings.values():
        parties = gathered.parties(hearing)
        wanted = notices_wanted(hearing, parties, policy)
        total.extend(difference(gathered.held.get(hearing.id, ()), wanted, hearing, parties))
    return total


def plan_open(desk: Desk, *, now: datetime) -> int:
    """Plan every hearing whose date has not passed, after a policy edit; returns what changed."""
    changed = 0
    with desk.database.read() as connection:
        open_ids = views.open_hearing_ids(connection, since=(now - timedelta(days=1)).date())
    for at in range(0, len(open_ids), _HEARINGS_AT_ONCE):
        with desk.database.write() as connection:
            found = plan_hearings(
                connection, open_ids[at : at + _HEARINGS_AT_ONCE], policy=desk.policy, now=now
            )
        changed += len(found)
    return changed


def missing(desk: Desk, *, since: datetime, limit: int) -> int:
    """How many notices the rules ask for that nobody holds: the audit's question; 0 is right."""
    with desk.database.read() as connection:
        open_ids = views.open_hearing_ids(connection, since=since.date(), limit=limit)
        return sum(
            len(_differences(planning.Gathered(connection, portion), desk.policy).add)
            for portion in in_portions(open_ids)
        )


def outlook(desk: Desk, *, since: datetime) -> Difference:
    """What planning every open hearing anew would write: the effect of an edited policy."""
    total = Difference()
    with desk.database.read() as connection:
        open_ids = views.open_hearing_ids(connection, since=(since - timedelta(days=1)).date())
        for portion in in_portions(open_ids):
            total.extend(_differences(planning.Gathered(connection, portion), desk.policy))
    return total
