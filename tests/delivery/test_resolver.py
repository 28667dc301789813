"""Names to addresses: in time, without holding anybody else up, and with one kind of failure."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from notifier.delivery import resolver as resolvers
from notifier.delivery.errors import NameNotResolved
from notifier.delivery.resolver import NameServer, SystemResolver, getaddrinfo
from tests.faults.name_server import NameServerPlay, Records
from tests.faults.stage import play


def test_the_machine_knows_localhost() -> None:
    """The real look-up, hosts file and all."""
    found = play(lambda: SystemResolver().addresses("localhost"))
    assert set(found) <= {"127.0.0.1", "::1"}
    assert found


def raising(error: BaseException) -> tuple[str, ...]:
    raise error


@pytest.mark.parametrize(
    "error",
    [
        socket.gaierror(socket.EAI_NONAME, "no such name"),
        UnicodeError("label too long"),
        RuntimeError("a library's own trouble"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_look_up_that_fails_has_one_error(error: Exception) -> None:
    """Whatever a look-up raises, the name has no address."""
    resolver = SystemResolver(look_up=lambda _host: raising(error))
    with pytest.raises(NameNotResolved):
        play(lambda: resolver.addresses("a.test"))


def test_a_name_that_cannot_be_encoded() -> None:
    """The machine refuses a label of 64 letters by an exception of its own."""
    with pytest.raises(UnicodeError):
        getaddrinfo("a" * 64 + ".test")
    with pytest.raises(NameNotResolved):
        play(lambda: SystemResolver().addresses("a" * 64 + ".test"))


def test_a_look_up_that_hangs_is_given_up() -> None:
    """The thread is left to itself; the caller goes on in time."""
    released = threading.Event()

    def hang(_host: str) -> tuple[str, ...]:
        released.wait(20)
        return ("192.0.2.1",)

    async def scenario() -> None:
        with pytest.raises(NameNotResolved, match="in time"):
            await SystemResolver(timeout_seconds=0.05, look_up=hang).addresses("slow.test")
        released.set()

    play(scenario)


def test_a_thread_that_ends_after_the_loop_complains_to_nobody() -> None:
    """Shutting down does not wait for a name server."""
    released = threading.Event()

    def hang(_host: str) -> tuple[str, ...]:
        released.wait(20)
        return ()

    async def scenario() -> None:
        with pytest.raises(NameNotResolved):
            await SystemResolver(timeout_seconds=0.05, look_up=hang).addresses("slow.test")

    play(scenario)
    released.set()
    for thread in threading.enumerate():
        if thread.name == resolvers.THREAD_NAME:
            assert thread.daemon
            thread.join(20)  # an exception in it would fail this test


def test_those_who_ask_for_the_same_name_share_one_thread() -> None:
    """Eight messages to a slow host cost one look-up, and one who leaves takes nobody along."""
    asked: list[str] = []
    released = threading.Event()

    def look_up(host: str) -> tuple[str, ...]:
        asked.append(host)
        released.wait(20)
        return ("192.0.2.1",)

    async def scenario() -> list[tuple[str, ...] | BaseException]:
        resolver = SystemResolver(look_up=look_up)
        waiting = [asyncio.create_task(resolver.addresses("a.test")) for _ in range(8)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        released.set()
        return await asyncio.gather(*waiting, return_exceptions=True)

    first, *others = play(scenario)
    assert isinstance(first, asyncio.CancelledError)
    assert others == [("192.0.2.1",)] * 7
    assert asked == ["a.test"]


def resolver_threads() -> int:
    return sum(thread.name == resolvers.THREAD_NAME for thread in threading.enumerate())


def test_no_more_threads_than_are_allowed() -> None:
    """Further names wait for their turn and get it."""
    released = threading.Event()

    def look_up(host: str) -> tuple[str, ...]:
        released.wait(20)
        return (host,)

    async def scenario() -> tuple[int, list[tuple[str, ...]]]:
        before = resolver_threads()
        resolver = SystemResolver(look_up=look_up)
        names = [f"n{number}.test" for number in range(100)]
        waiting = [asyncio.create_task(resolver.addresses(name)) for name in names]
        await asyncio.sleep(0)
        started = resolver_threads() - before
        released.set()
        return started, await asyncio.gather(*waiting)

    started, found = play(scenario)
    assert started == resolvers.THREADS_MAX
    assert found == [(f"n{number}.test",) for number in range(100)]


def test_nothing_is_remembered() -> None:
    """The next connect asks anew."""
    turns = iter([("192.0.2.1",), ("192.0.2.2",)])

    async def scenario() -> list[tuple[str, ...]]:
        resolver = SystemResolver(look_up=lambda _host: next(turns))
        return [await resolver.addresses("a.test") for _ in range(2)]

    assert play(scenario) == [("192.0.2.1",), ("192.0.2.2",)]


def ask(zone: dict[str, list[str]], host: str = "a.test") -> tuple[str, ...]:
    def answers(_name: str, kind: str, _turn: int) -> Records:
        return zone.get(kind, [])

    async def scenario() -> tuple[str, ...]:
        async with NameServerPlay(answers) as server:
            return await NameServer("127.0.0.1", server.port, timeout_seconds=5).addresses(host)

    return play(scenario)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        pytest.param({"A": ["A 192.0.2.1"]}, ("192.0.2.1",), id="IPv4 alone"),
        pytest.param({"AAAA": ["AAAA 2001:db8::1"]}, ("2001:db8::1",), id="IPv6 alone"),
        pytest.param(
            {"A": ["A 192.0.2.1"], "AAAA": ["AAAA 2001:db8::1"]},
            ("192.0.2.1", "2001:db8::1"),
            id="IPv4 before IPv6",
        ),
        pytest.param(
            {"A": ["CNAME b.test.", "A 192.0.2.1"]}, ("192.0.2.1",), id="through an alias"
        ),
    ],
)
def test_a_name_server_of_our_choice(zone: dict[str, list[str]], expected: tuple[str, ...]) -> None:
    """Both families are asked for."""
    assert ask(zone) == expected


@pytest.mark.parametrize("records", [["NXDOMAIN"], ["SERVFAIL"], []], ids=str)
def test_a_name_server_without_an_address(records: list[str]) -> None:
    """However it says so."""
    with pytest.raises(NameNotResolved):
        ask({"A": records, "AAAA": records})


def test_a_name_server_that_is_not_there() -> None:
    """Its silence ends with our patience."""

    async def scenario() -> tuple[str, ...]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
            holder.bind(("127.0.0.1", 0))
            port = holder.getsockname()[1]
            return await NameServer("127.0.0.1", port, timeout_seconds=0.2).addresses("a.test")

    with pytest.raises(NameNotResolved):
        play(scenario)
