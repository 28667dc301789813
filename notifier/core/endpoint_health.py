"""What the attempts at an endpoint say of it: whether it is well, and what a human has to know.

No endpoint is ever switched off: what is suspect or gone is told to people, and tried on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from notifier.core.delivery import Outcome, OutcomeClass

SUSPECT_FAILURES = 3  # one lost packet is no fault of a receiver's
SUSPECT_AFTER = timedelta(minutes=5)  # a restart takes less; a hearing may be an hour away


class Cause(StrEnum):
    """What is wrong with an endpoint. The value is the notice's rung and the wire's ``cause``."""

    GONE = "gone"  # 410: its owner took it away
    REFUSES = "refuses"  # 401, 403, 404: its address or its access changed
    SILENT = "silent"  # it has taken nothing for minutes


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """How an endpoint stands. A spell lasts from its first failure to its next 2xx."""

    is_gone: bool = False
    failures: int = 0  # without a 2xx between them
    failing_since: datetime | None = None
    refused_since: datetime | None = None
    suspect_since: datetime | None = None
    spell: int = 0  # how many there were, this one included: each is told once

    @property
    def is_well(self) -> bool:
        """Whether the last that was heard of it was good."""
        return self.failures == 0 and not self.is_gone


def observed(health: Health, outcome: Outcome, *, now: datetime) -> tuple[Health, Cause | None]:
    """How an endpoint stands after an attempt, and what is to be told of it that was not yet.

    A fault of ours says nothing about it. One that is gone is not called silent as well.
    """
    if outcome.outcome is OutcomeClass.INTERNAL:
        return health, None
    if outcome.outcome is OutcomeClass.DELIVERED:
        return Health(spell=health.spell), None
    failing = replace(
        health,
        failures=health.failures + 1,
        failing_since=health.failing_since or now,
        spell=health.spell + (health.failures == 0),
    )
    if outcome.outcome is OutcomeClass.GONE:
        return replace(failing, is_gone=True), None if health.is_gone else Cause.GONE
    if outcome.outcome is OutcomeClass.UNAUTHORISED and health.refused_since is None:
        return replace(failing, refused_since=now), Cause.REFUSES
    if failing.suspect_since is None and not failing.is_gone and _is_suspect(failing, now):
        return replace(failing, suspect_since=now), Cause.SILENT
    return failing, None


def _is_suspect(health: Health, now: datetime) -> bool:
    since = health.failing_since or now
    return health.failures >= SUSPECT_FAILURES and now - since >= SUSPECT_AFTER
