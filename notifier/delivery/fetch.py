"""One guarded GET, one outcome: how the watcher outside hears that we are well."""

from __future__ import annotations

import httpx

from notifier.core.delivery import Outcome
from notifier.delivery.attempt import USER_AGENT, attempt
from notifier.delivery.errors import AddressRefused
from notifier.delivery.guard import GuardRules, Refusal, check_url


class Fetcher:
    """Calls URLs over a transport that somebody else owns and closes."""

    def __init__(self, transport: httpx.AsyncBaseTransport, *, rules: GuardRules) -> None:
        self._transport = transport
        self._rules = rules

    async def get(self, url: str, *, timestamp: int, timeout_seconds: float) -> Outcome:
        """GET a URL under the guard, the caps and the one clock of a delivery.

        DELIVERED means 2xx. Raises nothing but CancelledError.
        """
        return await attempt(
            self._transport,
            lambda: self._request(url),
            timestamp=timestamp,
            timeout_seconds=timeout_seconds,
        )

    def _request(self, url: str) -> httpx.Request:
        target = check_url(url, self._rules)
        if isinstance(target, Refusal):
            raise AddressRefused(target)
        return httpx.Request("GET", target.url, headers=[(b"user-agent", USER_AGENT)])
