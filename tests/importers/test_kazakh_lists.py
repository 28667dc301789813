"""Lists in Russian and Kazakh keep every letter of a name, in every encoding courts still use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from notifier.core.court_time import resolve
from notifier.core.listed import CalendarList
from notifier.errors import CalendarRejected
from notifier.importers import find_mapping, read_list

Read = Callable[[str, str], CalendarList]

KAZAKH = Path(__file__).parents[1] / "samples" / "kazakh"
RUSSIAN_NAMES = [
    "Сериков Данияр Маратович",
    "Цой Вячеслав Ёнсуевич",
    "Щербакова-Ли, Эльвира Юрьевна",
    "Подъячев Фёдор Ильич",
    "Ахметова Ажар Болатовна",
    "Ким Роман Аркадьевич",
]
KAZAKH_NAMES = [
    "Әбдіғаппар Нұрлан Қайратұлы",
    "Ғалымжанқызы Гауһар",
    "Һәкімжан Өмірзақ Ұланұлы",
    "Үсен Іңкәр Ңұрғисақызы",
    "Қыдыралы Әділет Ілиясұлы",
]


def names(found: CalendarList) -> list[str | None]:
    return [hearing.detainee_name for hearing in found.hearings]


@pytest.mark.parametrize(
    ("file", "codec", "expected"),
    [
        ("spisok-11.06.2019.windows-1251.csv", "cp1251", RUSSIAN_NAMES),
        ("spisok-11.06.2019.utf-8.csv", "utf-8", RUSSIAN_NAMES),
        ("tizim.kz-1048.csv", "kz1048", KAZAKH_NAMES),
        ("tizim.utf-8.csv", "utf-8", KAZAKH_NAMES),
    ],
)
def test_names_are_kept_byte_for_byte(
    file: str, codec: str, expected: list[str], listed: Read
) -> None:
    data = (KAZAKH / file).read_bytes().replace(b"\n", b" ")  # one name stands on two lines

    assert names(listed(f"kazakh/{file}", "kazakh-daily")) == expected
    assert all(name.encode(codec) in data for name in expected)


@pytest.mark.parametrize("codec", ["utf-16", "utf-8-sig", "utf-32"])
def test_names_are_kept_behind_every_byte_order_mark(codec: str) -> None:
    text = (KAZAKH / "tizim.utf-8.csv").read_text(encoding="utf-8")
    found = read_list(text.encode(codec), find_mapping("kazakh-daily"), file_name="tizim.csv")

    assert names(found) == KAZAKH_NAMES


def test_the_sample_holds_every_letter_that_windows_1251_lacks() -> None:
    text = (KAZAKH / "tizim.kz-1048.csv").read_bytes().decode("kz1048")

    assert set("ӘҒҚҢӨҰҮҺІәғқңөұүһі") <= set(text)


def test_windows_1251_may_be_declared_by_name() -> None:
    data = (KAZAKH / "spisok-11.06.2019.windows-1251.csv").read_bytes()
    mapping = find_mapping("kazakh-daily").with_encoding("windows-1251")

    assert names(read_list(data, mapping, file_name="spisok-11.06.2019.csv")) == RUSSIAN_NAMES


def test_undeclared_it_is_rejected_not_guessed() -> None:
    data = (KAZAKH / "tizim.kz-1048.csv").read_bytes()
    mapping = find_mapping("kazakh-daily").with_encoding("utf-8")

    with pytest.raises(CalendarRejected, match="kz-1048"):
        read_list(data, mapping, file_name="tizim.csv")


def test_the_russian_list_takes_its_date_from_the_files_name(listed: Read) -> None:
    found = listed("kazakh/spisok-11.06.2019.windows-1251.csv", "kazakh-daily")

    assert {hearing.local_date for hearing in found.hearings} == {date(2019, 6, 11)}
    assert [(item.row, item.local_time, item.room) for item in found.hearings] == [
        (3, time(9, 30), "зал 3"),
        (4, time(9, 45), "зал 3"),
        (5, time(10, 15), "каб. 14"),
        (6, None, "зал 3"),
        (7, None, "каб. 14"),
        (9, time(23, 40), "зал 1"),
    ]
    assert [item.row for item in found.hearings if item.cancelled] == [9]


def test_what_is_no_hearing_is_told_with_its_row(listed: Read) -> None:
    found = listed("kazakh/spisok-11.06.2019.windows-1251.csv", "kazakh-daily")

    assert [(bad.row, bad.field) for bad in found.bad] == [(2, "court"), (10, "local_time")]
    assert found.bad[0].raw["№ п/п"] == "Дела об административных правонарушениях"
    assert '"24:00"' in found.bad[1].reason


def test_without_a_date_in_the_name_every_row_waits() -> None:
    data = (KAZAKH / "spisok-11.06.2019.utf-8.csv").read_bytes()
    found = read_list(data, find_mapping("kazakh-daily"), file_name="spisok.csv")

    assert found.hearings == ()
    assert {bad.field for bad in found.bad} == {"local_date", "court"}


def test_a_date_in_the_name_that_cannot_be_is_refused() -> None:
    data = (KAZAKH / "spisok-11.06.2019.utf-8.csv").read_bytes()

    with pytest.raises(CalendarRejected, match="Rename the file"):
        read_list(data, find_mapping("kazakh-daily"), file_name="spisok-31.02.2019.csv")


def test_the_kazakh_list_names_courts_in_two_zones_and_their_lawyers(listed: Read) -> None:
    found = listed("kazakh/tizim.kz-1048.csv", "kazakh-daily")

    assert [(item.zone, item.room, item.assignees) for item in found.hearings] == [
        ("Asia/Almaty", "3-зал", ("adv-01",)),
        ("Asia/Almaty", "3-зал", ("adv-01", "adv-02")),
        ("Asia/Qyzylorda", "1-зал", ()),
        ("Asia/Qyzylorda", "1-зал", ("adv-03",)),
        ("Asia/Qyzylorda", "2-зал", ()),
    ]
    assert [item.row for item in found.hearings if item.cancelled] == [6]
    assert found.bad == ()


def test_both_languages_name_the_same_court(listed: Read) -> None:
    russian = listed("kazakh/spisok-11.06.2019.utf-8.csv", "kazakh-daily")
    kazakh = listed("kazakh/tizim.utf-8.csv", "kazakh-daily")

    assert russian.hearings[0].court == kazakh.hearings[0].court


def test_in_june_2019_ten_oclock_came_an_hour_later_in_qyzylorda(listed: Read) -> None:
    found = listed("kazakh/tizim.utf-8.csv", "kazakh-daily")
    instants = [
        resolve(item.local_date, item.local_time, item.zone)
        for item in found.hearings
        if item.zone and item.local_time
    ]

    assert instants[1] == datetime(2019, 6, 11, 4, tzinfo=UTC)
    assert instants[2] == datetime(2019, 6, 12, 5, tzinfo=UTC)
