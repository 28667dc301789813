"""What every peer does for one reminder, and how its pace is told. No part of the notifier.

A peer runs in an environment of its own, so this needs nothing but ``standardwebhooks``.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

from standardwebhooks import Webhook

BODY_BYTES = 700
SECRET = "whsec_YW4gaW52ZW50ZWQga2V5IGZvciBtZWFzdXJlbWVudHM="
TIMEOUT_SECONDS = 10.0


def reminders(count: int) -> Iterator[tuple[str, str]]:
    """Ids and bodies of so many reminders."""
    for _ in range(count):
        yield f"msg_{secrets.token_hex(12)}", secrets.token_hex(BODY_BYTES // 2)


@cache
def _webhook() -> Webhook:
    return Webhook(SECRET)


def signed_headers(message_id: str, body: str) -> dict[str, str]:
    """The headers of Standard Webhooks, signed now."""
    now = datetime.now(UTC)
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": _webhook().sign(message_id, now, body),
    }


def tell(count: int, seconds: float) -> None:
    """Print the pace as one JSON object."""
    print(json.dumps({"per_second": count / seconds}))
