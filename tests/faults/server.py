"""A receiver that misbehaves by script: real sockets on loopback, every byte counted."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


class Peer:
    """One connection as the receiver sees it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        self.number = number  # 1 for the first connection to this receiver
        self.received = b""
        self._reader = reader
        self._writer = writer

    async def request(self) -> bytes:
        """Read one whole request; empty when the sender hung up."""
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = next(
                (
                    int(line.partition(b":")[2])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length:")
                ),
                0,
            )
            whole = head + await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        self.received += whole
        return whole

    async def say(self, data: bytes) -> None:
        """Send bytes as they are. Raises ConnectionError once the sender has gone."""
        self._writer.write(data)
        await self._writer.drain()

    async def drip(self, data: bytes, *, every_seconds: float = 0.05) -> None:
        """Send one byte after the other, slowly."""
        for byte in data:
            await self.say(bytes([byte]))
            await asyncio.sleep(every_seconds)

    async def wait_for_hang_up(self) -> None:
        """Read and ignore until the sender closes the connection."""
        while data := await self._reader.read(65_536):
            self.received += data

    def half_close(self) -> None:
        """Say that nothing more will be said, and go on listening."""
        self._writer.write_eof()

    def reset(self) -> None:
        """Cut the connection with a TCP reset."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


Script = Callable[[Peer], Awaitable[None]]


def answering(*answers: bytes) -> Script:
    """A script: one answer per request, the last one for all that follow."""

    async def script(peer: Peer) -> None:
        turn = 0
        while await peer.request():
            await peer.say(answers[min(turn, len(answers) - 1)])
            turn += 1

    return script


class Receiver:
    """Plays a script for every connection; use as ``async with Receiver(script) as receiver``."""

    def __init__(
        self,
        script: Script,
        *,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.peers: list[Peer] = []
        self.port = port  # 0: any that is free
        self._script = script
        self._tls = tls
        self._host = host
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def received(self) -> bytes:
        """Everything that scripts have read, decrypted, of all connections."""
        return b"".join(peer.received for peer in self.peers)

    def url(self, host: str = "receiver.test", path: str = "/in/secret-path") -> str:
        """A URL of this receiver."""
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    async def __aenter__(self) -> Receiver:
        self._server = await asyncio.start_server(self._met, self._host, self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        peer = Peer(reader, writer, len(self.peers) + 1)
        self.peers.append(peer)
        try:
            await self._script(peer)
        except (ConnectionError, asyncio.CancelledError):
            pass  # the sender has hung up, or the play is over: both are ends like any other
        finally:
            self._tasks.discard(task)
            writer.transport.abort()


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port that listens and never accepts: its queue is full, so no handshake completes."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        queue = [socket.socket() for _ in range(2)]
        for waiting in queue:
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        try:
            yield listener.getsockname()[1]
        finally:
            for waiting in queue:
                waiting.close()


@contextmanager
def closed_port() -> Iterator[int]:
    """A port where nobody listens: bound, so that nobody else takes it meanwhile."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
