"""Endpoints once they are registered: another secret with an overlap."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from notifier.core.signature import check_new_secret, new_secret, new_signing_secret
from notifier.errors import Conflict, NotifierError
from notifier.flow.desk import Desk
from notifier.storage import audit, endpoints

SECRET_BYTES = 32
OVERLAP = timedelta(hours=24)  # a receiver's owner has a day to put the new one in


def chosen_secret(given: str | None, *, signs: bool) -> str:
    """The secret that was given, or a new one: ``whsec_``, or ``whsk_`` when it ``signs``.

    Raises NotifierError when the given one is refused.
    """
    if given is None:
        random_bytes = os.urandom(SECRET_BYTES)
        return new_signing_secret(random_bytes) if signs else new_secret(random_bytes)
    if problem := check_new_secret(given):
        raise NotifierError(f"this secret is refused: {problem}")
    return given


def rotate_secret(
    desk: Desk,
    *,
    endpoint_id: str,
    secret: str | None,
    overlap: timedelta,
    now: datetime,
    signs: bool = False,
) -> str:
    """Give an endpoint another secret; both sign until the overlap ends. Returns the new one.

    Raises NotFound, NotifierError for a bad secret, and Conflict while an earlier one still
    overlaps: three secrets at once are nobody's plan. Without an overlap the old one ends now.
    """
    fresh = chosen_secret(secret, signs=signs)
    seal = desk.sealer
    with desk.database.write() as connection:
        found = endpoints.endpoint_with_id(connection, endpoint_id)
        until = found["old_secret_until"]
        if overlap and until is not None and until > now:
            raise Conflict(
                f"the secret before this one signs until {until:%Y-%m-%d %H:%M} UTC: wait for it, "
                "or end both at once with --overlap 0m"
            )
        old = seal.open("endpoint.secret", endpoint_id, found["secret_sealed"])
        if old == fresh:
            raise Conflict("this is the endpoint's secret already: give another one")
        endpoints.set_columns(
            connection,
            endpoint_id,
            secret_sealed=seal.seal("endpoint.secret", endpoint_id, fresh),
            old_secret_sealed=(
                seal.seal("endpoint.old_secret", endpoint_id, old) if overlap else None
            ),
            old_secret_until=now + overlap if overlap else None,
        )
        audit.enter(connection, [("endpoint.rotated", endpoint_id, "")], actor="operator", now=now)
    return fresh


def secrets_of(
    desk: Desk, endpoint_id: str, secret_sealed: bytes, old_sealed: bytes | None
) -> tuple[str, ...]:
    """The secrets that sign for an endpoint, newest first. Raises KeyMissing."""
    seal = desk.sealer
    new = seal.open("endpoint.secret", endpoint_id, secret_sealed) or ""
    old = seal.open("endpoint.old_secret", endpoint_id, old_sealed)
    return (new,) if old is None else (new, old)
