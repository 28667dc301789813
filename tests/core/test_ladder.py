"""Which notices a hearing asks for: from the first word of it to its start."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from notifier.core.hearing import Hearing, HearingState
from notifier.core.ladder import notices_wanted
from notifier.core.notice import NoticeKind, NoticeState
from notifier.core.people import AssignmentState, Party, Role
from notifier.core.policy import ANY_KIND, DateRung, Policy, Usefulness, rung
from tests.core.docket import (
    POLICY,
    QYZYLORDA,
    coordinator,
    hearing,
    lines,
    party,
    version,
    wall,
)

LAWYER, MONITOR, INTERPRETER = party(), party(Role.MONITOR), party(Role.INTERPRETER)


def case(
    sentence: str, about: Hearing, who: Party, *wanted: str, policy: Policy = POLICY
) -> object:
    """One row of the table, its sentence the id."""
    return pytest.param(about, who, policy, wanted, id=sentence)


@pytest.mark.parametrize(
    ("about", "who", "policy", "wanted"),
    [
        case(
            "who knows in time is told at once and at every rung",
            hearing("12 10:00"),
            LAWYER,
            "new now, 1 09:00",
            "reminder 24h, 11 10:00",
            "reminder 3h, 12 07:00",
            "reminder 45m, 12 09:15",
        ),
        case(
            "a monitor has another ladder",
            hearing("12 10:00"),
            MONITOR,
            "new now, 1 09:00",
            "reminder 18h, 11 16:00",
            "reminder 2h, 12 08:00",
        ),
        case(
            "who accepted is reminded like who has not answered",
            hearing("12 10:00"),
            party(Role.MONITOR, AssignmentState.ACCEPTED),
            "new now, 1 09:00",
            "reminder 18h, 11 16:00",
            "reminder 2h, 12 08:00",
        ),
        case(
            "a role without a ladder is told of the hearing all the same",
            hearing("12 10:00"),
            INTERPRETER,
            "new now, 1 09:00",
        ),
        case(
            "short notice: a hearing known five hours ahead is told at once, and never 24h late",
            hearing("12 10:00", revised="12 05:00"),
            LAWYER,
            "new now, 12 05:00",
            "reminder 24h, 11 10:00, not needed",
            "reminder 3h, 12 07:00",
            "reminder 45m, 12 09:15",
        ),
        case(
            "a lawyer assigned later gets the hearing that was already on the calendar",
            hearing("12 10:00"),
            party(known="11 22:00"),
            "new now, 11 22:00",
            "reminder 24h, 11 10:00, not needed",
            "reminder 3h, 12 07:00",
            "reminder 45m, 12 09:15",
        ),
        case(
            "a rung due in the very moment they come to know has passed: one word is enough",
            hearing("12 10:00"),
            party(known="12 07:00"),
            "new now, 12 07:00",
            "reminder 24h, 11 10:00, not needed",
            "reminder 3h, 12 07:00, not needed",
            "reminder 45m, 12 09:15",
        ),
        case(
            "every rung has passed: told at once, and nothing else",
            hearing("12 10:00"),
            party(known="12 09:30"),
            "new now, 12 09:30",
            "reminder 24h, 11 10:00, not needed",
            "reminder 3h, 12 07:00, not needed",
            "reminder 45m, 12 09:15, not needed",
        ),
        case(
            "who learns of it while it sits is told, for half an hour",
            hearing("12 10:00"),
            party(Role.MONITOR, known="12 10:29"),
            "new now, 12 10:29",
            "reminder 18h, 11 16:00, not needed",
            "reminder 2h, 12 08:00, not needed",
        ),
        case("what is over plans nothing", hearing("12 10:00"), party(known="12 10:30")),
        case(
            "a past hearing of a first list plans nothing",
            hearing("2 10:00", revised="5 09:00"),
            LAWYER,
        ),
        case(
            "a hearing of unknown time is reminded of on its date, by the court's clock",
            hearing("12 ?"),
            LAWYER,
            "new now, 1 09:00",
            "reminder 1d@18:00, 11 18:00",
            "reminder 0d@07:00, 12 07:00",
        ),
        case(
            "in Qyzylorda, an hour behind, 18:00 is 19:00 in Almaty",
            hearing("12 ?", zone=QYZYLORDA),
            LAWYER,
            "new now, 1 09:00",
            "reminder 1d@18:00, 11 19:00",
            "reminder 0d@07:00, 12 08:00",
        ),
        case(
            "of unknown time and known on its date: told until the date is over",
            hearing("12 ?"),
            party(known="12 23:59"),
            "new now, 12 23:59",
            "reminder 1d@18:00, 11 18:00, not needed",
            "reminder 0d@07:00, 12 07:00, not needed",
        ),
        case("its date is over", hearing("12 ?"), party(known="13 00:00")),
        case(
            "a role without a ladder is not reminded of a date either",
            hearing("12 ?"),
            INTERPRETER,
            "new now, 1 09:00",
        ),
        case(
            "a kind of hearing with its own ladder",
            hearing("12 10:00", kind="Appeal"),
            LAWYER,
            "new now, 1 09:00",
            "reminder 2d, 10 10:00",
            policy=Policy(
                ladders={
                    (Role.LAWYER, ANY_KIND): (rung("24h"),),
                    (Role.LAWYER, "appeal"): (rung("2d"),),
                }
            ),
        ),
        case(
            "a rung named twice is one rung",
            hearing("12 ?"),
            LAWYER,
            "new now, 1 09:00",
            "reminder 0d@07:00, 12 07:00",
            policy=replace(POLICY, unknown_time=(DateRung(days_before=0, at=time(7)),) * 2),
        ),
        case(
            "proposed in a second round they are told from the start, under names of its own",
            hearing("12 10:00"),
            party(Role.MONITOR, known="12 01:00", round=2),
            "new now#2, 12 01:00",
            "reminder 18h#2, 11 16:00, not needed",
            "reminder 2h#2, 12 08:00",
        ),
        case(
            "a cancelled hearing asks for nothing new",
            hearing(state=HearingState.CANCELLED),
            LAWYER,
        ),
        case("who declined is not reminded", hearing(), party(state=AssignmentState.DECLINED)),
        case("who was relieved is not reminded", hearing(), party(state=AssignmentState.RELIEVED)),
        case(
            "a subscriber without an assignment is told nothing yet",
            hearing(),
            party(Role.SUBSCRIBER, None),
        ),
    ],
)
def test_what_a_hearing_asks_for(
    about: Hearing, who: Party, policy: Policy, wanted: tuple[str, ...]
) -> None:
    assert lines(notices_wanted(about, [who], policy)) == list(wanted)


def test_everybody_bound_has_their_own_ladder_and_a_coordinator_none() -> None:
    wanted = notices_wanted(hearing(), [LAWYER, MONITOR, coordinator()], POLICY)
    per_person = [one.key.recipient_id for one in wanted]
    assert {who: per_person.count(who) for who in per_person} == {"lawyer": 4, "monitor": 3}


@pytest.mark.parametrize(
    ("about", "useful_until"),
    [
        pytest.param(hearing("12 10:00"), wall("12 10:30"), id="half an hour after the start"),
        pytest.param(hearing("12 ?"), wall("13 00:00"), id="unknown time: to the end of the date"),
        pytest.param(
            hearing("12 ?", zone=QYZYLORDA), wall("13 01:00"), id="by the clock of its own court"
        ),
    ],
)
@pytest.mark.parametrize("known", ["1 09:00", "12 08:00"])
def test_until_when_a_word_of_it_helps(about: Hearing, useful_until: object, known: str) -> None:
    wanted = notices_wanted(about, [party(known=known)], POLICY)
    assert {one.useful_until for one in wanted} == {useful_until}


def test_every_notice_says_why_it_is_there() -> None:
    wanted = notices_wanted(hearing("12 10:00"), [party(known="12 07:00")], POLICY)
    assert [one.reason for one in wanted] == [
        "short notice: 24h, 3h had already passed",
        "24h had passed when they came to know",
        "3h had passed when they came to know",
        "45m before the start",
    ]
    assert [one.reason for one in notices_wanted(hearing("12 ?"), [LAWYER], POLICY)] == [
        "first told of this hearing",
        "its date, the time is not known yet",
        "its date, the time is not known yet",
    ]


# --- a policy that was edited ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("adopted", "wanted"),
    [
        pytest.param(
            "10 12:00",
            ["24h, 11 10:00", "3h, 12 07:00", "45m, 12 09:15"],
            id="in force before every rung",
        ),
        pytest.param(
            "11 10:00",
            ["24h, 11 10:00, not needed", "3h, 12 07:00", "45m, 12 09:15"],
            id="a rung that is due as it comes into force is not made by it",
        ),
        pytest.param(
            "12 09:30",
            ["24h, 11 10:00, not needed", "3h, 12 07:00, not needed", "45m, 12 09:15, not needed"],
            id="in force after every rung",
        ),
    ],
)
def test_a_policy_edit_makes_no_notice_that_is_already_due(adopted: str, wanted: list[str]) -> None:
    edited = replace(POLICY, adopted_at=wall(adopted))
    found = lines(notices_wanted(hearing(), [LAWYER], edited))
    assert found == ["new now, 1 09:00", *(f"reminder {one}" for one in wanted)]


def test_who_comes_to_know_after_the_edit_has_the_whole_ladder() -> None:
    edited = replace(POLICY, adopted_at=wall("10 12:00"))
    found = lines(notices_wanted(hearing(), [party(known="10 13:00")], edited))
    assert found[1:] == [
        "reminder 24h, 11 10:00",
        "reminder 3h, 12 07:00",
        "reminder 45m, 12 09:15",
    ]


def test_a_rung_that_would_help_nobody_says_so() -> None:
    policy = replace(
        POLICY,
        ladders={(Role.LAWYER, ANY_KIND): (rung("0m"),)},
        usefulness=Usefulness(reminder_after_start=timedelta()),
    )
    (_, rung_at_start) = notices_wanted(hearing(), [LAWYER], policy)
    assert rung_at_start.state is NoticeState.NOT_NEEDED
    assert rung_at_start.reason == "0m would come when it is of no use any more"


# --- what cannot be planned -----------------------------------------------------------------------


def test_a_zone_that_nobody_knows_is_an_error_that_names_it() -> None:
    lost = version("12 ?")
    lost = replace(lost, slot=replace(lost.slot, zone="Asia/Almati"))
    with pytest.raises(ValueError, match="Asia/Almati"):
        notices_wanted(replace(hearing(), current=lost), [LAWYER], POLICY)


def test_a_hearing_is_the_subject_and_its_revision_part_of_the_key() -> None:
    (first, *_) = notices_wanted(hearing(revision=3), [LAWYER], POLICY)
    assert (first.key.subject_id, first.key.revision) == ("hrg_1", 3)
    assert first.key.kind is NoticeKind.NEW
