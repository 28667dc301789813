"""Builds what the program runs with, from its settings: the only place where parts meet."""

from __future__ import annotations

from dataclasses import dataclass, replace

from notifier.core.delivery import Delivery, Outcome
from notifier.core.wording import untranslated
from notifier.delivery.addresses import GuardRules
from notifier.delivery.fetch import Fetcher
from notifier.delivery.resolver import NameServer, Resolver, SystemResolver
from notifier.delivery.sender import Sender
from notifier.delivery.transport import GuardedTransport
from notifier.errors import KeyMissing
from notifier.flow.desk import Desk
from notifier.settings import Settings, load_policy, policy_fingerprint
from notifier.storage import meta, schema
from notifier.storage.engine import Database
from notifier.storage.sealed import Sealer
from notifier.storage.zone_database import prefer_installed

REAL, DEMO, TRIAL = "real", "demo", "trial"  # a trial is a real list without real recipients


def found_database(settings: Settings, *, purpose: str) -> None:
    """Create or upgrade the database and make it this key's own.

    Raises KeyMissing when it was sealed with another key, Conflict when it has another purpose.
    """
    sealer = _sealer(settings)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.database_url)
    try:
        schema.upgrade(database)
        with database.write() as connection:
            meta.found(connection, sealer=sealer, purpose=purpose)
    finally:
        database.dispose()


def open_desk(
    settings: Settings, *, purpose: str | None = REAL, adopts_policy: bool = False
) -> Desk:
    """The desk of this installation. ``purpose`` None: to look at it, whatever it is for.

    An edited policy is adopted by whoever plans all hearings anew, the daemon; until then others
    plan what they touch as if it had been edited just now. Raises KeyMissing, Conflict (schema or
    purpose) and SettingsError.
    """
    prefer_installed()
    sealer = _sealer(settings)
    database = Database(settings.database_url)
    policy = load_policy(settings.policy_file)
    fingerprint = policy_fingerprint(policy)
    with database.read() as connection:
        schema.check(connection)
        meta.check(connection, sealer=sealer, purpose=purpose)
        since = meta.policy_since(connection, fingerprint=fingerprint)
        is_first = not meta.has_policy(connection)
    is_adopted = since is not None or adopts_policy or is_first
    if since is None and is_adopted:
        with database.write() as connection:
            since = meta.adopt_policy(
                connection, fingerprint=fingerprint, now=database.wall_clock()
            )
    return Desk(
        database=database,
        sealer=sealer,
        policy=replace(policy, adopted_at=since or database.wall_clock()),
        translator=lambda language: untranslated,
        implausible_after_years=settings.calendar.implausible_after_years,
        is_policy_adopted=is_adopted,
    )


def guard_rules(settings: Settings) -> GuardRules:
    """Which targets the operator allows; the same rules judge at registration and at connect."""
    return GuardRules(
        allow=settings.delivery.allow,
        http_allowed=settings.delivery.http_allowed,
        ports=frozenset(settings.delivery.ports),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """All that leaves this machine, deliveries and the heartbeat, over one guarded transport."""

    sender: Sender
    fetcher: Fetcher

    async def send(self, delivery: Delivery, *, timestamp: int, timeout_seconds: float) -> Outcome:
        """One signed POST."""
        return await self.sender.send(
            delivery, timestamp=timestamp, timeout_seconds=timeout_seconds
        )

    async def get(self, url: str, *, timestamp: int, timeout_seconds: float) -> Outcome:
        """One guarded GET."""
        return await self.fetcher.get(url, timestamp=timestamp, timeout_seconds=timeout_seconds)

    async def aclose(self) -> None:
        """Close the transport."""
        await self.sender.aclose()


def name_resolver(settings: Settings) -> Resolver:
    """Whoever looks names up, at registration as at connect."""
    server = settings.delivery.nameserver
    return NameServer(*server) if server else SystemResolver()


def make_sender(settings: Settings) -> Network:
    """The network of this installation; it belongs to one event loop and is closed by its user."""
    rules, resolver = guard_rules(settings), name_resolver(settings)
    transport = GuardedTransport(rules=rules, resolver=resolver)
    return Network(sender=Sender(transport, rules=rules), fetcher=Fetcher(transport, rules=rules))


def _sealer(settings: Settings) -> Sealer:
    keys = settings.sealing.keys
    if not keys:
        raise KeyMissing(
            "there is no sealing key: name its file in sealing.key_file, or run 'notifier init'"
        )
    return Sealer(keys)
