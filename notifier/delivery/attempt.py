"""One request, one outcome, one clock over all of it. Nothing but a cancellation gets out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from notifier import __version__
from notifier.core.delivery import Outcome, OutcomeClass
from notifier.delivery.classify import of_error, of_status, retry_after_seconds
from notifier.delivery.transport import STAGE

USER_AGENT = f"hearing-notifier/{__version__}".encode()
RESPONSE_KEPT_BYTES = 1024
BODY_READ_BYTES = 16 * 1024  # our transport stops there itself; another one might not
TIMEOUT_MAX_SECONDS = 3600.0  # more is a mistake, and some event loops take no infinity


async def attempt(
    transport: httpx.AsyncBaseTransport,
    build: Callable[[], httpx.Request],
    *,
    timestamp: int,
    timeout_seconds: float,
) -> Outcome:
    """Build a request, send it, read the answer: whatever happens on the way is the outcome.

    ``timestamp`` (seconds since 1970) is the moment a Retry-After date is measured from. Raises
    CancelledError when the task itself is cancelled, and lets the end of the process through;
    nothing else, since one message's fault must not end the worker that carries the others.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    talk = _Talk()
    try:
        if not timeout_seconds > 0:
            raise TimeoutError
        async with asyncio.timeout(min(timeout_seconds, TIMEOUT_MAX_SECONDS)):
            response = await talk.run(transport, build)
    except BaseException as error:
        if _ends_more_than_this(error):
            raise
        return talk.broken_off(error, timestamp, loop.time() - started)
    return _answered(response, talk.body, timestamp, loop.time() - started)


def _ends_more_than_this(error: BaseException) -> bool:
    """Whether an exception is meant for the task or the process and not for this message.

    A CancelledError that nobody asked this task for comes from inside a transport.
    """
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is None or task.cancelling() > 0
    return isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit)


@dataclass(slots=True)
class _Talk:
    """What is known of an exchange at the moment it ends."""

    request: httpx.Request | None = None
    response: httpx.Response | None = None
    body: bytearray = field(default_factory=bytearray)

    async def run(
        self, transport: httpx.AsyncBaseTransport, build: Callable[[], httpx.Request]
    ) -> httpx.Response:
        """Send and read, leaving behind at every step what an outcome can be made of."""
        self.request = build()
        response = self.response = await transport.handle_async_request(self.request)
        try:
            await self._read(response.stream)
        finally:
            await response.aclose()
        return response

    async def _read(self, stream: object) -> None:
        # Not through aiter_raw(): its bookkeeping costs more than the reading.
        if not isinstance(stream, httpx.AsyncByteStream):
            raise TypeError("an asynchronous transport gave a synchronous body")
        read = 0
        async for chunk in stream:
            read += len(chunk)
            if len(self.body) < RESPONSE_KEPT_BYTES:
                self.body += chunk[: RESPONSE_KEPT_BYTES - len(self.body)]
            if read > BODY_READ_BYTES:
                break

    def broken_off(self, error: BaseException, timestamp: int, duration_seconds: float) -> Outcome:
        """The status decides if one has come; else the error does."""
        kind, detail = of_error(error)
        if self.response is not None:
            note = f"the answer broke off: {detail}"
            return _answered(self.response, self.body, timestamp, duration_seconds, note)
        if kind is OutcomeClass.TIMED_OUT and self.request is not None:
            detail = f"{detail} {self.request.extensions.get(STAGE, '')}".rstrip()
        return Outcome(outcome=kind, detail=detail, duration_seconds=duration_seconds)


def _answered(
    response: httpx.Response, body: bytearray, timestamp: int, duration: float, note: str = ""
) -> Outcome:
    kind = of_status(response.status_code)
    wait = None
    if kind is OutcomeClass.THROTTLED:
        wait = retry_after_seconds(response.headers.get("retry-after"), timestamp)
    return Outcome(
        outcome=kind,
        status=response.status_code,
        detail=note,
        retry_after_seconds=wait,
        response=bytes(body),
        duration_seconds=duration,
    )
