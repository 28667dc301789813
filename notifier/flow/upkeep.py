"""Upkeep: orphans return to the queue, the audit counts, and what is wrong is said plainly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.flow import plan
from notifier.flow.desk import Desk
from notifier.storage import audit, claims, endpoints, health, locks
from notifier.storage.messages import in_portions

AUDITED_HEARINGS = 500  # bounded, so that the audit itself is never the slow query
OVERDUE_AFTER = timedelta(seconds=60)
PULSE_STALE_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """What the audit counted. It passed when there is nothing to say."""

    planned: int
    ended: int
    pending: int
    missing: int
    oldest_due_at: datetime | None
    problems: tuple[str, ...]

    @property
    def has_passed(self) -> bool:
        """Whether every planned notice is accounted for and nothing waits that should not."""
        return not self.problems


def run_audit(desk: Desk, *, now: datetime) -> Audit:
    """Count planned against ended notices, and look for anything that nobody moves any more."""
    with desk.database.read() as connection:
        counted = health.count(connection, now=now)
        alarms = audit.open_alarms(connection)
    missing = plan.missing(desk, since=now, limit=AUDITED_HEARINGS)
    problems: list[str] = []
    if counted.oldest_due_at is not None and now - counted.oldest_due_at > OVERDUE_AFTER:
        seconds = int((now - counted.oldest_due_at).total_seconds())
        problems.append(f"a notice has been due and unsent for {seconds} s")
    if counted.stranded:
        problems.append(f"{counted.stranded} notices wait for messages that do not exist")
    if counted.lost_leases:
        problems.append(f"{counted.lost_leases} attempts outlived their lease")
    if missing:
        problems.append(f"{missing} notices that the rules ask for are not planned")
    if alarms:
        problems.append(f"{len(alarms)} alarms nobody acknowledged; see 'notifier alarms list'")
    return Audit(
        planned=counted.planned,
        ended=counted.planned - counted.pending,
        pending=counted.pending,
        missing=missing,
        oldest_due_at=counted.oldest_due_at,
        problems=tuple(problems),
    )


def beat(
    desk: Desk,
    *,
    owner: str,
    started_at: datetime,
    now: datetime,
    audited_at: datetime | None,
    problems: Sequence[str],
) -> None:
    """Write down that this daemon lives, and what it finds wrong; old secrets are forgotten."""
    with desk.database.write() as connection:
        endpoints.forget_old_secrets(connection, now=now)
        health.beat(
            connection,
            owner=owner,
            started_at=started_at,
            now=now,
            audited_at=audited_at,
            problems=json.dumps(list(problems)),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """Whether a daemon runs and nothing is wrong; each problem in a sentence."""

    is_ready: bool
    problems: tuple[str, ...]
    beat_at: datetime | None
    audited_at: datetime | None


def readiness(desk: Desk, *, now: datetime) -> Readiness:
    """What the daemons said last, and whether they still say it."""
    with desk.database.read() as connection:
        last = health.last_pulse(connection)
        alarms = audit.open_alarms(connection)
    problems = [f"{alarm['reason']} (alarm {alarm['id']})" for alarm in alarms]
    if last is None:
        problems.insert(0, "no daemon has ever run on this database: start 'notifier run'")
    elif now - last["beat_at"] > PULSE_STALE_AFTER:
        seconds = int((now - last["beat_at"]).total_seconds())
        problems.insert(0, f"the daemon has not been heard of for {seconds} s")
    else:
        problems.extend(one for one in json.loads(last["problems"]) if "alarms nobody" not in one)
    return Readiness(
        is_ready=not problems,
        problems=tuple(problems),
        beat_at=last["beat_at"] if last else None,
        audited_at=last["audited_at"] if last else None,
    )


def reclaim_orphans(desk: Desk, *, owner: str, now: datetime, is_alone: bool) -> int:
    """Return the messages of dead workers to the queue; ``is_alone``: every claim is orphaned."""
    with desk.database.write() as connection:
        if is_alone:
            return claims.reclaim(connection, now=now, dead_owners=None)
        dead: Sequence[str] = ()
        if not desk.database.is_sqlite:
            others = [one for one in claims.owners(connection) if one != owner]
            dead = locks.dead_owners(connection, others)
        return claims.reclaim(connection, now=now, dead_owners=dead)


def follow_clock_back(desk: Desk, *, now: datetime) -> int:
    """Bring forward what a clock that ran ahead put off; returns how many messages.

    A machine that starts with a wrong clock and no network fails to deliver, and plans its next
    tries by that clock: once it is set right, they would be hours late.
    """
    with desk.database.read() as connection:
        found = claims.put_off(connection, now=now)
    for portion in in_portions(sorted(found)):
        with desk.database.write() as connection:
            claims.bring_forward(connection, {one: found[one] for one in portion})
    return len(found)
