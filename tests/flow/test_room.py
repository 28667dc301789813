"""Whom a claim passes over, and whom never: asked of a real queue, on each database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from notifier.core.pacing import Share
from notifier.core.slots import Room
from notifier.storage import choice
from tests.support.lists import listed
from tests.support.office import LAWYER, SECOND_LAWYER, Office
from tests.support.wire import DOWN

HELD, WELL = Share(ordinary=0, last_chance=8), Share(ordinary=8, last_chance=8)


def chosen(office: Office, room: Room) -> list[str]:
    """Whose messages would be claimed now, by ref."""
    refs = {row["id"]: row["recipient"] for row in office.messages()}
    with office.read() as connection:
        return [refs[one] for one in choice.choose(connection, now=office.now, room=room)]


@pytest.fixture
def queue(office: Office) -> Office:
    """Six messages for one lawyer and, of later deadlines, two for another; none tried yet."""
    office.people(LAWYER, SECOND_LAWYER)
    later = office.now.date() + timedelta(days=9)
    office.takes_in(
        *(listed(row, assignees=(LAWYER,)) for row in range(6)),
        *(listed(90 + row, local_date=later, assignees=(SECOND_LAWYER,)) for row in range(2)),
    )
    office.turn(in_flight={"end_other": office.limits.in_flight})
    return office


def room_with(office: Office, *, slots: int = 8, for_others: int = 8, **shares: Share) -> Room:
    """So much room, with the shares of the lawyers' endpoints."""
    ids = office.endpoint_ids()
    refs = {"first": LAWYER, "second": SECOND_LAWYER}
    named = {ids[refs[name]]: share for name, share in shares.items()}
    return replace(office.room({}), slots=slots, for_others=for_others, shares=named)


def test_the_nearest_deadlines_first(queue: Office) -> None:
    assert chosen(queue, room_with(queue, slots=7)) == [LAWYER] * 6 + [SECOND_LAWYER]


def test_an_endpoint_with_a_small_share_hides_nobody(queue: Office) -> None:
    """Three slots, and six nearer deadlines of one that may have a single one."""
    small = room_with(queue, slots=3, first=Share(ordinary=1, last_chance=8))

    assert chosen(queue, small) == [LAWYER, SECOND_LAWYER, SECOND_LAWYER]


def test_an_endpoint_that_is_held_back_gets_nothing(queue: Office) -> None:
    assert chosen(queue, room_with(queue, first=HELD)) == [SECOND_LAWYER] * 2


def test_nobody_gets_anything_when_all_are_held_back(queue: Office) -> None:
    nobody = replace(room_with(queue), otherwise=HELD)

    assert chosen(queue, nobody) == []


def test_a_message_in_its_last_chance_is_held_back_by_nothing(queue: Office) -> None:
    until = min(row["useful_until"] for row in queue.notices(recipient=LAWYER))
    queue.wait_until(until - timedelta(seconds=20))

    assert chosen(queue, room_with(queue, first=HELD, second=HELD)) == [LAWYER] * 6


def test_no_last_chance_is_made_after_the_deadline(queue: Office) -> None:
    until = min(row["useful_until"] for row in queue.notices(recipient=LAWYER))
    queue.wait_until(until)

    assert chosen(queue, room_with(queue, first=HELD, second=HELD)) == []


def test_retries_leave_the_reserve_to_first_tries_of_later_deadlines(queue: Office) -> None:
    queue.limits = replace(queue.limits, in_flight_per_endpoint=6)
    queue.sends(DOWN)
    queue.takes_in(
        listed(
            200,
            local_date=queue.now.date() + timedelta(days=20),
            assignees=(SECOND_LAWYER,),
        ),
        source="another",
    )
    queue.wait(seconds=2)
    queue.turn(in_flight={"end_other": queue.limits.in_flight})

    assert SECOND_LAWYER in chosen(queue, room_with(queue, slots=3, for_others=0))
    assert LAWYER not in chosen(queue, room_with(queue, slots=3, for_others=0))
    assert chosen(queue, room_with(queue, slots=3, for_others=3)) == [LAWYER] * 3


def test_a_choice_seeks_in_an_index_and_reads_no_table(sqlite_office_url: str) -> None:
    """So ten thousand messages of a dead endpoint cost nobody anything."""
    office = Office(sqlite_office_url)
    asked = choice._NEAREST.params(
        now=office.now,
        until=office.now,
        passed_over=["end_1"],
        chosen=["msg_1"],
        tries_most=0,
        further=7,
        most=64,
    ).compile(office.database.engine, compile_kwargs={"literal_binds": True})

    with office.read() as connection:
        plan = [row[-1] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {asked}"))]

    for name in ("first", "following", "message", "near"):
        (step,) = [one for one in plan if one.split()[:2] == ["SEARCH", name]]
        assert " INDEX message_queue" in step
    office.database.dispose()
