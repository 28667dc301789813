"""One HTTP/1.1 connection: bytes out, one answer in, then the next. Parsing is llhttp's.

An ``asyncio`` protocol and not streams, and no task per request: the caller's own task waits for
one future. That is what makes thousands of POSTs a second possible. Every byte read is counted,
so a hostile answer costs its own connection and little memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import httptools
import httpx

from notifier.delivery.answer import Answer, Caps
from notifier.delivery.errors import BadAnswer, ClosedEarly, ConnectionReset
from notifier.delivery.pool import Origin

SWITCHING_PROTOCOLS = 101  # the one 1xx after which no other answer follows
READ_BYTES = 16 * 1024

Hook = Callable[["Connection"], None]


class Connection(asyncio.BufferedProtocol):
    """Carries one exchange at a time; calls ``on_free`` when it may carry another.

    ``buffer`` is shared by all connections of a loop: what is read is parsed before the loop
    turns to another socket.
    """

    def __init__(self, origin: Origin, *, buffer: memoryview, on_free: Hook, on_lost: Hook) -> None:
        self.origin = origin
        self.is_open = False
        self.is_heard = False  # a byte of the present answer has arrived
        self.idle_since = 0.0  # the loop's time at which the last answer was complete
        self._loop = asyncio.get_running_loop()
        self._buffer = buffer
        self._on_free = on_free
        self._on_lost = on_lost
        self._parser = httptools.HttpResponseParser(self)
        self._answer: Answer | None = None
        self._is_complete = False
        self._is_reusable = False

    async def exchange(self, wire: bytes, caps: Caps) -> Answer:
        """Send a request; return its answer as soon as the headers are there.

        Raises ConnectionReset, ClosedEarly or BadAnswer. Cancelling cuts the
        connection: an answer that comes too late must not be taken for the next one's.
        """
        self._is_complete = self.is_heard = False
        if not self.is_open:  # it ended just after it was made
            raise ClosedEarly("the connection was closed before the request was sent")
        answer = self._answer = Answer(self._loop.create_future(), caps, self.abort)
        self._transport.write(wire)
        try:
            await answer.head
        except BaseException:
            self.abort()
            raise
        return answer

    def close(self) -> None:
        """Hang up politely."""
        self.is_open = False
        self._transport.close()

    def abort(self) -> None:
        """Cut the connection at once; what was not sent yet is dropped."""
        self.is_open = False
        self._transport.abort()

    # --- called by the event loop ----------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection, TLS included, stands."""
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - the protocol's signature
        """Where the loop puts what it reads."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Parse what has been read, then see whether the answer is complete or too much."""
        answer = self._answer
        if answer is None:  # nobody asked: the peer closes, or answers a question of its own
            self.abort()
            return
        self.is_heard = True
        answer.raw_bytes += nbytes
        fault = ""
        try:
            self._parser.feed_data(self._buffer[:nbytes])
        except httptools.HttpParserUpgrade:
            self._is_reusable = False
        except httptools.HttpParserError:
            self._is_reusable = False
            fault = "the answer is not HTTP"
        if self._is_complete:  # with a whole answer at hand no cap is worth a second POST
            self._settle(answer)
        elif fault := fault or answer.excess():
            self._give_up(answer, BadAnswer(fault))
        elif answer.is_body_enough():
            answer.is_cut = True
            self._give_up(answer)

    def eof_received(self) -> None:
        """The peer has nothing more to say: so do we, and the loop closes the connection."""
        self.is_open = False

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer, the network or we ourselves ended the connection."""
        self.is_open = False
        if self._answer is not None:
            self._give_up(self._answer, _ending(self._answer, exc))
        del self._parser  # it holds our own callbacks: a cycle that would wait for the collector
        self._on_lost(self)

    # --- called by the parser ----------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Another answer behind the one that was asked for: this peer is out of step."""
        if self._is_complete:
            self._is_reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer after a chunked body."""
        if self._answer is not None and not self._is_complete:
            self._answer.add_header(name, value)

    def on_headers_complete(self) -> None:
        """The headers are complete, of an informational answer or of the real one."""
        if self._answer is None or self._is_complete:
            return
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != SWITCHING_PROTOCOLS:
            self._answer.forget_informational()
        else:
            self._answer.begin(status)

    def on_body(self, body: bytes) -> None:
        """A piece of the body, chunk framing removed, nothing decompressed."""
        if self._answer is not None and not self._is_complete:
            self._answer.add_body(body)

    def on_message_complete(self) -> None:
        """The answer is complete, unless it was only informational."""
        if self._answer is not None and self._answer.status and not self._is_complete:
            self._is_complete = True
            self._is_reusable = self._parser.should_keep_alive()

    # --- ends ----------------------------------------------------------------------------------

    def _settle(self, answer: Answer) -> None:
        self._answer = None
        answer.finish()
        if self._is_reusable and self.is_open:
            self.idle_since = self._loop.time()
            self._on_free(self)
        else:
            self.close()

    def _give_up(self, answer: Answer, fault: httpx.TransportError | None = None) -> None:
        self._answer = None
        answer.finish(fault)
        self.abort()


def _ending(answer: Answer, exc: Exception | None) -> httpx.TransportError | None:
    """What the connection's end means for an answer that was not complete."""
    if exc is not None:
        return ConnectionReset("the connection was cut")
    if answer.ends_with_connection():
        return None
    return ClosedEarly("the connection was closed before the answer was complete")
