"""Facts about the database itself: whose key sealed it, what it is for, which policy rules."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select

from notifier.errors import Conflict, KeyMissing
from notifier.storage.sealed import Sealer
from notifier.storage.tables import meta

_CANARY = "sealing.canary"
_PURPOSE = "purpose"
_POLICY = "policy.fingerprint"
_POLICY_ADOPTED_AT = "policy.adopted_at"


def get(connection: Connection, key: str) -> str | None:
    """One fact, or None."""
    return connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar()


def put(connection: Connection, key: str, value: str) -> None:
    """Write one fact."""
    connection.execute(delete(meta).where(meta.c.key == key))
    connection.execute(insert(meta).values(key=key, value=value))


def found(connection: Connection, *, sealer: Sealer, purpose: str) -> None:
    """Make a new database this key's and this purpose's own; an existing one is only checked."""
    if get(connection, _CANARY) is None:
        put(connection, _CANARY, base64.b64encode(sealer.canary()).decode())
        put(connection, _PURPOSE, purpose)
    check(connection, sealer=sealer, purpose=purpose)


def check(connection: Connection, *, sealer: Sealer, purpose: str | None) -> None:
    """Refuse a wrong key and, if one is given, a wrong purpose: demo and real data never mix.

    Raises KeyMissing or Conflict.
    """
    canary = get(connection, _CANARY)
    if canary is None:
        raise KeyMissing("this database was never initialised: run 'notifier init' first")
    sealer.check(base64.b64decode(canary))
    was = purpose_of(connection)
    if purpose is not None and was != purpose:
        raise Conflict(f"this database holds {was} data and cannot be opened for {purpose} data")


def purpose_of(connection: Connection) -> str | None:
    """What this database is for."""
    return get(connection, _PURPOSE)


def policy_since(connection: Connection, *, fingerprint: str) -> datetime | None:
    """Since when this policy rules; None when another one does, or none yet."""
    if get(connection, _POLICY) != fingerprint:
        return None
    return datetime.fromisoformat(get(connection, _POLICY_ADOPTED_AT) or "")


def has_policy(connection: Connection) -> bool:
    """Whether any policy ever ruled here."""
    return get(connection, _POLICY) is not None


def adopt_policy(connection: Connection, *, fingerprint: str, now: datetime) -> datetime:
    """Since when this policy rules. The very first one always has: nothing was planned before."""
    since = policy_since(connection, fingerprint=fingerprint)
    if since is None:
        since = now if has_policy(connection) else datetime.min.replace(tzinfo=UTC)
        put(connection, _POLICY, fingerprint)
        put(connection, _POLICY_ADOPTED_AT, since.isoformat())
    return since
