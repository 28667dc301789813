"""The guarded GET: called like a receiver, without a body or a signature."""

from __future__ import annotations

from notifier import __version__
from notifier.core.delivery import Outcome, OutcomeClass
from notifier.delivery.fetch import Fetcher
from notifier.delivery.transport import GuardedTransport
from tests.faults.server import NO_CONTENT, Peer, Receiver, Script, answering
from tests.faults.stage import LOOPBACK, NOW, PATIENT_SECONDS, RECEIVER, SHORT_SECONDS, play


def fetch(script: Script, *, timeout_seconds: float = PATIENT_SECONDS) -> tuple[Outcome, bytes]:
    async def scenario() -> tuple[Outcome, bytes]:
        transport = GuardedTransport(rules=LOOPBACK, resolver=RECEIVER)
        fetcher = Fetcher(transport, rules=LOOPBACK)
        async with Receiver(script) as receiver:
            outcome = await fetcher.get(
                receiver.url(), timestamp=NOW, timeout_seconds=timeout_seconds
            )
            await transport.aclose()
            return outcome, receiver.received

    return play(scenario)


def test_the_watcher_is_called() -> None:
    """A plain request that says who is calling."""
    outcome, received = fetch(answering(NO_CONTENT))
    assert outcome.outcome is OutcomeClass.DELIVERED
    assert received.startswith(b"GET /in/secret-path HTTP/1.1\r\n")
    assert f"user-agent: hearing-notifier/{__version__}\r\n".encode() in received
    assert b"webhook-" not in received


def test_a_watcher_that_complains() -> None:
    """What it says is kept."""
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\n\r\nno such ping"
    outcome, _ = fetch(answering(answer))
    assert (outcome.outcome, outcome.response) == (OutcomeClass.UNAUTHORISED, b"no such ping")


def test_a_watcher_that_hangs_does_not_hold_us_up() -> None:
    """The same clock as for a delivery."""

    async def hang(peer: Peer) -> None:
        await peer.wait_for_hang_up()

    outcome, _ = fetch(hang, timeout_seconds=SHORT_SECONDS)
    assert outcome.outcome is OutcomeClass.TIMED_OUT


def test_the_guard_stands_before_it() -> None:
    """A heartbeat URL is no way inside either."""

    async def scenario() -> Outcome:
        transport = GuardedTransport(rules=LOOPBACK, resolver=RECEIVER)
        return await Fetcher(transport, rules=LOOPBACK).get(
            "http://10.0.0.1/", timestamp=NOW, timeout_seconds=PATIENT_SECONDS
        )

    assert play(scenario).outcome is OutcomeClass.REFUSED_ADDRESS
