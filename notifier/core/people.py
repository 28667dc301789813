"""Who is told, on which side of the wall, and what binds them to a hearing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from notifier.core.hearing import Version


class Role(StrEnum):
    """What a recipient does at a hearing."""

    LAWYER = "lawyer"
    MONITOR = "monitor"
    INTERPRETER = "interpreter"
    COORDINATOR = "coordinator"
    SUBSCRIBER = "subscriber"


class Side(StrEnum):
    """The wall: defence and monitoring never share a message, list, feed or log line."""

    DEFENCE = "defence"
    MONITORING = "monitoring"
    COORDINATION = "coordination"


SIDE_OF_ROLE = {
    Role.LAWYER: Side.DEFENCE,
    Role.INTERPRETER: Side.DEFENCE,
    Role.MONITOR: Side.MONITORING,
    Role.COORDINATOR: Side.COORDINATION,
}
"""A subscriber has no side of its own: whoever registers one says which."""


class Profile(StrEnum):
    """How much a payload says: ``ping`` nothing, ``coded`` refs, ``full`` names as well."""

    PING = "ping"
    CODED = "coded"
    FULL = "full"


FULL_PROFILE_ROLES = frozenset({Role.LAWYER, Role.COORDINATOR})
"""Only these may be sent names; a monitor's endpoint never."""


class AssignmentState(StrEnum):
    """Where one recipient stands towards one hearing."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RELIEVED = "relieved"


REMINDED_STATES = frozenset({AssignmentState.PROPOSED, AssignmentState.ACCEPTED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """One recipient's stake in one hearing, as the planner needs it.

    ``known_at`` is the later of the assignment and the hearing's first revision. ``state`` is
    None for a coordinator, who is bound to every hearing without an assignment.

    What they may believe is ``delivered``, the latest earlier revision a receiver took, or any
    of ``attempted``: later ones about which an attempt began, whatever its outcome. Only
    revisions before the current one count, so planning again changes nothing.
    """

    recipient_id: str
    role: Role
    known_at: datetime
    state: AssignmentState | None = None
    changed_at: datetime | None = None  # when the state became what it is
    round: int = 1  # how often they were proposed: a second time is told from the start
    delivered: Version | None = None
    attempted: tuple[Version, ...] = ()
    is_told: bool = False  # they may count on it: they were told of it, and not that it is over

    @property
    def beliefs(self) -> tuple[Version, ...]:
        """Every earlier version they may hold for true, the oldest first."""
        return (*((self.delivered,) if self.delivered else ()), *self.attempted)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A notice of a hearing that somebody may have heard: an attempt at it began."""

    revision: int
    round: int
    is_delivered: bool
    is_closing: bool  # it said that the hearing is no longer theirs


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """What somebody may hold for true of a hearing: the part of a ``Party`` that was told."""

    delivered: int | None  # revisions, all of them before the current one
    attempted: tuple[int, ...]
    is_told: bool


def remembered(told: Sequence[Told], *, revision: int, in_round: int) -> Memory:
    """What somebody remembers at a revision, in their round of being proposed.

    Only a closing that a receiver took ends what was told before it. One that was merely attempted
    leaves open whether they still count on the hearing: they are told from the start, and
    corrected. One that was never attempted is no reason to tell anybody anything twice.
    """
    over_with = max((one.round for one in told if one.is_closing and one.is_delivered), default=0)
    heard = [one for one in told if one.round > over_with]
    closings = [one.round for one in heard if one.is_closing and one.round < in_round]
    unsure_of = max(closings, default=0)
    earlier = [one for one in heard if one.revision < revision and not one.is_closing]
    sure = [one.revision for one in earlier if one.is_delivered and one.round > unsure_of]
    taken = max(sure, default=0)
    return Memory(
        delivered=taken or None,
        attempted=tuple(sorted({one.revision for one in earlier if one.revision > taken})),
        is_told=bool(heard),
    )
