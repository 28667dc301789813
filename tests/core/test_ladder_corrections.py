"""Who may believe something else is told what is true now, until it helps nobody any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from notifier.core.hearing import HearingState, Version
from notifier.core.ladder import notices_wanted
from notifier.core.notice import NoticeKind
from notifier.core.people import Party, Role
from notifier.core.policy import Usefulness
from tests.core.docket import (
    ANOTHER_COURT,
    POLICY,
    QYZYLORDA,
    hearing_of,
    lines,
    party,
    told,
    version,
    wall,
)

OFF = HearingState.CANCELLED
AT_TEN = version("12 10:00")


def second(when: str = "12 10:00", *, revised: str = "11 12:00", **said: Any) -> Version:
    """The hearing's second revision, by default of the day before."""
    return version(when, revision=2, revised=revised, **said)


def third(when: str = "12 10:00", *, revised: str = "11 13:00", **said: Any) -> Version:
    """The hearing's third revision, an hour later."""
    return version(when, revision=3, revised=revised, **said)


def at_once(who: Party, now: Version) -> list[str]:
    """What is told at once, of all that the hearing asks for."""
    return [one for one in lines(notices_wanted(hearing_of(now), [who], POLICY)) if " now" in one]


@pytest.mark.parametrize(
    ("was", "now", "wanted"),
    [
        pytest.param(AT_TEN, second("12 08:00"), "moved", id="moved earlier"),
        pytest.param(AT_TEN, second("14 10:00"), "moved", id="moved later"),
        pytest.param(AT_TEN, second(court=ANOTHER_COURT), "moved", id="moved to another court"),
        pytest.param(AT_TEN, second(zone=QYZYLORDA), "moved", id="the court's zone was corrected"),
        pytest.param(AT_TEN, second(room="7"), "changed", id="another room"),
        pytest.param(AT_TEN, second("12 ?"), "changed", id="the time is not known any more"),
        pytest.param(version("12 ?"), second("12 10:00"), "changed", id="the time became known"),
        pytest.param(version("12 ?"), second("11 23:00"), "moved", id="known, and a day earlier"),
        pytest.param(AT_TEN, second(state=OFF), "cancelled", id="cancelled"),
        pytest.param(AT_TEN, second("12 08:00", state=OFF), "cancelled", id="moved and cancelled"),
        pytest.param(version(state=OFF), second(), "reinstated", id="takes place after all"),
        pytest.param(
            version(state=OFF),
            second("12 08:00"),
            "reinstated",
            id="takes place after all, and earlier: first of all it takes place",
        ),
    ],
)
def test_what_a_change_is_called(was: Version, now: Version, wanted: str) -> None:
    assert at_once(party(**told(was)), now) == [f"{wanted} now, 11 12:00"]


def test_after_a_move_the_ladder_is_that_of_the_new_start() -> None:
    wanted = notices_wanted(hearing_of(second("12 08:00")), [party(**told(AT_TEN))], POLICY)
    assert lines(wanted) == [
        "moved now, 11 12:00",
        "reminder 24h, 11 08:00, not needed",
        "reminder 3h, 12 05:00",
        "reminder 45m, 12 07:15",
    ]
    assert wanted[0].reason == "told revision 1: moved_earlier"


def test_of_a_cancelled_hearing_only_the_cancellation_is_told() -> None:
    wanted = notices_wanted(
        hearing_of(second(state=OFF)), [party(**told(AT_TEN)), party(Role.MONITOR)], POLICY
    )
    assert lines(wanted) == ["cancelled now, 11 12:00"]


@pytest.mark.parametrize(
    ("who", "now", "wanted"),
    [
        pytest.param(
            party(), second("12 08:00"), "new now, 11 12:00", id="never told: it is simply new"
        ),
        pytest.param(party(), second(state=OFF), None, id="never told of it, nor that it is off"),
        pytest.param(
            party(attempted=(AT_TEN,)),
            second("12 08:00"),
            "moved now, 11 12:00",
            id="an attempt began, whatever its outcome: they may believe it",
        ),
        pytest.param(
            party(attempted=(AT_TEN,)),
            second(state=OFF),
            "cancelled now, 11 12:00",
            id="an attempt began, and it is off",
        ),
        pytest.param(
            party(known="11 20:00"),
            second("12 08:00"),
            "new now, 11 20:00",
            id="assigned after the move: new, from then on",
        ),
        pytest.param(
            party(attempted=(AT_TEN, second("12 08:00"))),
            third(),
            "moved now, 11 13:00",
            id="A, B, A, and either may have arrived: corrected",
        ),
        pytest.param(
            party(delivered=AT_TEN, attempted=(second("12 08:00"),)),
            third(),
            "moved now, 11 13:00",
            id="A, B, A, and B may have arrived after A: corrected",
        ),
        pytest.param(
            party(delivered=second("12 08:00")),
            third(),
            "moved now, 11 13:00",
            id="A, B, A, and B arrived: corrected",
        ),
        pytest.param(
            party(delivered=AT_TEN, known="11 11:00"),
            third(),
            None,
            id="A, B, A, and nobody tried to tell B: what they know is true",
        ),
        pytest.param(
            party(attempted=(AT_TEN,)),
            third(),
            "new now, 11 13:00",
            id="A, B, A, and A may never have arrived: told as new",
        ),
        pytest.param(
            party(delivered=AT_TEN),
            third("12 08:00"),
            "moved now, 11 13:00",
            id="two changes at once are one correction",
        ),
        pytest.param(
            party(delivered=AT_TEN, attempted=(second(state=OFF),)),
            third(),
            "reinstated now, 11 13:00",
            id="cancelled and restored, and the cancellation may have arrived",
        ),
        pytest.param(
            party(delivered=AT_TEN),
            third(room="7"),
            "changed now, 11 13:00",
            id="cancelled and restored unseen, in another room",
        ),
    ],
)
def test_who_is_corrected(who: Party, now: Version, wanted: str | None) -> None:
    assert at_once(who, now) == ([] if wanted is None else [wanted])


@pytest.mark.parametrize(
    ("who", "now", "until"),
    [
        pytest.param(
            party(delivered=AT_TEN), second("12 15:00"), "12 15:30", id="later: the new start"
        ),
        pytest.param(
            party(delivered=AT_TEN), second("12 08:00"), "12 10:30", id="earlier: the old start"
        ),
        pytest.param(
            party(delivered=AT_TEN), second(state=OFF), "12 10:00", id="cancelled: the old start"
        ),
        pytest.param(
            party(delivered=version("12 ?")),
            second(state=OFF),
            "13 00:00",
            id="cancelled: its date",
        ),
        pytest.param(
            party(delivered=AT_TEN), second("11 ?"), "12 10:30", id="unknown now, a day earlier"
        ),
        pytest.param(
            party(delivered=version("12 15:00"), attempted=(second("12 09:00"),)),
            third(state=OFF, when="12 09:00"),
            "12 15:00",
            id="who may believe in the later of two starts is told until then",
        ),
        pytest.param(
            party(delivered=AT_TEN),
            third("13 10:00", state=OFF),
            "13 10:00",
            id="moved unseen, then cancelled: until the start it had at last",
        ),
    ],
)
def test_until_when_a_correction_helps(who: Party, now: Version, until: str) -> None:
    correction = notices_wanted(hearing_of(now), [who], POLICY)[0]
    assert correction.useful_until == wall(until)


def test_of_several_beliefs_the_reason_names_the_last() -> None:
    who = party(delivered=AT_TEN, attempted=(second("12 08:00"),))
    (news, *_) = notices_wanted(hearing_of(third("14 10:00")), [who], POLICY)
    assert news.reason == "told revision 2: moved_later"


def test_a_move_into_the_past_is_told_to_whoever_would_still_come() -> None:
    """At 11:00 the list says it sat at 9:00; they were told 15:00."""
    now = second("12 09:00", revised="12 11:00")
    wanted = notices_wanted(hearing_of(now), [party(**told(version("12 15:00")))], POLICY)
    assert lines(wanted) == ["moved now, 12 11:00"]
    assert wanted[0].useful_until == wall("12 15:30")


def test_a_correction_that_helps_nobody_any_more_is_not_planned() -> None:
    now = second(state=OFF, revised="12 10:00")
    assert notices_wanted(hearing_of(now), [party(**told(AT_TEN))], POLICY) == []


def test_how_long_a_correction_helps_is_the_policys_to_say() -> None:
    patient = replace(POLICY, usefulness=Usefulness(change_after_start=timedelta(hours=2)))
    wanted = notices_wanted(hearing_of(second("12 15:00")), [party(**told(AT_TEN))], patient)
    assert wanted[0].useful_until == wall("12 17:00")


# --- changed and changed back ---------------------------------------------------------------------


def test_a_rung_lost_between_a_change_and_its_return_is_told_once_more() -> None:
    """At 6:00 it moved, at 7:30 it moved back: the rung of 7:00 may never have been sent."""
    wanted = notices_wanted(
        hearing_of(third(revised="12 07:30")), [party(delivered=AT_TEN)], POLICY
    )
    assert lines(wanted) == [
        "reminder now, 12 07:30",
        "reminder 24h, 11 10:00, not needed",
        "reminder 3h, 12 07:00, not needed",
        "reminder 45m, 12 09:15",
    ]
    assert wanted[0].reason == "24h, 3h passed while it was changed and changed back"
    assert wanted[0].useful_until == wall("12 10:30")


def test_only_rungs_since_they_came_to_know_can_have_been_lost() -> None:
    who = party(delivered=AT_TEN, known="12 07:00")
    assert at_once(who, third(revised="12 07:30")) == []


@pytest.mark.parametrize("adopted", ["12 07:30", "12 08:00"])
def test_a_policy_edit_does_not_bring_back_what_was_lost_before_it(adopted: str) -> None:
    edited = replace(POLICY, adopted_at=wall(adopted))
    wanted = notices_wanted(
        hearing_of(third(revised="12 07:30")), [party(delivered=AT_TEN)], edited
    )
    assert lines(wanted)[0] == "reminder now, 12 07:30, not needed"
    assert wanted[0].reason == "24h, 3h was due before this policy came into force"
    assert wanted[0].key.kind is NoticeKind.REMINDER
