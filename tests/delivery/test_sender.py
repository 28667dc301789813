"""One signed POST, one outcome: what is on the wire, and what is kept of the answer."""

from __future__ import annotations

import logging
import time

import httpx
import pytest
from standardwebhooks import Webhook

from notifier import __version__
from notifier.core.delivery import Delivery, Outcome, OutcomeClass
from notifier.delivery.guard import GuardRules
from notifier.delivery.sender import Sender
from tests.faults.server import NO_CONTENT, Receiver, answering
from tests.faults.stage import (
    NOW,
    PATIENT_SECONDS,
    SECRET,
    SHORT_SECONDS,
    delivery,
    play,
    post,
    sender,
)

URL = "https://hooks.example.org/in/secret-path"
OTHER_SECRET = "whsec_" + "B" * 43 + "="


def through(handler: httpx.MockTransport, made: Delivery, *, timestamp: int = NOW) -> Outcome:
    """Send over a transport that is a function."""
    fake = Sender(handler, rules=GuardRules())
    return play(lambda: fake.send(made, timestamp=timestamp, timeout_seconds=PATIENT_SECONDS))


def on_the_wire(made: Delivery, *, timestamp: int) -> bytes:
    """The bytes a receiver gets."""

    async def scenario() -> bytes:
        async with Receiver(answering(NO_CONTENT)) as receiver, sender() as real:
            here = Delivery(
                message_id=made.message_id,
                endpoint_id=made.endpoint_id,
                url=receiver.url(),
                body=made.body,
                secrets=made.secrets,
                content_type=made.content_type,
            )
            await real.send(here, timestamp=timestamp, timeout_seconds=PATIENT_SECONDS)
            return receiver.received

    return play(scenario)


def test_the_request_on_the_wire() -> None:
    """Every header, in its order, and the body byte for byte."""
    body = '{"text":"Слушание в 10:00"}'.encode() + b"\x00\xff"
    head, _, sent = on_the_wire(delivery(URL, body=body), timestamp=NOW).partition(b"\r\n\r\n")
    lines = head.decode("ascii").split("\r\n")
    assert sent == body
    assert lines[0] == "POST /in/secret-path HTTP/1.1"
    assert [line.split(":")[0] for line in lines[1:]] == [
        "host",
        "content-type",
        "user-agent",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "accept-encoding",
        "content-length",
    ]
    assert "content-type: application/json" in lines
    assert f"user-agent: hearing-notifier/{__version__}" in lines
    assert "webhook-id: msg_2mQ7c4" in lines
    assert f"webhook-timestamp: {NOW}" in lines
    assert "accept-encoding: identity" in lines
    assert f"content-length: {len(body)}" in lines


def test_the_signature_is_what_receivers_verify() -> None:
    """The published library takes it; during a rotation the old secret still does."""
    now = int(time.time())  # the library asks the clock
    made = Delivery(
        message_id="msg_1", endpoint_id="end_1", url=URL, body=b'{"a": 1}',
        secrets=(OTHER_SECRET, SECRET),
    )  # fmt: skip
    head, _, body = on_the_wire(made, timestamp=now).partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    for secret in (SECRET, OTHER_SECRET):
        assert Webhook(secret).verify(body, headers) == {"a": 1}


def test_any_transport_gets_a_complete_request() -> None:
    """A fake or another transport needs nothing added."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202)

    outcome = through(httpx.MockTransport(handler), delivery(URL, body=b"abc"))
    assert (outcome.outcome, outcome.status) == (OutcomeClass.DELIVERED, 202)
    assert str(seen[0].url) == URL
    assert seen[0].content == b"abc"
    assert seen[0].headers["host"] == "hooks.example.org"
    assert seen[0].headers["content-length"] == "3"


def test_the_first_kilobyte_of_the_answer_is_kept() -> None:
    """Enough to see what a receiver complained of."""
    answer = httpx.MockTransport(lambda _: httpx.Response(400, content=b"a" * 5000))
    outcome = through(answer, delivery(URL))
    assert outcome.response == b"a" * 1024
    assert (outcome.outcome, outcome.detail) == (OutcomeClass.REJECTED, "")


@pytest.mark.parametrize("status", [200, 400, 401, 410, 500])
def test_retry_after_counts_only_where_it_belongs(status: int) -> None:
    """With 429 and 503; elsewhere it is noise."""
    answer = httpx.Response(status, headers={"retry-after": "60"})
    outcome = through(httpx.MockTransport(lambda _: answer), delivery(URL))
    assert outcome.retry_after_seconds is None


def test_a_date_is_measured_from_the_attempt_and_not_from_the_clock() -> None:
    """The timestamp that was signed is the moment that counts."""
    answer = httpx.Response(503, headers={"retry-after": "Tue, 14 Nov 2023 22:14:20 GMT"})
    outcome = through(httpx.MockTransport(lambda _: answer), delivery(URL), timestamp=NOW + 10)
    assert outcome.retry_after_seconds == 50.0


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(delivery("https://10.0.0.1/in"), id="an address inside"),
        pytest.param(delivery("https://hooks.example.org:99999/"), id="no such port"),
        pytest.param(delivery("https://xn--/"), id="no such name"),
        pytest.param(delivery("https://hooks.example.org/\nx"), id="a newline"),
        pytest.param(delivery("\ud800"), id="half a character"),
    ],
)
def test_a_refused_url_is_never_handed_to_the_transport(made: Delivery) -> None:
    """It is refused as it was written, before httpx can tidy it."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    outcome = through(httpx.MockTransport(handler), made)
    assert outcome.outcome is OutcomeClass.REFUSED_ADDRESS
    assert outcome.detail
    assert seen == []


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        pytest.param({"secrets": ()}, "ValueError", id="no secret"),
        pytest.param({"secrets": ("whsec_%",)}, "ValueError", id="a secret that is none"),
        pytest.param({"message_id": "msg.1"}, "ValueError", id="an id with a dot"),
        pytest.param({"message_id": "msg_é"}, "UnicodeEncodeError", id="an id that is not ASCII"),
        pytest.param({"content_type": "té"}, "UnicodeEncodeError", id="a type that is not ASCII"),
        pytest.param(
            {"content_type": "a\r\nx: y"}, "LocalProtocolError", id="a type with a newline"
        ),
    ],
)
def test_a_message_that_cannot_be_made(change: dict[str, object], detail: str) -> None:
    """That one message fails with a class; nothing is sent and nothing raised."""

    async def scenario() -> tuple[Outcome, bytes]:
        async with Receiver(answering(NO_CONTENT)) as receiver, sender() as real:
            fields: dict[str, object] = {
                "message_id": "msg_1",
                "endpoint_id": "end_1",
                "url": receiver.url(),
                "body": b"{}",
                "secrets": (SECRET,),
            }
            made = Delivery(**(fields | change))  # type: ignore[arg-type]
            outcome = await real.send(made, timestamp=NOW, timeout_seconds=PATIENT_SECONDS)
            return outcome, receiver.received

    outcome, received = play(scenario)
    assert (outcome.outcome, outcome.detail) == (OutcomeClass.INTERNAL, detail)
    assert received == b""


def test_neither_logs_nor_outcomes_hold_a_url(caplog: pytest.LogCaptureFixture) -> None:
    """At the lowest level, on the good way and on the bad ones, through a client of httpx too."""
    caplog.set_level(logging.DEBUG)

    async def scenario() -> list[Outcome]:
        async with Receiver(answering(NO_CONTENT)) as receiver, sender() as made:
            transport = httpx.MockTransport(lambda _: httpx.Response(200))
            async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
                await client.get(URL)
            urls = [
                receiver.url(),
                receiver.url("nowhere.test"),
                "https://10.0.0.1/in/secret-path",
                "http://receiver.test:1/in/secret-path",
                f"https://receiver.test:{receiver.port}/in/secret-path",
            ]
            return [await post(made, url, timeout_seconds=SHORT_SECONDS) for url in urls]

    outcomes = play(scenario)
    assert len({outcome.outcome for outcome in outcomes}) == 4
    said = caplog.text + repr(outcomes)
    for secret in ("secret-path", "receiver.test", "nowhere.test", "10.0.0.1", SECRET[6:]):
        assert secret not in said
