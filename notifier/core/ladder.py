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
    ChangeKind.TIME_KNOWN: NoticeKind.CHANGED,
    ChangeKind.TIME_UNKNOWN: NoticeKind.CHANGED,
    ChangeKind.ROOM: NoticeKind.CHANGED,
}


def notices_wanted(
    hearing: Hearing, parties: Sequence[Party], policy: Policy
) -> list[WantedNotice]:
    """Every notice this revision asks for, those that are not needed included with their reason.

    A hearing that was over when somebody came to know asks for nothing but its corrections.
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
    return [
        one
        for one in wanted
        if one.state is not NoticeState.PENDING or one.useful_until > one.due_at
    ]


def useful_until_of(version: Version, grace: timedelta) -> datetime:
    """Until when news of this version helps: its start and a grace, or the end of its date."""
    if version.starts_at is None:
        return end_of_date(version.slot.local_date, version.slot.zone)
    return version.starts_at + grace


def _for_bound(hearing: Hearing, party: Party, policy: Policy) -> Iterator[WantedNotice]:
    """What somebody proposed or accepted for this hearing is told of it."""
    now = hearing.current
    knows_from = max(party.known_at, now.revised_at)
    wrong = [belief for belief in party.beliefs if change.changes(belief, now)]
    if wrong:
        yield _correction(hearing, party, wrong, knows_from, policy)
    until = useful_until_of(now, policy.usefulness.reminder_after_start)
    if now.state is HearingState.CANCELLED or until <= knows_from:
        return
    rungs = _rungs(hearing, party, policy)
    if not wrong and party.delivered is None:
        passed = [name for name, due in rungs.items() if due <= knows_from]
        yield _introduction(hearing, party, knows_from, passed, policy)
    elif not wrong and party.delivered is not None:
        knew_from = max(party.known_at, party.delivered.revised_at)
        if passed := [name for name, due in rungs.items() if knew_from < due <= knows_from]:
            yield _once_more(hearing, party, knows_from, passed, policy)
    for name, due in rungs.items():
        yield _reminder(hearing, party, name, due, knows_from, policy)


def _rungs(hearing: Hearing, party: Party, policy: Policy) -> dict[str, datetime]:
    """The ladder's instants; a hearing of unknown time is reminded of on its date."""
    version = hearing.current
    ladder = policy.ladder(party.role, hearing.kind)
    if version.starts_at is not None:
        return {step.name: version.starts_at - step.before for step in ladder}
    if not ladder:
        return {}
    return {
        day.name: first_instant(
            version.slot.local_date - timedelta(days=day.days_before), day.at, version.slot.zone
        )
        for day in policy.unknown_time
    }


def _reminder(
    hearing: Hearing, party: Party, name: str, due: datetime, knows_from: datetime, policy: Policy
) -> WantedNotice:
    until = useful_until_of(hearing.current, policy.usefulness.reminder_after_start)
    state = NoticeState.NOT_NEEDED
    if due <= knows_from:
        reason = f"{name} had passed when they came to know"
    elif due <= policy.adopted_at:
        reason = f"{name} was due before this policy came into force"
    elif until <= due:
        reason = f"{name} would come when it is of no use any more"
    else:
        state, reason = NoticeState.PENDING, f"{name} before the start"
        if hearing.current.starts_at is None:
            reason = "its date, the time is not known yet"
    return WantedNotice(
        key=_key(hearing, party, NoticeKind.REMINDER, name),
        due_at=due,
        useful_until=until,
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


def _once_more(
    hearing: Hearing, party: Party, at: datetime, passed: Sequence[str], policy: Policy
) -> WantedNotice:
    """Changed and changed back: no correction is owed, but a rung in between may be lost unsent."""
    state, reason = NoticeState.PENDING, "passed while it was changed and changed back"
    if at <= policy.adopted_at:
        state, reason = NoticeState.NOT_NEEDED, "was due before this policy came into force"
    return WantedNotice(
        key=_key(hearing, party, NoticeKind.REMINDER, AT_ONCE),
        due_at=at,
        useful_until=useful_until_of(hearing.current, policy.usefulness.reminder_after_start),
        reason=f"{', '.join(passed)} {reason}",
        state=state,
    )


def _correction(
    hearing: Hearing, party: Party, wrong: Sequence[Version], at: datetime, policy: Policy
) -> WantedNotice:
    """Whoever may believe something else is told what is true now.

    It is of use as long as any of the times it corrects, or the true one, still lies ahead.
    """
    now, told = hearing.current, wrong[-1]
    kinds = change.changes(told, now)
    grace = policy.usefulness.change_after_start
    if now.state is HearingState.CANCELLED:
        kind, grace = NoticeKind.CANCELLED, timedelta()
    elif ChangeKind.REINSTATED in kinds:
        kind = NoticeKind.REINSTATED
    else:
        kind = _KIND_OF_CHANGE[kinds[0]]
    return WantedNotice(
        key=_key(hearing, party, kind, AT_ONCE),
        due_at=at,
        useful_until=max(useful_until_of(version, grace) for version in (*wrong, now)),
        reason=f"told revision {told.revision}: {', '.join(kinds)}",
    )


def _closing(hearing: Hearing, party: Party, policy: Policy) -> Iterator[WantedNotice]:
    """One closing notice to somebody who knew of it and is no longer bound."""
    if not party.is_told:
        return
    grace = policy.usefulness.reminder_after_start
    versions = (*party.beliefs, hearing.current)
    yield WantedNotice(
        key=_key(hearing, party, NoticeKind.RELIEVED, AT_ONCE),
        due_at=party.changed_at or party.known_at,
        useful_until=max(useful_until_of(version, grace) for version in versions),
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
