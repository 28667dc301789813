"""Receivers that cannot prove who they are: refused by name, and not one byte of payload sent."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable

import pytest

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.delivery.tls import tls_context
from tests.faults.authority import Authority
from tests.faults.server import Peer, Receiver, Script, answering
from tests.faults.stage import LATE_SECONDS, SHORT_SECONDS, play, post, sender

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def meet(authority: Authority, server: ssl.SSLContext, name: str) -> tuple[Outcome, bytes, int]:
    """The outcome of one POST, what the receiver got of it, and how many connections."""

    async def scenario() -> tuple[Outcome, bytes, int]:
        trust = tls_context([authority.path])
        async with Receiver(answering(OK), tls=server) as receiver, sender(tls=trust) as made:
            outcome = await post(made, receiver.url(name))
            await post(made, receiver.url(name))
            return outcome, receiver.received, len(receiver.peers)

    return play(scenario)


def expired(authority: Authority) -> ssl.SSLContext:
    return authority.server("receiver.test", expired=True)


def wrong_name(authority: Authority) -> ssl.SSLContext:
    return authority.server("somebody-else.test")


def self_signed(authority: Authority) -> ssl.SSLContext:
    return authority.server("receiver.test", self_signed=True)


def tls_1_0(authority: Authority) -> ssl.SSLContext:
    context = authority.server("receiver.test")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # deprecated is what it is meant to be
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        pytest.param(expired, "the certificate has expired", id="expired"),
        pytest.param(wrong_name, "the certificate is for another name", id="wrong name"),
        pytest.param(self_signed, "the certificate is self-signed", id="self-signed"),
        pytest.param(tls_1_0, "", id="TLS 1.0: how the server says so is its own business"),
    ],
)
def test_a_receiver_that_is_not_trusted(
    authority: Authority, server: Callable[[Authority], ssl.SSLContext], reason: str
) -> None:
    """The reason is kept, and the payload stays with us."""
    outcome, received, _ = meet(authority, server(authority), "receiver.test")
    assert outcome.outcome is OutcomeClass.UNREACHABLE
    assert outcome.detail.startswith(f"tls: {reason}")
    assert received == b""


def test_an_authority_that_nobody_named(authority: Authority) -> None:
    """The operator's own authority counts only once it is named."""

    async def scenario() -> tuple[Outcome, bytes]:
        server = authority.server("receiver.test")
        async with Receiver(answering(OK), tls=server) as receiver, sender() as made:
            return await post(made, receiver.url()), receiver.received

    outcome, received = play(scenario)
    assert outcome.detail == "tls: the certificate's authority is not trusted"
    assert received == b""


def test_a_trusted_receiver_is_spoken_to_by_its_name(authority: Authority) -> None:
    """SNI and certificate carry the name while the socket goes to the address; one connection."""
    asked: list[str | None] = []
    server = authority.server("receiver.test")
    server.sni_callback = lambda _sock, name, _context: asked.append(name)
    outcome, received, connections = meet(authority, server, "receiver.test")
    assert (outcome.outcome, outcome.response) == (OutcomeClass.DELIVERED, b"ok")
    assert asked == ["receiver.test"]
    assert b"host: receiver.test:" in received
    assert connections == 1


async def drip_a_handshake(peer: Peer) -> None:
    await peer.drip(b"\x16\x03\x03\x40\x00" + bytes(1000))


async def hang_up_in_the_handshake(peer: Peer) -> None:
    await peer.say(b"\x16\x03\x03")


async def speak_plain_http(peer: Peer) -> None:
    await peer.say(b"HTTP/1.1 400 This is port 80\r\n\r\n")
    await peer.wait_for_hang_up()


def test_a_handshake_that_drips() -> None:
    """TLS is on the attempt's one clock."""

    async def scenario() -> Outcome:
        async with Receiver(drip_a_handshake) as receiver, sender() as made:
            url = f"https://receiver.test:{receiver.port}/in"
            return await post(made, url, timeout_seconds=SHORT_SECONDS)

    outcome = play(scenario)
    assert (outcome.outcome, outcome.detail) == (
        OutcomeClass.TIMED_OUT,
        "time ran out shaking hands",
    )
    assert outcome.duration_seconds <= SHORT_SECONDS + LATE_SECONDS


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param(hang_up_in_the_handshake, "the handshake was cut off", id="hangs up"),
        pytest.param(
            speak_plain_http, "no common version or cipher, or not TLS at all", id="plain HTTP"
        ),
    ],
)
def test_a_receiver_without_tls(script: Script, reason: str) -> None:
    """It is said that TLS was the trouble."""

    async def scenario() -> Outcome:
        async with Receiver(script) as receiver, sender() as made:
            return await post(made, f"https://receiver.test:{receiver.port}/in")

    outcome = play(scenario)
    assert (outcome.outcome, outcome.detail) == (OutcomeClass.UNREACHABLE, f"tls: {reason}")


def test_the_context_ignores_the_environment(
    monkeypatch: pytest.MonkeyPatch, authority: Authority, tmp_path: object
) -> None:
    """SSL_CERT_FILE adds no trust and SSLKEYLOGFILE writes no keys."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    monkeypatch.setenv("SSLKEYLOGFILE", f"{tmp_path}/keys.log")
    context = tls_context()
    subjects = [str(entry["subject"]) for entry in context.get_ca_certs()]
    assert subjects
    assert not any("invented" in subject for subject in subjects)
    assert not context.keylog_filename
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
