"""Which listed rows can be hearings, and what the others are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.admission import Admitted, admit
from notifier.core.court_time import LocalTimeFault, local_date_at, resolve
from notifier.core.hearing import Slot
from notifier.core.listed import BadRow, ListedHearing
from tests.core.docket import ALMATY, COURT, QYZYLORDA, wall

NOW = wall("10 09:00")
TODAY = date(2019, 6, 10)


def row(**said: Any) -> ListedHearing:
    """A row of a list: today at ten, in room 4."""
    usual: dict[str, Any] = {
        "row": 7,
        "court": "Almaty Court",
        "zone": None,
        "kind": "Remand",
        "local_date": TODAY,
        "local_time": time(10),
        "room": "4",
        "raw": {"Date": "10.06.2019"},
    }
    return ListedHearing(**usual | said)


def judged(
    listed: ListedHearing, *, zone: str = ALMATY, as_of: datetime = NOW, years: int = 3
) -> Admitted | BadRow:
    return admit(listed, court_id=COURT, zone=zone, as_of=as_of, implausible_after_years=years)


@pytest.mark.parametrize(
    ("zone", "instant"),
    [
        pytest.param(
            ALMATY, datetime(2019, 6, 10, 4, tzinfo=UTC), id="Almaty was +06 in June 2019"
        ),
        pytest.param(QYZYLORDA, datetime(2019, 6, 10, 5, tzinfo=UTC), id="Qyzylorda was +05"),
    ],
)
def test_a_row_is_placed_by_the_wall_clock_of_its_court(zone: str, instant: datetime) -> None:
    slot = Slot(court_id=COURT, zone=zone, local_date=TODAY, local_time=time(10), room="4")
    assert judged(row(), zone=zone) == Admitted(slot=slot, starts_at=instant, is_open=True)


def test_a_row_without_a_time_is_a_hearing_whose_time_is_unknown() -> None:
    found = judged(row(local_time=None))
    assert isinstance(found, Admitted)
    assert (found.slot.local_time, found.starts_at, found.is_open) == (None, None, True)


@pytest.mark.parametrize(
    ("local_date", "as_of", "is_open"),
    [
        pytest.param(date(2019, 6, 11), NOW, True, id="tomorrow is ahead"),
        pytest.param(TODAY, NOW, True, id="today is open until the date is over"),
        pytest.param(date(2019, 6, 9), NOW, False, id="yesterday has passed"),
        pytest.param(date(1919, 6, 9), NOW, False, id="a century ago has passed"),
        pytest.param(
            TODAY, datetime(2019, 6, 10, 17, 59, tzinfo=UTC), True, id="23:59 in Almaty is today"
        ),
        pytest.param(
            TODAY,
            datetime(2019, 6, 10, 18, tzinfo=UTC),
            False,
            id="midnight in Almaty ends the date, whatever it is where the server stands",
        ),
    ],
)
def test_a_row_is_open_while_its_date_lasts_in_its_court(
    local_date: date, as_of: datetime, is_open: bool
) -> None:
    found = judged(row(local_date=local_date), as_of=as_of)
    assert isinstance(found, Admitted)
    assert found.is_open is is_open


@pytest.mark.parametrize(
    ("said", "zone", "field", "reason"),
    [
        pytest.param(
            {}, "Asia/Almati", "court", "'Asia/Almati' is not in the zone database", id="zone"
        ),
        pytest.param(
            {"local_date": date(2022, 6, 11)},
            ALMATY,
            "local_date",
            "2022-06-11 is more than 3 years ahead: correct the date",
            id="a day over three years",
        ),
        pytest.param(
            {"local_date": date(9047, 1, 1)}, ALMATY, "local_date", "years ahead", id="year 9047"
        ),
        pytest.param(
            {"local_date": date(1, 1, 1), "local_time": None},
            ALMATY,
            "local_date",
            "0001-01-01 is no date a court can mean: correct it",
            id="year 1, its time unknown",
        ),
        pytest.param(
            {"local_date": date(1, 1, 1)}, ALMATY, "local_date", "correct it", id="year 1"
        ),
        pytest.param(
            {"local_date": date(2019, 3, 31), "local_time": time(2, 30)},
            "Europe/Berlin",
            "local_time",
            "2019-03-31 02:30 in Europe/Berlin: this wall time does not exist",
            id="a time over which clocks are put forward",
        ),
        pytest.param(
            {"local_date": date(2019, 10, 27), "local_time": time(2, 30)},
            "Europe/Berlin",
            "local_time",
            "this wall time happens twice: clocks were put back over it; ask the court",
            id="a time over which clocks are put back",
        ),
    ],
)
def test_a_row_that_cannot_be_placed_is_set_aside_with_field_and_reason(
    said: dict[str, Any], zone: str, field: str, reason: str
) -> None:
    found = judged(row(**said), zone=zone)
    assert isinstance(found, BadRow)
    assert (found.row, found.field, found.raw) == (7, field, {"Date": "10.06.2019"})
    assert reason in found.reason


@pytest.mark.parametrize(
    ("as_of", "local_date", "is_plausible"),
    [
        pytest.param(NOW, date(2022, 6, 10), True, id="three years to the day"),
        pytest.param(wall("1 00:00"), date(2022, 6, 2), False, id="a day more"),
        pytest.param(
            datetime(2024, 2, 29, 6, tzinfo=UTC),
            date(2027, 2, 28),
            True,
            id="three years after 29 February is 28 February",
        ),
        pytest.param(
            datetime(2024, 2, 29, 6, tzinfo=UTC), date(2027, 3, 1), False, id="and not 1 March"
        ),
    ],
)
def test_how_far_ahead_is_plausible(as_of: datetime, local_date: date, is_plausible: bool) -> None:
    assert isinstance(judged(row(local_date=local_date), as_of=as_of), Admitted) is is_plausible


def test_without_a_limit_in_years_the_calendar_itself_still_ends() -> None:
    assert isinstance(judged(row(local_date=date(9999, 12, 31)), years=9999), BadRow)
    assert isinstance(judged(row(local_date=date(9996, 12, 31)), years=9999), Admitted)


@given(
    st.dates(),
    st.none() | st.times(),
    st.sampled_from([ALMATY, QYZYLORDA, "Europe/Berlin", "Pacific/Apia"]),
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
)
def test_every_row_is_admitted_with_its_instant_or_set_aside_with_a_reason(
    local_date: date, local_time: time | None, zone: str, as_of: datetime
) -> None:
    found = judged(row(local_date=local_date, local_time=local_time), zone=zone, as_of=as_of)
    if isinstance(found, BadRow):
        assert found.reason
        assert found.field in {"local_date", "local_time"}
        return
    assert found.is_open is (local_date >= local_date_at(as_of, zone))
    assert local_date - local_date_at(as_of, zone) <= timedelta(days=3 * 366)
    expected = None if local_time is None else resolve(local_date, local_time, zone)
    assert not isinstance(expected, LocalTimeFault)
    assert found.starts_at == expected
