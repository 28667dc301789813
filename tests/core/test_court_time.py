"""From a court's wall clock to an instant, checked against a second opinion on time zones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
import whenever
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.court_time import (
    LocalTimeFault,
    end_of_date,
    first_instant,
    forget_zones,
    is_in_range,
    is_zone,
    local_date_at,
    resolve,
)

ALMATY, QYZYLORDA, BERLIN = "Asia/Almaty", "Asia/Qyzylorda", "Europe/Berlin"
MIDNIGHT = time()
GAP, TWICE = LocalTimeFault.NONEXISTENT, LocalTimeFault.AMBIGUOUS


@pytest.fixture(scope="module", autouse=True)
def one_zone_database() -> Iterator[None]:
    """Both libraries read the packaged zones, as the program does: a system's may be older."""
    import zoneinfo

    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[])
    whenever.reset_tzpath([])
    forget_zones()
    yield
    zoneinfo.reset_tzpath(to=before)
    whenever.reset_tzpath()
    forget_zones()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "zone", "instant"),
    [
        pytest.param("2019-06-10T10:00", ALMATY, "2019-06-10T04:00", id="Almaty was +06 in 2019"),
        pytest.param("2019-06-10T10:00", QYZYLORDA, "2019-06-10T05:00", id="Qyzylorda was +05"),
        pytest.param("2024-02-29T22:59", ALMATY, "2024-02-29T16:59", id="before clocks went back"),
        pytest.param("2024-03-01T00:00", ALMATY, "2024-02-29T19:00", id="after they had: +05"),
        pytest.param(
            "2024-03-05T10:00", ALMATY, "2024-03-05T05:00", id="not 04:00 as before 2024a"
        ),
        pytest.param("2024-03-31T01:59", BERLIN, "2024-03-31T00:59", id="just before a gap"),
        pytest.param("2024-03-31T03:00", BERLIN, "2024-03-31T01:00", id="just behind it"),
    ],
)
def test_a_wall_time_is_an_instant(wall: str, zone: str, instant: str) -> None:
    local = datetime.fromisoformat(wall)
    assert resolve(local.date(), local.time(), zone) == utc(instant)


@pytest.mark.parametrize(
    ("wall", "zone", "fault"),
    [
        pytest.param("2024-02-29T23:30", ALMATY, TWICE, id="29 February 2024 had 25 hours"),
        pytest.param("2024-02-29T23:00", ALMATY, TWICE, id="from the first repeated minute"),
        pytest.param("2024-02-29T23:59", ALMATY, TWICE, id="to the last"),
        pytest.param("2024-03-31T02:00", BERLIN, GAP, id="clocks are put forward over 02:00"),
        pytest.param("2024-03-31T02:59", BERLIN, GAP, id="and over 02:59"),
        pytest.param("2024-10-27T02:30", BERLIN, TWICE, id="and put back over 02:30"),
        pytest.param("2011-12-30T12:00", "Pacific/Apia", GAP, id="a whole day that was left out"),
        pytest.param(
            "2024-06-10T10:00", "Asia/Almati", LocalTimeFault.UNKNOWN_ZONE, id="a zone misspelt"
        ),
        pytest.param(
            "0001-01-01T00:00", ALMATY, LocalTimeFault.OUT_OF_RANGE, id="the calendar's first day"
        ),
        pytest.param(
            "9999-12-31T23:59", "UTC", LocalTimeFault.OUT_OF_RANGE, id="the calendar's last"
        ),
    ],
)
def test_a_wall_time_that_is_not_one_instant_is_not_guessed(
    wall: str, zone: str, fault: LocalTimeFault
) -> None:
    local = datetime.fromisoformat(wall)
    assert resolve(local.date(), local.time(), zone) is fault


ZONES = files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
zones = st.sampled_from(ZONES)
dates = st.dates(date(1900, 1, 1), date(2100, 12, 31))
clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))


def second_opinion(local_date: date, clock: time, zone: str) -> datetime | LocalTimeFault:
    """The same question put to ``whenever``."""
    wall = whenever.PlainDateTime(datetime.combine(local_date, clock))
    try:
        return wall.assume_tz(zone, disambiguation="raise").to_stdlib().astimezone(UTC)
    except whenever.SkippedTime:
        return GAP
    except whenever.RepeatedTime:
        return TWICE


@given(zones, dates, clocks)
def test_a_second_library_agrees_about_any_zone_and_wall_time(
    zone: str, local_date: date, clock: time
) -> None:
    assert resolve(local_date, clock, zone) == second_opinion(local_date, clock, zone)


@given(zones, st.integers(1900, 2100), st.integers(0, 400), st.integers(-200, 200))
def test_a_second_library_agrees_around_every_change_of_clocks(
    zone: str, year: int, day: int, minutes: int
) -> None:
    """Random instants rarely meet a gap: look around the next change after one."""
    changed = next_change(zone, datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day))
    wall = changed.astimezone(ZoneInfo(zone)).replace(tzinfo=None) + timedelta(minutes=minutes)
    assert resolve(wall.date(), wall.time(), zone) == second_opinion(wall.date(), wall.time(), zone)


def next_change(zone: str, after: datetime) -> datetime:
    """The first instant, to the second, in two years at which the zone's offset changes."""
    info = ZoneInfo(zone)
    for day in range(730):
        low, high = after + timedelta(days=day), after + timedelta(days=day + 1)
        if low.astimezone(info).utcoffset() == high.astimezone(info).utcoffset():
            continue
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) // 2
            is_same = middle.astimezone(info).utcoffset() == low.astimezone(info).utcoffset()
            low, high = (middle, high) if is_same else (low, middle)
        return high.replace(microsecond=0)
    return after


@given(zones, dates, clocks)
def test_an_instant_reads_as_the_wall_time_it_came_from(
    zone: str, local_date: date, clock: time
) -> None:
    found = resolve(local_date, clock, zone)
    if isinstance(found, datetime):
        assert found.utcoffset() == timedelta()
        assert found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == datetime.combine(
            local_date, clock
        )
        assert local_date_at(found, zone) == local_date
        assert first_instant(local_date, clock, zone) == found


@given(zones, dates, clocks)
def test_our_own_reminders_are_stopped_by_no_gap_and_no_repeat(
    zone: str, local_date: date, clock: time
) -> None:
    """The first of two; for one that does not exist, what a clock not put forward would show."""
    wall = whenever.PlainDateTime(datetime.combine(local_date, clock))
    opinion = wall.assume_tz(zone, disambiguation="compatible").to_stdlib().astimezone(UTC)
    assert first_instant(local_date, clock, zone) == opinion


@pytest.mark.parametrize(
    ("wall", "zone", "instant"),
    [
        pytest.param("2024-02-29T23:30", ALMATY, "2024-02-29T17:30", id="the first of two"),
        pytest.param("2024-03-31T02:30", BERLIN, "2024-03-31T01:30", id="03:30 in place of 02:30"),
    ],
)
@pytest.mark.parametrize("fold", [0, 1])
def test_a_reminder_is_due_at_the_first_such_instant_whatever_its_time_was_marked(
    wall: str, zone: str, instant: str, fold: int
) -> None:
    local = datetime.fromisoformat(wall)
    clock = local.time().replace(fold=fold)
    assert first_instant(local.date(), clock, zone) == utc(instant)


@given(zones, dates)
def test_a_date_ends_when_the_court_calendar_turns(zone: str, local_date: date) -> None:
    end = end_of_date(local_date, zone)
    assert local_date_at(end - timedelta(seconds=1), zone) <= local_date
    assert local_date_at(end, zone) > local_date


def test_the_date_on_the_wall_is_the_courts_not_the_servers() -> None:
    late = utc("2019-06-10T18:30")
    assert local_date_at(late, "UTC") == date(2019, 6, 10)
    assert local_date_at(late, ALMATY) == date(2019, 6, 11)


def test_29_february_2024_ended_an_hour_late_in_almaty() -> None:
    begin, end = (end_of_date(date(2024, 2, day), ALMATY) for day in (28, 29))
    assert end - begin == timedelta(hours=25)


@pytest.mark.parametrize(
    ("local_date", "is_fine"),
    [
        pytest.param(date(1, 1, 1), False, id="year 1 is a typing error"),
        pytest.param(date(3, 12, 31), False, id="too near the beginning for a rung years before"),
        pytest.param(date(4, 1, 1), True, id="the first date that can be reckoned with"),
        pytest.param(date(2019, 6, 10), True, id="a date like any other"),
        pytest.param(date(9996, 12, 31), True, id="the last one"),
        pytest.param(date(9997, 1, 1), False, id="too near the end for a grace period"),
    ],
)
def test_which_dates_can_be_reckoned_with(local_date: date, is_fine: bool) -> None:
    assert is_in_range(local_date) is is_fine
    for zone in (ALMATY, "Pacific/Kiritimati", "Etc/GMT+12"):
        assert isinstance(resolve(local_date, MIDNIGHT, zone), datetime) is is_fine
        if is_fine:
            far = timedelta(days=999)
            assert first_instant(local_date - far, MIDNIGHT, zone) < end_of_date(local_date, zone)
            assert end_of_date(local_date, zone) + timedelta(days=366) > utc("0003-01-01T00:00")


@pytest.mark.parametrize(
    ("name", "is_known"),
    [
        (ALMATY, True),
        ("UTC", True),
        pytest.param("Asia/Almati", False, id="misspelt"),
        pytest.param("", False, id="nothing"),
        pytest.param("Asia", False, id="a folder"),
        pytest.param("../etc/passwd", False, id="a way out of the database"),
        pytest.param("/etc/localtime", False, id="a path"),
        pytest.param("Asia/Almaty\0", False, id="a NUL byte"),
        pytest.param("\ud800", False, id="half a surrogate pair"),
        pytest.param("x" * 5000, False, id="longer than any file name"),
        pytest.param("zone.tab", False, id="a file of the database that is no zone"),
    ],
)
def test_which_zones_are_known(name: str, is_known: bool) -> None:
    assert is_zone(name) is is_known


def test_an_unknown_zone_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match="Asia/Almati"):
        first_instant(date(2019, 6, 10), MIDNIGHT, "Asia/Almati")
    with pytest.raises(ValueError, match="Asia/Almati"):
        local_date_at(utc("2019-06-10T00:00"), "Asia/Almati")


def test_a_time_that_brings_its_own_zone_is_still_read_on_the_courts_wall() -> None:
    stamped = time(10, tzinfo=UTC, fold=1)
    assert resolve(date(2019, 6, 10), stamped, ALMATY) == utc("2019-06-10T04:00")
    assert first_instant(date(2019, 6, 10), stamped, ALMATY) == utc("2019-06-10T04:00")
