"""Which notices a hearing asks for: a pure function of its revision, its parties and the policy.

Whether a rung had passed is judged against when the party came to know, never against the clock:
planning again, at any time, asks for the same notices.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from notifier.core import change
from notifier.core.change import ChangeKind
from notifier.core.court_time import end_of_date, first_instant
from notifier.core.hearing import Hearing, HearingState, Version
from notifier.core.notice import (
    NoticeKey,
    NoticeKind,
    NoticeState,
    WantedNotice,
    in_round,
)
from notifier.core.people import REMINDED_STATES, Party, Role
from notifier.core.policy import Policy

AT_ONCE = "now"
NOBODY = "nobody"
COVERING_ROLES = frozenset({Role.LAWYER, Role.MONITOR, Role.INTERPRETER})

_KIND_OF_CHANGE = {
    ChangeKind.MOVED_EARLIER: NoticeKind.MOVED,
    ChangeKind.MOVED_LATER: NoticeKind.MOVED,
    ChangeKind.COURT: NoticeKind.MOVED,
    ChangeKind.CANCELLED: NoticeKind.CANCELLED,
    ChangeKind.REINSTATED: NoticeKind.REINSTATED,
    ChangeKind.TIME_KNOWN: NoticeKind.CHANGED,
    ChangeKind.TIME_UNKNOWN: NoticeKind.CHANGED,
    ChangeKind.ROOM: NoticeKind.CHANGED,
}


def notices_wanted(
    hearing: Hearing, parties: Sequence[Party], policy: Policy
) -> list[WantedNotice]:
    """Every notice this revision asks for, those that are not needed included with their reason.

    Raises ValueError when the hearing's zone is unknown.
    """
    wanted: list[WantedNotice] = []
    for party in parties:
        if party.state in REMINDED_STATES:
            wanted.extend(_for_bound(hearing, party, policy))
        elif party.state is not None:
            wanted.extend(_closing(hearing, party, policy))
        elif party.role is Role.COORDINATOR:
            wanted.extend(_gap(hearing, party, parties, policy))
    return [one for one in wanted if one.useful_until > one.due_at]


def useful_until_of(version: Version, grace: timedelta) -> datetime:
    """Until when news of this version helps: its start and a grace, or the end of its date."""
    if version.starts_at is None:
        return end_of_date(version.slot.local_date, version.slot.zone)
    return version.starts_at + grace


def _for_bound(hearing: Hearing, party: Party, policy: Policy) -> Iterator[WantedNotice]:
    """What somebody proposed or accepted for this hearing is told of it."""
    now = hearing.current
    knows_from = max(party.known_at, now.revised_at)
    differing = [belief for belief in party.beliefs if change.changes(belief, now)]
    if differing:
        yield _correction(hearing, party, differing[-1], knows_from, policy)
    if now.state is HearingState.CANCELLED:
        return
    rungs = list(_rungs(hearing, party, policy))
    passed = [(name, due) for name, due in rungs if due <= knows_from]
    if not differing and party.delivered is None:
        yield _introduction(hearing, party, knows_from, [name for name, _ in passed], policy)
    for name, due in rungs:
        yield _reminder(hearing, party, name, due, knows_from, policy)


def _rungs(hearing: Hearing, party: Party, policy: Policy) -> Iterator[tuple[str, datetime]]:
    """The ladder's instants; a hearing of unknown time is reminded of on its date."""
    version = hearing.current
    if version.starts_at is not None:
        for step in policy.ladder(party.role, hearing.kind):
            yield step.name, version.starts_at - step.before
    elif policy.ladder(party.role, hearing.kind):
        for day in policy.unknown_time:
            date = version.slot.local_date - timedelta(days=day.days_before)
            yield day.name, first_instant(date, day.at, version.slot.zone)


def _reminder(
    hearing: Hearing, party: Party, name: str, due: datetime, knows_from: datetime, policy: Policy
) -> WantedNotice:
    until = useful_until_of(hearing.current, policy.usefulness.reminder_after_start)
    state, reason = NoticeState.PENDING, f"{name} before the start"
    if hearing.current.starts_at is None:
        reason = "its date, the time is not known yet"
    if due <= knows_from:
        state, reason = NoticeState.NOT_NEEDED, f"{name} had passed when they came to know"
    elif due <= policy.adopted_at and knows_from < policy.adopted_at:
        state, reason = NoticeState.NOT_NEEDED, f"{name} was due before this policy came into force"
    return WantedNotice(
        key=_key(hearing, party, NoticeKind.REMINDER, name),
        due_at=due,
        # A rung that is not needed must still show, so it may not look outlived.
        useful_until=max(until, due + timedelta(seconds=1))
        if state is not NoticeState.PENDING
        else until,
        reason=reason,
        state=state,
    )


def _introduction(
    hearing: Hearing, party: Party, at: datetime, passed: Sequence[str], policy: Policy
) -> WantedNotice:
    """Told at once: the first word of this hearing, with the rungs that had already passed."""
    reason = "first told of this hearing"
    if passed:
        reason = f"short notice: {', '.join(passed)} had already passed"
    return WantedNotice(
        key=_key(hearing, party, NoticeKind.NEW, AT_ONCE),
        due_at=at,
        useful_until=useful_until_of(hearing.current, policy.usefulness.reminder_after_start),
        reason=reason,
    )


def _correction(
    hearing: Hearing, party: Party, told: Version, at: datetime, policy: Policy
) -> WantedNotice:
    """Whoever may believe something else is told what is true now."""
    now = hearing.current
    kinds = change.changes(told, now)
    grace = policy.usefulness.change_after_start
    kind = _KIND_OF_CHANGE[kinds[0]]
    if now.state is HearingState.CANCELLED:
        kind, until = NoticeKind.CANCELLED, useful_until_of(told, timedelta())
    else:
        until = max(useful_until_of(told, grace), useful_until_of(now, grace))
    return WantedNotice(
        key=_key(hearing, party, kind, AT_ONCE),
        due_at=at,
        useful_until=until,
        reason=f"told revision {told.revision}: {', '.join(kinds)}",
    )


def _closing(hearing: Hearing, party: Party, policy: Policy) -> Iterator[WantedNotice]:
    """One closing notice to somebody who knew of it and is no longer bound."""
    if not party.is_told or party.is_closed or party.changed_at is None:
        return
    grace = policy.usefulness.reminder_after_start
    yield WantedNotice(
        key=_key(hearing, party, NoticeKind.RELIEVED, AT_ONCE),
        due_at=party.changed_at,
        useful_until=useful_until_of(hearing.current, grace),
        reason=f"{party.state}: no longer theirs",
    )


def _gap(
    hearing: Hearing, coordinator: Party, parties: Sequence[Party], policy: Policy
) -> Iterator[WantedNotice]:
    """A hearing that nobody is assigned to is told to the coordinator at once."""
    covering = [one for one in parties if one.role in COVERING_ROLES and one.state is not None]
    if hearing.current.state is HearingState.CANCELLED:
        return
    if any(one.state in REMINDED_STATES for one in covering):
        return
    left = [one.changed_at for one in covering if one.changed_at is not None]
    yield WantedNotice(
        # Each departure opens a gap of its own: one told earlier must not hide it.
        key=_key(
            hearing,
            coordinator,
            NoticeKind.COVERAGE_GAP,
            f"{NOBODY}@{max(left):%Y%m%dT%H%M%S}" if left else NOBODY,
        ),
        due_at=max([coordinator.known_at, hearing.current.revised_at, *left]),
        useful_until=useful_until_of(hearing.current, policy.usefulness.gap_after_start),
        reason="nobody is assigned",
    )


def _key(hearing: Hearing, party: Party, kind: NoticeKind, rung: str) -> NoticeKey:
    return NoticeKey(
        subject_id=hearing.id,
        revision=hearing.current.revision,
        recipient_id=party.recipient_id,
        kind=kind,
        rung=in_round(rung, party.round),
    )
