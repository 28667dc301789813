"""What an attempt's end means: every status and every error has exactly one class."""

from __future__ import annotations

import errno
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.delivery import OutcomeClass
from notifier.delivery import errors
from notifier.delivery.addresses import Refusal
from notifier.delivery.classify import (
    RETRY_AFTER_MAX_SECONDS,
    of_error,
    of_status,
    retry_after_seconds,
)

NOW = 1_700_000_000  # Tue, 14 Nov 2023 22:13:20 GMT

NAMED = {
    401: OutcomeClass.UNAUTHORISED,
    403: OutcomeClass.UNAUTHORISED,
    404: OutcomeClass.UNAUTHORISED,
    410: OutcomeClass.GONE,
    429: OutcomeClass.THROTTLED,
    503: OutcomeClass.THROTTLED,
}


@pytest.mark.parametrize(("status", "expected"), NAMED.items())
def test_statuses_with_a_meaning_of_their_own(status: int, expected: OutcomeClass) -> None:
    """The contract's table."""
    assert of_status(status) is expected


@given(st.integers(0, 999))
def test_all_other_statuses(status: int) -> None:
    """2xx is delivered; redirects and everything else are refused attempts."""
    otherwise = OutcomeClass.DELIVERED if 200 <= status < 300 else OutcomeClass.REJECTED
    assert of_status(status) is NAMED.get(status, otherwise)


@pytest.mark.parametrize(
    ("error", "expected", "detail"),
    [
        (errors.AddressRefused(Refusal(reason="no")), OutcomeClass.REFUSED_ADDRESS, "no"),
        (errors.NameNotResolved("x"), OutcomeClass.UNREACHABLE, "dns"),
        (errors.NotConnected("refused"), OutcomeClass.UNREACHABLE, "refused"),
        (errors.TlsFailed("expired"), OutcomeClass.UNREACHABLE, "tls: expired"),
        (errors.ConnectionReset("x"), OutcomeClass.UNREACHABLE, "reset"),
        (errors.ClosedEarly("x"), OutcomeClass.UNREACHABLE, "closed"),
        (errors.BadAnswer("junk"), OutcomeClass.BROKEN, "junk"),
        (httpx.RemoteProtocolError("their bytes"), OutcomeClass.BROKEN, "the answer is not HTTP"),
        (httpx.ConnectError("x"), OutcomeClass.UNREACHABLE, "not connected"),
        (httpx.WriteError("x"), OutcomeClass.UNREACHABLE, "reset"),
        (httpx.PoolTimeout("x"), OutcomeClass.TIMED_OUT, "time ran out"),
        (TimeoutError(), OutcomeClass.TIMED_OUT, "time ran out"),
        (OSError(errno.EMFILE, "x"), OutcomeClass.INTERNAL, "OSError EMFILE"),
        (ssl.SSLError(1, "x"), OutcomeClass.INTERNAL, "OSError EPERM"),
        (httpx.LocalProtocolError("x"), OutcomeClass.INTERNAL, "LocalProtocolError"),
        (ExceptionGroup("x", [ValueError()]), OutcomeClass.INTERNAL, "ExceptionGroup"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_errors(error: BaseException, expected: OutcomeClass, detail: str) -> None:
    """Ours carry their word; others are told by their class, never by their text."""
    assert of_error(error) == (expected, detail)


def subclasses(of: type[Exception]) -> list[type[Exception]]:
    below = [found for child in of.__subclasses__() for found in subclasses(child)]
    return [kind for kind in (of, *below) if kind.__module__ == "httpx"]


@pytest.mark.parametrize("kind", subclasses(httpx.TransportError), ids=lambda kind: kind.__name__)
def test_no_error_of_httpx_is_left_to_chance(kind: type[Exception]) -> None:
    """A release of httpx that adds an error breaks this test and not a delivery."""
    ours = {
        httpx.UnsupportedProtocol,  # we have asked for something that cannot be sent:
        httpx.LocalProtocolError,  # a fault of ours
        httpx.ProxyError,  # there is no proxy
        httpx.ProtocolError,  # only its two subclasses are raised
        httpx.TransportError,  # only its subclasses are raised
    }
    outcome, _ = of_error(kind("said"))
    assert (outcome is OutcomeClass.INTERNAL) == (kind in ours)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(None, None, id="absent"),
        pytest.param("0", 0.0, id="now"),
        pytest.param("120", 120.0, id="seconds"),
        pytest.param(" 120 ", 120.0, id="seconds with spaces around"),
        pytest.param("86401", 86_400.0, id="more than a day"),
        pytest.param("9" * 5000, 86_400.0, id="more digits than a number can have"),
        pytest.param("Tue, 14 Nov 2023 22:14:20 GMT", 60.0, id="an HTTP date"),
        pytest.param("Tuesday, 14-Nov-23 22:14:20 GMT", 60.0, id="a date as of RFC 850"),
        pytest.param("Tue Nov 14 22:14:20 2023", 60.0, id="a date as of asctime"),
        pytest.param("Tue, 14 Nov 2023 22:13:20 GMT", None, id="a date that is now"),
        pytest.param("Mon, 01 Jan 2001 00:00:00 GMT", None, id="a date long past"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0, id="a date far away"),
        pytest.param("Tue, 99 Nov 2023 22:14:20 GMT", None, id="no such date"),
        pytest.param("-1", None, id="negative"),
        pytest.param("1e9", None, id="an exponent"),
        pytest.param("1.5", None, id="a fraction"),
        pytest.param("١٢٠", None, id="digits of another script"),
        pytest.param("120, 60", None, id="two values"),
        pytest.param("", None, id="empty"),
        pytest.param("soon", None, id="a word"),
        pytest.param("nan", None, id="not a number"),
    ],
)
def test_retry_after(value: str | None, expected: float | None) -> None:
    """What cannot be read is as good as absent; what is absurd is a day."""
    assert retry_after_seconds(value, NOW) == expected


@given(st.text(max_size=40))
def test_retry_after_never_raises(value: str) -> None:
    """A header is whatever the receiver likes."""
    wait = retry_after_seconds(value, NOW)
    assert wait is None or 0 <= wait <= RETRY_AFTER_MAX_SECONDS


@given(st.integers(1, int(RETRY_AFTER_MAX_SECONDS)))
def test_a_date_and_the_seconds_until_it_mean_the_same(seconds: int) -> None:
    """Both forms of RFC 9110 10.2.3."""
    date = datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=seconds)
    assert retry_after_seconds(format_datetime(date, usegmt=True), NOW) == seconds
    assert retry_after_seconds(str(seconds), NOW) == seconds
