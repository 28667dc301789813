"""The corpus of refused spellings: refused as typed, refused as resolved, and nothing connected."""

from __future__ import annotations

import pytest

from notifier.core.delivery import OutcomeClass
from notifier.delivery.guard import Allowance, GuardRules, Refusal, check_url
from tests.faults.corpus import PUBLIC_4, PUBLIC_6, REFUSED_4, REFUSED_6, refused_urls
from tests.faults.server import NO_CONTENT, Receiver, answering
from tests.faults.stage import Names, connects, play, post, sender

CORPUS = list(refused_urls())
STRICT = GuardRules()
GENEROUS = GuardRules(  # an operator who has allowed a neighbour and plain http
    allow=(Allowance.parse("10.99.0.0/24:9001"), Allowance.parse("[fd99::/64]:9001")),
    http_allowed=True,
    own=(("0.0.0.0", 8080),),  # where we listen
)


def test_the_corpus_is_as_large_as_promised() -> None:
    """Three hundred spellings at least, each once."""
    assert len({url for _, url in CORPUS}) >= 300


@pytest.mark.parametrize("rules", [STRICT, GENEROUS], ids=["default rules", "generous rules"])
def test_every_spelling_is_refused_as_typed(rules: GuardRules) -> None:
    """Before any name is resolved; what another place is allowed opens nothing else."""
    taken = [
        said
        for said, url in CORPUS
        for typed in (url, url.replace("https://", "http://"), url.replace("/in", ":9001/in"))
        if not isinstance(check_url(typed, rules), Refusal)
    ]
    assert taken == []


def test_no_refusal_repeats_what_was_typed() -> None:
    """A refusal is shown and logged: neither host nor path of a secret URL is in it."""
    for _, url in CORPUS:
        refusal = check_url(url.replace("/in", "/s3cret"), STRICT)
        assert isinstance(refusal, Refusal)
        assert "s3cret" not in refusal.reason
        assert "example" not in refusal.reason


def test_sending_to_every_spelling_connects_nowhere() -> None:
    """A stored row that predates the guard is refused as well, by the sender and by nobody else."""

    async def scenario() -> tuple[set[OutcomeClass], list[str], int]:
        async with Receiver(answering(NO_CONTENT)) as listener:
            port = listener.port
            rules = GuardRules(http_allowed=True, ports=frozenset({80, 443, 8443, port}))
            async with sender(rules=rules) as made:
                with connects() as seen:
                    ends = {
                        (await post(made, typed)).outcome
                        for _, url in CORPUS
                        for typed in (url, url.replace("https", "http").replace("/in", f":{port}/"))
                    }
                return ends, seen, len(listener.peers)

    ends, seen, accepted = play(scenario)
    assert ends == {OutcomeClass.REFUSED_ADDRESS}
    assert (seen, accepted) == ([], 0)


def test_resolving_to_any_refused_address_connects_nowhere() -> None:
    """The same addresses behind an innocent name, alone and beside a public one."""
    addresses = [text for some in REFUSED_4.values() for text in some] + list(REFUSED_6)
    names: dict[str, tuple[str, ...]] = {}
    names |= {f"n{at}.example.org": (text,) for at, text in enumerate(addresses)}
    names |= {f"m{at}.example.org": ("8.8.8.8", text) for at, text in enumerate(addresses)}
    names |= {f"z{at}.example.org": (f"{text}%1",) for at, text in enumerate(REFUSED_6)}

    async def scenario() -> tuple[set[OutcomeClass], list[str]]:
        async with sender(rules=STRICT, resolver=Names(names)) as made:
            with connects() as seen:
                return {(await post(made, f"https://{name}/in")).outcome for name in names}, seen

    ends, seen = play(scenario)
    assert ends == {OutcomeClass.REFUSED_ADDRESS}
    assert seen == []


PUBLIC_URLS = [
    "https://hooks.example.org",
    "https://hooks.example.org/",
    "https://hooks.example.org/in?token=a%20b&x=/y@z:1",
    "https://hooks.example.org/a/../b",
    "https://hooks.example.org:443/in",
    "https://hooks.example.org:8443/in",
    "HTTPS://HOOKS.EXAMPLE.ORG/In",
    "https://hooks.example.org./in",
    "https://xn--80aswg.xn--p1ai/in",
    "https://сайт.рф/in",
    "https://құқық.қаз/in",
    "https://bücher.example/in",
    "https://例え.テスト/in",
    "https://παράδειγμα.δοκιμή/in",
    "https://مثال.إختبار/in",
    "https://straße.example/in",
    "https://r3---sn-4g5e6nsz.example.org/in",
    "https://1.example.org/in",
    "https://1e100.example/in",
    "https://0x7f.example/in",
    "https://127.0.0.1.example.org/in",
    "https://deadbeef/in",
    "https://a/in",
    "https://localhost/in",
    "https://10-0-0-1.example.org/in",
    "https://hooks.example.org/путь",
    "https://hooks.example.org/in;v=1,2",
    "https://hooks.example.org/in?",
    "https://hooks.example.org?x=1",
    "https://" + "a" * 63 + ".example.org/",
    "https://hooks.example.org/" + "a" * 2000,
]


@pytest.mark.parametrize("url", PUBLIC_URLS, ids=lambda url: str(url)[:50])
def test_a_public_form_is_not_refused(url: str) -> None:
    """Names are not judged by looks: what resolves inside is refused at the connect."""
    assert not isinstance(check_url(url, STRICT), Refusal)


def test_enough_public_forms_are_tried() -> None:
    """Fifty in all, the addresses below among them."""
    assert len(PUBLIC_URLS) + len(PUBLIC_4) + len(PUBLIC_6) >= 50


@pytest.mark.parametrize("address", [*PUBLIC_4, *PUBLIC_6])
def test_a_public_address_is_taken_once_the_operator_names_it(address: str) -> None:
    """As a literal it needs the operator; behind a name it would need nobody."""
    host = f"[{address}]" if ":" in address else address
    allowed = GuardRules(allow=(Allowance.parse(host),))
    assert isinstance(check_url(f"https://{host}/in", STRICT), Refusal)
    assert not isinstance(check_url(f"https://{host}/in", allowed), Refusal)
