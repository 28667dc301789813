"""One hearing as a story: what Aliya, a lawyer in Almaty, hears of it, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from notifier.core.court_time import first_instant
from notifier.flow import edit
from notifier.flow.upkeep import run_audit
from notifier.storage import schema
from notifier.storage.engine import Database
from tests.support.lists import TOMORROW, listed
from tests.support.office import COORDINATOR, LAWYER, MONITOR, Office
from tests.support.wire import BUSY, DOWN, Post


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """The office on Sunday 22 November 2026, eleven in the morning in Almaty."""
    url = f"sqlite:///{tmp_path / 'notifier.sqlite3'}"
    database = Database(url)
    schema.upgrade(database)
    database.dispose()
    opened = Office(url)
    yield opened
    opened.database.dispose()


def almaty(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant, as the clock on a wall in Almaty says it."""
    local = TOMORROW.replace(day=day)
    return first_instant(local, time(hour, minute), "Asia/Almaty").astimezone(UTC)


def to_aliya(posted: list[Post]) -> Post:
    """The one message that went to her."""
    (post,) = [one for one in posted if one.to == LAWYER]
    return post


def test_one_hearing_from_the_list_to_its_cancellation(office: Office) -> None:
    """Aliya defends, Miras observes, and Kamila coordinates."""
    office.people(LAWYER, MONITOR, COORDINATOR)

    told = [
        sunday_it_is_listed(office),
        monday_at_six_it_moves_while_her_receiver_is_down(office),
        monday_she_is_reminded_of_the_new_time(office),
        monday_at_eight_it_is_called_off(office),
    ]

    # From then on there is silence, and every notice there ever was has come to an end.
    office.wait(days=2)
    assert office.sends() == []
    audited = run_audit(office.desk, now=office.now)
    assert audited.has_passed
    assert audited.planned == audited.ended == len(office.notices())

    # Each message to Aliya carried a higher number than the one before: nothing stale could win.
    numbers = [post.item["sequence"] for post in told]
    assert numbers == sorted(set(numbers))


def sunday_it_is_listed(office: Office) -> Post:
    # At eleven on Sunday the court's list shows a hearing for Monday at ten.
    office.wait_until(almaty(22, 11))
    report = office.takes_in(listed(local_time=time(10), room="4", assignees=(LAWYER, MONITOR)))
    assert (report.rows, report.new, report.quarantined) == (1, 1, ())

    # Both hear of it at once. The reminder of a day before has passed already: it is folded in.
    posted = office.sends()
    assert sorted(post.to for post in posted) == [LAWYER, MONITOR]
    first = to_aliya(posted)
    assert first.type == "hearing.new"
    assert first.text == (
        "New hearing: ALM-0001, Almaty Court, room 4, Mon 23 November 2026, 10:00 (Asia/Almaty)."
    )
    assert first.item["reason"] == "short notice: 24h had already passed"

    # Nobody hears more until Miras's own rung, eighteen hours before, at four in the afternoon.
    office.wait_until(almaty(22, 15, 59))
    assert office.sends() == []
    office.wait_until(almaty(22, 16))
    assert [(post.to, post.item["rung"]) for post in office.sends()] == [(MONITOR, "18h")]
    return first


def monday_at_six_it_moves_while_her_receiver_is_down(office: Office) -> Post:
    # At six on Monday morning the list says: not at ten but at half past eight, in room 7.
    office.wait_until(almaty(23, 6))
    report = office.takes_in(listed(local_time=time(8, 30), room="7", assignees=(LAWYER, MONITOR)))
    assert (report.changed, report.new) == (1, 0)

    # Aliya's receiver is down when the correction comes, and again two seconds later.
    moved = to_aliya(office.sends(lambda post: DOWN if post.to == LAWYER else BUSY))
    assert moved.type == "hearing.moved"
    assert office.sends() == []
    office.wait(seconds=2)
    assert to_aliya(office.sends(DOWN)).id == moved.id

    # Four seconds after that it is up again, and takes the very same message.
    office.wait(seconds=4)
    again = to_aliya(office.sends())
    assert (again.id, again.ticket.delivery.body) == (moved.id, moved.ticket.delivery.body)
    assert again.text == (
        "Moved earlier: ALM-0001: was Almaty Court, room 4, Mon 23 November 2026, 10:00 "
        "(Asia/Almaty); now Almaty Court, room 7, Mon 23 November 2026, 08:30 (Asia/Almaty)."
    )
    outcomes = [attempt["outcome"] for attempt in office.attempts(moved.id)]
    assert outcomes == ["unreachable", "unreachable", "delivered"]

    # Miras, whose receiver was only busy, has it by now as well; the old rungs are gone.
    office.wait(minutes=1)
    office.sends()
    assert office.notices(revision=1, state="pending") == []
    assert {row["state"] for row in office.notices(kind="hearing.moved")} == {"delivered"}
    return moved


def monday_she_is_reminded_of_the_new_time(office: Office) -> Post:
    # Her last rung follows the new time: three quarters of an hour before half past eight.
    office.wait_until(almaty(23, 7, 44))
    assert [post for post in office.sends() if post.to == LAWYER] == []
    office.wait_until(almaty(23, 7, 45))
    reminder = to_aliya(office.sends())
    assert (reminder.item["rung"], reminder.item["local_time"]) == ("45m", "08:30")
    assert reminder.item["late_by_seconds"] is None
    return reminder


def monday_at_eight_it_is_called_off(office: Office) -> Post:
    # The court rings: there will be no hearing. Both are told within the same turn.
    office.wait_until(almaty(23, 8))
    edit.cancel_hearing(office.desk, hearing_id=office.hearing_id(), now=office.now)

    posted = office.sends()
    assert {(post.to, post.type) for post in posted} == {
        (LAWYER, "hearing.cancelled"),
        (MONITOR, "hearing.cancelled"),
    }
    cancelled = to_aliya(posted)
    assert cancelled.text.endswith("This hearing does not take place.")
    return cancelled
