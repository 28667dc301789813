"""Registering courts, people and endpoints, and binding people to detainees and hearings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from notifier.core.court_time import is_zone, local_date_at
from notifier.core.people import SIDE_OF_ROLE, Profile, Role, Side
from notifier.delivery.guard import GuardRules, Refusal, check_url
from notifier.errors import Conflict, NotifierError
from notifier.flow.desk import Desk
from notifier.flow.endpoints import check_profile, chosen_secret, refused_url
from notifier.flow.plan import plan_hearings
from notifier.storage import audit, calendar, endpoints, people, retold, views


def add_court(desk: Desk, *, name: str, zone: str, city: str | None, now: datetime) -> str:
    """Register a court. Raises Conflict, and NotifierError for an unknown zone."""
    if not is_zone(zone):
        raise NotifierError(f"{zone!r} is no time zone: write it like Asia/Almaty")
    with desk.database.write() as connection:
        court_id = calendar.add_court(connection, name=name.strip(), zone=zone, city=city, now=now)
        audit.enter(connection, [("court.added", court_id, "")], actor="operator", now=now)
    return court_id


def add_detainee(desk: Desk, *, ref: str, name: str | None, case: str | None, now: datetime) -> str:
    """Register a detainee by ref. Raises Conflict."""
    with desk.database.write() as connection:
        detainee_id = calendar.add_detainee(
            connection, desk.sealer, ref=ref.strip(), name=name, case=case, now=now
        )
        audit.enter(connection, [("detainee.added", detainee_id, "")], actor="operator", now=now)
    return detainee_id


def add_recipient(
    desk: Desk,
    *,
    ref: str,
    role: Role,
    side: Side | None,
    name: str | None,
    language: str,
    now: datetime,
) -> str:
    """Register who is told. A subscriber's side must be said; every other role has its own.

    A new coordinator learns at once of every hearing that nobody is assigned to.
    """
    own = SIDE_OF_ROLE.get(role)
    if own is None and side is None:
        raise NotifierError("a subscriber needs --side defence, monitoring or coordination")
    if own is not None and side not in (None, own):
        raise NotifierError(f"a {role} is on the side of {own}, not of {side}")
    with desk.database.write() as connection:
        recipient_id = people.add_recipient(
            connection,
            desk.sealer,
            ref=ref.strip(),
            role=role,
            side=own or side or Side.COORDINATION,
            name=name,
            language=language,
            now=now,
        )
        audit.enter(
            connection, [("recipient.added", recipient_id, role)], actor="operator", now=now
        )
        if role is Role.COORDINATOR:
            ahead = views.open_hearing_ids(connection, since=_earliest_today(now))
            plan_hearings(connection, ahead, policy=desk.policy, now=now)
    return recipient_id


def add_endpoint(
    desk: Desk,
    *,
    recipient: str,
    url: str,
    secret: str | None,
    profile: Profile,
    position: int,
    rules: GuardRules,
    now: datetime,
    signs: bool = False,
) -> tuple[str, str]:
    """Register where a recipient is told; returns its id and its secret, shown this once.

    What could not be told them for want of an endpoint, and is still of use, is told now. The
    same guard judges the URL here and at every connect. A new secret is ``whsk_``, whose public
    half checks it, when it ``signs``. Raises NotFound, Conflict, and NotifierError when the URL,
    the secret or the profile is refused.
    """
    judged = check_url(url, rules)
    if isinstance(judged, Refusal):
        raise refused_url(judged)
    secret = chosen_secret(secret, signs=signs)
    with desk.database.write() as connection:
        found = people.recipient_with_ref(connection, recipient)
        check_profile(Role(found["role"]), profile, url)
        endpoint_id = endpoints.add_endpoint(
            connection,
            desk.sealer,
            recipient_id=found["id"],
            url=url,
            secret=secret,
            profile=profile,
            position=position,
            now=now,
        )
        retold.reopen_unreachable(connection, recipient_id=found["id"], now=now)
        audit.enter(
            connection, [("endpoint.added", endpoint_id, profile)], actor="operator", now=now
        )
    return endpoint_id, secret


def represent(desk: Desk, *, recipient: str, detainee: str, now: datetime) -> int:
    """Bind a recipient to a detainee and propose the hearings already on the calendar.

    Returns how many hearings ahead were proposed. Raises NotFound, Conflict.
    """
    with desk.database.write() as connection:
        who = people.recipient_with_ref(connection, recipient)
        whose = calendar.detainee_with_ref(connection, detainee)
        if not people.represent(
            connection, recipient_id=who["id"], detainee_id=whose["id"], now=now
        ):
            raise Conflict(f"{who['ref']} represents {whose['ref']} already")
        found = views.hearings(connection, since=_earliest_today(now), detainee_id=whose["id"])
        ahead = [row for row in found if row["local_date"] >= local_date_at(now, row["zone"])]
        pairs = [(row["id"], who["id"]) for row in ahead]
        proposed = people.assign(connection, pairs, now=now)
        plan_hearings(connection, [pair[0] for pair in proposed], policy=desk.policy, now=now)
        audit.enter(
            connection, [("represented", whose["id"], who["id"])], actor="operator", now=now
        )
    return len(proposed)


def _earliest_today(now: datetime) -> date:
    """Today's date where it is still the day before: west of UTC an evening's hearing is ahead."""
    return (now - timedelta(days=1)).date()


def assign(desk: Desk, *, recipient: str, hearing_ids: Sequence[str], now: datetime) -> list[str]:
    """Propose hearings to a recipient; returns those that are new to them. Raises NotFound."""
    with desk.database.write() as connection:
        who = people.recipient_with_ref(connection, recipient)
        for hearing_id in hearing_ids:
            views.hearing_with_id(connection, hearing_id)
        pairs = [(hearing_id, who["id"]) for hearing_id in hearing_ids]
        proposed = [pair[0] for pair in people.assign(connection, pairs, now=now)]
        plan_hearings(connection, proposed, policy=desk.policy, now=now)
        entries = [("assignment.proposed", hearing_id, who["id"]) for hearing_id in proposed]
        audit.enter(connection, entries, actor="operator", now=now)
    return proposed


def assign_day(desk: Desk, *, recipient: str, court: str, day: date, now: datetime) -> list[str]:
    """Propose every hearing of one court on one date. Raises NotFound when there is none."""
    with desk.database.read() as connection:
        found = calendar.court_named(connection, court)
        rows = views.hearings(connection, court_id=found["id"], day=day)
    if not rows:
        raise NotifierError(f"{found['name']} has no hearing on {day.isoformat()}")
    return assign(desk, recipient=recipient, hearing_ids=[row["id"] for row in rows], now=now)


def relieve(desk: Desk, *, recipient: str, hearing_id: str, now: datetime) -> None:
    """End an assignment: one closing notice, and the gap is told. Raises NotFound."""
    with desk.database.write() as connection:
        who = people.recipient_with_ref(connection, recipient)
        people.relieve(connection, hearing_id=hearing_id, recipient_id=who["id"], now=now)
        plan_hearings(connection, [hearing_id], policy=desk.policy, now=now)
        audit.enter(
            connection, [("assignment.relieved", hearing_id, who["id"])], actor="operator", now=now
        )
