"""Names that lie: they change, mix, point inside or never resolve. Nothing refused is connected."""

from __future__ import annotations

import asyncio

import pytest

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.delivery.addresses import ADDRESSES_MAX
from notifier.delivery.dial import vet
from notifier.delivery.guard import Allowance, GuardRules, Refusal, Target
from notifier.delivery.resolver import NameServer
from tests.faults.name_server import NameServerPlay, Records, Zone
from tests.faults.server import Receiver, answering
from tests.faults.stage import LATE_SECONDS, SHORT_SECONDS, connects, play, post, sender

LAST_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
PUBLIC, INSIDE = "127.0.0.1", "127.0.0.2"  # only the first is allowed, as a public one would be
DELIVERED, REFUSED = OutcomeClass.DELIVERED, OutcomeClass.REFUSED_ADDRESS


def rules(port: int) -> GuardRules:
    return GuardRules(
        allow=(Allowance.parse(PUBLIC),), http_allowed=True, ports=frozenset({443, port})
    )


def meet(zone: Zone, *, times: int = 1) -> tuple[list[Outcome], int, int, list[str]]:
    """Outcomes, connections to the allowed and to the inside listener, and connect(2) calls."""

    async def scenario() -> tuple[list[Outcome], int, int, list[str]]:
        async with (
            NameServerPlay(zone) as names,
            Receiver(answering(LAST_ANSWER), host=PUBLIC) as public,
            Receiver(answering(LAST_ANSWER), host=INSIDE, port=public.port) as inside,
            sender(rules=rules(public.port), resolver=NameServer("127.0.0.1", names.port)) as made,
        ):
            with connects() as seen:
                url = public.url("evil.test")
                outcomes = [await post(made, url) for _ in range(times)]
            connected = [address for address in seen if f", {names.port})" not in address]
            return outcomes, len(public.peers), len(inside.peers), connected

    return play(scenario)


def always(*records: str) -> Zone:
    """The same answer for A; nothing for AAAA."""
    return lambda _name, kind, _turn: records if kind == "A" else ()


@pytest.mark.parametrize(
    ("zone", "reason"),
    [
        pytest.param(always(f"A {INSIDE}"), "127.0.0.0/8", id="a name that points inside"),
        pytest.param(
            always(f"A {PUBLIC}", f"A {INSIDE}"), "127.0.0.0/8", id="one of two points inside"
        ),
        pytest.param(
            always(f"A {PUBLIC}", "A 169.254.169.254"), "169.254.0.0/16", id="one is metadata"
        ),
        pytest.param(
            always("CNAME localhost.", "A 127.0.0.2"), "127.0.0.0/8", id="an alias of localhost"
        ),
        pytest.param(
            lambda _name, kind, _turn: [f"A {PUBLIC}"] if kind == "A" else ["AAAA ::1"],
            "::1/128",
            id="IPv4 is good, IPv6 points inside",
        ),
        pytest.param(
            lambda _name, kind, _turn: [f"A {PUBLIC}"] if kind == "A" else ["AAAA ::ffff:7f00:1"],
            "::ffff:0:0/96",
            id="IPv4 in disguise",
        ),
        pytest.param(
            always(*[f"A 127.0.{n // 250}.{n % 250 + 1}" for n in range(1000)]),
            f"more than {ADDRESSES_MAX} addresses",
            id="a thousand addresses",
        ),
    ],
)
def test_a_name_with_a_refused_address(zone: Zone, reason: str) -> None:
    """Any refused address refuses the whole name: no socket is connected at all."""
    (outcome,), public, inside, connected = meet(zone)
    assert outcome.outcome is REFUSED
    assert reason in outcome.detail
    assert (public, inside, connected) == (0, 0, [])


def test_a_name_that_flips_at_every_question() -> None:
    """Each connect goes to an address judged in the very answer it came from."""

    def flipping(_name: str, kind: str, turn: int) -> Records:
        return [] if kind != "A" else [f"A {INSIDE if turn % 2 else PUBLIC}"]

    outcomes, public, inside, connected = meet(flipping, times=40)
    assert [outcome.outcome for outcome in outcomes] == [DELIVERED, REFUSED] * 20
    assert (public, inside) == (20, 0)
    assert len(connected) == 20
    assert all(PUBLIC in address for address in connected)


def test_a_name_that_is_good_at_registration_and_bad_at_the_connect() -> None:
    """Registration asks the same guard, but its answer is never carried over to a connect."""

    async def scenario() -> tuple[Target | Refusal, Outcome, int]:
        def zone(_name: str, kind: str, turn: int) -> Records:
            return [] if kind != "A" else [f"A {INSIDE if turn else PUBLIC}"]

        async with (
            NameServerPlay(zone) as names,
            Receiver(answering(LAST_ANSWER), host=INSIDE) as inside,
        ):
            own_rules = rules(inside.port)
            resolver = NameServer("127.0.0.1", names.port)
            url = inside.url("evil.test")
            vetted = await vet(url, rules=own_rules, resolver=resolver)
            async with sender(rules=own_rules, resolver=resolver) as made:
                return vetted, await post(made, url), len(inside.peers)

    vetted, outcome, connections = play(scenario)
    assert isinstance(vetted, Target)
    assert outcome.outcome is REFUSED
    assert connections == 0


@pytest.mark.parametrize(
    "zone",
    [
        pytest.param(lambda _name, _kind, _turn: ["NXDOMAIN"], id="there is no such name"),
        pytest.param(lambda _name, _kind, _turn: [], id="the name has no address"),
    ],
)
def test_a_name_without_an_address(zone: Zone) -> None:
    """It is unreachable and not refused: the owner may mend it before the hearing."""
    (outcome,), public, _, connected = meet(zone)
    assert (outcome.outcome, outcome.detail) == (OutcomeClass.UNREACHABLE, "dns")
    assert (public, connected) == (0, [])


def test_registration_says_why_a_target_is_refused() -> None:
    """The sentence is for the person who typed the URL."""

    async def scenario() -> list[str]:
        async with NameServerPlay(always("A 10.0.0.5")) as names:
            resolver = NameServer("127.0.0.1", names.port)
            said = [
                await vet(url, rules=GuardRules(), resolver=resolver)
                for url in ("https://inside.test/in", "http://inside.test/in")
            ]
            return [found.reason for found in said if isinstance(found, Refusal)]

    by_address, by_scheme = play(scenario)
    assert by_address.startswith("the address lies in 10.0.0.0/8, a private network")
    assert by_scheme == "the URL does not start with https://"


def test_a_name_server_that_never_answers() -> None:
    """DNS is on the attempt's one clock, and the loop goes on turning meanwhile."""

    async def scenario() -> tuple[Outcome, int]:
        turns = 0

        async def other_work() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0.01)
                turns += 1

        other = asyncio.create_task(other_work())
        async with (
            NameServerPlay(lambda _name, _kind, _turn: None) as names,
            sender(resolver=NameServer("127.0.0.1", names.port)) as made,
        ):
            outcome = await post(made, "http://evil.test/in", timeout_seconds=SHORT_SECONDS)
        other.cancel()
        return outcome, turns

    outcome, turns = play(scenario)
    assert (outcome.outcome, outcome.detail) == (
        OutcomeClass.TIMED_OUT,
        "time ran out resolving the name",
    )
    assert outcome.duration_seconds <= SHORT_SECONDS + LATE_SECONDS
    assert turns > 1


def test_a_slow_name_costs_the_others_nothing() -> None:
    """While one name hangs, another is resolved and delivered to."""

    def zone(name: str, kind: str, _turn: int) -> Records:
        if name == "slow.test":
            return None
        return [f"A {PUBLIC}"] if kind == "A" else []

    async def scenario() -> tuple[Outcome, bool]:
        async with (
            NameServerPlay(zone) as names,
            Receiver(answering(LAST_ANSWER)) as receiver,
            sender(resolver=NameServer("127.0.0.1", names.port)) as made,
        ):
            slow = asyncio.create_task(post(made, receiver.url("slow.test")))
            await asyncio.sleep(0)
            quick = await post(made, receiver.url("quick.test"))
            was_waiting = not slow.done()
            slow.cancel()
            await asyncio.wait([slow])
            return quick, was_waiting and slow.cancelled()

    quick, was_waiting = play(scenario)
    assert quick.outcome is DELIVERED
    assert was_waiting
