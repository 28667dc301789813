"""Watch over endpoints: what attempts say of each, and who has to know.

Nothing is switched off: an endpoint that is gone, refuses or stays silent is told to people, once
a spell, while tries go on. A 2xx ends the spell, and what was not told of it yet is not needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.core.endpoint_health import Cause, observed
from notifier.core.notice import NoticeKey, NoticeKind, NoticeState, WantedNotice
from notifier.core.reconcile import Ending
from notifier.flow import failures
from notifier.flow.desk import Desk
from notifier.storage import audit, endpoints, facts, planning
from notifier.storage.endpoints import Watched
from notifier.storage.engine import Connection


def observe(
    connection: Connection, desk: Desk, seen: Sequence[tuple[str, Outcome]], *, now: datetime
) -> None:
    """Note what attempts, as (endpoint id, outcome) in order, say of their endpoints."""
    failing = {key for key, outcome in seen if outcome.outcome is not OutcomeClass.DELIVERED}
    fine = {key for key, _ in seen} - failing
    # That what is well took another message changes nothing: it is not even read.
    before = endpoints.watched(connection, list(failing))
    before |= endpoints.watched(connection, list(fine), is_unwell=True)
    health = {key: one.health for key, one in before.items() if not one.is_removed}
    found: list[tuple[Watched, Cause]] = []
    for endpoint_id, outcome in seen:
        if endpoint_id not in health:
            continue  # it is well, or it was removed while the attempt was under way
        health[endpoint_id], cause = observed(health[endpoint_id], outcome, now=now)
        if cause is not None:
            found.append((before[endpoint_id], cause))
    changed = [before[key] for key in sorted(health) if health[key] != before[key].health]
    for one in changed:
        endpoints.set_health(connection, one.endpoint_id, health[one.endpoint_id])
    for one, cause in found:
        if not health[one.endpoint_id].is_well:
            _tell(connection, desk, one, cause, spell=health[one.endpoint_id].spell, now=now)
    _end_spells(
        connection, [one.endpoint_id for one in changed if health[one.endpoint_id].is_well], now=now
    )


def _end_spells(connection: Connection, endpoint_ids: Sequence[str], *, now: datetime) -> None:
    if not endpoint_ids:
        return
    planning.end_notices(
        connection,
        [
            Ending(notice_id=one, state=NoticeState.NOT_NEEDED, reason="it answers again")
            for one in endpoints.notices_about(connection, endpoint_ids)
        ],
        now=now,
    )


def _tell(
    connection: Connection, desk: Desk, one: Watched, cause: Cause, *, spell: int, now: datetime
) -> None:
    """Tell a refusal to the owner, if they can be told elsewhere; all else to coordinators."""
    owner_hears = endpoints.has_another(connection, one.owner_id, than=one.endpoint_id)
    if cause is Cause.REFUSES and owner_hears:
        whom = [one.owner_id]
    elif cause is Cause.SILENT and one.health.refused_since is not None and not owner_hears:
        return  # the coordinators know that it refuses us: that it takes nothing is no news
    else:
        whom = _coordinators(connection, one, owner_hears=owner_hears)
    if not whom:
        audit.raise_alarm(
            connection,
            kind=NoticeKind.ENDPOINT_FAILING.value,
            subject_id=one.endpoint_id,
            reason=f"the endpoint {one.endpoint_id} of {one.owner} is {cause}, and nobody else "
            "can be told",
            now=now,
        )
    failures.ask(
        connection,
        [_notice(one, cause, recipient_id, spell, now, desk) for recipient_id in whom],
        now=now,
    )


def _coordinators(connection: Connection, one: Watched, *, owner_hears: bool) -> list[str]:
    """The coordinators who may hear of it: whoever has only this endpoint would not."""
    every = facts.coordinators(connection)
    return [who for who in every if who != one.owner_id or owner_hears]


def _notice(
    one: Watched, cause: Cause, recipient_id: str, spell: int, now: datetime, desk: Desk
) -> WantedNotice:
    return WantedNotice(
        key=NoticeKey(
            subject_id=one.endpoint_id,
            revision=spell,
            recipient_id=recipient_id,
            kind=NoticeKind.ENDPOINT_FAILING,
            rung=cause.value,
        ),
        due_at=now,
        useful_until=now + desk.policy.usefulness.failure_at_least,
        reason=f"the endpoint is {cause}",
    )
