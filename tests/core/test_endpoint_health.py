"""What attempts say of an endpoint, and what a human is told of it, once a spell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.core.endpoint_health import Cause, Health, observed

START = datetime(2019, 6, 12, 1, tzinfo=UTC)
TAKEN, DOWN, GONE, REFUSED, OURS = (
    Outcome(outcome=one)
    for one in (
        OutcomeClass.DELIVERED,
        OutcomeClass.UNREACHABLE,
        OutcomeClass.GONE,
        OutcomeClass.UNAUTHORISED,
        OutcomeClass.INTERNAL,
    )
)


def after(*seen: tuple[float, Outcome]) -> tuple[Health, list[Cause]]:
    """An endpoint's health after attempts at these minutes, and all that was told of it."""
    health, told = Health(), list[Cause]()
    for minutes, outcome in seen:
        health, cause = observed(health, outcome, now=START + timedelta(minutes=minutes))
        told += [cause] if cause else []
    return health, told


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        pytest.param([(0, TAKEN)], [], id="what works is not talked about"),
        pytest.param([(0, DOWN), (5, DOWN)], [], id="two failures, however far apart, are chance"),
        pytest.param(
            [(0, DOWN), (1, DOWN), (2, DOWN), (4.9, DOWN)], [], id="nor are many in a few minutes"
        ),
        pytest.param(
            [(0, DOWN), (1, DOWN), (5, DOWN)], [Cause.SILENT], id="three over five minutes are told"
        ),
        pytest.param(
            [(0, DOWN), (1, DOWN), (5, DOWN), (9, DOWN)], [Cause.SILENT], id="and told once"
        ),
        pytest.param(
            [(0, DOWN), (1, DOWN), (4, TAKEN), (5, DOWN), (6, DOWN)], [], id="a 2xx clears it"
        ),
        pytest.param(
            [
                (at, one)
                for base in (0, 10)
                for at, one in ((base, DOWN), (base + 1, DOWN), (base + 5, DOWN), (base + 6, TAKEN))
            ],
            [Cause.SILENT, Cause.SILENT],
            id="a second spell is told again",
        ),
        pytest.param([(0, GONE), (15, GONE), (30, GONE)], [Cause.GONE], id="gone is told once"),
        pytest.param([(0, REFUSED), (1, REFUSED)], [Cause.REFUSES], id="a refusal is told once"),
        pytest.param(
            [(0, REFUSED), (1, REFUSED), (5, REFUSED)],
            [Cause.REFUSES, Cause.SILENT],
            id="and that it went on for minutes",
        ),
        pytest.param([(0, OURS), (1, OURS), (9, OURS)], [], id="a fault of ours is not theirs"),
    ],
)
def test_what_is_told(seen: Sequence[tuple[float, Outcome]], told: list[Cause]) -> None:
    assert after(*seen)[1] == told


def test_what_is_gone_stays_gone_until_it_takes_something() -> None:
    """A time-out says nothing about a 410; only a 2xx takes it back."""
    assert after((0, GONE), (15, DOWN))[0].is_gone
    assert after((0, GONE), (15, TAKEN))[0] == Health(spell=1)


def test_a_fault_of_ours_changes_nothing() -> None:
    assert after((0, DOWN), (1, OURS))[0] == after((0, DOWN))[0]


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from([TAKEN, DOWN, GONE, REFUSED, OURS]))))
def test_a_spell_tells_each_cause_once(seen: list[tuple[int, Outcome]]) -> None:
    """However attempts follow each other."""
    health, told = Health(), set[tuple[int, Cause]]()
    at = START
    for minutes, outcome in seen:
        at += timedelta(minutes=minutes)
        health, cause = observed(health, outcome, now=at)
        if cause is not None:
            assert (health.spell, cause) not in told
            told.add((health.spell, cause))
        assert health.is_well is (health.failing_since is None)
