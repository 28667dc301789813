"""A receiver that fails, hangs or flaps delays itself, and nobody meets silence because of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from notifier.core.delivery import OutcomeClass
from notifier.core.pacing import FIRST_WINDOW, LAST_CHANCE_TIMEOUTS, OPENS_AFTER, Rate
from notifier.flow.attempts import Limits
from notifier.flow.dispatch import Turn
from tests.faults.herd import Answers, Herd, Sent, Try, Witness, all_ended, hangs, takes
from tests.faults.server import NO_CONTENT, Peer
from tests.faults.stage import play

MESSAGES, ENDPOINTS, HANGING = 1_000, 50, 15
RATE = Rate(per_second=50.0, burst=100)  # the settings' defaults
FAILED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"


def tries(sent: list[Sent]) -> Iterator[tuple[Sent, Try]]:
    """Every attempt with its message."""
    return ((message, one) for message in sent for one in message.tries)


def assert_in_time(sent: list[Sent]) -> None:
    """The contract: never early, never after the deadline."""
    assert [one for message, one in tries(sent) if one.began_at < message.due_at] == []
    assert [one for message, one in tries(sent) if one.began_at >= message.useful_until] == []


def test_a_third_that_hangs_delays_nobody_else(tmp_path: Path) -> None:
    """A thousand due at once: what is due to others is taken before the first one times out."""
    healthy = MESSAGES // ENDPOINTS * (ENDPOINTS - HANGING)

    async def answers(number: int, peer: Peer) -> None:
        await (hangs if number < HANGING else takes)(number, peer)

    def all_taken(witness: Witness, turn: Turn) -> bool:
        ends = [one.outcome for tried in witness.tries.values() for one in tried]
        return ends.count(OutcomeClass.DELIVERED) == healthy and turn.tickets == ()

    herd = Herd(tmp_path, messages=MESSAGES, endpoints=ENDPOINTS)
    sent = play(
        lambda: herd.run(
            answers,
            limits=Limits(timeout=timedelta(seconds=60), rate=RATE),
            over=timedelta(0),
            useful_for=timedelta(hours=1),
            is_over=all_taken,
        )
    )

    assert_in_time(sent)
    taken = Counter(one.outcome for _, one in tries(sent))
    assert taken == {"delivered": healthy, None: HANGING * FIRST_WINDOW}, "those hang still"
    assert {one.state for one in sent if one.number >= HANGING} == {"delivered"}, "and recorded"
    assert [herd.most_at_once[number] for number in range(HANGING)] == [FIRST_WINDOW] * HANGING


async def fails(number: int, peer: Peer) -> None:
    """Answer at once that nothing works."""
    await peer.say(FAILED)


class Flaps:
    """Fails twice as often as a breaker takes to open, then takes one, and again."""

    def __init__(self) -> None:
        self._asked: Counter[int] = Counter()

    async def __call__(self, number: int, peer: Peer) -> None:
        """See ``Answers``."""
        self._asked[number] += 1
        is_up = self._asked[number] % (2 * OPENS_AFTER) == 0
        await peer.say(NO_CONTENT if is_up else FAILED)


def test_a_breaker_holds_back_everything_but_a_message_in_its_last_chance(tmp_path: Path) -> None:
    """Ten messages to each of six endpoints, of use for eight seconds; breakers open long before.

    Two endpoints fail, two hang, two flap: whoever takes one in ten is tried to the end.
    """
    timeout, endpoints, each = timedelta(seconds=1), 6, 10
    window = LAST_CHANCE_TIMEOUTS * timeout
    kinds: tuple[Answers, ...] = (fails, hangs, Flaps())

    async def answers(number: int, peer: Peer) -> None:
        await kinds[number % len(kinds)](number, peer)

    herd = Herd(tmp_path, messages=endpoints * each, endpoints=endpoints)
    sent = play(
        lambda: herd.run(
            answers,
            limits=Limits(timeout=timeout, rate=RATE),
            over=timedelta(0),
            useful_for=timedelta(seconds=8),
            is_over=all_ended,
        )
    )

    assert_in_time(sent)
    assert len(sent) == endpoints * each
    early = Counter(
        message.number
        for message, one in tries(sent)
        if one.began_at < message.useful_until - window
    )
    assert all(early[number] < OPENS_AFTER + FIRST_WINDOW for number in range(endpoints))
    untried = [
        one
        for one in sent
        if one.state != "delivered"
        and not any(tried.began_at >= one.useful_until - window for tried in one.tries)
    ]
    assert untried == []
    assert {one.number % 3 for one in sent if one.state == "delivered"} == {2}
    assert max(herd.most_at_once.values()) <= Limits().in_flight_per_endpoint
