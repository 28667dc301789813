"""The daemon: one courier, a few duties, and somebody who watches both.

APScheduler runs the duties from memory, in UTC; it holds no reminder, so nothing is lost with it.
The courier is paced by the monotonic clock alone. The pacemaker shares neither's failure: it
notices a duty that stopped, re-arms it after a clock step, and ends a process that hangs.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.core.ids import OWNER, new_id
from notifier.core.pacing import Rate
from notifier.errors import Conflict, NotifierError
from notifier.flow import intake, plan, upkeep
from notifier.flow.attempts import Limits
from notifier.flow.courier import Courier, Sends
from notifier.flow.desk import Desk
from notifier.flow.dispatch import Turn
from notifier.settings import Settings
from notifier.storage import locks, people

PULSE_EVERY_SECONDS = 5.0
ORPHANS_EVERY_SECONDS = 5.0  # a dead worker's messages return within lease + this
STALLED_AFTER_SECONDS = 15.0  # readiness turns red
HUNG_AFTER_SECONDS = 60.0  # the process ends, so that whoever watches it starts another
RECORD_SECONDS = 1.0  # of the drain, kept for writing down what came home

logger = logging.getLogger(__name__)


class Reaches(Sends, Protocol):
    """The network as the daemon needs it: deliveries, and the watcher's heartbeat."""

    async def get(self, url: str, *, timestamp: int, timeout_seconds: float) -> Outcome:
        """Call a URL."""

    async def aclose(self) -> None:
        """Close every connection."""


class Daemon:
    """One running daemon. ``say`` is where it speaks to the operator: standard error."""

    def __init__(
        self,
        desk: Desk,
        settings: Settings,
        sender: Reaches,
        *,
        say: Callable[[str], None] = lambda text: print(text, file=sys.stderr, flush=True),  # noqa: T201 - the operator's own terminal
    ) -> None:
        self.owner = new_id(OWNER, os.urandom)  # unique per boot: a restart never looks alive
        self._desk, self._settings, self._sender, self._say = desk, settings, sender, say
        self._courier = Courier(
            desk,
            sender,
            owner=self.owner,
            limits=_limits(settings),
            jitter=random.SystemRandom().random,
            on_turn=self._turned,
        )
        self._started_at = desk.database.now()
        self._last_good: dict[str, float] = {}
        self._audited_at: datetime | None = None
        self._audit_problems: tuple[str, ...] = ()
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    def stop(self) -> None:
        """Claim nothing more; ``run`` returns when what is in flight came home."""
        self._courier.stop()

    async def run(self) -> None:
        """Run until stopped. Raises Conflict when another daemon has this SQLite file."""
        with locks.held(
            self._desk.database,
            "daemon" if self._desk.database.is_sqlite else self.owner,
            otherwise="another daemon runs on this database file; stop it first",
        ) as self._keep_lock:
            await self._prepare()
            async with self._duties():
                pacemaker = asyncio.create_task(self._pace())
                try:
                    drain = self._settings.daemon.drain_seconds - RECORD_SECONDS
                    await self._courier.run(drain_seconds=max(drain, 0.0))
                finally:
                    pacemaker.cancel()
        await self._sender.aclose()

    async def _prepare(self) -> None:
        """What an earlier process left undone comes first: orphans, imports, a new policy."""
        now = self._desk.database.now()
        alone = self._desk.database.is_sqlite
        orphans = await asyncio.to_thread(
            upkeep.reclaim_orphans, self._desk, owner=self.owner, now=now, is_alone=alone
        )
        finished = await asyncio.to_thread(intake.resume, self._desk)
        planned = await asyncio.to_thread(plan.plan_open, self._desk, now=now)
        logger.info(
            "The daemon starts",
            extra={
                "action": "started",
                "owner": self.owner,
                "orphans": orphans,
                "imports_finished": finished,
                "notices_changed": planned,
            },
        )

    @asynccontextmanager
    async def _duties(self) -> AsyncIterator[None]:
        every = self._settings.daemon
        self._arm("pulse", self._pulse, PULSE_EVERY_SECONDS)
        self._arm("orphans", self._orphans, ORPHANS_EVERY_SECONDS)
        self._arm("audit", self._audit, every.audit_every_seconds)
        if every.heartbeat_url is not None:
            self._arm("heartbeat", self._heartbeat, every.heartbeat_every_seconds)
        self._scheduler.start()
        try:
            yield
        finally:
            self._scheduler.shutdown(wait=False)

    def _arm(self, name: str, duty: Callable[[], Awaitable[None]], seconds: float) -> None:
        async def once() -> None:
            # A duty that raises must neither end APScheduler nor pass for one that worked.
            try:
                async with asyncio.timeout(HUNG_AFTER_SECONDS / 2):
                    await duty()
            except Exception:
                logger.exception("A duty failed", extra={"action": "duty_failed", "duty": name})
            else:
                self._last_good[name] = _monotonic()

        self._last_good[name] = _monotonic()
        self._scheduler.add_job(
            once,
            "interval",
            seconds=seconds,
            id=name,
            replace_existing=True,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def _turned(self, turn: Turn) -> None:
        self._last_good["dispatch"] = _monotonic()
        if turn.tickets or turn.expired or turn.fenced:
            logger.info(
                "A turn",
                extra={
                    "action": "turn",
                    "claimed": len(turn.tickets),
                    "recorded": turn.recorded,
                    "fenced": turn.fenced,
                    "expired": turn.expired,
                },
            )

    async def _pulse(self) -> None:
        await asyncio.to_thread(
            upkeep.beat,
            self._desk,
            owner=self.owner,
            started_at=self._started_at,
            now=self._desk.database.now(),
            audited_at=self._audited_at,
            problems=[*self._stalled(), *self._audit_problems],
        )

    async def _orphans(self) -> None:
        await asyncio.to_thread(self._keep_lock)  # or others would take us for dead
        await asyncio.to_thread(
            upkeep.reclaim_orphans,
            self._desk,
            owner=self.owner,
            now=self._desk.database.now(),
            is_alone=False,
        )

    async def _audit(self) -> None:
        now = self._desk.database.now()
        await asyncio.to_thread(upkeep.follow_clock_back, self._desk, now=now)
        found = await asyncio.to_thread(upkeep.run_audit, self._desk, now=now)
        self._audit_problems = found.problems
        if found.has_passed:
            self._audited_at = now
        for problem in found.problems:
            self._say(f"NOT READY: {problem}")

    async def _heartbeat(self) -> None:
        """Tell the watcher outside that we live: only after an audit that passed just now."""
        url = self._settings.daemon.heartbeat_url
        now = self._desk.database.now()
        fresh = timedelta(seconds=2 * self._settings.daemon.audit_every_seconds)
        if url is None or self._audited_at is None or now - self._audited_at > fresh:
            return
        if self._audit_problems or self._stalled():
            return
        outcome = await self._sender.get(
            url.get_secret_value(),
            timestamp=int(now.timestamp()),
            timeout_seconds=self._settings.delivery.timeout_seconds,
        )
        if outcome.outcome is not OutcomeClass.DELIVERED:
            logger.warning(
                "The heartbeat was not taken",
                extra={"action": "heartbeat_failed", "outcome": outcome.outcome.value},
            )

    def _stalled(self) -> list[str]:
        """Which loops have not turned for too long."""
        grace = {"audit": self._settings.daemon.audit_every_seconds}
        grace["heartbeat"] = self._settings.daemon.heartbeat_every_seconds
        return [
            f"{name} has not worked for {int(_monotonic() - at)} s"
            for name, at in self._last_good.items()
            if _monotonic() - at > STALLED_AFTER_SECONDS + grace.get(name, 0.0)
        ]

    async def _pace(self) -> None:
        """Re-arm what a clock step put to sleep; end a process whose dispatcher hangs."""
        wall, mono = datetime.now(UTC), _monotonic()
        while True:
            await asyncio.sleep(1.0)
            now, ticks = datetime.now(UTC), _monotonic()
            if abs((now - wall).total_seconds() - (ticks - mono)) > 2.0:
                logger.warning("The clock was stepped", extra={"action": "clock_stepped"})
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=now)
                self._courier.wake()
            wall, mono = now, ticks
            if ticks - self._courier.looked_at > HUNG_AFTER_SECONDS:
                self._say("NOT READY: the dispatcher hangs; this process ends to be restarted")
                os._exit(1)


def check_attended(desk: Desk) -> None:
    """Refuse to run for nobody: raises Conflict unless a coordinator has a tested endpoint."""
    with desk.database.read() as connection:
        if not people.has_tested_coordinator(connection):
            raise Conflict(
                "no coordinator can be told when something goes wrong: register one with "
                "'notifier recipients add --role coordinator' and 'notifier endpoints add', then "
                "'notifier endpoints test' it; or run --unattended"
            )


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed (the extra ``fast``), else asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def serve(desk: Desk, settings: Settings, sender: Reaches) -> None:
    """Run a daemon until SIGTERM or SIGINT."""
    daemon = Daemon(desk, settings, sender)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.stop)
    try:
        await daemon.run()
    except NotifierError:
        await sender.aclose()
        raise


def _limits(settings: Settings) -> Limits:
    return Limits(
        timeout=timedelta(seconds=settings.delivery.timeout_seconds),
        in_flight=settings.delivery.in_flight,
        in_flight_per_endpoint=settings.delivery.in_flight_per_endpoint,
        rate=Rate(
            per_second=settings.delivery.per_second_per_endpoint,
            burst=settings.delivery.burst_per_endpoint,
        ),
    )


def _monotonic() -> float:
    return asyncio.get_running_loop().time()
