"""From a target to a connection: resolve, judge, connect to the judged address, shake hands.

The name is resolved once per connect and the socket goes to an address that was judged in that
very answer, so a name that changes between check and connect gains nothing. The name itself is
used for SNI, certificate and Host only.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from ipaddress import ip_address

import httpx

from notifier.delivery.connection import Connection
from notifier.delivery.errors import AddressRefused, NameNotResolved, NotConnected, TlsFailed
from notifier.delivery.guard import GuardRules, Refusal, Target, check_url, judge
from notifier.delivery.resolver import Resolver
from notifier.delivery.tls import tls_reason

ADDRESSES_TRIED = 4
ADDRESS_SECONDS = 3.0  # for each address but the last, so that a dead one leaves time for others
TLS_GOODBYE_SECONDS = 1.0

Stage = Callable[[str], None]

_WORDS = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.ENETUNREACH: "no route",
    errno.EHOSTUNREACH: "no route",
    errno.EADDRNOTAVAIL: "no route",
}
_OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


async def vet(url: str, *, rules: GuardRules, resolver: Resolver) -> Target | Refusal:
    """The judgement of a connect, made at registration: nothing is connected."""
    target = check_url(url, rules)
    if isinstance(target, Refusal):
        return target
    try:
        await judged_addresses(target, rules=rules, resolver=resolver)
    except AddressRefused as refused:
        return refused.refusal
    except NameNotResolved:
        return Refusal(reason="the host's name does not resolve at present")
    return target


async def judged_addresses(
    target: Target, *, rules: GuardRules, resolver: Resolver
) -> tuple[str, ...]:
    """The addresses that may be connected to, best first. Raises AddressRefused, NameNotResolved.

    The families take turns, so that a network without IPv6 is not tried four times in vain.
    """
    found = (target.host,) if target.is_literal else await resolver.addresses(target.host)
    verdict = judge(found, target.port, rules)
    if isinstance(verdict, Refusal):
        raise AddressRefused(verdict)
    seen = {4: 0, 6: 0}
    turns = []
    for address in verdict:
        version = ip_address(address).version
        turns.append((seen[version], address))
        seen[version] += 1
    return tuple(address for _, address in sorted(turns, key=lambda turn: turn[0]))


async def connect(addresses: tuple[str, ...], port: int) -> socket.socket:
    """A connected socket to the first address that takes it. Raises NotConnected and others."""
    tried = addresses[:ADDRESSES_TRIED]
    for address in tried[:-1]:
        try:
            async with asyncio.timeout(ADDRESS_SECONDS):
                return await _connect_one(address, port)
        except OSError:
            continue  # the next one may do better; the last one's error is the one reported
    try:
        return await _connect_one(tried[-1], port)
    except TimeoutError:
        raise httpx.ConnectTimeout("the address did not answer") from None
    except OSError as error:
        if error.errno in _OURS:
            raise  # no fault of the peer's
        raise NotConnected(_WORDS.get(error.errno or 0, "not connected")) from None


async def _connect_one(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (address, port))
    except BaseException:
        sock.close()
        raise
    return sock


async def attach(
    sock: socket.socket, connection: Connection, target: Target, tls: ssl.SSLContext
) -> None:
    """Put the connection on the socket, with TLS for https. Raises TlsFailed."""
    loop = asyncio.get_running_loop()
    if target.scheme == "http":
        await loop.create_connection(lambda: connection, sock=sock)
        return
    try:
        await loop.create_connection(
            lambda: connection,
            sock=sock,
            ssl=tls,
            server_hostname=target.host,
            ssl_shutdown_timeout=TLS_GOODBYE_SECONDS,
        )
    except OSError as error:  # ssl.SSLError is one too
        raise TlsFailed(tls_reason(error)) from None
