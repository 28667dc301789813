"""A receiver for machines without nginx: answers every request with 204 and counts them.

``own_receiver PORT TLS_PORT CERTIFICATE`` listens on loopback until it is terminated.
"""

from __future__ import annotations

import asyncio
import ssl
import sys

import httptools

ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


class Taking(asyncio.Protocol):
    """One connection. What it has taken is known to all."""

    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""

    def data_received(self, data: bytes) -> None:
        """Bytes of a request, or of several."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.abort()

    def on_url(self, url: bytes) -> None:
        """The request line was read."""
        self._url = url

    def on_message_complete(self) -> None:
        """A request is complete: answer it."""
        Taking.taken += 1
        if self._url == b"/count":
            text = b"requests 0 0 %d" % Taking.taken
            head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(text)
            self._transport.write(head + text)
        else:
            self._transport.write(ANSWER)


async def serve(port: int, tls_port: int, certificate: str) -> None:
    """Listen until cancelled."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    plain = await loop.create_server(Taking, "127.0.0.1", port, backlog=4096)
    await loop.create_server(Taking, "127.0.0.1", tls_port, ssl=context, backlog=4096)
    await plain.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
