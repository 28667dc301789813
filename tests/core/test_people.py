"""Who is told: sides of the wall, and what a party may hold for true."""

from __future__ import annotations

import pytest

from notifier.core.hearing import Version
from notifier.core.people import (
    FULL_PROFILE_ROLES,
    REMINDED_STATES,
    SIDE_OF_ROLE,
    AssignmentState,
    Memory,
    Role,
    Side,
    Told,
    remembered,
)
from tests.core.docket import party, version

FIRST, SECOND, THIRD = (version(revision=number) for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("role", "side"),
    [
        (Role.LAWYER, Side.DEFENCE),
        (Role.INTERPRETER, Side.DEFENCE),
        (Role.MONITOR, Side.MONITORING),
        (Role.COORDINATOR, Side.COORDINATION),
        pytest.param(Role.SUBSCRIBER, None, id="a subscriber's side is said by who registers it"),
    ],
)
def test_a_role_is_on_one_side_of_the_wall(role: Role, side: Side | None) -> None:
    assert SIDE_OF_ROLE.get(role) == side


def test_only_the_lawyer_and_the_coordinator_may_be_sent_names() -> None:
    assert {Role.LAWYER, Role.COORDINATOR} == FULL_PROFILE_ROLES


@pytest.mark.parametrize(
    ("state", "is_reminded"),
    [
        pytest.param(AssignmentState.PROPOSED, True, id="who has not answered is reminded"),
        pytest.param(AssignmentState.ACCEPTED, True, id="who accepted is reminded"),
        pytest.param(AssignmentState.DECLINED, False, id="who declined is not"),
        pytest.param(AssignmentState.RELIEVED, False, id="who was relieved is not"),
    ],
)
def test_who_is_reminded(state: AssignmentState, is_reminded: bool) -> None:
    assert (state in REMINDED_STATES) is is_reminded


@pytest.mark.parametrize(
    ("delivered", "attempted", "beliefs"),
    [
        pytest.param(None, (), (), id="who was told nothing believes nothing"),
        pytest.param(FIRST, (), (FIRST,), id="who took a version believes it"),
        pytest.param(None, (FIRST,), (FIRST,), id="an attempt may have arrived"),
        pytest.param(FIRST, (SECOND, THIRD), (FIRST, SECOND, THIRD), id="any of them may be it"),
    ],
)
def test_what_somebody_may_believe(
    delivered: Version | None, attempted: tuple[Version, ...], beliefs: tuple[Version, ...]
) -> None:
    assert party(delivered=delivered, attempted=attempted).beliefs == beliefs


def told(text: str) -> Told:
    """``"1 taken"``, ``"2 tried #2"`` in the second round, ``"over taken"``: the last word."""
    what, end, *later = text.split()
    return Told(
        revision=2 if what == "over" else int(what),
        round=int(later[0][1:]) if later else 1,
        is_delivered=end == "taken",
        is_closing=what == "over",
    )


@pytest.mark.parametrize(
    ("heard", "in_round", "delivered", "attempted", "is_told"),
    [
        pytest.param([], 1, None, (), False, id="who was told nothing remembers nothing"),
        pytest.param(["1 taken"], 1, 1, (), True, id="what a receiver took is known"),
        pytest.param(["1 tried"], 1, None, (1,), True, id="what was tried may be known"),
        pytest.param(["1 taken", "2 tried"], 1, 1, (2,), True, id="the later may be known as well"),
        pytest.param(
            ["1 tried", "2 taken"], 1, 2, (), True, id="what was taken replaces what was before it"
        ),
        pytest.param(["3 taken"], 1, None, (), True, id="the current revision is no old belief"),
        pytest.param(
            ["2 taken", "2 tried"], 1, 2, (), True, id="one revision told twice is one belief"
        ),
        pytest.param(
            ["1 taken", "over taken"], 2, None, (), False, id="a last word taken ends it all"
        ),
        pytest.param(
            ["1 taken", "over taken", "2 taken #2"],
            2,
            2,
            (),
            True,
            id="after a last word only the new round counts",
        ),
        pytest.param(
            ["1 taken", "over tried"],
            2,
            None,
            (1,),
            True,
            id="after a last word that may not have arrived nothing counts as known any more",
        ),
        pytest.param(
            ["1 taken", "over tried", "2 taken #2"],
            2,
            2,
            (),
            True,
            id="until they are told in the new round",
        ),
        pytest.param(
            ["1 taken"],
            2,
            1,
            (),
            True,
            id="asked again before any last word: they still count on it",
        ),
        pytest.param(
            ["1 taken", "over tried"],
            1,
            1,
            (),
            True,
            id="an attempt at the last word changes nothing of what it is to end",
        ),
    ],
)
def test_what_somebody_remembers_at_the_third_revision(
    heard: list[str],
    in_round: int,
    delivered: int | None,
    attempted: tuple[int, ...],
    is_told: bool,
) -> None:
    expected = Memory(delivered=delivered, attempted=attempted, is_told=is_told)
    assert remembered(list(map(told, heard)), revision=3, in_round=in_round) == expected
    assert remembered(list(map(told, reversed(heard))), revision=3, in_round=in_round) == expected
