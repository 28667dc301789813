"""Which IP addresses may be connected to. Pure: no name is resolved here.

Default deny: an address is public or it is refused. The list is fixed, since ``ipaddress`` calls
several metadata and translation addresses "global" and changes its mind between versions. Lists
like this one rot: compare it with the IANA special-purpose registries at every release.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

ADDRESSES_MAX = 64  # a name with more is no receiver but an attempt to make us scan
DEFAULT_PORTS = frozenset({443, 8443})
HTTP_PORT = 80

_ALLOWANCE = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<four>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why a target may not be used: a sentence that names neither host nor path."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """The operator's word that a network may be reached; ``port`` None: on any port."""

    network: Network
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Allowance:
        """Read ``10.1.2.0/24``, ``10.1.2.3:8443``, ``fd00::/8`` or ``[fd00::/8]:9001``.

        Raises ValueError when the network or the port is not one.
        """
        found = _ALLOWANCE.fullmatch(text)
        if found is None:
            return cls(network=ip_network(text))
        network = ip_network(found["six"] or found["four"])
        if found["port"] is None:
            return cls(network=network)
        port = int(found["port"])
        if not 0 < port < 65_536:
            raise ValueError(f"{port} is not a port: ports go from 1 to 65535")
        return cls(network=network, port=port)

    def covers(self, address: Address, port: int) -> bool:
        """Whether this very address and port were allowed."""
        return self.port in (None, port) and address in self.network


@dataclass(frozen=True, kw_only=True, slots=True)
class GuardRules:
    """What the operator's configuration says about targets; nobody else can loosen it.

    ``own`` holds the addresses and ports we listen on ourselves; an unspecified address
    (``0.0.0.0``, ``::``) stands for every loopback address, so name the interfaces' too.
    """

    allow: tuple[Allowance, ...] = ()
    http_allowed: bool = False
    own: tuple[tuple[str, int], ...] = ()
    ports: frozenset[int] = field(default=DEFAULT_PORTS)

    def is_open_port(self, port: int) -> bool:
        """Whether public addresses may be reached on this port."""
        return port in self.ports or (self.http_allowed and port == HTTP_PORT)

    def allows(self, address: Address, port: int) -> bool:
        """Whether the operator has named this very address and port."""
        return any(allowance.covers(address, port) for allowance in self.allow)


_REFUSED_4 = tuple(
    (IPv4Network(network), why)
    for network, why in (
        ("0.0.0.0/8", "this network itself"),
        ("10.0.0.0/8", "a private network"),
        ("100.64.0.0/10", "shared by a carrier's customers"),
        ("127.0.0.0/8", "this machine itself"),
        ("169.254.0.0/16", "link-local: cloud metadata lives there"),
        ("172.16.0.0/12", "a private network"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "for documentation"),
        ("192.31.196.0/24", "anycast for name servers"),
        ("192.52.193.0/24", "multicast tunnels"),
        ("192.88.99.0/24", "6to4 relays"),
        ("192.168.0.0/16", "a private network"),
        ("192.175.48.0/24", "anycast for name servers"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_PUBLIC_6 = IPv6Network("2000::/3")
_REFUSED_6 = tuple(
    (IPv6Network(network), why)
    for network, why in (
        ("::1/128", "this machine itself"),
        ("::ffff:0:0/96", "an IPv4 address in disguise"),
        ("::/96", "an IPv4 address in disguise"),
        ("64:ff9b::/96", "NAT64: an IPv4 address in disguise"),
        ("64:ff9b:1::/48", "NAT64: an IPv4 address in disguise"),
        ("fc00::/7", "a private network"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
        ("2001::/23", "reserved for protocols, Teredo among them"),
        ("2001:db8::/32", "for documentation"),
        ("2002::/16", "6to4: an IPv4 address in disguise"),
        ("3fff::/20", "for documentation"),
    )
)


def judge(addresses: Sequence[str], port: int, rules: GuardRules) -> tuple[str, ...] | Refusal:
    """All of a name's addresses, each once and in their order, or why none may be connected to.

    One refused address refuses the whole name: a name that mixes public and private addresses is
    a trick or a mistake, and refusing it is easier to explain than using half of it.
    """
    if not addresses:
        return Refusal(reason="the name has no address")
    if len(addresses) > ADDRESSES_MAX:
        return Refusal(reason=f"the name has more than {ADDRESSES_MAX} addresses")
    for text in addresses:
        reason = _objection(text, port, rules)
        if reason:
            return Refusal(reason=reason)
    return tuple(dict.fromkeys(addresses))


def _objection(text: str, port: int, rules: GuardRules) -> str:
    """Why this address may not be connected to; empty when it may.

    Our own address comes before the operator's allowances: a loop to ourselves helps nobody.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return "the name server gave something that is not an address"
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return "the address is bound to one of our interfaces"
    if any(_is_own(address, port, ip_address(ip), own_port) for ip, own_port in rules.own):
        return "the address and port are our own"
    if rules.allows(address, port):
        return ""
    if why := _why_not_public(address):
        return f"the address lies in {why}; only the operator's configuration can allow it"
    if not rules.is_open_port(port):
        return f"port {port} is not open to public addresses"
    return ""


def _is_own(address: Address, port: int, own: Address, own_port: int) -> bool:
    if port != own_port:
        return False
    inner = getattr(address, "ipv4_mapped", None) or address
    return inner == own or (own.is_unspecified and (inner.is_loopback or inner.is_unspecified))


def _why_not_public(address: Address) -> str:
    """The refused range an address lies in; empty for a public one."""
    if isinstance(address, IPv4Address):
        found = ((net, why) for net, why in _REFUSED_4 if address in net)
        return next((f"{net}, {why}" for net, why in found), "")
    for network, why in _REFUSED_6:
        if address in network:
            return f"{network}, {why}"
    return "" if address in _PUBLIC_6 else "a range of IPv6 that is not public"
