"""Which URLs may be called at all. Pure: ``check_url`` reads a URL, ``judge`` its addresses.

The same two judgements are made when an endpoint is registered and at every connect, so an
endpoint cannot be saved well and then never be reached.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address

import httpx
import idna

from notifier.delivery.addresses import Allowance, GuardRules, Refusal, judge

__all__ = ["Allowance", "GuardRules", "Refusal", "Target", "check_url", "judge"]

URL_LENGTH_MAX = 2048
_DEFAULT_PORT = {"https": 443, "http": 80}

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(.*)", re.DOTALL)
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:]*)(?::(.*))?", re.DOTALL)
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # a last label like this makes it an IPv4 spelling
_OTHER_DOTS = "\u3002\uff0e\uff61"  # IDNA 2003 took these for dots; a resolver may as well


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A URL that may be called, in its one normal form."""

    url: str
    scheme: str
    host: str  # ASCII, lower case, without brackets: the name for DNS, SNI and certificate
    port: int
    is_literal: bool  # the host is an IP address, which the operator has allowed
    shown: str  # the host as people write it, to stand beside its punycode
    authority: str  # what the Host header says
    path: str  # what the request line says: path and query, percent-encoded

    @property
    def origin(self) -> tuple[str, str, int]:
        """What connections are shared by."""
        return self.scheme, self.host, self.port


class _Refused(Exception):
    """Carries a refusal's sentence out of the steps below; it never leaves this file."""


def check_url(url: str, rules: GuardRules) -> Target | Refusal:
    """The target a URL names, or why it may not be called. Never raises, whatever is given."""
    try:
        return _read(url, rules)
    except _Refused as refused:
        return Refusal(reason=str(refused))


def _read(url: str, rules: GuardRules) -> Target:
    """1. no odd characters; 2. split; 3. scheme; 4. host and port; 5. the normal form."""
    _check_characters(url)
    parts = _URL.fullmatch(url)
    if parts is None:
        raise _Refused("the URL is not complete: it starts with https:// and a host")
    scheme = parts[1].lower()
    if scheme != "https" and not (scheme == "http" and rules.http_allowed):
        raise _Refused("the URL does not start with https://")
    host_text, port = _split_authority(parts[2], scheme)
    host, shown, is_literal = _host(host_text)
    if is_literal:
        _check_literal(host, port, rules)
    elif not rules.is_open_port(port) and not any(a.port in (None, port) for a in rules.allow):
        raise _Refused(f"port {port} is not open; use 443 or ask the operator")
    authority = f"[{host}]" if ":" in host else host
    if port != _DEFAULT_PORT[scheme]:
        authority += f":{port}"
    normal = _normal_form(scheme, host, authority, parts[3])
    return Target(
        url=str(normal),
        scheme=scheme,
        host=host,
        port=port,
        is_literal=is_literal,
        shown=shown,
        authority=authority,
        path=normal.raw_path.decode("ascii"),
    )


def _check_characters(url: str) -> None:
    if len(url) > URL_LENGTH_MAX:
        raise _Refused(f"the URL is longer than {URL_LENGTH_MAX} characters")
    if "\\" in url:
        raise _Refused("the URL has a backslash")
    if "#" in url:
        raise _Refused("the URL has a fragment (#), which is never sent")
    if any(char.isspace() or not char.isprintable() for char in url):
        raise _Refused("the URL has a space, a control or an invisible character")


def _split_authority(authority: str, scheme: str) -> tuple[str, int]:
    if "@" in authority:
        raise _Refused("the URL has a user name or password in it")
    if "%" in authority:
        raise _Refused("the host has a percent sign")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None or not parts[1]:
        raise _Refused("the URL has no host")
    if parts[2] is None:
        return parts[1], _DEFAULT_PORT[scheme]
    if not _PORT.fullmatch(parts[2]) or int(parts[2]) > 65_535:
        raise _Refused("the port is not a number from 1 to 65535")
    return parts[1], int(parts[2])


def _host(text: str) -> tuple[str, str, bool]:
    """The host in ASCII, as people write it, and whether it is an IP address."""
    if text.startswith("["):
        try:
            address = IPv6Address(text[1:-1])
        except AddressValueError:
            raise _Refused("the host in brackets is not an IPv6 address") from None
        return str(address), str(address), True
    host = _to_ascii(text).removesuffix(".")
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(host)), host, True
        except AddressValueError:
            raise _Refused("the host is an odd spelling of an IPv4 address") from None
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _Refused("the host is not a valid name")
    return host, _to_unicode(labels), False


def _to_ascii(text: str) -> str:
    """A Unicode name in punycode by IDNA 2008, without the mappings that hide odd spellings."""
    if text.isascii():
        return text.lower()
    if any(dot in text for dot in _OTHER_DOTS):
        raise _Refused("the host has a dot that is not a plain one")
    try:
        return idna.encode(text, uts46=False).decode("ascii")
    except (UnicodeError, ValueError, IndexError):
        raise _Refused("the host is not a valid international name (IDNA 2008)") from None


def _to_unicode(labels: list[str]) -> str:
    """The name with its punycode undone; punycode that stands for nothing is refused."""
    try:
        return ".".join(
            idna.ulabel(label) if label.startswith("xn--") else label for label in labels
        )
    except (UnicodeError, ValueError, IndexError):
        raise _Refused("the host is not a valid international name (IDNA 2008)") from None


def _check_literal(host: str, port: int, rules: GuardRules) -> None:
    """An IP address as host is the operator's business alone, public or not."""
    verdict = judge((host,), port, rules)
    if isinstance(verdict, Refusal):
        raise _Refused(verdict.reason)
    if not rules.allows(ip_address(host), port):
        raise _Refused("the host is an IP address where a name is expected")


def _normal_form(scheme: str, host: str, authority: str, rest: str) -> httpx.URL:
    """The URL as httpx reads it, which must be as we have read it."""
    try:
        url = httpx.URL(f"{scheme}://{authority}{rest}")
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise _Refused("the path or the query of the URL is not valid") from None
    if (url.raw_host.decode("ascii"), url.netloc.decode("ascii")) != (host, authority):
        raise _Refused("the URL can be read in more than one way")
    if len(str(url)) > URL_LENGTH_MAX:
        raise _Refused(f"the URL is longer than {URL_LENGTH_MAX} characters once it is encoded")
    return url
