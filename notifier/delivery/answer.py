"""One response as far as it has come, and the most that is read of one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx

from notifier.delivery.errors import BadAnswer


@dataclass(frozen=True, kw_only=True, slots=True)
class Caps:
    """The most that is read of one answer; what is over it is cut off or fails the answer."""

    head_bytes: int = 64 * 1024
    body_bytes: int = 16 * 1024
    informational: int = 16  # 1xx answers before the real one

    @property
    def raw_bytes(self) -> int:
        """Everything, framing included: chunks may be tiny and carry extensions or trailers."""
        return self.head_bytes + 8 * self.body_bytes


class Answer(httpx.AsyncByteStream):
    """A response's status, headers and body. Iterating it waits for the end of the body.

    A body that breaks off raises after the bytes that came; one that reaches the cap just ends,
    with ``is_cut`` set.
    """

    def __init__(self, head: asyncio.Future[None], caps: Caps, give_up: Callable[[], None]) -> None:
        self.head = head  # done when status and headers are there
        self.caps = caps
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.is_cut = False
        self.is_ended = False
        self.raw_bytes = 0  # read so far, in whatever framing
        self._give_up = give_up
        self._chunks: list[bytes] = []
        self._body_bytes = 0
        self._informational = 0
        self._end: asyncio.Future[None] | None = None
        self._fault: httpx.TransportError | None = None

    def add_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; a trailer behind the body is none."""
        if not self.status:
            self.headers.append((name, value))

    def forget_informational(self) -> None:
        """That was a 1xx answer: the real one is still to come."""
        self._informational += 1
        self.headers.clear()

    def begin(self, status: int) -> None:
        """Status and headers are complete."""
        self.status = status
        if not self.head.done():
            self.head.set_result(None)

    def add_body(self, chunk: bytes) -> None:
        """Keep as much of the body as the cap allows."""
        room = self.caps.body_bytes - self._body_bytes
        self._body_bytes += len(chunk)
        if len(chunk) > room:
            self.is_cut = True
            chunk = chunk[: max(room, 0)]
        self._chunks.append(chunk)

    def finish(self, fault: httpx.TransportError | None = None) -> None:
        """Nothing more will come; a fault before the headers were complete is the whole answer."""
        self.is_ended = True
        if self.status:
            self._fault = fault
        elif not self.head.done():
            self.head.set_exception(fault or BadAnswer("there is no answer"))
        if self._end is not None and not self._end.done():
            self._end.set_result(None)

    def excess(self) -> str:
        """Which cap was passed while reading the head; empty when none was."""
        if self._informational > self.caps.informational:
            return "too many informational answers"
        if not self.status and self.raw_bytes > self.caps.head_bytes:
            return "the headers are too large"
        return ""

    def is_body_enough(self) -> bool:
        """Whether reading on is of no use: the body's cap is reached, or the framing's."""
        return self.is_cut or self.raw_bytes > self.caps.raw_bytes

    def ends_with_connection(self) -> bool:
        """Whether the headers leave it to the connection's end to say where the body ends."""
        names = {name.lower() for name, _ in self.headers}
        return bool(self.status) and not names & {b"content-length", b"transfer-encoding"}

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if not self.is_ended:
            self._end = asyncio.get_running_loop().create_future()
            await self._end
        for chunk in self._chunks:
            yield chunk
        if self._fault is not None:
            raise self._fault

    async def aclose(self) -> None:
        """Give up what has not come yet, and the connection with it."""
        if not self.is_ended:
            self._give_up()
