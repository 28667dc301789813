"""Endpoints once they are registered: another secret, another place or address, or none at all."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from notifier.core.endpoint_health import Health
from notifier.core.notice import NoticeState
from notifier.core.people import FULL_PROFILE_ROLES, Profile, Role
from notifier.core.reconcile import Ending
from notifier.core.signature import check_new_secret, new_secret, new_signing_secret
from notifier.delivery.dial import vet
from notifier.delivery.guard import GuardRules, Refusal, check_url
from notifier.delivery.resolver import Resolver
from notifier.errors import Conflict, NotifierError
from notifier.flow.desk import Desk
from notifier.storage import audit, endpoints, people, planning
from notifier.storage.engine import Connection

SECRET_BYTES = 32
OVERLAP = timedelta(hours=24)  # a receiver's owner has a day to put the new one in


async def look_up(url: str, *, rules: GuardRules, resolver: Resolver) -> None:
    """Judge an address as a connect would, its name looked up: none is saved and never reached.

    Raises NotifierError with what to do.
    """
    judged = await vet(url, rules=rules, resolver=resolver)
    if isinstance(judged, Refusal):
        raise refused_url(judged)


def refused_url(refusal: Refusal) -> NotifierError:
    """Why an address is not taken; the address itself is never repeated."""
    return NotifierError(f"this URL is refused: {refusal.reason}")


def check_profile(role: Role, profile: Profile, url: str) -> None:
    """Refuse to send names where none may go. Raises NotifierError."""
    if profile is not Profile.FULL:
        return
    if role not in FULL_PROFILE_ROLES:
        raise NotifierError(f"a {role} is never sent names: use --profile coded")
    if not url.lower().startswith("https://"):
        raise NotifierError("names travel only over https: use --profile coded")


def change(
    desk: Desk,
    *,
    endpoint_id: str,
    url: str | None,
    profile: Profile | None,
    position: int | None,
    rules: GuardRules,
    now: datetime,
) -> None:
    """Change what is given of an endpoint; what waits for it goes to its new address at once.

    Raises NotFound, Conflict when its owner has that address already, and NotifierError when the
    address or the profile is refused.
    """
    if url is not None and isinstance(judged := check_url(url, rules), Refusal):
        raise refused_url(judged)
    seal = desk.sealer
    with desk.database.write() as connection:
        found = endpoints.endpoint_with_id(connection, endpoint_id)
        owner = people.recipient_with_ref(connection, found["recipient_id"])
        where = url or seal.open("endpoint.url", endpoint_id, found["url_sealed"]) or ""
        profile = profile or Profile(found["profile"])
        check_profile(Role(owner["role"]), profile, where)
        endpoints.set_columns(
            connection,
            endpoint_id,
            profile=profile.value,
            position=found["position"] if position is None else position,
        )
        if url is not None:
            endpoints.set_url(connection, seal, endpoint_id, owner["id"], url)
            endpoints.set_health(connection, endpoint_id, Health(spell=found["spell"]))
            endpoints.try_now(connection, endpoint_id, now=now)
            _end_news(connection, endpoint_id, "it has another address", now=now)
        audit.enter(
            connection, [("endpoint.changed", endpoint_id, profile)], actor="operator", now=now
        )


def remove(desk: Desk, *, endpoint_id: str, now: datetime) -> int:
    """Send nothing more to an endpoint; returns how many its owner has left. Raises NotFound.

    What waited for it goes to the others; without one a coordinator is told whom to phone.
    """
    with desk.database.write() as connection:
        found = endpoints.endpoint_with_id(connection, endpoint_id)
        endpoints.remove(connection, endpoint_id, now=now)
        _end_news(connection, endpoint_id, "it was removed", now=now)
        audit.enter(connection, [("endpoint.removed", endpoint_id, "")], actor="operator", now=now)
        return endpoints.count_of(connection, found["recipient_id"])


def _end_news(connection: Connection, endpoint_id: str, reason: str, *, now: datetime) -> None:
    about = endpoints.notices_about(connection, [endpoint_id])
    planning.end_notices(
        connection,
        [Ending(notice_id=one, state=NoticeState.NOT_NEEDED, reason=reason) for one in about],
        now=now,
    )


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
