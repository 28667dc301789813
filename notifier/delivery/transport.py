"""An httpx transport made for exactly this: many small guarded POSTs over HTTP/1.1.

httpx's own pool scans all its connections at every request and collapses beyond ten in flight;
this one takes and returns a connection in constant time. What it does not do is as much the
point: no redirect, no proxy, no cookie, no decompression, nothing from the environment.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from functools import lru_cache

import httpx

from notifier.delivery.answer import Answer, Caps
from notifier.delivery.connection import READ_BYTES, Connection
from notifier.delivery.dial import attach, connect, judged_addresses
from notifier.delivery.errors import AddressRefused
from notifier.delivery.guard import GuardRules, Refusal, Target, check_url
from notifier.delivery.pool import IdlePool, Keeping
from notifier.delivery.resolver import Resolver
from notifier.delivery.tls import tls_context

URLS_REMEMBERED = 4096
STAGE = "stage"  # request extension: what the attempt is doing, for when its time runs out

# Ours to say, whatever the caller put there: framing, and that nothing comes compressed.
_FRAMING = frozenset(
    {
        b"accept-encoding",
        b"connection",
        b"content-length",
        b"expect",
        b"host",
        b"te",
        b"transfer-encoding",
        b"upgrade",
    }
)
_HEAD = re.compile(
    rb"[A-Z]+ /[\x21-\x7e]* HTTP/1\.1(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\x20-\x7e]*)+"
)


class GuardedTransport(httpx.AsyncBaseTransport):
    """POSTs and GETs to guarded targets, keeping connections for a few seconds.

    A kept connection may have been closed by the peer just as it is used. When not one byte of an
    answer has come, the request is sent once more over a new connection, within the caller's
    time: the peer may have seen it twice, with the same ``webhook-id``, as the contract allows.
    Belongs to one event loop.
    """

    def __init__(
        self,
        *,
        rules: GuardRules,
        resolver: Resolver,
        tls: ssl.SSLContext | None = None,
        caps: Caps | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        self._rules = rules
        self._resolver = resolver
        self._tls = tls or tls_context()
        self._caps = caps or Caps()
        self._pool: IdlePool[Connection] = IdlePool(keeping or Keeping())
        self._open: set[Connection] = set()
        self._all_lost = asyncio.Event()
        self._buffer = memoryview(bytearray(READ_BYTES))
        self._check = lru_cache(URLS_REMEMBERED)(lambda url: check_url(url, rules))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the body of the response is read by iterating its stream.

        Raises httpx.TransportError (see ``errors``). There is no clock here: the caller has one.
        """
        target = self._check(str(request.url))
        if isinstance(target, Refusal):
            raise AddressRefused(target)
        wire = _wire(request, target, await request.aread())
        answer = await self._exchange(request, target, wire)
        return httpx.Response(answer.status, headers=answer.headers, stream=answer)

    async def aclose(self) -> None:
        """Cut every connection and wait until the event loop has let go of them."""
        self._pool.clear()
        for connection in tuple(self._open):
            connection.abort()
        if self._open:
            await self._all_lost.wait()

    async def _exchange(self, request: httpx.Request, target: Target, wire: bytes) -> Answer:
        kept = self._pool.take(target.origin)
        if kept is not None:
            request.extensions[STAGE] = "waiting for the answer"
            try:
                return await kept.exchange(wire, self._caps)
            except (httpx.ReadError, httpx.RemoteProtocolError):
                if kept.is_heard:
                    raise
        fresh = await self._dial(request, target)
        request.extensions[STAGE] = "waiting for the answer"
        return await fresh.exchange(wire, self._caps)

    async def _dial(self, request: httpx.Request, target: Target) -> Connection:
        request.extensions[STAGE] = "resolving the name"
        addresses = await judged_addresses(target, rules=self._rules, resolver=self._resolver)
        request.extensions[STAGE] = "connecting"
        sock = await connect(addresses, target.port)
        request.extensions[STAGE] = "shaking hands"
        connection = Connection(
            target.origin, buffer=self._buffer, on_free=self._pool.put, on_lost=self._forget
        )
        await attach(sock, connection, target, self._tls)
        if connection.is_open:  # the peer may have hung up already
            self._open.add(connection)
            self._all_lost.clear()
        return connection

    def _forget(self, connection: Connection) -> None:
        self._open.discard(connection)
        if not self._open:
            self._all_lost.set()


def _wire(request: httpx.Request, target: Target, body: bytes) -> bytes:
    """The request's bytes. Raises httpx.LocalProtocolError when a header is not clean ASCII."""
    lines = [
        f"{request.method} {target.path} HTTP/1.1".encode(),
        f"host: {target.authority}".encode(),
    ]
    lines += [
        b"%b: %b" % (name, value)
        for name, value in request.headers.raw
        if name.lower() not in _FRAMING
    ]
    lines.append(b"accept-encoding: identity")
    if body or request.method != "GET":
        lines.append(b"content-length: %d" % len(body))
    head = b"\r\n".join(lines)
    # The count finds a value that smuggles in a whole line, which by itself looks well-formed.
    if not _HEAD.fullmatch(head) or head.count(b"\n") != len(lines) - 1:
        raise httpx.LocalProtocolError("the request line or a header is not clean ASCII")
    return head + b"\r\n\r\n" + body
