"""Who is told, on which side of the wall, and what binds them to a hearing."""

from __future__ import annotations

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
    is_told: bool = False  # an attempt began in this round, about whichever revision
    is_closed: bool = False  # in an earlier revision an attempt began to tell them that it is not

    @property
    def beliefs(self) -> tuple[Version, ...]:
        """Every earlier version they may hold for true, the oldest first."""
        return (*((self.delivered,) if self.delivered else ()), *self.attempted)
