"""The courier: it stops in order, outlives a database that fails, and begins nothing too late."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from notifier.core.delivery import Delivery, Outcome
from notifier.core.pacing import Rate
from notifier.flow.courier import Courier
from notifier.flow.dispatch import Turn
from notifier.storage.engine import StorageUnavailable
from tests.support.lists import listed
from tests.support.office import LAWYER, SECOND_LAWYER, Office
from tests.support.wire import TAKEN


class Road:
    """A network on which each attempt takes as long as the test wants."""

    def __init__(self) -> None:
        self.begun: list[Delivery] = []
        self.is_clear = asyncio.Event()

    async def send(self, delivery: Delivery, *, timestamp: int, timeout_seconds: float) -> Outcome:
        """One attempt: it arrives once the road is clear."""
        assert min(timestamp, timeout_seconds) > 0
        self.begun.append(delivery)
        await self.is_clear.wait()
        return TAKEN


@pytest.fixture
def office(sqlite_office_url: str) -> Iterator[Office]:
    """Two lawyers are about to be told of a hearing tomorrow."""
    opened = Office(sqlite_office_url)
    opened.people(LAWYER, SECOND_LAWYER)
    opened.takes_in(listed(assignees=(LAWYER, SECOND_LAWYER)))
    yield opened
    opened.database.dispose()


def states(office: Office) -> list[str]:
    """Where the messages stand."""
    return sorted(row["state"] for row in office.messages())


def carried(
    office: Office,
    on_turn: Callable[[Courier, Road, Turn], None],
    *,
    drain_seconds: float = 20.0,
    before: Callable[[Courier], None] = lambda courier: None,
) -> list[Delivery]:
    """Run a courier until it is stopped; returns the attempts that began."""

    async def run() -> list[Delivery]:
        road = Road()
        courier = Courier(
            office.desk,
            road,
            owner="own_1",
            limits=office.limits,
            jitter=lambda: 0.0,
            on_turn=lambda turn: on_turn(courier, road, turn),
        )
        before(courier)
        await courier.run(drain_seconds=drain_seconds)
        return road.begun

    return asyncio.run(run())


def test_what_is_under_way_when_it_stops_is_waited_for_and_recorded(office: Office) -> None:
    def on_turn(courier: Courier, road: Road, turn: Turn) -> None:
        if turn.tickets:
            courier.stop()
            road.is_clear.set()

    assert len(carried(office, on_turn)) == 2
    assert states(office) == ["delivered", "delivered"]


def test_more_came_home_than_one_turn_records_and_all_of_it_is_recorded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifier.flow.courier.RECORDED_AT_ONCE", 1)

    def on_turn(courier: Courier, road: Road, turn: Turn) -> None:
        courier.stop()
        road.is_clear.set()

    assert len(carried(office, on_turn)) == 2
    assert states(office) == ["delivered", "delivered"]


def test_what_does_not_end_in_time_is_left_to_the_next_start(office: Office) -> None:
    def on_turn(courier: Courier, road: Road, turn: Turn) -> None:
        courier.stop()

    assert len(carried(office, on_turn, drain_seconds=0.01)) == 2
    assert states(office) == ["in_flight", "in_flight"]


def test_a_courier_that_is_woken_looks_at_once(office: Office) -> None:
    """And what came home meanwhile is recorded in the same turn."""
    turns: list[Turn] = []

    def on_turn(courier: Courier, road: Road, turn: Turn) -> None:
        turns.append(turn)
        road.is_clear.set()
        courier.wake()
        if turn.recorded:
            courier.stop()

    carried(office, on_turn)

    assert sum(turn.recorded for turn in turns) == 2


class Outage:
    """A database's clock that cannot be asked while it is out."""

    def __init__(self, office: Office) -> None:
        self.failures_left = 0
        self._now = office.now
        office.database._clock = self

    def __call__(self) -> datetime:
        if self.failures_left:
            self.failures_left -= 1
            raise StorageUnavailable("the database failed: invented")
        return self._now


def test_an_outage_costs_a_turn_and_nothing_else(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    outage = Outage(office)
    outage.failures_left = 1

    def on_turn(courier: Courier, road: Road, turn: Turn) -> None:
        road.is_clear.set()
        courier.stop()

    carried(office, on_turn, before=lambda courier: courier.wake())

    assert states(office) == ["delivered", "delivered"]
    assert [record.message for record in caplog.records] == ["A turn failed"]


def test_a_turn_that_failed_was_a_look_all_the_same(office: Office) -> None:
    """Whoever watches for a dispatcher that hangs must not take an outage for it."""
    outage = Outage(office)
    outage.failures_left = 2
    looks: list[tuple[int, bool]] = []

    def now(courier: Courier) -> datetime:
        looks.append((outage.failures_left, math.isfinite(courier.looked_at)))
        return outage()

    def before(courier: Courier) -> None:
        office.database._clock = lambda: now(courier)
        courier.wake()

    def on_turn(courier: Courier, road: Road, turn: Turn) -> None:
        road.is_clear.set()
        courier.stop()

    carried(office, on_turn, before=before)

    assert looks[:2] == [(2, False), (1, True)]


def test_an_outage_to_the_end_leaves_what_came_home_to_the_next_start(office: Office) -> None:
    """It went out, but nobody could write that down: it goes again, under the same id."""
    outage = Outage(office)

    def on_turn(courier: Courier, road: Road, turn: Turn) -> None:
        courier.stop()
        road.is_clear.set()
        asyncio.get_running_loop().call_soon(setattr, outage, "failures_left", 1_000)

    assert len(carried(office, on_turn)) == 2
    outage.failures_left = 0
    assert states(office) == ["in_flight", "in_flight"]


def test_more_than_one_turn_takes_is_taken_without_a_pause(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifier.flow.dispatch.NOTICES_PER_TURN", 1)
    monkeypatch.setattr("notifier.flow.courier.LOOK_AT_LEAST_EVERY_SECONDS", 1e9)

    def on_turn(courier: Courier, road: Road, turn: Turn) -> None:
        if len(road.begun) + len(turn.tickets) == 2:
            road.is_clear.set()
            courier.stop()

    assert len(carried(office, on_turn)) == 2


def test_what_waits_for_a_token_is_looked_at_when_there_is_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four messages to each, and an endpoint may have five a second and none at once."""
    office.takes_in(
        *(listed(row, assignees=(LAWYER, SECOND_LAWYER)) for row in range(10, 13)), source="more"
    )
    office.limits = replace(office.limits, rate=Rate(per_second=5.0, burst=1))
    monkeypatch.setattr("notifier.flow.courier.LOOK_AT_LEAST_EVERY_SECONDS", 1e9)

    def on_turn(courier: Courier, road: Road, turn: Turn) -> None:
        road.is_clear.set()
        if len(road.begun) + len(turn.tickets) == 8:
            courier.stop()

    assert len(carried(office, on_turn)) == 8
    assert states(office) == ["delivered"] * 8


def test_no_attempt_begins_once_its_time_ran_out_while_it_was_claimed(office: Office) -> None:
    until = min(row["useful_until"] for row in office.notices(kind="hearing.new"))
    office.wait_until(until - timedelta(microseconds=1))

    def on_turn(courier: Courier, road: Road, turn: Turn) -> None:
        if turn.recorded:
            courier.stop()

    assert carried(office, on_turn) == []
    details = {row["detail"] for one in office.messages() for row in office.attempts(one["id"])}
    assert details == {"its deadline came while it was being claimed"}
