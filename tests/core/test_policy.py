"""What the organisation wants: rungs read from their names, ladders per role and kind."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.people import Role
from notifier.core.policy import ANY_KIND, DateRung, Phoning, Policy, rung


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("24h", timedelta(hours=24)),
        ("45m", timedelta(minutes=45)),
        ("2d", timedelta(days=2)),
        ("90s", timedelta(seconds=90)),
        ("1h30m", timedelta(minutes=90)),
        pytest.param("0m", timedelta(), id="0m is due at the start itself"),
    ],
)
def test_a_rung_says_how_long_before_the_start_it_is_due(name: str, before: timedelta) -> None:
    assert rung(name).before == before
    assert rung(name).name == name


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="nothing"),
        pytest.param("24", id="no unit"),
        pytest.param("h", id="no number"),
        pytest.param("24 h", id="a blank in it"),
        pytest.param("24h\n", id="a line end behind it"),
        pytest.param("-3h", id="a sign"),
        pytest.param("1.5h", id="a fraction"),
        pytest.param("1w", id="a unit nobody uses here"),
        pytest.param("24h before", id="words behind it"),
        pytest.param("24h#2", id="a round, which is not for people to write"),
        pytest.param("now", id="the name of what is told at once"),
        pytest.param("99999999999999999999d", id="longer than any calendar"),
        pytest.param("999999999d999999999d", id="longer than any calendar in sum"),
    ],
)
def test_what_is_no_rung_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"rung|longer"):
        rung(name)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from("dhms")), min_size=1))
def test_the_parts_of_a_rung_add_up(parts: list[tuple[int, str]]) -> None:
    name = "".join(f"{number}{unit}" for number, unit in parts)
    assert rung(name).before == sum(
        (rung(f"{number}{unit}").before for number, unit in parts), timedelta()
    )


@pytest.mark.parametrize(
    ("role", "kind", "names"),
    [
        pytest.param(Role.LAWYER, "Hearing", ["24h", "3h"], id="any kind has the role's ladder"),
        pytest.param(Role.LAWYER, "remand", ["12h"], id="a kind named has its own"),
        pytest.param(Role.LAWYER, "REMAND", ["12h"], id="capital letters do not matter"),
        pytest.param(Role.LAWYER, "Appeal", [], id="a kind may have none at all"),
        pytest.param(Role.MONITOR, "Remand", [], id="a role without ladders has no rungs"),
    ],
)
def test_which_ladder_applies(role: Role, kind: str, names: list[str]) -> None:
    policy = Policy(
        ladders={
            (Role.LAWYER, ANY_KIND): (rung("3h"), rung("24h")),
            (Role.LAWYER, "remand"): (rung("12h"),),
            (Role.LAWYER, "appeal"): (),
        }
    )
    assert [step.name for step in policy.ladder(role, kind)] == names


@pytest.mark.parametrize(
    ("days_before", "at", "name"), [(1, time(18), "1d@18:00"), (0, time(7, 5), "0d@07:05")]
)
def test_a_rung_for_an_unknown_time_is_named_by_day_and_wall_clock(
    days_before: int, at: time, name: str
) -> None:
    assert DateRung(days_before=days_before, at=at).name == name


def test_a_policy_that_was_never_edited_was_always_in_force() -> None:
    assert Policy().adopted_at < datetime(1900, 1, 1, tzinfo=UTC)


DUE, START = datetime(2019, 6, 11, 4, tzinfo=UTC), datetime(2019, 6, 12, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("due_at", "now", "before"),
    [
        pytest.param(DUE, DUE, 144 * MINUTE, id="a tenth of a day's lead"),
        pytest.param(START - 60 * MINUTE, START - 60 * MINUTE, 15 * MINUTE, id="at least 15 min"),
        pytest.param(
            START - 9 * MINUTE, START - 9 * MINUTE, 8 * MINUTE, id="after its first tries"
        ),
        pytest.param(DUE, START - 9 * MINUTE, 8 * MINUTE, id="also when it goes out late"),
        pytest.param(DUE, START + 9 * MINUTE, -10 * MINUTE, id="also when it has begun"),
    ],
)
def test_a_human_phones_while_there_is_time(
    due_at: datetime, now: datetime, before: timedelta
) -> None:
    assert Phoning().at(due_at=due_at, starts_at=START, now=now) == START - before
