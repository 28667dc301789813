"""What differs between what somebody was told of a hearing and what is true of it now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.change import ASKS_AGAIN, ChangeKind, changes
from notifier.core.hearing import HearingState, Slot, Version
from tests.core.docket import ANOTHER_COURT, QYZYLORDA, hours, version

EARLIER, LATER = ChangeKind.MOVED_EARLIER, ChangeKind.MOVED_LATER
CANCELLED, REINSTATED = ChangeKind.CANCELLED, ChangeKind.REINSTATED
COURT, ROOM = ChangeKind.COURT, ChangeKind.ROOM
KNOWN, UNKNOWN = ChangeKind.TIME_KNOWN, ChangeKind.TIME_UNKNOWN

OFF = HearingState.CANCELLED
AT_TEN = version("12 10:00")


def case(sentence: str, told: Version, now: Version, *kinds: ChangeKind) -> object:
    """One row of the table, its sentence the id."""
    return pytest.param(told, now, kinds, id=sentence)


@pytest.mark.parametrize(
    ("told", "now", "kinds"),
    [
        case("nothing differs", AT_TEN, AT_TEN),
        case("another revision of the same is no change", AT_TEN, version(revision=7)),
        case("an hour earlier", AT_TEN, version("12 09:00"), EARLIER),
        case("an hour later", AT_TEN, version("12 11:00"), LATER),
        case("the day before, at a later hour", AT_TEN, version("11 17:00"), EARLIER),
        case("the day after, at an earlier hour", AT_TEN, version("13 08:00"), LATER),
        case("another room", AT_TEN, version(room="7"), ROOM),
        case("a room where none was known", version(room=None), AT_TEN, ROOM),
        case("a room that is not known any more", AT_TEN, version(room=None), ROOM),
        case("another court", AT_TEN, version(court=ANOTHER_COURT), COURT),
        case("called off", AT_TEN, version(state=OFF), CANCELLED),
        case("takes place after all", version(state=OFF), AT_TEN, REINSTATED),
        case("off before and after", version(state=OFF), version(state=OFF)),
        case("the time became known", version("12 ?"), AT_TEN, KNOWN),
        case("the time is not known any more", AT_TEN, version("12 ?"), UNKNOWN),
        case("known, and a day later", version("12 ?"), version("13 10:00"), KNOWN, LATER),
        case("known, and a day earlier", version("12 ?"), version("11 10:00"), EARLIER, KNOWN),
        case("unknown, and a day earlier", AT_TEN, version("11 ?"), EARLIER, UNKNOWN),
        case("unknown before and after", version("12 ?"), version("12 ?")),
        case("unknown, a day earlier", version("12 ?"), version("11 ?"), EARLIER),
        case("unknown, a day later", version("12 ?"), version("13 ?"), LATER),
        case("a zone further west: an hour later", AT_TEN, version(zone=QYZYLORDA), LATER),
        case("a zone further east: an hour earlier", version(zone=QYZYLORDA), version(), EARLIER),
        case(
            "another zone and no time known: told as the calmer of the two",
            version("12 ?"),
            version("12 ?", zone=QYZYLORDA),
            LATER,
        ),
        case(
            "everything at once, the most urgent first",
            version("12 10:00", state=OFF),
            version("11 09:00", court=ANOTHER_COURT, room="7"),
            EARLIER,
            REINSTATED,
            COURT,
            ROOM,
        ),
    ],
)
def test_what_changed(told: Version, now: Version, kinds: tuple[ChangeKind, ...]) -> None:
    assert changes(told, now) == kinds


def test_on_one_clock_the_wall_says_what_is_later() -> None:
    """The instants may stem from two zone databases: in 2024 Almaty's were an hour apart."""
    now = version("12 10:30")
    assert now.starts_at is not None
    shifted = replace(now, starts_at=now.starts_at - hours(1))
    assert changes(AT_TEN, shifted) == (LATER,)


def test_a_derived_instant_alone_is_nothing_that_a_person_reads() -> None:
    assert AT_TEN.starts_at is not None
    assert changes(AT_TEN, replace(AT_TEN, starts_at=AT_TEN.starts_at + hours(1))) == ()


@pytest.mark.parametrize("kind", ChangeKind)
def test_an_acceptance_survives_only_another_room_and_a_cancellation(kind: ChangeKind) -> None:
    assert (kind in ASKS_AGAIN) is (kind not in {ROOM, CANCELLED})


slots = st.builds(
    Slot,
    court_id=st.sampled_from(["crt_1", "crt_2"]),
    zone=st.sampled_from(["Asia/Almaty", "Asia/Qyzylorda"]),
    local_date=st.dates(date(2019, 6, 1), date(2019, 6, 3)),
    local_time=st.none() | st.builds(time, st.integers(9, 11)),
    room=st.sampled_from([None, "4", "7"]),
)
instants = st.datetimes(datetime(2019, 6, 1), datetime(2019, 6, 3), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@st.composite
def versions(draw: st.DrawFn) -> Version:
    """Any version, its instant as little or as well derived as a zone database had it."""
    slot = draw(slots)
    return Version(
        revision=draw(st.integers(1, 9)),
        slot=slot,
        starts_at=None if slot.local_time is None else draw(instants),
        state=draw(st.sampled_from(HearingState)),
        revised_at=draw(instants),
    )


@given(versions(), versions())
def test_there_is_no_change_exactly_when_a_person_reads_the_same(
    told: Version, now: Version
) -> None:
    reads_the_same = (told.slot, told.state) == (now.slot, now.state)
    assert (changes(told, now) == ()) is reads_the_same


@given(versions(), versions())
def test_changes_are_told_once_each_and_the_most_urgent_first(told: Version, now: Version) -> None:
    found = changes(told, now)
    assert list(found) == [kind for kind in ChangeKind if kind in found]
    assert not {EARLIER, LATER} <= set(found)


@given(versions(), versions())
def test_whatever_changed_one_way_changes_back(told: Version, now: Version) -> None:
    there, back = set(changes(told, now)), set(changes(now, told))
    for kind, reverse in [(KNOWN, UNKNOWN), (CANCELLED, REINSTATED), (COURT, COURT), (ROOM, ROOM)]:
        assert (kind in there) is (reverse in back)
    assert bool({EARLIER, LATER} & there) is bool({EARLIER, LATER} & back)
