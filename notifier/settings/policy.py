"""Reads what the organisation wants: ladders, rungs for unknown times, usefulness, phoning."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    model_validator,
)

import notifier
from notifier.core.people import Role
from notifier.core.policy import ANY_KIND, DateRung, Phoning, Policy, Rung, Usefulness, rung
from notifier.settings.reading import read_toml, validated
from notifier.settings.schema import Section

LONGEST = timedelta(days=366)  # a longer rung or period is a typing error
_USEFUL = Usefulness()
_PHONING = Phoning()


def load_policy(path: Path | None) -> Policy:
    """Read a policy; without a path the shipped one.

    Raises SettingsError with every problem. Every role has to be named, with its default ladder:
    a role that was forgotten would fall silent unseen.
    """
    path = path or _shipped()
    return validated(_PolicyFile, read_toml(path), path=path).policy()


def policy_fingerprint(policy: Policy) -> str:
    """Equal for policies that ask for the same, whenever adopted; it tells when one was edited."""
    asks = {
        "ladders": sorted(
            [role, kind, [step.name for step in policy.ladder(role, kind)]]
            for role, kind in policy.ladders
        ),
        "unknown_time": sorted(step.name for step in policy.unknown_time),
        "usefulness": {
            name: period.total_seconds() for name, period in asdict(policy.usefulness).items()
        },
        "phoning": {name: str(value) for name, value in asdict(policy.phoning).items()},
    }
    return hashlib.sha256(json.dumps(asks, sort_keys=True).encode()).hexdigest()


def _shipped() -> Path:
    """The wheel carries the policy inside the package; a checkout has it in ``config/``."""
    package = Path(notifier.__file__).parent
    inside = package / "policy.toml"
    return inside if inside.exists() else package.parent / "config" / "policy.toml"


def _rung(text: object) -> Rung:
    try:
        step = rung(text if isinstance(text, str) else "")
        fits = step.before <= LONGEST
    except (ValueError, OverflowError):
        fits = False
    if not fits:
        raise ValueError("write it like 24h, 45m or 1h30m, at most 366d")
    return step


def _period(text: object) -> timedelta:
    return text if isinstance(text, timedelta) else _rung(text).before


def _date_rung(text: object) -> DateRung:
    parts = re.fullmatch(r"(\d{1,3})d@(\d\d):(\d\d)", text if isinstance(text, str) else "")
    try:
        days, hour, minute = map(int, parts.groups() if parts else ())
        return DateRung(days_before=days, at=time(hour, minute))
    except ValueError:
        raise ValueError("write it like 1d@18:00, the evening before, or 0d@07:00") from None


def _distinct(steps: tuple[Rung, ...]) -> tuple[Rung, ...]:
    if len({step.before for step in steps}) < len(steps):
        raise ValueError("two rungs are due at the same time")
    return steps


Ladder = Annotated[tuple[Annotated[Rung, PlainValidator(_rung)], ...], AfterValidator(_distinct)]
Period = Annotated[timedelta, PlainValidator(_period)]


class _RoleLadders(BaseModel):
    """One role's ladders: ``default``, and any kind of hearing that needs another one."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)
    __pydantic_extra__: dict[str, Ladder] = Field(init=False)

    default: Ladder = Field(description="the ladder for every kind of hearing not named here")

    @model_validator(mode="after")
    def _kinds_differ(self) -> Self:
        if len(self.by_kind) <= len(self.__pydantic_extra__):
            raise ValueError("two kinds differ only in capital letters")
        return self

    @property
    def by_kind(self) -> dict[str, tuple[Rung, ...]]:
        """The rungs per kind of hearing, spelt as ``Policy.ladder`` looks them up."""
        named = {kind.casefold(): steps for kind, steps in self.__pydantic_extra__.items()}
        return {ANY_KIND: self.default, **named}


class _LaddersFile(Section):
    """A ladder per kind of hearing for each role."""

    lawyer: _RoleLadders
    monitor: _RoleLadders
    interpreter: _RoleLadders
    coordinator: _RoleLadders
    subscriber: _RoleLadders = Field(default=_RoleLadders(default=()))


class _UsefulnessFile(Section):
    """How long after which moment a notice still helps."""

    reminder_after_start: Period = _USEFUL.reminder_after_start
    change_after_start: Period = _USEFUL.change_after_start
    gap_after_start: Period = _USEFUL.gap_after_start
    failure_at_least: Period = _USEFUL.failure_at_least
    question: Period = _USEFUL.question


class _PhoningFile(Section):
    """When a human is told whom to phone about what nobody has taken yet."""

    before_start: Period = _PHONING.before_start
    share_of_lead: Annotated[float, Field(ge=0.0, le=0.5)] = _PHONING.share_of_lead
    after_first_try: Period = _PHONING.after_first_try


class _PolicyFile(Section):
    """``policy.toml``."""

    ladders: _LaddersFile
    unknown_time: tuple[Annotated[DateRung, PlainValidator(_date_rung)], ...]
    usefulness: _UsefulnessFile = Field(default=_UsefulnessFile())
    phoning: _PhoningFile = Field(default=_PhoningFile())

    def policy(self) -> Policy:
        """The policy as the rules know it."""
        return Policy(
            ladders={
                (Role(role), kind): steps
                for role, ladders in self.ladders
                for kind, steps in ladders.by_kind.items()
            },
            unknown_time=self.unknown_time,
            usefulness=Usefulness(**dict(self.usefulness)),
            phoning=Phoning(**dict(self.phoning)),
        )
