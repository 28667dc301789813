"""Receivers that refuse, reset, hang and drip: the right class, and in time."""

from __future__ import annotations

import asyncio

import pytest

from notifier.core.delivery import Outcome, OutcomeClass
from tests.faults.server import NO_CONTENT, Peer, Receiver, Script, closed_port, deaf_port
from tests.faults.stage import LATE_SECONDS, SHORT_SECONDS, play, post, sender

BROKEN, DELIVERED = OutcomeClass.BROKEN, OutcomeClass.DELIVERED
TIMED_OUT, UNREACHABLE = OutcomeClass.TIMED_OUT, OutcomeClass.UNREACHABLE


def outcome_of(script: Script, *, timeout_seconds: float = 20.0) -> Outcome:
    async def scenario() -> Outcome:
        async with Receiver(script) as receiver, sender() as made:
            return await post(made, receiver.url(), timeout_seconds=timeout_seconds)

    return play(scenario)


async def reset_after_the_request(peer: Peer) -> None:
    await peer.request()
    peer.reset()


async def reset_in_the_headers(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-")
    peer.reset()


async def close_after_the_request(peer: Peer) -> None:
    await peer.request()


async def half_close_after_the_request(peer: Peer) -> None:
    await peer.request()
    peer.half_close()
    await peer.wait_for_hang_up()


async def close_in_the_headers(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-")


async def talk_before_being_asked(peer: Peer) -> None:
    await peer.say(b"220 mail.example ESMTP\r\n")
    await peer.wait_for_hang_up()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param(reset_after_the_request, (UNREACHABLE, "reset"), id="reset after request"),
        pytest.param(reset_in_the_headers, (UNREACHABLE, "reset"), id="reset in the headers"),
        pytest.param(close_after_the_request, (UNREACHABLE, "closed"), id="close after request"),
        pytest.param(half_close_after_the_request, (UNREACHABLE, "closed"), id="half close"),
        pytest.param(close_in_the_headers, (UNREACHABLE, "closed"), id="close in the headers"),
    ],
)
def test_a_connection_that_ends_before_the_answer(
    script: Script, expected: tuple[OutcomeClass, str]
) -> None:
    """Before the headers are complete there is no answer, however the connection ends."""
    outcome = outcome_of(script)
    assert (outcome.outcome, outcome.detail) == expected
    assert outcome.status is None


def test_a_port_where_nobody_listens() -> None:
    """Refused is told apart from the rest."""

    async def scenario() -> Outcome:
        with closed_port() as port:
            async with sender() as made:
                return await post(made, f"http://receiver.test:{port}/in")

    outcome = play(scenario)
    assert (outcome.outcome, outcome.detail) == (UNREACHABLE, "refused")


def test_a_peer_that_speaks_before_it_is_asked() -> None:
    """Whether its greeting comes before or after our request, nothing is taken for delivered."""
    outcome = outcome_of(talk_before_being_asked)
    assert outcome.outcome in {BROKEN, UNREACHABLE}


async def never_answer(peer: Peer) -> None:
    await peer.wait_for_hang_up()


async def drip_the_status_line(peer: Peer) -> None:
    await peer.request()
    await peer.drip(b"HTTP/1.1 200 OK\r\n" * 20)


async def drip_a_header(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\n")
    await peer.drip(b"X-Slow: " + b"a" * 1000)


async def answer_too_late(peer: Peer) -> None:
    await peer.request()
    await asyncio.sleep(SHORT_SECONDS * 2)
    await peer.say(NO_CONTENT)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(never_answer, id="no answer at all"),
        pytest.param(drip_the_status_line, id="the status line drips"),
        pytest.param(drip_a_header, id="a header drips"),
        pytest.param(answer_too_late, id="204 after our time"),
    ],
)
def test_an_answer_that_does_not_come_in_time(script: Script) -> None:
    """One clock runs over the whole attempt; bytes that trickle in do not wind it up again."""
    outcome = outcome_of(script, timeout_seconds=SHORT_SECONDS)
    assert (outcome.outcome, outcome.status) == (TIMED_OUT, None)
    assert outcome.detail == "time ran out waiting for the answer"
    assert outcome.duration_seconds <= SHORT_SECONDS + LATE_SECONDS


def test_a_port_that_never_accepts() -> None:
    """Connecting is on the same clock."""

    async def scenario() -> Outcome:
        with deaf_port() as port:
            async with sender() as made:
                url = f"http://receiver.test:{port}/in"
                return await post(made, url, timeout_seconds=SHORT_SECONDS)

    outcome = play(scenario)
    assert (outcome.outcome, outcome.detail) == (TIMED_OUT, "time ran out connecting")
    assert outcome.duration_seconds <= SHORT_SECONDS + LATE_SECONDS


def test_an_answer_after_our_time_is_not_taken_for_the_next_one() -> None:
    """A late 204 belongs to nobody: the next attempt goes over a connection of its own."""

    async def late_then_gone(peer: Peer) -> None:
        await peer.request()
        if peer.number == 1:
            await asyncio.sleep(SHORT_SECONDS * 1.5)
            await peer.say(NO_CONTENT)
        else:
            await peer.say(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")

    async def scenario() -> tuple[Outcome, Outcome, int]:
        async with Receiver(late_then_gone) as receiver, sender() as made:
            first = await post(made, receiver.url(), timeout_seconds=SHORT_SECONDS)
            second = await post(made, receiver.url())
            return first, second, len(receiver.peers)

    first, second, connections = play(scenario)
    assert (first.outcome, second.outcome) == (TIMED_OUT, OutcomeClass.GONE)
    assert connections == 2


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(b"", id="while waiting for the answer"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", id="within the body"),
    ],
)
def test_an_attempt_whose_time_is_over_hangs_up(before: bytes) -> None:
    """The receiver learns at once that nobody listens any more, and no socket is kept."""

    async def scenario() -> bool:
        hung_up = asyncio.Event()

        async def script(peer: Peer) -> None:
            await peer.request()
            await peer.say(before)
            try:
                await peer.wait_for_hang_up()
            finally:
                hung_up.set()

        async with Receiver(script) as receiver, sender() as made:
            await post(made, receiver.url(), timeout_seconds=SHORT_SECONDS)
            await asyncio.wait_for(hung_up.wait(), 20)
            return hung_up.is_set()

    assert play(scenario)


async def drip_the_body(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    await peer.drip(b"a" * 1000)


async def reset_in_the_body(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome")
    await asyncio.sleep(0.05)  # let the headers arrive before the reset overtakes them
    peer.reset()


async def close_in_the_body(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome")


async def break_the_chunks(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
    await peer.wait_for_hang_up()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param(drip_the_body, "time ran out", id="the body drips"),
        pytest.param(reset_in_the_body, "reset", id="reset in the body"),
        pytest.param(close_in_the_body, "closed", id="the body is shorter than promised"),
        pytest.param(break_the_chunks, "the answer is not HTTP", id="a chunk without a length"),
    ],
)
def test_a_body_that_breaks_after_a_2xx(script: Script, reason: str) -> None:
    """The status line decides: it is delivered, and the outcome notes what happened."""
    outcome = outcome_of(script, timeout_seconds=SHORT_SECONDS)
    assert (outcome.outcome, outcome.detail) == (DELIVERED, f"the answer broke off: {reason}")
    assert outcome.duration_seconds <= SHORT_SECONDS + LATE_SECONDS
