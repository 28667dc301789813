"""What a human reads: whole sentences, the court's own time, and names only where allowed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.change import ChangeKind
from notifier.core.hearing import HearingState, Slot, Version
from notifier.core.notice import ABOUT_ENDPOINTS, NoticeKind
from notifier.core.payload import Item
from notifier.core.people import Profile
from notifier.core.wording import MSGIDS, text

ABOUT_HEARINGS = [kind for kind in NoticeKind if kind not in ABOUT_ENDPOINTS]
NOW = "Almaty Specialised Court, room 4, Mon 10 June 2019, 10:00 (Asia/Almaty)"
HEARING = f"ALM-0017, {NOW}"
UNTOLD = f"could not be told about {HEARING}: phone them."
ASKED = f"Question about {HEARING}:"
NO_MORE = "There will be no more reminders of it."
WAS = "Almaty Specialised Court, room 4, Tue 11 June 2019, 11:30 (Asia/Almaty)"


def an_item(**facts: Any) -> Item:
    """A hearing at 10:00 in Almaty, and what a test changes in it."""
    known: dict[str, Any] = {
        "hearing_id": "hrg_1",
        "ref": "ALM-0017",
        "revision": 3,
        "sequence": 5,
        "court": "Almaty Specialised Court",
        "room": "4",
        "zone": "Asia/Almaty",
        "local_date": date(2019, 6, 10),
        "local_time": time(10),
        "starts_at": datetime(2019, 6, 10, 4, tzinfo=UTC),
        "kind": "arrest",
        "rung": "now",
        "reason": "3h before the start",
    }
    return Item(**(known | facts))


def told(**slot: Any) -> Version:
    """What a recipient was told: a day and a half hour later."""
    known: dict[str, Any] = {
        "court_id": "crt_1",
        "zone": "Asia/Almaty",
        "local_date": date(2019, 6, 11),
        "local_time": time(11, 30),
        "room": "4",
    }
    at = datetime(2019, 6, 11, 5, 30, tzinfo=UTC)
    return Version(
        revision=2,
        slot=Slot(**(known | slot)),
        starts_at=at,
        state=HearingState.LISTED,
        revised_at=at,
    )


def words(kind: NoticeKind, profile: Profile = Profile.CODED, **facts: Any) -> str:
    """The sentence about one hearing."""
    return text(kind, [an_item(**facts)], profile=profile)


@pytest.mark.parametrize(
    ("kind", "facts", "sentence"),
    [
        (NoticeKind.REMINDER, {"rung": "3h"}, f"Reminder (3h): {HEARING}."),
        (NoticeKind.REMINDER, {"rung": "1h30m"}, f"Reminder (1h30m): {HEARING}."),
        (NoticeKind.REMINDER, {"rung": "now"}, f"Reminder: {HEARING}."),
        (NoticeKind.REMINDER, {"rung": "1d@18:00"}, f"Reminder: {HEARING}."),
        (NoticeKind.NEW, {}, f"New hearing: {HEARING}."),
        (NoticeKind.CANCELLED, {}, f"Cancelled: {HEARING}. This hearing does not take place."),
        (NoticeKind.REINSTATED, {}, f"Takes place after all: {HEARING}."),
        (NoticeKind.COVERAGE_GAP, {}, f"Nobody is assigned to {HEARING}: find somebody."),
        (NoticeKind.DELIVERY_FAILED, {"whom": "LAW-03"}, f"LAW-03 {UNTOLD}"),
        (NoticeKind.DELIVERY_FAILED, {}, f"Somebody {UNTOLD}"),
        (NoticeKind.SOURCE_QUESTION, {"question": "was it moved?"}, f"{ASKED} was it moved?"),
        (NoticeKind.SOURCE_QUESTION, {}, f"{ASKED} please look at the list and decide."),
        (NoticeKind.RELIEVED, {}, f"You are no longer assigned to {HEARING}. {NO_MORE}"),
    ],
)
def test_each_kind_has_its_sentence(kind: NoticeKind, facts: dict[str, Any], sentence: str) -> None:
    """Who, where, when, and what to do."""
    assert words(kind, **facts) == sentence


@pytest.mark.parametrize(
    ("change", "headline"),
    [
        (ChangeKind.MOVED_EARLIER, "Moved earlier"),
        (ChangeKind.CANCELLED, "Cancelled"),
        (ChangeKind.REINSTATED, "Takes place after all"),
        (ChangeKind.COURT, "Another court"),
        (ChangeKind.TIME_KNOWN, "The time is known now"),
        (ChangeKind.MOVED_LATER, "Moved later"),
        (ChangeKind.TIME_UNKNOWN, "The time is no longer known"),
        (ChangeKind.ROOM, "Another room"),
    ],
)
def test_a_correction_says_what_was_and_what_is(change: ChangeKind, headline: str) -> None:
    """Under the most urgent change; the others show in the two halves."""
    sentence = words(
        NoticeKind.MOVED,
        changes=(change, ChangeKind.ROOM),
        told=told(),
        told_court="Almaty Specialised Court",
    )
    assert sentence == f"{headline}: ALM-0017: was {WAS}; now {NOW}."


@pytest.mark.parametrize(
    ("kind", "headline"), [(NoticeKind.MOVED, "Moved"), (NoticeKind.CHANGED, "Changed")]
)
def test_a_correction_whose_past_is_lost_says_what_is(kind: NoticeKind, headline: str) -> None:
    """What is true now matters more."""
    assert words(kind) == f"{headline}: {HEARING}."


def test_a_court_of_another_zone_brings_its_own_time() -> None:
    """In June 2019 Qyzylorda was an hour behind Almaty; each half names its zone."""
    sentence = words(
        NoticeKind.MOVED,
        changes=(ChangeKind.MOVED_EARLIER, ChangeKind.COURT),
        told=told(zone="Asia/Qyzylorda", room=None),
        told_court="Kyzylorda City Court",
    )
    was = "Kyzylorda City Court, Tue 11 June 2019, 11:30 (Asia/Qyzylorda)"
    assert sentence == f"Moved earlier: ALM-0017: was {was}; now {NOW}."


def test_a_court_nobody_recalls_is_left_out() -> None:
    """It is not guessed."""
    sentence = words(NoticeKind.MOVED, changes=(ChangeKind.COURT,), told=told(room=None))
    assert "was Tue 11 June 2019, 11:30 (Asia/Almaty); now Almaty" in sentence


def test_a_cancelled_hearing_is_named_by_the_time_they_were_told() -> None:
    """They know no other; its last listing may differ."""
    sentence = words(NoticeKind.CANCELLED, changes=(ChangeKind.CANCELLED,), told=told())
    assert sentence == f"Cancelled: ALM-0017, {WAS}. This hearing does not take place."


def test_a_hearing_without_a_time_says_so() -> None:
    """Nobody may take a missing time for midnight."""
    assert words(NoticeKind.REMINDER, local_time=None, starts_at=None).endswith(
        "Mon 10 June 2019, time not known yet (Asia/Almaty)."
    )


@pytest.mark.parametrize(
    ("room", "shown"),
    [
        ("4", "Court, room 4, Mon"),
        ("12-А", "Court, room 12-А, Mon"),
        ("Зал 4", "Court, Зал 4, Mon"),
        (None, "Court, Mon"),
    ],
)
def test_a_room_is_called_as_the_court_calls_it(room: str | None, shown: str) -> None:
    """A bare number is called a room; a room not known yet is left out."""
    assert shown in words(NoticeKind.REMINDER, room=room)


@pytest.mark.parametrize(
    ("late_by_seconds", "duration"),
    [
        (1, "1 min"),
        (60, "1 min"),
        (2_401, "41 min"),
        (3_600, "1 h 0 min"),
        (7_800, "2 h 10 min"),
        (172_740, "47 h 59 min"),
        (172_800, "2 d 0 h"),
        (180_000, "2 d 2 h"),
    ],
)
def test_a_late_message_says_by_how_much(late_by_seconds: int, duration: str) -> None:
    """The reader then knows why it says "3h" an hour before the start."""
    sentence = words(NoticeKind.REMINDER, late_by_seconds=late_by_seconds)
    assert sentence == f"Reminder: {HEARING}. This message is {duration} late."


def test_a_message_in_time_says_nothing_of_it() -> None:
    """As nearly all are."""
    assert words(NoticeKind.NEW, late_by_seconds=0) == f"New hearing: {HEARING}."


@pytest.mark.parametrize(
    ("names", "who"),
    [
        ({"detainee_name": "Aigerim Invented"}, "ALM-0017 Aigerim Invented, Almaty"),
        ({"case_number": "3-17"}, "ALM-0017 (case 3-17), Almaty"),
        ({"judge": "B. Invented"}, "ALM-0017 (judge B. Invented), Almaty"),
        (
            {"detainee_name": "A. I.", "case_number": "3-17", "judge": "B. I."},
            "ALM-0017 A. I. (case 3-17, judge B. I.), Almaty",
        ),
    ],
)
def test_only_the_full_profile_names_anybody(names: dict[str, Any], who: str) -> None:
    """The ref leads, since it is what people say on the phone."""
    assert who in words(NoticeKind.NEW, Profile.FULL, **names)
    assert words(NoticeKind.NEW, **names) == f"New hearing: {HEARING}."


@pytest.mark.parametrize("kind", ABOUT_HEARINGS)
def test_a_ping_only_asks_to_look(kind: NoticeKind) -> None:
    """The same words for every kind, however late."""
    sentence = words(kind, Profile.PING, late_by_seconds=7_800)
    assert sentence == "Something changed for you. Please look."


@pytest.mark.parametrize("profile", Profile)
def test_a_test_message_says_that_it_is_one(profile: Profile) -> None:
    """Nobody should run to a court because of it."""
    assert text(NoticeKind.ENDPOINT_TEST, [], profile=profile) == (
        "This is a test message. No hearing has changed, and there is nothing to do."
    )


def test_several_hearings_are_several_lines() -> None:
    """In their order."""
    both = [an_item(), an_item(ref="ALM-0018", room=None)]
    lines = text(NoticeKind.COVERAGE_GAP, both, profile=Profile.CODED).split("\n")
    assert [line.split(",")[0] for line in lines] == [
        "Nobody is assigned to ALM-0017",
        "Nobody is assigned to ALM-0018",
    ]


def test_every_phrase_goes_through_the_catalog() -> None:
    """And the catalog's list holds each of them and no other."""
    asked: set[str] = set()

    def catalog(phrase: str) -> str:
        asked.add(phrase)
        return phrase

    hearings = [
        *(an_item(local_date=date(2019, month, 1), rung="3h") for month in range(1, 13)),
        *(an_item(local_date=date(2019, 6, day), local_time=None) for day in range(1, 8)),
        *(an_item(late_by_seconds=late) for late in (60, 3_600, 180_000)),
        *(an_item(changes=(change,), told=told()) for change in ChangeKind),
        an_item(case_number="3-17", judge="B. Invented"),
    ]
    for kind in [*ABOUT_HEARINGS, NoticeKind.ENDPOINT_TEST]:
        text(kind, hearings, profile=Profile.FULL, translate=catalog)
        text(kind, hearings, profile=Profile.PING, translate=catalog)
    assert asked == MSGIDS


def test_a_catalog_decides_the_words_and_their_order() -> None:
    """Kazakh puts the year first; the facts stay."""
    catalog = {
        "Reminder ({rung}): {hearing}.": "Еске салу ({rung}): {hearing}.",
        "room {room}": "{room}-зал",
        "{weekday} {day} {month} {year}, {time} ({zone})": (
            "{year} ж. {day} {month}, {weekday}, {time} ({zone})"
        ),
        "Mon": "дс",
        "June": "маусым",
    }
    sentence = text(
        NoticeKind.REMINDER,
        [an_item(rung="3h")],
        profile=Profile.CODED,
        translate=lambda phrase: catalog.get(phrase, phrase),
    )
    assert sentence == (
        "Еске салу (3h): ALM-0017, Almaty Specialised Court, 4-зал, "
        "2019 ж. 10 маусым, дс, 10:00 (Asia/Almaty)."
    )


@given(st.dates(), st.sampled_from(ABOUT_HEARINGS))
def test_a_date_is_never_numbers_alone(day: date, kind: NoticeKind) -> None:
    """10.06, 06/10 and 2019-06-10 are read differently; a month's name is not."""
    sentence = words(kind, local_date=day, told=told(local_date=day), changes=(ChangeKind.ROOM,))
    assert not re.search(r"\d+[./-]\d+[./-]\d+|\b\d{1,2}[./]\d{1,2}\b", sentence)
    assert f"{day:%a} {day.day} {day:%B} {day.year}, " in sentence
