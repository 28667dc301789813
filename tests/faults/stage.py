"""Where a fault is played: a loop that forgives nothing, and a sender set up for loopback."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from notifier.core.delivery import Delivery, Outcome
from notifier.delivery.answer import Caps
from notifier.delivery.errors import NameNotResolved
from notifier.delivery.guard import Allowance, GuardRules
from notifier.delivery.pool import Keeping
from notifier.delivery.resolver import Resolver
from notifier.delivery.sender import Sender
from notifier.delivery.transport import GuardedTransport

T = TypeVar("T")

loop_factory: ContextVar[Callable[[], asyncio.AbstractEventLoop] | None] = ContextVar(
    "loop_factory", default=None
)
"""Which event loop a scenario is played on; None: asyncio's own."""

NOW = 1_700_000_000  # 2023-11-14T22:13:20Z
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # invented for the tests
SHORT_SECONDS = 0.4  # a whole attempt where time is to run out
PATIENT_SECONDS = 20.0  # a whole attempt where it is not
LATE_SECONDS = 0.5  # the contract: an attempt is cut at most this much after its time


def play(scenario: Callable[[], Awaitable[T]]) -> T:
    """Run a scenario; fail on whatever asyncio complained of and on every task left behind."""
    complaints: list[dict[str, Any]] = []

    async def watched() -> T:
        asyncio.get_running_loop().set_exception_handler(lambda _, said: complaints.append(said))
        before = asyncio.all_tasks()
        result = await scenario()
        left = asyncio.all_tasks() - before
        if left:  # the other side may still be taking note of the end
            _, left = await asyncio.wait(left, timeout=PATIENT_SECONDS)
        assert not left, f"tasks left behind: {left}"
        return result

    with asyncio.Runner(loop_factory=loop_factory.get()) as runner:
        result = runner.run(watched())
    # In debug mode asyncio tells of a receiver's failed handshake, which is what is played here.
    handshake = "Error on transport creation for incoming connection"
    assert [said for said in complaints if said["message"] != handshake] == []
    return result


@dataclass
class Names:
    """A resolver that knows what it is told: name → addresses."""

    known: Mapping[str, tuple[str, ...]]

    async def addresses(self, host: str) -> tuple[str, ...]:
        """What was told; NameNotResolved for any other name."""
        if host not in self.known:
            raise NameNotResolved("the name does not resolve")
        return self.known[host]


RECEIVER = Names({"receiver.test": ("127.0.0.1",), "other.test": ("127.0.0.1",)})
LOOPBACK = GuardRules(allow=(Allowance.parse("127.0.0.1"),), http_allowed=True)


@asynccontextmanager
async def sender(
    *,
    rules: GuardRules = LOOPBACK,
    resolver: Resolver = RECEIVER,
    tls: ssl.SSLContext | None = None,
    caps: Caps | None = None,
    keeping: Keeping | None = None,
) -> AsyncIterator[Sender]:
    """A real sender over the real transport."""
    transport = GuardedTransport(
        rules=rules, resolver=resolver, tls=tls, caps=caps, keeping=keeping
    )
    made = Sender(transport, rules=rules)
    try:
        yield made
    finally:
        await made.aclose()


def delivery(url: str, *, body: bytes = b'{"type":"endpoint.test"}') -> Delivery:
    """A delivery to a URL."""
    return Delivery(
        message_id="msg_2mQ7c4", endpoint_id="end_9xK1", url=url, body=body, secrets=(SECRET,)
    )


async def post(made: Sender, url: str, *, timeout_seconds: float = PATIENT_SECONDS) -> Outcome:
    """Send one delivery at NOW."""
    return await made.send(delivery(url), timestamp=NOW, timeout_seconds=timeout_seconds)


class _Witness:
    """Sees every ``socket.connect`` of this process, whoever makes it: an audit hook of CPython."""

    def __init__(self) -> None:
        self.seen: list[str] | None = None
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[object, ...]) -> None:
        if event == "socket.connect" and self.seen is not None:
            self.seen.append(repr(args[1]))


_WITNESS = _Witness()  # an audit hook cannot be taken away again, so there is one


@contextlib.contextmanager
def connects() -> Iterator[list[str]]:
    """The addresses that this process connects to while the block runs."""
    seen: list[str] = []
    _WITNESS.seen = seen
    try:
        yield seen
    finally:
        _WITNESS.seen = None
