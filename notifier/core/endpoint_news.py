"""A message about an endpoint that fails: whom to phone, what is wrong, and what mends it.

It is about no hearing, so its ``items`` are empty and ``endpoints`` stands beside them. A URL is
never told: whoever has it may send to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from notifier.core import payload, wording
from notifier.core.endpoint_health import Cause
from notifier.core.notice import NoticeKind
from notifier.core.people import Profile
from notifier.core.wording import Translate, untranslated

MAX_ENDPOINTS = 10  # a line of 500 letters each, in any language, stays below 20 kB

_OTHERS: Final = {
    Cause.GONE: "{whom} took their endpoint {endpoint} away (it answered 410). Phone them, tell "
    "them what is near, and register their new address with 'notifier endpoints add'. Until then "
    "it is tried every 15 minutes.",
    Cause.REFUSES: "{whom}'s endpoint {endpoint} refuses our messages (401, 403 or 404). Phone "
    "them: its address or its access has changed. If it is another address, register it with "
    "'notifier endpoints add'. Tries go on.",
    Cause.SILENT: "{whom}'s endpoint {endpoint} has taken nothing for {minutes} min. Phone them "
    "about what is near, and ask whether their receiver runs. Tries go on.",
}
_OWN: Final = {
    Cause.GONE: "Your endpoint {endpoint} answers that it is gone (410). If it is not, let it "
    "answer with 2xx; if it is, give the coordinator the new address.",
    Cause.REFUSES: "Your endpoint {endpoint} refuses our messages (401, 403 or 404). Let it take "
    "them, or give the coordinator the new address. Tries go on.",
    Cause.SILENT: "Your endpoint {endpoint} has taken nothing for {minutes} min. Look whether the "
    "receiver runs. Tries go on.",
}

MSGIDS: Final = frozenset({*_OTHERS.values(), *_OWN.values(), wording.PING})
"""Every phrase a catalog must hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FailingEndpoint:
    """One endpoint in a message to one recipient."""

    endpoint_id: str
    sequence: int  # per recipient and endpoint
    whom: str  # the ref of its owner: the person to phone
    cause: Cause
    since: datetime | None  # None: it answers again
    minutes: int  # since then, when the message was made
    is_own: bool  # whether its owner is who is told


def text(
    endpoints: Sequence[FailingEndpoint],
    *,
    profile: Profile,
    translate: Translate = untranslated,
) -> str:
    """One line per endpoint; for ``ping`` one line that tells nothing."""
    if profile is Profile.PING:
        return translate(wording.PING)
    return "\n".join(
        translate((_OWN if one.is_own else _OTHERS)[one.cause]).format(
            whom=one.whom, endpoint=one.endpoint_id, minutes=one.minutes
        )
        for one in endpoints
    )


def build(
    endpoints: Sequence[FailingEndpoint], *, profile: Profile, text: str, timestamp: datetime
) -> bytes:
    """The body. Raises ValueError when it is about nothing or an instant is not aware."""
    if not endpoints:
        raise ValueError("a message about endpoints names at least one")
    return payload.envelope(
        NoticeKind.ENDPOINT_FAILING,
        timestamp=timestamp,
        data={
            "items": [],
            "text": text,
            "answers": [],
            "endpoints": [_wire(one, profile) for one in endpoints],
        },
    )


def fits(endpoints: Sequence[FailingEndpoint]) -> bool:
    """Whether these share one message."""
    return len(endpoints) <= MAX_ENDPOINTS


def _wire(one: FailingEndpoint, profile: Profile) -> dict[str, object]:
    known: dict[str, object] = {"endpoint": one.endpoint_id, "sequence": one.sequence}
    if profile is Profile.PING:
        return known
    return known | {
        "whom": one.whom,
        "cause": one.cause.value,
        "since": None if one.since is None else payload.instant(one.since),
    }
