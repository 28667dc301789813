"""What can go wrong on the wire, within httpx's own tree of errors.

    httpx.TransportError
    ├── httpx.ConnectError
    │   ├── AddressRefused     the guard said no; nothing was connected
    │   ├── NameNotResolved    DNS has no address, or none in time
    │   ├── NotConnected       nobody answered at the address: refused, no route
    │   └── TlsFailed          no trusted TLS; nothing but the handshake was sent
    ├── httpx.ReadError
    │   └── ConnectionReset    the peer cut the connection before its answer was complete
    └── httpx.RemoteProtocolError
        ├── ClosedEarly        the peer hung up politely before its answer was complete
        └── BadAnswer          the answer is not HTTP, or more of it than we read

``word`` goes into an outcome's ``detail``; it never holds a URL, a host or a body.
"""

from __future__ import annotations

import httpx

from notifier.delivery.addresses import Refusal


class AddressRefused(httpx.ConnectError):
    """The guard refused this target."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.reason)


class NameNotResolved(httpx.ConnectError):
    """The name has no address, or none was found in time."""

    word = "dns"


class NotConnected(httpx.ConnectError):
    """No connection came about: nobody listens there, or there is no way to it."""

    def __init__(self, word: str) -> None:
        self.word = word
        super().__init__(word)


class TlsFailed(httpx.ConnectError):
    """The peer could not prove who it is, or speaks no TLS that we accept."""

    def __init__(self, reason: str) -> None:
        self.word = f"tls: {reason}"
        super().__init__(self.word)


class ConnectionReset(httpx.ReadError):
    """The connection was cut before the answer was complete."""

    word = "reset"


class ClosedEarly(httpx.RemoteProtocolError):
    """The peer closed the connection before its answer was complete."""

    word = "closed"


class BadAnswer(httpx.RemoteProtocolError):
    """The answer cannot be read as HTTP within the caps."""

    def __init__(self, word: str) -> None:
        self.word = word
        super().__init__(word)
