"""The transport: connections kept and shared, requests clean, nothing from the environment."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.delivery.errors import AddressRefused, ClosedEarly
from notifier.delivery.guard import GuardRules
from notifier.delivery.pool import Keeping
from notifier.delivery.transport import GuardedTransport
from tests.faults.server import NO_CONTENT, Peer, Receiver, Script, answering
from tests.faults.stage import LOOPBACK, RECEIVER, connects, play, post, sender

CLOSING = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
DELIVERED = OutcomeClass.DELIVERED


def connections_of(script: Script, *, posts: int = 5, keeping: Keeping | None = None) -> int:
    """How many connections so many POSTs one after the other take."""

    async def scenario() -> int:
        async with Receiver(script) as receiver, sender(keeping=keeping) as made:
            for _ in range(posts):
                assert (await post(made, receiver.url())).outcome is DELIVERED
            return len(receiver.peers)

    return play(scenario)


async def surplus(peer: Peer) -> None:
    while await peer.request():
        await peer.say(NO_CONTENT + b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize(
    ("script", "keeping", "expected"),
    [
        pytest.param(answering(NO_CONTENT), None, 1, id="kept"),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
            None, 1, id="kept after a chunked body",
        ),
        pytest.param(answering(CLOSING), None, 5, id="the receiver says close"),
        pytest.param(
            answering(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"), None, 5, id="HTTP/1.0"
        ),
        pytest.param(surplus, None, 5, id="a second answer nobody asked for"),
        pytest.param(answering(NO_CONTENT), Keeping(seconds=0.0), 5, id="kept for no time"),
        pytest.param(answering(NO_CONTENT), Keeping(per_origin=0), 5, id="none kept per origin"),
        pytest.param(answering(NO_CONTENT), Keeping(total=0), 5, id="none kept at all"),
    ],
)  # fmt: skip
def test_connections_are_kept(script: Script, keeping: Keeping | None, expected: int) -> None:
    """For the next message to the same place, unless something speaks against it."""
    assert connections_of(script, keeping=keeping) == expected


def test_many_at_once_have_a_connection_each_and_share_them_afterwards() -> None:
    """Thirty in flight, three rounds: thirty connections."""

    async def scenario() -> int:
        async with Receiver(answering(NO_CONTENT)) as receiver, sender() as made:
            for _ in range(3):
                await asyncio.gather(*(post(made, receiver.url()) for _ in range(30)))
            return len(receiver.peers)

    assert play(scenario) == 30


def test_origins_do_not_share() -> None:
    """Two names with one address are two receivers: their certificates may differ."""

    async def scenario() -> int:
        async with Receiver(answering(NO_CONTENT)) as receiver, sender() as made:
            await post(made, receiver.url("receiver.test"))
            await post(made, receiver.url("other.test"))
            return len(receiver.peers)

    assert play(scenario) == 2


def test_idle_connections_are_hung_up() -> None:
    """Without any further request: the receiver sees the end."""

    async def scenario() -> bool:
        gone = asyncio.Event()

        async def script(peer: Peer) -> None:
            await peer.request()
            await peer.say(NO_CONTENT)
            await peer.wait_for_hang_up()
            gone.set()

        async with Receiver(script) as receiver, sender(keeping=Keeping(seconds=0.05)) as made:
            await post(made, receiver.url())
            await asyncio.wait_for(gone.wait(), 20)
            return gone.is_set()

    assert play(scenario)


def test_a_kept_connection_that_dies_as_it_is_used_costs_nothing() -> None:
    """Not a byte of an answer came: once more over a new connection, with the same id."""

    async def one_answer_each(peer: Peer) -> None:
        await peer.request()
        await peer.say(NO_CONTENT)
        if await peer.request():
            peer.reset()

    async def scenario() -> tuple[list[Outcome], list[bytes]]:
        async with Receiver(one_answer_each) as receiver, sender() as made:
            outcomes = [await post(made, receiver.url()) for _ in range(2)]
            return outcomes, [peer.received for peer in receiver.peers]

    outcomes, received = play(scenario)
    assert [outcome.outcome for outcome in outcomes] == [DELIVERED] * 2
    assert [data.count(b"webhook-id: msg_2mQ7c4\r\n") for data in received] == [2, 1]


def test_a_kept_connection_that_dies_within_an_answer_is_a_failure() -> None:
    """A byte of an answer has come: what it would have said, nobody knows."""

    async def half_an_answer(peer: Peer) -> None:
        await peer.request()
        await peer.say(NO_CONTENT)
        await peer.request()
        await peer.say(b"HTTP/1.1 2")

    async def scenario() -> tuple[Outcome, int]:
        async with Receiver(half_an_answer) as receiver, sender() as made:
            await post(made, receiver.url())
            return await post(made, receiver.url()), len(receiver.peers)

    outcome, connections = play(scenario)
    assert (outcome.outcome, outcome.detail) == (OutcomeClass.UNREACHABLE, "closed")
    assert connections == 1


def test_the_second_try_is_the_last() -> None:
    """A receiver that always cuts does not keep us busy."""

    async def always_cut(peer: Peer) -> None:
        await peer.request()
        if peer.number == 1:
            await peer.say(NO_CONTENT)
            await peer.request()
        peer.reset()

    async def scenario() -> tuple[Outcome, int]:
        async with Receiver(always_cut) as receiver, sender() as made:
            await post(made, receiver.url())
            return await post(made, receiver.url()), len(receiver.peers)

    outcome, connections = play(scenario)
    assert (outcome.outcome, connections) == (OutcomeClass.UNREACHABLE, 2)


def test_a_connection_closed_by_the_receiver_meanwhile_is_not_used() -> None:
    """Its end was seen while it was idle: the request is sent once."""

    async def hang_up_after_one(peer: Peer) -> None:
        await peer.request()
        await peer.say(NO_CONTENT)

    async def scenario() -> bytes:
        async with Receiver(hang_up_after_one) as receiver, sender() as made:
            for _ in range(5):
                assert (await post(made, receiver.url())).outcome is DELIVERED
            return receiver.received

    assert play(scenario).count(b"POST ") == 5


async def raw(request: httpx.Request, *, rules: GuardRules = LOOPBACK) -> httpx.Response:
    transport = GuardedTransport(rules=rules, resolver=RECEIVER)
    try:
        response = await transport.handle_async_request(request)
        await response.aread()
        return response
    finally:
        await transport.aclose()


def test_it_serves_httpx_as_any_transport() -> None:
    """A client of httpx can use it; what frames the request is ours to say."""

    async def scenario() -> tuple[str, bytes]:
        body = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 5\r\n\r\nhello"
        async with Receiver(answering(body)) as receiver:
            transport = GuardedTransport(rules=LOOPBACK, resolver=RECEIVER)
            async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
                response = await client.post(
                    receiver.url(), content=b"abc", headers={"expect": "100-continue"}
                )
                assert response.headers.get_list("x-a") == ["1", "2"]
                return response.text, receiver.received

    text, received = play(scenario)
    assert text == "hello"
    assert received.lower().count(b"host:") == 1
    assert received.lower().count(b"content-length:") == 1
    assert b"accept-encoding: identity\r\n" in received
    assert b"expect" not in received


def test_a_get_has_no_body() -> None:
    """And says nothing about one."""

    async def scenario() -> bytes:
        async with Receiver(answering(NO_CONTENT)) as receiver:
            await raw(httpx.Request("GET", receiver.url(path="/ping?a=b%20c")))
            return receiver.received

    assert play(scenario).startswith(b"GET /ping?a=b%20c HTTP/1.1\r\nhost: receiver.test:")


@pytest.mark.parametrize(
    "header",
    [
        (b"x", b"a\r\nx-injected: 1"),
        (b"x", b"a\nx-injected: 1"),
        (b"x", b"a\x00"),
        (b"x", "é".encode()),
        (b"x", b"\x1b[31m"),
        (b"x: y\r\nz", b"a"),
        (b"", b"a"),
    ],
    ids=repr,
)
def test_a_header_that_is_not_clean_is_never_sent(header: tuple[bytes, bytes]) -> None:
    """Refused before anything is connected."""

    async def scenario() -> list[str]:
        request = httpx.Request("POST", "http://receiver.test:9/in", headers=[header])
        with connects() as seen, pytest.raises(httpx.LocalProtocolError):
            await raw(request)
        return seen

    assert play(scenario) == []


def test_the_guard_is_asked_here_as_well() -> None:
    """Whoever comes past the sender meets the same judgement."""
    for url in ("http://receiver.test:9/in", "https://10.0.0.1/in", "https://receiver.test/in"):
        with pytest.raises(AddressRefused):
            asyncio.run(raw(httpx.Request("POST", url), rules=GuardRules()))


def test_proxies_in_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither proxies nor .netrc: not one byte reaches the proxy."""

    async def scenario() -> tuple[Outcome, bytes, bytes]:
        async with (
            Receiver(answering(NO_CONTENT)) as proxy,
            Receiver(answering(NO_CONTENT)) as receiver,
        ):
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv("NO_PROXY", "")
            async with sender() as made:
                return await post(made, receiver.url()), proxy.received, receiver.received

    outcome, to_proxy, to_receiver = play(scenario)
    assert outcome.outcome is DELIVERED
    assert to_proxy == b""
    assert to_receiver.startswith(b"POST /in/secret-path HTTP/1.1\r\n")


def test_a_connection_that_has_ended_takes_no_request() -> None:
    """The peer hung up right after the handshake: said at once and not waited for."""

    async def hang_up(peer: Peer) -> None:
        peer.reset()

    async def scenario() -> Outcome:
        async with Receiver(hang_up) as receiver, sender() as made:
            return await post(made, receiver.url())

    outcome = play(scenario)
    assert outcome.outcome is OutcomeClass.UNREACHABLE
    assert outcome.detail in {"closed", "reset"}
    assert issubclass(ClosedEarly, httpx.RemoteProtocolError)
