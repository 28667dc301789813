"""What the end of an attempt means. Pure: a status or an error in, a class and a word out.

An outcome's ``detail`` is made of the fixed words here and of exception class names; a URL, a
host, a secret or a body never gets into it.
"""

from __future__ import annotations

import errno
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx

from notifier.core.delivery import OutcomeClass
from notifier.delivery.errors import (
    AddressRefused,
    BadAnswer,
    ClosedEarly,
    ConnectionReset,
    NameNotResolved,
    NotConnected,
    TlsFailed,
)

RETRY_AFTER_MAX_SECONDS = 86_400.0  # a day; the deadline cuts it further

_STATUSES = {
    401: OutcomeClass.UNAUTHORISED,
    403: OutcomeClass.UNAUTHORISED,
    404: OutcomeClass.UNAUTHORISED,
    410: OutcomeClass.GONE,
    429: OutcomeClass.THROTTLED,
    503: OutcomeClass.THROTTLED,
}


def of_status(status: int) -> OutcomeClass:
    """The class of a complete status line; the body has no say."""
    if 200 <= status < 300:
        return OutcomeClass.DELIVERED
    return _STATUSES.get(status, OutcomeClass.REJECTED)


def of_error(error: BaseException) -> tuple[OutcomeClass, str]:
    """The class and detail of an attempt that ended without a status line."""
    match error:
        case AddressRefused():
            return OutcomeClass.REFUSED_ADDRESS, error.refusal.reason
        case NameNotResolved() | NotConnected() | TlsFailed() | ConnectionReset() | ClosedEarly():
            return OutcomeClass.UNREACHABLE, error.word
        case TimeoutError() | httpx.TimeoutException():
            return OutcomeClass.TIMED_OUT, "time ran out"
        case BadAnswer():
            return OutcomeClass.BROKEN, error.word
        case httpx.RemoteProtocolError():
            return OutcomeClass.BROKEN, "the answer is not HTTP"
        case httpx.ConnectError():
            return OutcomeClass.UNREACHABLE, "not connected"
        case httpx.NetworkError():
            return OutcomeClass.UNREACHABLE, "reset"
        case OSError(errno=int(number)) if number in errno.errorcode:
            return OutcomeClass.INTERNAL, f"OSError {errno.errorcode[number]}"
    return OutcomeClass.INTERNAL, type(error).__name__


def retry_after_seconds(value: str | None, timestamp: int) -> float | None:
    """How long a Retry-After header asks us to wait from ``timestamp``, at most a day.

    RFC 9110 10.2.3: whole seconds or an HTTP date. None for anything else and for a date that
    has passed.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        # So many digits are over the most in any case, and int() limits their number.
        return min(float(text[:20]), RETRY_AFTER_MAX_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
        wait = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - timestamp
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(wait, RETRY_AFTER_MAX_SECONDS) if wait > 0 else None
