"""``listen`` and ``verify``: what a receiver is shown."""

from __future__ import annotations

import base64
import http.client
import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import pytest

from notifier.cli.receiver import BODY_BYTES_MAX, Received, Receiver
from notifier.core.signature import sign
from notifier.errors import Conflict
from tests.cli.terminal import Terminal

SECRET = "whsec_" + base64.b64encode(b"an invented secret for the tests").decode()
OTHER = "whsec_" + base64.b64encode(b"another secret, just as invented").decode()
BODY = json.dumps(
    {"type": "hearing.new", "timestamp": "2026-11-22T06:00:00Z", "data": {"text": "One.\nTwo."}}
).encode()


def signed(
    body: bytes = BODY, *, message_id: str = "msg_1", age_seconds: int = 0
) -> dict[str, str]:
    at = int(time.time()) - age_seconds
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": sign([SECRET], message_id=message_id, timestamp=at, body=body),
    }


def post(port: int, headers: dict[str, str], body: bytes = BODY, path: str = "/duty") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", path, body=body, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.fixture
def came() -> Queue[Received]:
    return Queue()


@pytest.fixture
def receiver(came: Queue[Received]) -> Iterator[Receiver]:
    receiver = Receiver(port=0, secrets=[SECRET], on_message=came.put)
    receiver.start()
    yield receiver
    receiver.close()


def test_a_receiver_counts_tries_and_fails_when_asked_to(
    receiver: Receiver, came: Queue[Received]
) -> None:
    receiver.fail_next(2)

    statuses = [
        post(receiver.port, signed()),
        post(receiver.port, signed(message_id="msg_2")),
        post(receiver.port, signed()),
    ]

    assert statuses == [503, 503, 204]
    told = [came.get_nowait() for _ in statuses]
    assert [(one.message_id, one.number) for one in told] == [
        ("msg_1", 1),
        ("msg_2", 1),
        ("msg_1", 2),
    ]
    assert told[0].line == (
        "hearing.new, try 1, signature right, failing on purpose with 503: One. | Two."
    )


@pytest.mark.parametrize(
    ("headers", "fault"),
    [
        pytest.param(dict, "missing_header", id="unsigned"),
        pytest.param(lambda: signed(b"{}"), "unknown", id="signed for another body"),
        pytest.param(lambda: signed(age_seconds=4_000), "too_old", id="replayed"),
    ],
)
def test_a_request_that_is_not_signed_right_is_turned_away(
    headers: Callable[[], dict[str, str]], fault: str, receiver: Receiver, came: Queue[Received]
) -> None:
    assert post(receiver.port, headers()) == 401

    told = came.get_nowait()
    assert told.verdict is not None
    assert told.verdict.fault == fault
    assert f"WRONG: {told.verdict.sentence}" in told.line


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\x00", id="noise"),
        pytest.param(b"[" * 100_000, id="deep nesting"),
        pytest.param(b"[1, 2]", id="a list"),
        pytest.param(b'{"type": "x", "data": []}', id="data that is no object"),
    ],
)
def test_what_is_no_message_is_said_to_be_none(
    body: bytes, receiver: Receiver, came: Queue[Received]
) -> None:
    assert post(receiver.port, signed(body), body) == 204
    assert came.get_nowait().line.startswith("not a message of ours, try 1, signature right")


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        pytest.param("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 501, id="a GET"),
        pytest.param("POST / HTTP/1.1\r\nHost: x\r\n\r\n", 411, id="no length"),
        pytest.param("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 411, id="a length below 0"),
        pytest.param(
            f"POST / HTTP/1.1\r\nContent-Length: {BODY_BYTES_MAX + 1}\r\n\r\n", 413, id="too long"
        ),
    ],
)
def test_a_request_that_cannot_be_a_message_is_answered_and_not_told(
    request_text: str, status: int, receiver: Receiver, came: Queue[Received]
) -> None:
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=30) as connection:
        connection.sendall(request_text.encode())
        answer = connection.recv(65_536)

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert came.empty()


def test_many_lines_are_shortened() -> None:
    received = Received(
        path="/",
        message_id="m",
        number=1,
        kind="digest",
        text="\n".join("abcde"),
        verdict=None,
        status=204,
    )

    assert received.line == (
        "digest, try 1, signature not checked, answered 204: a | b | c | and 2 more"
    )


def test_a_port_that_is_taken_is_a_conflict(receiver: Receiver) -> None:
    with pytest.raises(Conflict, match=f"port {receiver.port} is taken"):
        Receiver(port=receiver.port, secrets=[], on_message=lambda _: None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda it: it.name)
def test_listen_prints_each_message_until_it_is_stopped(
    number: signal.Signals, empty: Terminal
) -> None:
    Path("secret").write_text(SECRET)
    words = ("listen", "--port", "0", "--secret-file", "secret", "--fail-first", "1")

    with empty.start(*words) as listening:
        said = listening.wait_for("Listening on http://127.0.0.1:")
        port = int(said.partition("127.0.0.1:")[2].partition(";")[0])
        assert post(port, signed()) == 503
        listening.wait_for("msg_1 hearing.new, try 1, signature right", "503", "One. | Two.")
        assert post(port, signed()) == 204
        listening.wait_for("msg_1 hearing.new, try 2, signature right, answered 204")
        assert post(port, {}) == 401
        listening.wait_for("(no id)", "WRONG: There is no webhook-id")

        assert empty.run("listen", "--port", str(port)).code == 5
        assert listening.stop(number) == 0


def test_listen_prints_documents_for_a_program(empty: Terminal) -> None:
    with empty.start("listen", "--port", "0", "--json") as listening:
        said = listening.wait_for("signatures are not checked")
        port = int(said.partition("127.0.0.1:")[2].partition(";")[0])
        assert post(port, signed()) == 204
        told = json.loads(listening.wait_for("msg_1"))
        assert listening.stop() == 0

    assert told.pop("at").endswith("+00:00")
    assert told == {
        "message_id": "msg_1",
        "type": "hearing.new",
        "try": 1,
        "status": 204,
        "signature": None,
        "fault": None,
        "text": "One.\nTwo.",
    }


def captured(headers: dict[str, str], body: bytes = BODY, *, newline: str = "\r\n") -> bytes:
    """A whole request, as a receiver may have saved it."""
    lines = ["POST /duty HTTP/1.1", *(f"{key}: {value}" for key, value in headers.items())]
    return (newline.join(lines) + 2 * newline).encode() + body


@pytest.mark.parametrize(
    ("request_now", "code", "fault"),
    [
        pytest.param(lambda: captured(signed()), 0, None, id="signed right"),
        pytest.param(lambda: captured(signed(), newline="\n"), 0, None, id="plain line ends"),
        pytest.param(lambda: captured(signed(), BODY + b"\n"), 3, "body", id="a newline too many"),
        pytest.param(lambda: captured(signed(age_seconds=4_000)), 3, "too_old", id="too old"),
        pytest.param(lambda: captured({}), 3, "missing_header", id="without headers"),
        pytest.param(lambda: captured(signed(b"{}")), 3, "unknown", id="another body"),
    ],
)
def test_verify_says_whether_a_request_is_signed_right_and_what_differs(
    request_now: Callable[[], bytes], code: int, fault: str | None, empty: Terminal
) -> None:
    Path("request").write_bytes(request_now())
    Path("secrets").write_text(f"{OTHER}\n{SECRET}\n")

    ended = empty.run("verify", "request", "--secret-file", "secrets", "--json")
    human = empty.run("verify", "request", "--secret-file", "secrets")

    assert (ended.code, human.code) == (code, code)
    assert (ended.document["ok"], ended.document["fault"]) == (code == 0, fault)
    assert ended.document["sentence"] == human.out.strip()


def test_verify_reads_headers_and_body_from_files_or_standard_input(empty: Terminal) -> None:
    head, _, _ = captured(signed()).partition(b"\r\n\r\n")
    Path("head").write_bytes(head)
    Path("body").write_bytes(BODY)
    Path("secret").write_text(SECRET)
    parts = ("verify", "--secret-file", "secret", "--headers", "head", "--body")

    assert empty.run(*parts, "body").code == 0
    assert empty.run(*parts, "-", typed=BODY.decode()).code == 0
    assert empty.run(*parts, "-", typed=BODY.decode() + " ").code == 3
    assert empty.run("verify", "-", "--secret-file", "secret", typed="no request").code == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param([], 2, "--secret-file", id="no secret"),
        pytest.param(["--secret-file", "secret"], 2, "give REQUEST, or", id="no request"),
        pytest.param(
            ["r", "--secret-file", "secret", "--headers", "h", "--body", "b"],
            2,
            "give REQUEST, or",
            id="a request twice",
        ),
        pytest.param(["absent", "--secret-file", "secret"], 1, "absent: No such", id="no file"),
        pytest.param(["secret", "--secret-file", "absent"], 1, "absent: No such", id="no key"),
    ],
)
def test_verify_says_what_it_lacks(words: list[str], code: int, said: str, empty: Terminal) -> None:
    Path("secret").write_text(SECRET)

    ended = empty.run("verify", *words)

    assert ended.code == code
    assert said in " ".join(ended.err.split())
    assert SECRET not in ended.err
