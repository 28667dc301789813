"""A hearing that nobody is assigned to, and the last word to whom it is no longer theirs."""

from __future__ import annotations

from typing import Any

import pytest

from notifier.core.hearing import Hearing, HearingState
from notifier.core.ladder import notices_wanted
from notifier.core.people import AssignmentState, Party, Role
from tests.core.docket import (
    POLICY,
    coordinator,
    hearing,
    hearing_of,
    lines,
    party,
    told,
    version,
    wall,
)

BOUND = [AssignmentState.PROPOSED, AssignmentState.ACCEPTED]
CLOSED = [AssignmentState.DECLINED, AssignmentState.RELIEVED]
COVERING = [Role.LAWYER, Role.MONITOR, Role.INTERPRETER]
RELIEVED = AssignmentState.RELIEVED
AT_TEN = version("12 10:00")


def gaps(about: Hearing, *parties: Party) -> list[str]:
    """What the coordinator is told of who is missing."""
    wanted = notices_wanted(about, [*parties, coordinator()], POLICY)
    return lines(one for one in wanted if one.key.recipient_id == Role.COORDINATOR)


def gone(role: Role, changed: str, state: AssignmentState = RELIEVED, **said: Any) -> Party:
    """Somebody who is no longer bound, since then."""
    return party(role, state, changed_at=wall(changed), **said)


def test_a_hearing_that_nobody_is_assigned_to_is_told_to_the_coordinator_at_once() -> None:
    (gap,) = notices_wanted(hearing(), [coordinator()], POLICY)
    assert lines([gap]) == ["gap nobody, 1 09:00"]
    assert (gap.reason, gap.useful_until) == ("nobody is assigned", wall("12 10:30"))


@pytest.mark.parametrize("role", COVERING)
@pytest.mark.parametrize("state", BOUND)
def test_somebody_asked_or_willing_closes_the_gap(role: Role, state: AssignmentState) -> None:
    assert gaps(hearing(), party(role, state)) == []


@pytest.mark.parametrize("role", COVERING)
@pytest.mark.parametrize("state", CLOSED)
def test_who_declined_or_was_relieved_leaves_a_gap_from_then_on(
    role: Role, state: AssignmentState
) -> None:
    assert gaps(hearing(), gone(role, "11 12:00", state)) == [
        "gap nobody@20190611T060000, 11 12:00"
    ]


@pytest.mark.parametrize("role", [Role.SUBSCRIBER, Role.COORDINATOR])
def test_a_hearing_is_not_covered_by_who_only_follows_it(role: Role) -> None:
    follower = party(role, AssignmentState.ACCEPTED, recipient_id="rcp_follower")
    assert gaps(hearing(), follower) == ["gap nobody, 1 09:00"]


@pytest.mark.parametrize(
    ("parties", "wanted"),
    [
        pytest.param(
            [gone(Role.LAWYER, "11 12:00"), party(Role.MONITOR)],
            [],
            id="while one is left there is none",
        ),
        pytest.param(
            [gone(Role.LAWYER, "11 12:00"), gone(Role.MONITOR, "11 13:00")],
            ["gap nobody@20190611T070000, 11 13:00"],
            id="the last to go opens it",
        ),
        pytest.param(
            [party(Role.LAWYER, RELIEVED, known="11 15:00")],
            ["gap nobody, 1 09:00"],
            id="nobody knows when they went: open from the start",
        ),
    ],
)
def test_each_departure_opens_a_gap_of_its_own(parties: list[Party], wanted: list[str]) -> None:
    assert gaps(hearing(), *parties) == wanted


@pytest.mark.parametrize(
    ("about", "wanted"),
    [
        pytest.param(
            hearing("12 10:00", revision=2, revised="11 12:00"),
            ["gap nobody, 11 12:00"],
            id="a hearing that changed is told again",
        ),
        pytest.param(
            hearing("12 ?"), ["gap nobody, 1 09:00"], id="one whose time nobody knows as well"
        ),
        pytest.param(hearing("2 10:00", revised="5 09:00"), [], id="what is over needs nobody"),
        pytest.param(hearing(state=HearingState.CANCELLED), [], id="nor what does not take place"),
    ],
)
def test_which_hearings_need_somebody(about: Hearing, wanted: list[str]) -> None:
    assert gaps(about) == wanted


def test_a_new_coordinator_learns_of_the_gaps_that_are_open() -> None:
    wanted = notices_wanted(hearing(), [coordinator(known="11 20:00")], POLICY)
    assert lines(wanted) == ["gap nobody, 11 20:00"]


def test_every_coordinator_is_told() -> None:
    both = [coordinator(), coordinator(recipient_id="rcp_second")]
    assert lines(notices_wanted(hearing(), both, POLICY)) == ["gap nobody, 1 09:00"] * 2


# --- the last word --------------------------------------------------------------------------------


def closing(who: Party, about: Hearing | None = None) -> list[str]:
    """What somebody who is no longer bound is told."""
    return lines(notices_wanted(about or hearing(), [who], POLICY))


@pytest.mark.parametrize("state", CLOSED)
def test_who_was_told_and_is_no_longer_bound_is_told_so_once(state: AssignmentState) -> None:
    who = gone(Role.LAWYER, "11 12:00", state, **told(AT_TEN))
    (last,) = notices_wanted(hearing(), [who], POLICY)
    assert lines([last]) == ["relieved now, 11 12:00"]
    assert (last.reason, last.useful_until) == (f"{state}: no longer theirs", wall("12 10:30"))


@pytest.mark.parametrize(
    ("who", "wanted"),
    [
        pytest.param(
            gone(Role.LAWYER, "11 12:00"), [], id="who never heard of it needs no last word"
        ),
        pytest.param(
            gone(Role.LAWYER, "11 12:00", is_told=True),
            ["relieved now, 11 12:00"],
            id="an attempt is enough to need one",
        ),
        pytest.param(
            gone(Role.LAWYER, "11 12:00", is_told=True, round=2),
            ["relieved now#2, 11 12:00"],
            id="relieved a second time: told a second time",
        ),
        pytest.param(
            party(Role.LAWYER, RELIEVED, known="2 09:00", is_told=True),
            ["relieved now, 2 09:00"],
            id="nobody knows since when: told at once",
        ),
        pytest.param(
            gone(Role.LAWYER, "12 10:30", is_told=True), [], id="after the hearing nobody is told"
        ),
    ],
)
def test_who_gets_a_last_word(who: Party, wanted: list[str]) -> None:
    assert closing(who) == wanted


def test_who_may_still_come_later_is_told_until_then() -> None:
    """Moved from 15:00 to 10:00 without their knowing, and relieved at 11:00."""
    now = version("12 10:00", revision=2, revised="12 09:00")
    who = gone(Role.LAWYER, "12 11:00", **told(version("12 15:00")))
    (last,) = notices_wanted(hearing_of(now), [who], POLICY)
    assert last.useful_until == wall("12 15:30")


def test_who_was_relieved_is_told_so_even_if_the_hearing_is_off() -> None:
    who = gone(Role.LAWYER, "11 12:00", **told(AT_TEN))
    off = hearing(revision=2, revised="11 14:00", state=HearingState.CANCELLED)
    assert closing(who, off) == ["relieved now, 11 12:00"]
