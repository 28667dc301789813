"""Answers made to fill our memory, to send us elsewhere or to confuse: capped, ignored, classed."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc

import pytest

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.delivery.answer import Caps
from tests.faults.server import NO_CONTENT, Peer, Receiver, Script, answering
from tests.faults.stage import PATIENT_SECONDS, connects, play, post, sender

BROKEN, DELIVERED = OutcomeClass.BROKEN, OutcomeClass.DELIVERED
REJECTED, THROTTLED = OutcomeClass.REJECTED, OutcomeClass.THROTTLED
MEMORY_BYTES = 2 * 1024 * 1024  # the contract: one attempt costs at most this much
MEGABYTE = 1024 * 1024


def outcome_of(script: Script) -> Outcome:
    async def scenario() -> Outcome:
        async with Receiver(script) as receiver, sender() as made:
            return await post(made, receiver.url())

    return play(scenario)


def said(answer: bytes) -> Outcome:
    """What becomes of an attempt that gets these very bytes and a closed connection."""

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(answer)

    return outcome_of(script)


BOMB = gzip.compress(bytes(20 * MEGABYTE))


async def gzip_bomb(peer: Peer) -> None:
    await peer.request()
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB)
    await peer.say(head + BOMB)
    await peer.wait_for_hang_up()


async def mislabelled_bomb(peer: Peer) -> None:
    await peer.request()
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: br, gzip, identity\r\n"
    await peer.say(head + b"Content-Length: %d\r\n\r\n" % len(BOMB) + BOMB)
    await peer.wait_for_hang_up()


async def endless_chunks(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await peer.say(b"10000\r\n" + bytes(0x10000) + b"\r\n")


async def endless_tiny_chunks(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await peer.say(b"1\r\na\r\n" * 1000)


async def endless_chunk_extension(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=")
    while True:
        await peer.say(b"a" * 10_000)


async def endless_trailer(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Trailer: ")
    while True:
        await peer.say(b"a" * 10_000)


async def a_terabyte(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
    while True:
        await peer.say(bytes(65_536))


async def until_the_end_of_time(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        await peer.say(bytes(65_536))


async def two_megabytes_of_headers(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\n")
    for number in range(2000):
        await peer.say(b"X-Header-%d: %b\r\n" % (number, b"a" * 1000))
    await peer.say(b"Content-Length: 0\r\n\r\n")
    await peer.wait_for_hang_up()


async def one_endless_header(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        await peer.say(b"a" * 10_000)


async def flood_of_early_hints(peer: Peer) -> None:
    await peer.request()
    while True:
        await peer.say(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param(gzip_bomb, DELIVERED, id="a gzip bomb"),
        pytest.param(mislabelled_bomb, DELIVERED, id="a bomb that says it is everything"),
        pytest.param(endless_chunks, DELIVERED, id="chunks without end"),
        pytest.param(endless_tiny_chunks, DELIVERED, id="tiny chunks without end"),
        pytest.param(endless_chunk_extension, DELIVERED, id="a chunk extension without end"),
        pytest.param(endless_trailer, DELIVERED, id="a trailer without end"),
        pytest.param(a_terabyte, DELIVERED, id="a terabyte"),
        pytest.param(until_the_end_of_time, DELIVERED, id="a body until the connection ends"),
        pytest.param(two_megabytes_of_headers, BROKEN, id="2 MB of headers"),
        pytest.param(one_endless_header, BROKEN, id="a header without end"),
        pytest.param(flood_of_early_hints, BROKEN, id="a flood of 1xx answers"),
    ],
)
def test_too_much_of_an_answer(script: Script, expected: OutcomeClass) -> None:
    """Reading stops at the caps, long before the time is over, and memory stays flat."""
    outcome_of(answering(NO_CONTENT))  # what is loaded once is no part of an attempt
    tracemalloc.start()
    try:
        outcome = outcome_of(script)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert outcome.outcome is expected
    assert outcome.duration_seconds < PATIENT_SECONDS
    assert len(outcome.response) <= 1024
    assert peak < MEMORY_BYTES


def test_a_bomb_is_kept_as_it_came() -> None:
    """Nothing is decompressed: what is kept are the first bytes on the wire."""
    assert outcome_of(gzip_bomb).response == BOMB[:1024]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(b"\x00\xff" * 2000, "the answer is not HTTP", id="binary junk"),
        pytest.param(b"<html>hello</html>", "the answer is not HTTP", id="HTTP/0.9"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", "the answer is not HTTP", id="an SSH server"),
        pytest.param(b"HTTP/1.1 2000 OK\r\n\r\n", "the answer is not HTTP", id="a long status"),
        pytest.param(b"HTTP/1.1 two OK\r\n\r\n", "the answer is not HTTP", id="a worded status"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "the answer is not HTTP",
            id="a negative length",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
            "the answer is not HTTP",
            id="a length beyond all numbers",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "the answer is not HTTP",
            id="two lengths",
        ),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\n" * 17,
            "too many informational answers",
            id="seventeen 1xx answers",
        ),
    ],
)
def test_what_is_not_http(answer: bytes, expected: str) -> None:
    """Junk is told apart from a receiver that cannot be reached."""
    outcome = said(answer)
    assert (outcome.outcome, outcome.detail, outcome.status) == (BROKEN, expected, None)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(NO_CONTENT, (DELIVERED, 204), id="204"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\nfine", (DELIVERED, 200), id="HTTP/1.0, then the end"),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
            b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",
            (DELIVERED, 201),
            id="two 1xx answers before the real one",
        ),
        pytest.param(
            b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nbody",
            (DELIVERED, 204),
            id="204 with a body",
        ),
        pytest.param(
            b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
            (REJECTED, 101),
            id="101",
        ),
        pytest.param(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", (REJECTED, 500), id="500"),
    ],
)
def test_what_is_http(answer: bytes, expected: tuple[OutcomeClass, int]) -> None:
    """Informational answers and missing lengths are part of HTTP."""
    outcome = said(answer)
    assert (outcome.outcome, outcome.status) == expected


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        pytest.param(b"http://169.254.169.254/latest/meta-data/", id="cloud metadata"),
        pytest.param(b"/elsewhere", id="the same host"),
        pytest.param(b"https://receiver.test/\\r\\nHost: inside", id="an escaped newline"),
    ],
)
def test_redirects_are_not_followed(status: int, location: bytes) -> None:
    """A redirect is a refused attempt: one connection, one request."""
    answer = b"HTTP/1.1 %d Moved\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % (status, location)

    async def scenario() -> tuple[Outcome, int, list[str]]:
        async with Receiver(answering(answer)) as receiver, sender() as made:
            with connects() as seen:
                outcome = await post(made, receiver.url())
            return outcome, receiver.received.count(b"POST "), seen

    outcome, requests, seen = play(scenario)
    assert (outcome.outcome, outcome.status) == (REJECTED, status)
    assert requests == 1
    assert len(seen) == 1


def test_a_location_with_a_newline_is_only_a_header() -> None:
    """What stands behind the newline is read as another header and nobody obeys it."""
    outcome = said(
        b"HTTP/1.1 302 Found\r\nLocation: http://a/\r\nX: y\r\nContent-Length: 0\r\n\r\n"
    )
    assert (outcome.outcome, outcome.status) == (REJECTED, 302)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(b"120", 120.0, id="seconds"),
        pytest.param(b"Tue, 14 Nov 2023 22:15:20 GMT", 120.0, id="an HTTP date"),
        pytest.param(b"1000000000", 86_400.0, id="thirty years"),
        pytest.param(b"1e9", None, id="not a whole number"),
        pytest.param(b"-5", None, id="negative"),
        pytest.param(b"soon", None, id="junk"),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after(status: int, value: bytes, expected: float | None) -> None:
    """It is read off the wire with 429 and 503; what cannot be read is as good as absent."""
    outcome = said(
        b"HTTP/1.1 %d Wait\r\nretry-AFTER: %b\r\nContent-Length: 0\r\n\r\n" % (status, value)
    )
    assert (outcome.outcome, outcome.status) == (THROTTLED, status)
    assert outcome.retry_after_seconds == expected


def test_caps_can_be_set() -> None:
    """A transport for larger answers is the same one with other caps."""

    async def scenario() -> tuple[Outcome, Outcome]:
        long_header = b"HTTP/1.1 200 OK\r\nX: %b\r\nContent-Length: 0\r\n\r\n" % (b"a" * 100_000)
        async with Receiver(answering(long_header)) as receiver:
            async with sender() as strict:
                refused = await post(strict, receiver.url())
            async with sender(caps=Caps(head_bytes=200_000)) as lenient:
                return refused, await post(lenient, receiver.url())

    refused, taken = play(scenario)
    assert (refused.outcome, taken.outcome) == (BROKEN, DELIVERED)
