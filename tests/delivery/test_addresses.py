"""Which addresses may be connected to: the list, the operator's word, and never ourselves."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.delivery.addresses import ADDRESSES_MAX, Allowance, GuardRules, Refusal, judge
from tests.faults.corpus import PUBLIC_4, PUBLIC_6, REFUSED_4, REFUSED_6

STRICT = GuardRules()
OFFICE = Allowance.parse("192.168.7.0/24:9001")


@pytest.mark.parametrize("address", [text for some in REFUSED_4.values() for text in some])
def test_every_special_ipv4_range_is_refused(address: str) -> None:
    """The first, the last and the notorious addresses of each range."""
    assert isinstance(judge((address,), 443, STRICT), Refusal)


@pytest.mark.parametrize("address", REFUSED_6)
def test_every_special_ipv6_range_is_refused(address: str) -> None:
    """IPv4 in disguise is refused as such, even when the address inside is public."""
    assert isinstance(judge((address,), 443, STRICT), Refusal)


@pytest.mark.parametrize("address", [*PUBLIC_4, *PUBLIC_6])
def test_the_neighbours_of_the_ranges_are_public(address: str) -> None:
    """No range is wider than it should be."""
    assert judge((address,), 443, STRICT) == (address,)


@pytest.mark.parametrize(
    ("addresses", "port", "rules", "reason"),
    [
        pytest.param((), 443, STRICT, "the name has no address", id="no address"),
        pytest.param(
            ("8.8.8.8", "10.0.0.1"), 443, STRICT, "10.0.0.0/8, a private network", id="one is bad"
        ),
        pytest.param(
            tuple(f"8.8.{n // 256}.{n % 256}" for n in range(ADDRESSES_MAX + 1)),
            443,
            STRICT,
            "more than 64 addresses",
            id="too many, all of them public",
        ),
        pytest.param(("8.8.8.8",), 22, STRICT, "port 22 is not open", id="a port of another trade"),
        pytest.param(("8.8.8.8",), 80, STRICT, "port 80 is not open", id="plain http's port"),
        pytest.param(("junk",), 443, STRICT, "not an address", id="no address at all"),
        pytest.param(
            ("2606:4700::1%eth0",), 443, STRICT, "one of our interfaces", id="a scoped address"
        ),
        pytest.param(
            ("192.168.7.9",), 9002, GuardRules(allow=(OFFICE,)), "192.168.0.0/16",
            id="the operator's network on another port",
        ),
        pytest.param(
            ("192.168.8.9",), 9001, GuardRules(allow=(OFFICE,)), "192.168.0.0/16",
            id="the operator's port in another network",
        ),
        pytest.param(
            ("192.168.7.9", "10.0.0.1"), 9001, GuardRules(allow=(OFFICE,)), "10.0.0.0/8",
            id="an allowed address excuses no other",
        ),
        pytest.param(
            ("8.8.8.8",), 9001, GuardRules(allow=(OFFICE,)), "port 9001 is not open",
            id="an allowed port is not open elsewhere",
        ),
    ],
)  # fmt: skip
def test_a_refusal_says_why(
    addresses: tuple[str, ...], port: int, rules: GuardRules, reason: str
) -> None:
    """The sentence names the range or the port, never the host."""
    verdict = judge(addresses, port, rules)
    assert isinstance(verdict, Refusal)
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("address", "port", "rules"),
    [
        pytest.param("8.8.8.8", 443, STRICT, id="https"),
        pytest.param("8.8.8.8", 8443, STRICT, id="the other https"),
        pytest.param("8.8.8.8", 80, GuardRules(http_allowed=True), id="http, when allowed"),
        pytest.param("8.8.8.8", 9443, GuardRules(ports=frozenset({9443})), id="a port set open"),
        pytest.param("192.168.7.9", 9001, GuardRules(allow=(OFFICE,)), id="network and port"),
        pytest.param(
            "127.0.0.1", 5, GuardRules(allow=(Allowance.parse("127.0.0.1"),)), id="any port"
        ),
        pytest.param(
            "64:ff9b::1", 443, GuardRules(allow=(Allowance.parse("64:ff9b::/96"),)), id="NAT64"
        ),
    ],
)
def test_what_the_rules_open(address: str, port: int, rules: GuardRules) -> None:
    """An allowance stands for its port as well."""
    assert judge((address,), port, rules) == (address,)


@pytest.mark.parametrize(
    ("own", "address"),
    [
        pytest.param("127.0.0.1", "127.0.0.1", id="itself"),
        pytest.param("127.0.0.1", "::ffff:127.0.0.1", id="itself in disguise"),
        pytest.param("0.0.0.0", "127.0.0.9", id="any loopback address"),
        pytest.param("0.0.0.0", "0.0.0.0", id="the unspecified address reaches ourselves"),
        pytest.param("::", "::1", id="any loopback address of IPv6"),
        pytest.param("::", "127.0.0.1", id="both families listen there"),
        pytest.param("192.168.7.9", "192.168.7.9", id="an address of the office"),
    ],
)
def test_our_own_address_is_refused_whatever_is_allowed(own: str, address: str) -> None:
    """The notifier never calls itself; another port of the same machine is another matter."""
    everything = (Allowance.parse("0.0.0.0/0"), Allowance.parse("::/0"))
    rules = GuardRules(allow=everything, own=((own, 8080),))
    verdict = judge((address,), 8080, rules)
    assert verdict == Refusal(reason="the address and port are our own")
    assert judge((address,), 9001, rules) == (address,)


def test_addresses_keep_their_order_and_come_once() -> None:
    """The resolver knows which is best."""
    found = ("9.9.9.9", "8.8.8.8", "9.9.9.9")
    assert judge(found, 443, STRICT) == ("9.9.9.9", "8.8.8.8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.1.2.0/24", Allowance(network=ip_network("10.1.2.0/24"))),
        ("10.1.2.3", Allowance(network=ip_network("10.1.2.3/32"))),
        ("10.1.2.3:8443", Allowance(network=ip_network("10.1.2.3/32"), port=8443)),
        ("10.1.2.0/24:1", Allowance(network=ip_network("10.1.2.0/24"), port=1)),
        ("fd00::/8", Allowance(network=ip_network("fd00::/8"))),
        ("[fd00::/8]", Allowance(network=ip_network("fd00::/8"))),
        ("[::1]:9001", Allowance(network=ip_network("::1/128"), port=9001)),
    ],
)
def test_an_allowance_is_read(text: str, expected: Allowance) -> None:
    """A network or an address, and a port or none."""
    assert Allowance.parse(text) == expected


@pytest.mark.parametrize(
    "text", ["", "office", "10.1.2.3/24", "10.1.2.3:", "10.1.2.3:0", "10.1.2.3:65536", "[::1]:x"]
)
def test_an_allowance_that_is_none(text: str) -> None:
    """A typing error opens nothing."""
    with pytest.raises(ValueError, match=r"."):
        Allowance.parse(text)


addresses_4 = st.integers(0, 2**32 - 1).map(lambda n: str(IPv4Address(n)))
addresses_6 = st.integers(0, 2**128 - 1).map(lambda n: str(IPv6Address(n)))


@given(st.lists(addresses_4 | addresses_6, max_size=5), st.integers(1, 65_535))
def test_what_is_chosen_is_public_all_of_it(addresses: list[str], port: int) -> None:
    """Nothing is dropped in silence, and Python's own idea of private is a part of ours."""
    verdict = judge(addresses, port, STRICT)
    if isinstance(verdict, Refusal):
        return
    assert set(verdict) == set(addresses)
    for text in verdict:
        address = IPv6Address(text) if ":" in text else IPv4Address(text)
        assert not address.is_private
        assert not address.is_multicast


@given(addresses_6)
def test_ipv6_outside_the_public_eighth_is_refused(address: str) -> None:
    """2000::/3 is all there is."""
    if IPv6Address(address) not in ip_network("2000::/3"):
        assert isinstance(judge((address,), 443, STRICT), Refusal)


@given(st.text(max_size=30))
def test_junk_from_a_name_server_is_refused(text: str) -> None:
    """Whatever a resolver hands over, judging never raises."""
    verdict = judge((text,), 443, STRICT)
    assert isinstance(verdict, Refusal) or verdict == (text,)
