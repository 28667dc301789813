"""Calendars: the zone is read from the raw name, and what is not certain waits for a human."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

import pytest

from notifier.core.listed import CalendarList
from notifier.errors import CalendarRejected
from notifier.importers import find_mapping, load_mapping, read_list

Read = Callable[[str, str], CalendarList]

MAPPING = """
format = "ics"
mode = "snapshot"
ref_prefix = "TST"
optional = ["court", "room", "kind", "detainee_name"]
{zone}
[columns]
case_number = "UID"
detainee_name = "SUMMARY"
court = "LOCATION"
kind = "CATEGORIES"
room = "RESOURCES"
[constants]
court = "City Court"
[tzids]
"Almaty office" = "Asia/Almaty"
"""


def read(event: str, *, zone: str = "Asia/Almaty", around: str = "") -> CalendarList:
    text = f"BEGIN:VCALENDAR\n{around}BEGIN:VEVENT\nUID:u-1\n{event}\nEND:VEVENT\nEND:VCALENDAR\n"
    mapping = load_mapping(MAPPING.format(zone=f'zone = "{zone}"' if zone else ""), name="test")
    return read_list(text.encode(), mapping, file_name="court.ics")


def moment(found: CalendarList) -> tuple[date, time | None]:
    (hearing,) = found.hearings
    return hearing.local_date, hearing.local_time


def fault(found: CalendarList) -> str:
    assert found.hearings == ()
    (bad,) = found.bad
    return f"{bad.field}: {bad.reason}"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        pytest.param(
            "issue_313_globally_unique_tzid",
            [
                (1, date(2020, 4, 26), time(8)),  # 14:00 in Berlin
                (2, date(2020, 4, 26), time(14)),
                (3, date(2020, 4, 26), time(13)),  # 14:00 in Buenos Aires
            ],
            id="vendor prefixes before IANA names",
        ),
        pytest.param(
            "issue_351_whitespace_in_property_and_params",
            [(1, date(2026, 3, 19), time(5))],
            id="blanks around a property, UTC becomes the court's time",
        ),
    ],
)
def test_a_quirk_that_is_certain_is_read(
    file: str, expected: list[tuple[int, date, time]], listed: Read
) -> None:
    found = listed(f"ics-quirks/{file}.ics", "ics")

    assert found.bad == ()
    assert [(item.row, item.local_date, item.local_time) for item in found.hearings] == expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        pytest.param(
            "america_new_york", [(1, "local_time", "time zone name")], id="rules of its own"
        ),
        pytest.param("issue_218_bad_tzid", [(1, "local_time", "time zone name")], id="UTC+11"),
        pytest.param("broken_dtstart", [(1, "local_date", "no DTSTART")], id="no date at all"),
        pytest.param(
            "issue_722_missing_timezones",
            [
                (1, "local_date", "recurs"),
                (2, "local_date", "no DTSTART"),
                (3, "local_date", "recurs"),
            ],
            id="recurrences, and an instance without a start",
        ),
    ],
)
def test_a_quirk_that_is_not_certain_waits(
    file: str, expected: list[tuple[int, str, str]], listed: Read
) -> None:
    found = listed(f"ics-quirks/{file}.ics", "ics")

    assert found.hearings == ()
    assert [(bad.row, bad.field) for bad in found.bad] == [item[:2] for item in expected]
    assert all(item[2] in bad.reason for bad, item in zip(found.bad, expected, strict=True))


@pytest.mark.parametrize("file", ["bom_calendar", "calendar_with_unicode"])
def test_a_calendar_without_events_is_rejected(file: str, listed: Read) -> None:
    with pytest.raises(CalendarRejected, match="no events"):
        listed(f"ics-quirks/{file}.ics", "ics")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param("DTSTART:20190611T100000", time(10), id="floating is the court's wall"),
        pytest.param("DTSTART;TZID=Asia/Almaty:20190611T100000", time(10), id="its own zone"),
        pytest.param("DTSTART;TZID=Asia/Qyzylorda:20190611T100000", time(11), id="another zone"),
        pytest.param("DTSTART:20190611T040000Z", time(10), id="UTC"),
        pytest.param("DTSTART;TZID=Almaty office:20190611T100000", time(10), id="a declared name"),
        pytest.param('DTSTART;TZID="Almaty office":20190611T100000', time(10), id="in quotes"),
        pytest.param(
            "DTSTART;TZID=West Asia Standard Time:20190611T100000", time(11), id="a Windows name"
        ),
        pytest.param("DTSTART;VALUE=DATE:20190611", None, id="a date alone: time unknown"),
        pytest.param("DTSTART;TZID=Any/Where;VALUE=DATE:20190611", None, id="a date has no zone"),
        pytest.param(
            "DTSTART:20190611T100000\nDTEND:20190611T100000", time(10), id="over when it begins"
        ),
        pytest.param("DTSTART:20190611T100000\nRRULE:FREQ=DAILY;COUNT=1", time(10), id="once"),
        pytest.param("DTSTART:201906\n 11T100000", time(10), id="folded"),
    ],
)
def test_a_start_becomes_the_courts_wall_time(start: str, expected: time | None) -> None:
    assert moment(read(start)) == (date(2019, 6, 11), expected)


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        pytest.param("DTSTART;TZID=Nowhere/Foo:20190611T100000", "time zone name", id="unknown"),
        pytest.param("DTSTART;TZID=:20190611T100000", "time zone name", id="an empty zone"),
        pytest.param("DTSTART;TZID=Asia,Almaty:20190611T100000", "time zone name", id="a comma"),
        pytest.param("DTSTART:20190611T240000", 'local_time: "24:00:00"', id="24:00"),
        pytest.param("DTSTART:20190231T100000", "local_date", id="no such day"),
        pytest.param("DTSTART:2019-06-11T10:00", "no DTSTART that can be read", id="ISO"),
        pytest.param("DTSTART;;=:20190611T100000", "row: a line of", id="a broken line"),
        pytest.param("SUMMARY:x", "no DTSTART", id="no start"),
        pytest.param(
            "DTSTART:20190611T100000\nDTSTART:20190612T100000", "no DTSTART that", id="two starts"
        ),
        pytest.param("DTSTART:20190611T100000\nRRULE:FREQ=DAILY;COUNT=10", "recurs", id="recurs"),
        pytest.param("DTSTART:20190611T100000\nRRULE:FREQ=WEEKLY", "recurs", id="for ever"),
        pytest.param(
            "DTSTART:20190611T100000\nSUMMARY:Serik\nDana", "row: a line of", id="an unfolded name"
        ),
    ],
)
def test_a_start_that_is_not_certain_waits(start: str, reason: str) -> None:
    assert reason in fault(read(start))


def test_a_zone_is_of_no_use_where_the_mapping_has_none_for_the_court() -> None:
    assert "add the court's zone" in fault(read("DTSTART:20190611T040000Z", zone=""))
    assert moment(read("DTSTART:20190611T100000", zone="")) == (date(2019, 6, 11), time(10))


def test_rules_inside_the_file_are_not_believed() -> None:
    stale = (
        "BEGIN:VTIMEZONE\nTZID:Asia/Almaty\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        "TZOFFSETFROM:+0600\nTZOFFSETTO:+0600\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    found = read("DTSTART;TZID=Asia/Almaty:20260611T100000", zone="Asia/Bishkek", around=stale)

    # Almaty has been at +05 since March 2024, Bishkek is at +06.
    assert moment(found) == (date(2026, 6, 11), time(11))


@pytest.mark.parametrize(
    ("lines", "around", "is_cancelled"),
    [
        ("STATUS:CANCELLED", "", True),
        ("STATUS:cancelled", "", True),
        ("STATUS:CONFIRMED", "", False),
        ("", "METHOD:CANCEL\n", True),
        ("", "METHOD:PUBLISH\n", False),
    ],
)
def test_a_cancelled_event_is_a_cancelled_hearing(
    lines: str, around: str, is_cancelled: bool
) -> None:
    (hearing,) = read(f"DTSTART:20190611T100000\n{lines}", around=around).hearings

    assert hearing.cancelled is is_cancelled


def test_an_attachment_of_any_length_is_passed_over() -> None:
    attachment = "ATTACH;ENCODING=BASE64;VALUE=BINARY:" + "QUJD" * 50_000

    assert moment(read(f"DTSTART:20190611T100000\n{attachment}")) == (date(2019, 6, 11), time(10))


def test_texts_are_unescaped_and_alarms_are_not_events() -> None:
    event = (
        "DTSTART:20190611T100000\nSUMMARY;LANGUAGE=kk:Әбдіғаппар\\, Нұрлан\n"
        "CATEGORIES:custody\nLOCATION:Medeu Court\\; hall 2\nRESOURCES:Hall 2\n"
        "BEGIN:VALARM\nTRIGGER:-PT15M\nSUMMARY:Not a name\nEND:VALARM"
    )
    (hearing,) = read(event).hearings

    assert hearing.detainee_name == "Әбдіғаппар, Нұрлан"
    assert (hearing.kind, hearing.court, hearing.room) == (
        "custody",
        "Medeu Court; hall 2",
        "Hall 2",
    )
    assert hearing.case_number == "u-1"
    assert hearing.raw["DTSTART"] == "20190611T100000"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Date,Court\n2019-06-11,X\n", "not begin with BEGIN:VCALENDAR"),
        ("<html><body>Please sign in</body></html>", "not begin with BEGIN:VCALENDAR"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:2019", "ends in the middle"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n", "ends in the middle"),
        ("BEGIN:VCALENDAR\nBEGIN:VTODO\nEND:VTODO\nEND:VCALENDAR\n", "no events"),
        ("BEGIN:VCALENDAR\n" + "BEGIN:X\n" * 50_000, "ends in the middle"),
    ],
)
def test_what_is_no_whole_calendar_is_rejected(text: str, reason: str) -> None:
    with pytest.raises(CalendarRejected, match=reason):
        read_list(text.encode(), find_mapping("ics"), file_name="court.ics")


def test_a_text_that_is_the_path_of_a_file_is_not_opened() -> None:
    with pytest.raises(CalendarRejected, match="not begin with"):
        read_list(__file__.encode(), find_mapping("ics"), file_name="court.ics")
