"""The exception zoo: whatever a transport raises, that message fails and the worker lives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.delivery import Delivery, Outcome, OutcomeClass
from notifier.delivery.guard import GuardRules
from notifier.delivery.sender import Sender
from tests.faults.stage import NOW, PATIENT_SECONDS, SHORT_SECONDS, delivery, play

URL = "https://hooks.example.org/in"


class Panic(BaseException):
    """What a native library may throw: no Exception at all."""


def endless() -> httpx.Response:
    """Ends in a real RecursionError."""
    return endless()


ZOO: list[BaseException] = [
    Exception("x"),
    ValueError("x"),
    KeyError("x"),
    AssertionError("x"),
    RuntimeError("x"),
    RecursionError("x"),
    MemoryError("x"),
    StopAsyncIteration("x"),
    UnicodeEncodeError("ascii", "é", 0, 1, "x"),
    idna.IDNAError("x"),
    OSError(24, "too many open files"),
    EOFError("x"),
    TimeoutError("x"),
    httpx.InvalidURL("x"),
    httpx.UnsupportedProtocol("x"),
    httpx.LocalProtocolError("x"),
    httpx.RemoteProtocolError("x"),
    httpx.DecodingError("x"),
    httpx.TooManyRedirects("x"),
    httpx.ProxyError("x"),
    httpx.ConnectError("x"),
    httpx.ConnectTimeout("x"),
    httpx.ReadError("x"),
    httpx.ReadTimeout("x"),
    httpx.WriteError("x"),
    httpx.WriteTimeout("x"),
    httpx.CloseError("x"),
    httpx.PoolTimeout("x"),
    httpx.StreamConsumed(),
    ExceptionGroup("x", [ValueError("x"), httpx.ReadError("x")]),
    BaseExceptionGroup("x", [KeyboardInterrupt(), Panic()]),
    Panic("x"),
    asyncio.CancelledError("nobody cancelled us"),
]


class Body(httpx.AsyncByteStream):
    """A body that raises while it is read or when it is closed."""

    def __init__(self, *, reading: BaseException | None, closing: BaseException | None) -> None:
        self._reading = reading
        self._closing = closing

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"some"
        if self._reading is not None:
            raise self._reading

    async def aclose(self) -> None:
        if self._closing is not None:
            raise self._closing


class Fake(httpx.AsyncBaseTransport):
    """A transport that is one function."""

    def __init__(self, handler: Callable[[], httpx.Response]) -> None:
        self._handler = handler

    async def handle_async_request(self, _request: httpx.Request) -> httpx.Response:
        return self._handler()


def raising(error: BaseException) -> Callable[[], httpx.Response]:
    def handler() -> httpx.Response:
        raise error

    return handler


def attempt_with(transport: httpx.AsyncBaseTransport, *, timeout_seconds: float = 20.0) -> Outcome:
    made = Sender(transport, rules=GuardRules())
    return play(lambda: made.send(delivery(URL), timestamp=NOW, timeout_seconds=timeout_seconds))


@pytest.mark.parametrize("error", ZOO, ids=lambda error: type(error).__name__)
def test_an_error_instead_of_an_answer(error: BaseException) -> None:
    """It becomes an outcome with a word for it; its text, which may hold anything, does not."""
    outcome = attempt_with(Fake(raising(error)))
    assert outcome.outcome not in {OutcomeClass.DELIVERED, OutcomeClass.UNKNOWN}
    assert outcome.detail
    assert outcome.status is None


@pytest.mark.parametrize("error", ZOO, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("where", ["reading", "closing"])
@pytest.mark.parametrize(
    ("status", "expected"), [(204, OutcomeClass.DELIVERED), (410, OutcomeClass.GONE)]
)
def test_an_error_after_the_status(
    error: BaseException, where: str, status: int, expected: OutcomeClass
) -> None:
    """The status has decided; the outcome notes that the answer broke off."""
    body = Body(
        reading=error if where == "reading" else None,
        closing=error if where == "closing" else None,
    )
    outcome = attempt_with(Fake(lambda: httpx.Response(status, stream=body)))
    assert (outcome.outcome, outcome.status) == (expected, status)
    assert outcome.detail.startswith("the answer broke off: ")
    assert outcome.response == b"some"


def test_a_stack_that_really_overflows() -> None:
    """Not only the exception's name: the real thing."""
    outcome = attempt_with(Fake(endless))
    assert (outcome.outcome, outcome.detail) == (OutcomeClass.INTERNAL, "RecursionError")


def test_a_body_that_cannot_be_read_here() -> None:
    """A transport that hands over a synchronous body is at fault, and the status still counts."""

    class Synchronous(httpx.SyncByteStream):
        """Of no use to us."""

    outcome = attempt_with(Fake(lambda: httpx.Response(200, stream=Synchronous())))
    assert outcome.outcome is OutcomeClass.DELIVERED
    assert outcome.detail.startswith("the answer broke off: ")


def test_a_body_without_end_from_a_transport_without_caps() -> None:
    """Reading stops here as well."""

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b"a" * 1000

    outcome = attempt_with(Fake(lambda: httpx.Response(200, stream=Endless())))
    assert (outcome.outcome, len(outcome.response)) == (OutcomeClass.DELIVERED, 1024)
    assert outcome.detail == ""


class Hanging(httpx.AsyncBaseTransport):
    """Never answers; says when it was asked."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def handle_async_request(self, _request: httpx.Request) -> httpx.Response:
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError("an event nobody sets was set")


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("-inf")], ids=str)
def test_no_time_left(seconds: float) -> None:
    """Then nothing is sent."""
    transport = Hanging()
    outcome = attempt_with(transport, timeout_seconds=seconds)
    assert (outcome.outcome, outcome.detail) == (OutcomeClass.TIMED_OUT, "time ran out")
    assert not transport.asked.is_set()


def test_time_runs_out() -> None:
    """In another's transport as in ours."""
    outcome = attempt_with(Hanging(), timeout_seconds=SHORT_SECONDS)
    assert outcome.outcome is OutcomeClass.TIMED_OUT
    assert outcome.duration_seconds >= SHORT_SECONDS * 0.9


def test_time_without_end_is_taken_for_an_hour() -> None:
    """No event loop is asked to wait for ever."""
    outcome = attempt_with(
        httpx.MockTransport(lambda _: httpx.Response(204)), timeout_seconds=float("inf")
    )
    assert outcome.outcome is OutcomeClass.DELIVERED


def test_a_real_cancellation_goes_through() -> None:
    """A change withdraws an attempt in flight: the task ends as its canceller expects."""

    async def scenario() -> bool:
        transport = Hanging()
        made = Sender(transport, rules=GuardRules())
        task = asyncio.create_task(
            made.send(delivery(URL), timestamp=NOW, timeout_seconds=PATIENT_SECONDS)
        )
        await transport.asked.wait()
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert play(scenario)


@pytest.mark.parametrize("end", [SystemExit, KeyboardInterrupt])
def test_the_end_of_the_process_goes_through(end: type[BaseException]) -> None:
    """It is not about the message."""
    with pytest.raises(end):
        attempt_with(Fake(raising(end())))


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=20), st.integers(-5, 2**40))
def test_no_input_gets_an_exception_out(
    url: str, message_id: str, content_type: str, timestamp: int
) -> None:
    """URLs, ids, types and times of any kind: an outcome, always."""
    made = Sender(httpx.MockTransport(lambda _: httpx.Response(204)), rules=GuardRules())
    odd = Delivery(
        message_id=message_id,
        endpoint_id="end_1",
        url=f"https://{url}",
        body=b"{}",
        secrets=("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",),
        content_type=content_type,
    )
    outcome = asyncio.run(made.send(odd, timestamp=timestamp, timeout_seconds=PATIENT_SECONDS))
    assert isinstance(outcome, Outcome)
