"""The zone names inside calendars: certain ones are followed, all others wait for a human."""

from __future__ import annotations

from datetime import date, time

import pytest

from notifier.importers.unusable import Unusable
from notifier.importers.zones import event_wall, wall_in_court, zone_of_tzid

SUMMER_2019 = date(2019, 6, 11)
SUMMER_2026 = date(2026, 6, 11)


@pytest.mark.parametrize(
    ("tzid", "zone"),
    [
        pytest.param("Asia/Almaty", "Asia/Almaty", id="an IANA name"),
        pytest.param(
            "/mozilla.org/20070129_1/America/New_York", "America/New_York", id="a vendor's prefix"
        ),
        pytest.param(
            "/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires",
            "America/Argentina/Buenos_Aires",
            id="a prefix before three parts",
        ),
        pytest.param("Eastern Standard Time", "America/New_York", id="a Windows name"),
        pytest.param("Qyzylorda Standard Time", "Asia/Qyzylorda", id="a Windows name nearby"),
    ],
)
def test_a_certain_name_gives_its_zone(tzid: str, zone: str) -> None:
    assert zone_of_tzid(tzid) == zone


@pytest.mark.parametrize(
    "tzid",
    [
        pytest.param("UTC+11", id="an offset dressed as a name"),
        pytest.param("custom_America/New_York", id="a name of the file's own"),
        pytest.param("(UTC-05:00) Eastern Time (US & Canada)", id="what Outlook shows on screen"),
        pytest.param("Nowhere/Foo", id="no such zone"),
        pytest.param("/vendor.example/Nowhere", id="a prefix before nothing known"),
        pytest.param("Europe/Zürich", id="letters outside ASCII"),
        pytest.param("../../etc/localtime", id="a path"),
        pytest.param("Asia", id="a folder of the zone database"),
        pytest.param("", id="empty"),
    ],
)
def test_any_other_name_waits_for_a_human(tzid: str) -> None:
    with pytest.raises(Unusable, match=r"\[tzids\]") as refused:
        zone_of_tzid(tzid)

    assert refused.value.field == "local_time"


def wall(day: date, tzid: str, court: str | None, **declared: str) -> tuple[date, time]:
    return event_wall(day, time(10), tzid=tzid, declared=declared, court_zone=court)


def test_a_time_in_the_courts_own_zone_stays_as_written() -> None:
    assert wall(SUMMER_2019, "Asia/Almaty", "Asia/Almaty") == (SUMMER_2019, time(10))


def test_a_time_in_another_zone_becomes_the_courts() -> None:
    # In June 2019 Almaty was at +06 and Qyzylorda at +05.
    assert wall(SUMMER_2019, "Asia/Almaty", "Asia/Qyzylorda") == (SUMMER_2019, time(9))


def test_the_date_moves_with_the_time() -> None:
    assert wall(SUMMER_2019, "America/New_York", "Asia/Almaty") == (SUMMER_2019, time(20))
    assert wall(SUMMER_2019, "Pacific/Auckland", "America/New_York") == (
        date(2019, 6, 10),
        time(18),
    )


def test_a_declared_name_is_followed_before_any_other_meaning() -> None:
    declared = {"Asia/Almaty": "Asia/Qyzylorda", "UTC+11": "Asia/Qyzylorda"}

    for tzid in declared:
        assert event_wall(
            SUMMER_2019, time(10), tzid=tzid, declared=declared, court_zone="Asia/Qyzylorda"
        ) == (SUMMER_2019, time(10))


def test_a_windows_name_whose_meaning_moved_is_not_followed_for_the_court_it_left() -> None:
    # An old Outlook in Almaty still writes it; read by today's table, ten o'clock becomes nine.
    with pytest.raises(Unusable, match="another offset before 2024"):
        wall(SUMMER_2026, "Central Asia Standard Time", "Asia/Almaty")


def test_where_both_meanings_agree_it_is_followed() -> None:
    assert wall(SUMMER_2019, "Central Asia Standard Time", "Asia/Almaty") == (
        SUMMER_2019,
        time(10),
    )


def test_once_declared_it_is_followed() -> None:
    name = "Central Asia Standard Time"

    assert wall(SUMMER_2026, name, "Asia/Almaty", **{name: "Asia/Almaty"}) == (
        SUMMER_2026,
        time(10),
    )


@pytest.mark.parametrize(
    ("day", "at", "reason"),
    [
        (date(2026, 3, 8), time(2, 30), "does not exist"),
        (date(2026, 11, 1), time(1, 30), "happens twice"),
    ],
)
def test_an_hour_that_is_not_certain_there_is_not_converted(
    day: date, at: time, reason: str
) -> None:
    with pytest.raises(Unusable, match=reason):
        wall_in_court(day, at, from_zone="America/New_York", court_zone="Asia/Almaty")


def test_without_the_courts_zone_nothing_is_converted() -> None:
    with pytest.raises(Unusable, match="add the court's zone"):
        wall(SUMMER_2019, "Asia/Almaty", None)


def test_the_ends_of_the_calendar_are_refused() -> None:
    with pytest.raises(Unusable):
        wall_in_court(date(1, 1, 1), time(0), from_zone="UTC", court_zone="America/New_York")
