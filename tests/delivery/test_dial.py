"""From a judged name to a connection: which address is taken, and whose fault it is if none is."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.delivery import dial
from notifier.delivery.dial import judged_addresses, vet
from notifier.delivery.guard import Allowance, GuardRules, Refusal, Target, check_url
from tests.faults.server import NO_CONTENT, Receiver, answering, deaf_port
from tests.faults.stage import LOOPBACK, RECEIVER, Names, connects, play, post, sender

EVERYWHERE = GuardRules(
    allow=(Allowance.parse("127.0.0.0/8"), Allowance.parse("::1")), http_allowed=True
)
DELIVERED = OutcomeClass.DELIVERED


def post_to(*addresses: str) -> tuple[Outcome, list[str]]:
    """One POST to a name with these addresses; only 127.0.0.1 listens. Where was connected?"""

    async def scenario() -> tuple[Outcome, list[str]]:
        names = Names({"receiver.test": addresses})
        async with (
            Receiver(answering(NO_CONTENT)) as receiver,
            sender(rules=EVERYWHERE, resolver=names) as made,
        ):
            with connects() as seen:
                return await post(made, receiver.url()), seen

    return play(scenario)


def test_the_next_address_is_tried() -> None:
    """One dead address of several delays and loses nothing."""
    outcome, seen = post_to("127.0.0.3", "127.0.0.4", "127.0.0.1", "127.0.0.5")
    assert outcome.outcome is DELIVERED
    assert [address.split("'")[1] for address in seen] == ["127.0.0.3", "127.0.0.4", "127.0.0.1"]


def test_not_more_addresses_are_tried_than_time_allows() -> None:
    """Four; the last one's error is told."""
    outcome, seen = post_to(*(f"127.0.0.{number}" for number in range(3, 10)))
    assert (outcome.outcome, outcome.detail) == (OutcomeClass.UNREACHABLE, "refused")
    assert len(seen) == 4


def test_an_address_that_hangs_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each address but the last has its own short time."""
    monkeypatch.setattr(dial, "ADDRESS_SECONDS", 0.05)

    async def scenario() -> Outcome:
        with deaf_port() as port:
            names = Names({"receiver.test": ("127.0.0.1", "127.0.0.3")})
            async with (
                Receiver(answering(NO_CONTENT), host="127.0.0.3", port=port) as receiver,
                sender(rules=EVERYWHERE, resolver=names) as made,
            ):
                return await post(made, receiver.url())

    assert play(scenario).outcome is DELIVERED


def test_the_families_take_turns() -> None:
    """A network without one of them loses one try and not four."""
    six, four = ("2606:4700::1", "2606:4700::2"), ("8.8.8.8", "9.9.9.9", "1.1.1.1")
    target = check_url("https://a.test/", GuardRules())
    assert isinstance(target, Target)
    found = asyncio.run(
        judged_addresses(target, rules=GuardRules(), resolver=Names({"a.test": six + four}))
    )
    assert found == ("2606:4700::1", "8.8.8.8", "2606:4700::2", "9.9.9.9", "1.1.1.1")


def loopbacks() -> list[str]:
    """The loopback addresses of this machine: IPv6 is not everywhere."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return ["127.0.0.1"]
    return ["127.0.0.1", "::1"]


@pytest.mark.parametrize("address", loopbacks())
@pytest.mark.parametrize("by", ["name", "literal"])
def test_both_families_are_spoken(address: str, by: str) -> None:
    """By name, and by the address itself where the operator has allowed it."""

    async def scenario() -> tuple[Outcome, bytes]:
        names = Names({"receiver.test": (address,)})
        literal = f"[{address}]" if ":" in address else address
        host = "receiver.test" if by == "name" else literal
        async with (
            Receiver(answering(NO_CONTENT), host=address) as receiver,
            sender(rules=EVERYWHERE, resolver=names) as made,
        ):
            outcome = await post(made, receiver.url(host))
            assert f"host: {host}:{receiver.port}\r\n".encode() in receiver.received
            return outcome, receiver.received

    assert play(scenario)[0].outcome is DELIVERED


@contextmanager
def no_file_descriptors() -> Iterator[None]:
    """This process may open nothing more while the block runs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_our_own_want_of_sockets_is_not_the_receivers_fault() -> None:
    """It counts against us and not against the endpoint, and the next attempt is fine."""

    async def scenario() -> tuple[Outcome, Outcome]:
        async with Receiver(answering(NO_CONTENT)) as receiver, sender() as made:
            with no_file_descriptors():
                without = await post(made, receiver.url())
            return without, await post(made, receiver.url())

    without, later = play(scenario)
    assert (without.outcome, without.detail) == (OutcomeClass.INTERNAL, "OSError EMFILE")
    assert later.outcome is DELIVERED


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        pytest.param("http://receiver.test:9001/in", "", id="fine"),
        pytest.param("http://127.0.0.1:9001/in", "", id="an address that is allowed"),
        pytest.param("http://nowhere.test:9001/in", "does not resolve", id="no such name"),
        pytest.param("http://inside.test:9001/in", "10.0.0.0/8", id="a name that points inside"),
        pytest.param("http://10.0.0.1:9001/in", "10.0.0.0/8", id="an address inside"),
    ],
)
def test_registration_is_judged_like_a_connect(url: str, reason: str) -> None:
    """And connects nowhere."""
    names = Names({**RECEIVER.known, "inside.test": ("10.0.0.1",)})
    with connects() as seen:
        found = play(lambda: vet(url, rules=LOOPBACK, resolver=names))
    assert seen == []
    if reason:
        assert isinstance(found, Refusal)
        assert reason in found.reason
    else:
        assert isinstance(found, Target)
