"""From a name to its addresses, within a time limit. Nothing is cached: every connect asks anew.

``SystemResolver`` asks the machine (hosts file, search domains and all); ``NameServer`` asks one
server by address and port. Both raise NameNotResolved and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from notifier.delivery.errors import NameNotResolved

TIMEOUT_SECONDS = 5.0
THREAD_NAME = "resolver"
THREADS_MAX = 16  # names asked for at once; more wait for their turn, on their attempt's clock


class Resolver(Protocol):
    """Finds a name's addresses."""

    async def addresses(self, host: str) -> tuple[str, ...]:
        """All addresses of a host, at least one, best first. Raises NameNotResolved."""
        ...


def getaddrinfo(host: str) -> tuple[str, ...]:
    """The addresses that the machine itself would use. Raises OSError; may block for long."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class SystemResolver:
    """The machine's own look-up, in daemon threads so that it never delays an exit.

    Those who wait for the same name share one thread: a slow name server costs the endpoints
    behind other names one of the threads, not all. Belongs to one event loop.
    """

    def __init__(
        self,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        look_up: Callable[[str], tuple[str, ...]] = getaddrinfo,
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._look_up = look_up
        self._asked: dict[str, asyncio.Future[tuple[str, ...]]] = {}
        self._waiting: deque[str] = deque()
        self._running = 0

    async def addresses(self, host: str) -> tuple[str, ...]:
        """See ``Resolver``. Giving up leaves the thread to end by itself."""
        answer = self._asked.get(host) or self._ask(host)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                found = await asyncio.shield(answer)
        except TimeoutError:
            raise NameNotResolved("the name did not resolve in time") from None
        if not found:
            raise NameNotResolved("the name does not resolve")
        return found

    def _ask(self, host: str) -> asyncio.Future[tuple[str, ...]]:
        answer = self._asked[host] = asyncio.get_running_loop().create_future()
        if self._running < THREADS_MAX:
            self._start(host)
        else:
            self._waiting.append(host)
        return answer

    def _start(self, host: str) -> None:
        self._running += 1
        loop = asyncio.get_running_loop()
        try:
            threading.Thread(
                target=self._work, args=(loop, host), name=THREAD_NAME, daemon=True
            ).start()
        except RuntimeError:  # the machine has no thread left: as good as no answer
            self._done(host, ())

    def _work(self, loop: asyncio.AbstractEventLoop, host: str) -> None:
        """In the thread: look the name up; nothing found and any failure are the same."""
        try:
            found = self._look_up(host)
        except Exception:  # noqa: BLE001 - whatever a look-up raises, the name has no address
            found = ()
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
            loop.call_soon_threadsafe(self._done, host, found)

    def _done(self, host: str, found: tuple[str, ...]) -> None:
        self._running -= 1
        self._asked.pop(host).set_result(found)
        if self._waiting:
            self._start(self._waiting.popleft())


class NameServer:
    """One name server, asked over UDP and, when its answer is cut off, TCP."""

    def __init__(
        self, address: str, port: int = 53, *, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        import dns.asyncresolver

        self._resolver = dns.asyncresolver.Resolver(configure=False)
        self._resolver.nameservers = [address]
        self._resolver.port = port
        self._resolver.lifetime = timeout_seconds

    async def addresses(self, host: str) -> tuple[str, ...]:
        """See ``Resolver``: IPv4 first, as many a network still has no way out over IPv6."""
        import dns.exception

        try:
            four, six = await asyncio.gather(self._records(host, "A"), self._records(host, "AAAA"))
        except (dns.exception.DNSException, OSError) as error:
            raise NameNotResolved("the name does not resolve") from error
        if not (four or six):
            raise NameNotResolved("the name has no address")
        return four + six

    async def _records(self, host: str, kind: str) -> tuple[str, ...]:
        # The final dot keeps search domains out of it.
        answer = await self._resolver.resolve(f"{host}.", kind, raise_on_no_answer=False)
        return tuple(record.address for record in answer)
