"""One signed POST, one outcome."""

from __future__ import annotations

from functools import lru_cache

import httpx

from notifier.core.delivery import Delivery, Outcome
from notifier.core.signature import HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, sign
from notifier.delivery.attempt import USER_AGENT, attempt
from notifier.delivery.errors import AddressRefused
from notifier.delivery.guard import GuardRules, Refusal, check_url

URLS_REMEMBERED = 4096

_ID, _TIMESTAMP, _SIGNATURE = (
    name.encode() for name in (HEADER_ID, HEADER_TIMESTAMP, HEADER_SIGNATURE)
)


class Sender:
    """Sends deliveries over a transport, which it owns.

    The guard reads every URL here as it was written, before httpx can tidy it; the transport
    judges the addresses at each connect.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport, *, rules: GuardRules) -> None:
        self._transport = transport
        self._read_url = lru_cache(URLS_REMEMBERED)(lambda url: _read_url(url, rules))

    async def send(self, delivery: Delivery, *, timestamp: int, timeout_seconds: float) -> Outcome:
        """POST a delivery, signed for ``timestamp`` (seconds since 1970); say how it ended.

        ``timeout_seconds`` covers everything: DNS, connecting, TLS, headers and body. Raises
        nothing but CancelledError.
        """
        return await attempt(
            self._transport,
            lambda: self._request(delivery, timestamp),
            timestamp=timestamp,
            timeout_seconds=timeout_seconds,
        )

    async def aclose(self) -> None:
        """Close the transport."""
        await self._transport.aclose()

    def _request(self, delivery: Delivery, timestamp: int) -> httpx.Request:
        """The request, its headers complete for any transport; the body goes as it was stored."""
        found = self._read_url(delivery.url)
        if isinstance(found, Refusal):
            raise AddressRefused(found)
        url, authority = found
        signature = sign(
            delivery.secrets,
            message_id=delivery.message_id,
            timestamp=timestamp,
            body=delivery.body,
        )
        headers = [
            (b"host", authority),
            (b"content-type", delivery.content_type.encode("ascii")),
            (b"content-length", b"%d" % len(delivery.body)),
            (b"user-agent", USER_AGENT),
            (_ID, delivery.message_id.encode("ascii")),
            (_TIMESTAMP, b"%d" % timestamp),
            (_SIGNATURE, signature.encode("ascii")),
        ]
        return httpx.Request("POST", url, headers=headers, stream=httpx.ByteStream(delivery.body))


def _read_url(url: str, rules: GuardRules) -> tuple[httpx.URL, bytes] | Refusal:
    target = check_url(url, rules)
    if isinstance(target, Refusal):
        return target
    return httpx.URL(target.url), target.authority.encode("ascii")
