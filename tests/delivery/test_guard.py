"""Which URLs may be called, and the one form in which they are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.delivery.guard import Allowance, GuardRules, Refusal, Target, check_url

STRICT = GuardRules()
HOME = GuardRules(allow=(Allowance.parse("127.0.0.1:9001"),))
HOME_HTTP = GuardRules(allow=(Allowance.parse("127.0.0.1:9001"),), http_allowed=True)


@pytest.mark.parametrize(
    ("url", "normal", "authority", "path"),
    [
        ("https://a.example", "https://a.example", "a.example", "/"),
        ("HTTPS://A.Example./In", "https://a.example/In", "a.example", "/In"),
        ("https://a.example:443/in", "https://a.example/in", "a.example", "/in"),
        ("https://a.example:8443?x", "https://a.example:8443?x", "a.example:8443", "/?x"),
        (
            "https://сайт.рф/путь",
            "https://xn--80aswg.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C",
            "xn--80aswg.xn--p1ai",
            "/%D0%BF%D1%83%D1%82%D1%8C",
        ),
    ],
)
def test_the_normal_form(url: str, normal: str, authority: str, path: str) -> None:
    """One spelling is stored, sent and compared."""
    target = check_url(url, STRICT)
    assert isinstance(target, Target)
    assert (target.url, target.authority, target.path) == (normal, authority, path)


def test_a_name_in_letters_stands_beside_its_punycode() -> None:
    """People compare what they read; DNS and certificates need the other."""
    target = check_url("https://xn--80aswg.xn--p1ai/in", STRICT)
    assert isinstance(target, Target)
    assert (target.host, target.shown) == ("xn--80aswg.xn--p1ai", "сайт.рф")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://a.example/", "the URL does not start with https://"),
        ("ftp://a.example/", "the URL does not start with https://"),
        ("file:///etc/passwd", "the URL does not start with https://"),
        ("unix:///run/docker.sock", "the URL does not start with https://"),
        ("a.example/in", "the URL is not complete: it starts with https:// and a host"),
        ("https:a.example", "the URL is not complete: it starts with https:// and a host"),
        ("", "the URL is not complete: it starts with https:// and a host"),
        ("https:///in", "the URL has no host"),
        ("https://u:p@a.example/", "the URL has a user name or password in it"),
        ("https://a.example/#top", "the URL has a fragment (#), which is never sent"),
        ("https://a.example\\in", "the URL has a backslash"),
        ("https://a.example/a b", "the URL has a space, a control or an invisible character"),
        ("https://a.example/\u200b", "the URL has a space, a control or an invisible character"),
        ("https://a%2eexample/", "the host has a percent sign"),
        ("https://a.example:22/", "port 22 is not open; use 443 or ask the operator"),
        ("https://a.example:x/", "the port is not a number from 1 to 65535"),
        ("https://8.8.8.8/", "the host is an IP address where a name is expected"),
        ("https://0x08080808/", "the host is an odd spelling of an IPv4 address"),
        ("https://[::g]/", "the host in brackets is not an IPv6 address"),
        ("https://a_b.example/", "the host is not a valid name"),
        ("https://☃.example/", "the host is not a valid international name (IDNA 2008)"),
        ("https://a。example/", "the host has a dot that is not a plain one"),
        ("https://a.example/" + "a" * 2031, "the URL is longer than 2048 characters"),
        (
            "https://a.example/" + "é" * 400,
            "the URL is longer than 2048 characters once it is encoded",
        ),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_mend(url: str, reason: str) -> None:
    """The person who typed the URL reads this."""
    assert check_url(url, STRICT) == Refusal(reason=reason)


@pytest.mark.parametrize(
    ("url", "rules", "may"),
    [
        pytest.param("https://127.0.0.1:9001/in", HOME, True, id="the address and port named"),
        pytest.param("http://127.0.0.1:9001/in", HOME, False, id="plain http is another matter"),
        pytest.param("http://127.0.0.1:9001/in", HOME_HTTP, True, id="plain http allowed too"),
        pytest.param("https://127.0.0.1:9002/in", HOME, False, id="another port"),
        pytest.param("https://127.0.0.2:9001/in", HOME, False, id="another address"),
        pytest.param("https://[::1]:9001/in", HOME, False, id="another family"),
        pytest.param("https://office.example:9001/", HOME, True, id="a name on an allowed port"),
        pytest.param("https://office.example:9002/", HOME, False, id="a name on another port"),
        pytest.param("http://a.example/", HOME_HTTP, True, id="port 80 comes with http"),
        pytest.param("http://a.example:81/", HOME_HTTP, False, id="port 81 does not"),
        pytest.param(
            "https://127.0.0.1:9001/in",
            GuardRules(allow=HOME.allow, own=(("127.0.0.1", 9001),)),
            False,
            id="not ourselves",
        ),
    ],
)
def test_what_the_operator_allows(url: str, rules: GuardRules, may: bool) -> None:
    """By network and exact port, in the configuration only."""
    assert isinstance(check_url(url, rules), Target) is may


url_like = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["https://", "http://", "HTTPS:/", "//", ""]),
        st.text(alphabet="a.-_:@[]%#?/\\\u3002\uff0e１é 0x7", max_size=20),
        st.sampled_from(["", ":443", ":9001", ":0", "/in", "?q=1", "/é"]),
        st.text(max_size=5),
    ),
)


@given(st.text(max_size=60) | url_like)
def test_checking_never_raises_and_keeps_its_word(url: str) -> None:
    """A target's own URL is read as the same target: what was judged is what is called."""
    found = check_url(url, HOME_HTTP)
    if isinstance(found, Target):
        assert check_url(found.url, HOME_HTTP) == found
        assert found.host.isascii()
        assert found.path.isascii()
        assert found.path.startswith("/")
        assert not set(found.path + found.authority) & set(" \r\n\t\\#")


@given(
    st.from_regex(
        r"https://[a-z]{1,10}(\.[a-z0-9]{1,10}){0,3}\.[a-z]{2,5}/[a-z/]{0,20}", fullmatch=True
    )
)
def test_ordinary_urls_are_taken(url: str) -> None:
    """The guard stands in nobody's way."""
    assert isinstance(check_url(url, STRICT), Target)
