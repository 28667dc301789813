"""How one attempt at a message ended. An outcome is a value, never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OutcomeClass(StrEnum):
    """What an attempt's end means for the message; ``core/retry`` decides what follows."""

    DELIVERED = "delivered"  # 2xx
    GONE = "gone"  # 410: fail over now
    UNAUTHORISED = "unauthorised"  # 401, 403, 404: owner told, tries go on
    THROTTLED = "throttled"  # 429, 503: Retry-After counts
    REJECTED = "rejected"  # any other status, redirects included
    TIMED_OUT = "timed_out"  # the attempt's clock ran out; may have been accepted
    UNREACHABLE = "unreachable"  # DNS, refused, reset before an answer, TLS
    BROKEN = "broken"  # an answer that is not HTTP
    REFUSED_ADDRESS = "refused_address"  # the guard said no: permanent
    UNKNOWN = "unknown"  # we died or were fenced before the end was recorded
    INTERNAL = "internal"  # a fault of ours with this one message


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One attempt's end. ``detail`` never holds a URL, a secret or a body."""

    outcome: OutcomeClass
    status: int | None = None
    detail: str = ""
    retry_after_seconds: float | None = None
    response: bytes = b""  # at most the first KiB, kept sealed
    duration_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One signed POST about to be made: all that the network needs, nothing more."""

    message_id: str
    endpoint_id: str
    url: str
    body: bytes
    secrets: tuple[str, ...]  # newest first; during a rotation the old one signs as well
    content_type: str = "application/json"
