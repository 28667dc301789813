"""Idle connections: the freshest first, few, and not for long."""

from __future__ import annotations

import asyncio

from notifier.delivery.pool import IdlePool, Keeping
from tests.faults.stage import play

HERE, THERE = ("https", "a.test", 443), ("https", "b.test", 443)


class Line:
    """As much of a connection as a pool looks at."""

    def __init__(self, origin: tuple[str, str, int], *, age_seconds: float = 0.0) -> None:
        self.origin = origin
        self.is_open = True
        self.hung_up = asyncio.Event()
        self.idle_since = asyncio.get_running_loop().time() - age_seconds

    def close(self) -> None:
        self.is_open = False
        self.hung_up.set()

    @property
    def is_hung_up(self) -> bool:
        return self.hung_up.is_set()


def put(pool: IdlePool[Line], line: Line) -> Line:
    pool.put(line)
    return line


def test_the_one_used_last_is_taken_first() -> None:
    """It is the likeliest to be alive; each is handed out once, and only for its origin."""

    async def scenario() -> None:
        pool: IdlePool[Line] = IdlePool(Keeping())
        first, second, other = (put(pool, Line(at)) for at in (HERE, HERE, THERE))
        assert pool.take(HERE) is second
        assert pool.take(HERE) is first
        assert pool.take(HERE) is None
        assert pool.take(THERE) is other
        pool.clear()

    play(scenario)


def test_a_connection_that_ended_or_grew_old_is_passed_over() -> None:
    """The old one is hung up, the ended one is only forgotten."""

    async def scenario() -> None:
        pool: IdlePool[Line] = IdlePool(Keeping(seconds=5))
        old, ended = put(pool, Line(HERE, age_seconds=6)), put(pool, Line(HERE))
        ended.is_open = False
        assert pool.take(HERE) is None
        assert (old.is_hung_up, ended.is_hung_up) == (True, False)
        pool.clear()

    play(scenario)


def test_no_more_are_kept_than_allowed() -> None:
    """Per origin and in all; one that is taken makes room again."""

    async def scenario() -> None:
        pool: IdlePool[Line] = IdlePool(Keeping(per_origin=2, total=3))
        here = [put(pool, Line(HERE)) for _ in range(3)]
        there = [put(pool, Line(THERE)) for _ in range(2)]
        assert [line.is_hung_up for line in here] == [False, False, True]
        assert [line.is_hung_up for line in there] == [False, True]
        assert pool.take(HERE) is not None
        assert not put(pool, Line(THERE)).is_hung_up
        pool.clear()

    play(scenario)


def test_the_old_are_swept_out_while_nobody_asks() -> None:
    """Fresh ones stay; the ended ones no longer count."""

    async def scenario() -> None:
        pool: IdlePool[Line] = IdlePool(Keeping(seconds=0.05, total=3))
        old, ended = put(pool, Line(HERE, age_seconds=1)), put(pool, Line(HERE))
        fresh = put(pool, Line(THERE, age_seconds=-1000))
        ended.is_open = False
        await old.hung_up.wait()
        assert not fresh.is_hung_up
        assert not ended.is_hung_up
        assert not put(pool, Line(HERE)).is_hung_up
        assert pool.take(THERE) is fresh
        pool.clear()

    play(scenario)
