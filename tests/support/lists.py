"""Calendar lists as tests write them: only the fields that a test is about."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from notifier.core.listed import BadRow, CalendarList, ListedHearing

ALMATY = "Almaty Court"
TOMORROW = date(2026, 11, 23)
TEN = time(10)


def listed(row: int = 2, **said: Any) -> ListedHearing:
    """A row: tomorrow at ten in Almaty, of a detainee and a case of its own."""
    usual: dict[str, Any] = {
        "court": ALMATY,
        "zone": None,
        "kind": "Remand",
        "local_date": TOMORROW,
        "local_time": TEN,
        "room": "4",
        "case_number": f"7511-26-{row}",
        "detainee_name": f"Invented Person {row}",
    }
    return ListedHearing(row=row, **(usual | said))


def a_list(*rows: ListedHearing, bad: tuple[BadRow, ...] = ()) -> CalendarList:
    """Rows as one list whose hearings are told apart by case, detainee and kind."""
    return CalendarList(hearings=rows, bad=bad, identity=("case_number", "detainee", "kind"))
