"""The difference between the notices held for a hearing and those wanted now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from notifier.core.hearing import Hearing, HearingState
from notifier.core.notice import NoticeKey, NoticeKind, NoticeState, WantedNotice
from notifier.core.people import REMINDED_STATES, Party

EVENTS = frozenset(
    {NoticeKind.DELIVERY_FAILED, NoticeKind.SOURCE_QUESTION, NoticeKind.ENDPOINT_FAILING}
)
"""Kinds that follow from something that happened; planning neither asks for nor ends them."""


_REOPENED = frozenset({NoticeState.CANCELLED, NoticeState.NOT_NEEDED})
"""A rung the policy took away and gave back is a rung again: silence would be the alternative."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldNotice:
    """A notice as stored, as far as reconciling needs it."""

    id: str
    key: NoticeKey
    state: NoticeState
    due_at: datetime
    useful_until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """How one notice ends, and why."""

    notice_id: str
    state: NoticeState
    reason: str


@dataclass(kw_only=True, slots=True)
class Difference:
    """What to write so that the notices held are the notices wanted."""

    add: list[WantedNotice] = field(default_factory=list)
    shift: list[tuple[str, WantedNotice]] = field(default_factory=list)
    reopen: list[tuple[str, WantedNotice]] = field(default_factory=list)
    end: list[Ending] = field(default_factory=list)

    def extend(self, other: Difference) -> None:
        """Take in the difference of another hearing: they are written together."""
        self.add.extend(other.add)
        self.shift.extend(other.shift)
        self.reopen.extend(other.reopen)
        self.end.extend(other.end)

    def __len__(self) -> int:
        return len(self.add) + len(self.shift) + len(self.reopen) + len(self.end)


def difference(
    held: Sequence[HeldNotice],
    wanted: Sequence[WantedNotice],
    hearing: Hearing,
    parties: Sequence[Party],
) -> Difference:
    """Compare by key. Only pending notices move or end; one ended unsent may be wanted again."""
    found = Difference()
    by_key = {one.key: one for one in held}
    for want in wanted:
        have = by_key.get(want.key)
        if have is None:
            found.add.append(want)
        elif want.state is NoticeState.PENDING and have.state in _REOPENED:
            found.reopen.append((have.id, want))
        elif _is_shifted(have, want):
            found.shift.append((have.id, want))
    asked = {want.key for want in wanted}
    bound = {party.recipient_id for party in parties if party.state in REMINDED_STATES}
    for one in held:
        if one.state is not NoticeState.PENDING or one.key in asked or one.key.kind in EVENTS:
            continue
        found.end.append(_ending(one, hearing, one.key.recipient_id in bound))
    return found


def _is_shifted(have: HeldNotice, want: WantedNotice) -> bool:
    """Whether a pending notice has other instants now. It stays owed, even if it is due at once."""
    if have.state is not NoticeState.PENDING:
        return False
    return (have.due_at, have.useful_until) != (want.due_at, want.useful_until)


def _ending(one: HeldNotice, hearing: Hearing, is_bound: bool) -> Ending:
    now = hearing.current
    if one.key.kind is NoticeKind.RELIEVED and is_bound:
        state, reason = NoticeState.SUPERSEDED, "the hearing is theirs again"
    elif now.state is HearingState.CANCELLED:
        state, reason = NoticeState.CANCELLED, "the hearing was cancelled"
    elif one.key.revision < now.revision:
        state, reason = NoticeState.SUPERSEDED, f"revision {now.revision} replaced it"
    elif one.key.kind is NoticeKind.COVERAGE_GAP:
        state, reason = NoticeState.NOT_NEEDED, "somebody was assigned"
    elif not is_bound:
        state, reason = NoticeState.CANCELLED, "no longer assigned"
    else:
        state, reason = NoticeState.CANCELLED, "the policy no longer asks for it"
    return Ending(notice_id=one.id, state=state, reason=reason)
