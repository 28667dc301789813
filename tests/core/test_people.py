"""Who is told: sides of the wall, and what a party may hold for true."""

from __future__ import annotations

import pytest

from notifier.core.hearing import Version
from notifier.core.people import (
    FULL_PROFILE_ROLES,
    REMINDED_STATES,
    SIDE_OF_ROLE,
    AssignmentState,
    Role,
    Side,
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
