"""Traffic: what is under way fills slots and shares, and what came home teaches about endpoints."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from notifier.core.delivery import Delivery, Outcome
from notifier.core.pacing import FIRST_WINDOW, OPEN_SECONDS, OPENS_AFTER, Rate, Share
from notifier.flow.attempts import Limits, Ticket
from notifier.flow.traffic import Traffic
from tests.support.wire import SLOW, TAKEN

LIMITS = Limits(in_flight=8, in_flight_per_endpoint=4, rate=Rate(per_second=10.0, burst=20))


def ticket(number: int, endpoint_id: str = "end_1", *, tries: int = 1) -> Ticket:
    """An attempt at a message."""
    return Ticket(
        delivery=Delivery(
            message_id=f"msg_{number}", endpoint_id=endpoint_id, url="", body=b"", secrets=()
        ),
        epoch=tries,
        tries=tries,
        timeout_seconds=10.0,
        claimed_at=datetime(2026, 11, 22, tzinfo=UTC),
    )


@pytest.fixture
def traffic() -> Traffic:
    """Nothing is under way, and nobody is known."""
    return Traffic(LIMITS)


def through(traffic: Traffic, *outcomes: Outcome, now: float = 100.0) -> None:
    """One attempt after the other, each over at once."""
    for number, outcome in enumerate(outcomes):
        traffic.begins(ticket(number), now=now)
        traffic.ends(ticket(number), outcome, now=now)


def test_at_first_everything_is_free_and_everybody_unknown(traffic: Traffic) -> None:
    room = traffic.room(now=100.0)

    assert (room.slots, room.for_others, room.shares) == (8, 6, {})
    assert room.otherwise == Share(ordinary=FIRST_WINDOW, last_chance=4)
    assert room.timeout == LIMITS.timeout
    assert traffic.opens_after(now=100.0) is None


def test_an_attempt_holds_a_slot_until_it_ends(traffic: Traffic) -> None:
    traffic.begins(ticket(1), now=100.0)
    held = traffic.room(now=100.0)
    traffic.ends(ticket(1), TAKEN, now=100.1)
    free = traffic.room(now=100.1)

    assert (held.slots, held.shares["end_1"]) == (7, Share(ordinary=1, last_chance=3))
    assert (free.slots, free.shares["end_1"]) == (8, Share(ordinary=3, last_chance=4))


def test_first_tries_leave_the_slots_of_retries_alone(traffic: Traffic) -> None:
    traffic.begins(ticket(1), now=100.0)
    traffic.begins(ticket(2, "end_2", tries=2), now=100.0)

    room = traffic.room(now=100.0)

    assert (room.slots, room.for_others) == (6, 5)


def test_a_first_try_past_an_endpoints_share_is_no_reserved_one(traffic: Traffic) -> None:
    """It was let through as a last chance."""
    for number in range(3):
        traffic.begins(ticket(number), now=100.0)

    assert traffic.room(now=100.0).for_others == 5


def test_an_endpoint_that_fails_is_held_back_until_its_probe(traffic: Traffic) -> None:
    through(traffic, *[SLOW] * OPENS_AFTER)

    assert traffic.room(now=100.0).held_back == ["end_1"]
    assert traffic.opens_after(now=100.0) == OPEN_SECONDS
    assert traffic.room(now=100.0 + OPEN_SECONDS).held_back == []


def test_an_endpoint_that_takes_everything_is_slowed_by_its_rate_alone(traffic: Traffic) -> None:
    through(traffic, *[TAKEN] * 20)

    assert traffic.room(now=100.0).held_back == ["end_1"]
    assert traffic.opens_after(now=100.0) == pytest.approx(0.1)
    assert traffic.room(now=110.0).shares["end_1"] == Share(ordinary=4, last_chance=4)
