"""From due notices to messages: gather the facts, let the core word them, seal the bodies."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from notifier.core import change, endpoint_news, payload, wording
from notifier.core.endpoint_health import Cause
from notifier.core.endpoint_news import FailingEndpoint
from notifier.core.grouping import PHONED, DueNotice, portions
from notifier.core.hearing import Version
from notifier.core.ids import MESSAGE, new_ids
from notifier.core.ladder import AT_ONCE
from notifier.core.notice import NoticeKind, rung_and_round
from notifier.core.people import Profile
from notifier.errors import KeyMissing
from notifier.flow.desk import Desk, Translate
from notifier.flow.ways import Choose, Group, ways_to_tell
from notifier.storage import endpoints, facts, outbox, planning
from notifier.storage.endpoints import Watched
from notifier.storage.engine import Connection
from notifier.storage.facts import EndpointFacts, HearingFacts, RecipientFacts

logger = logging.getLogger(__name__)

LATE_FROM = timedelta(seconds=60)  # a poll's delay is not worth a sentence
Item = payload.Item | FailingEndpoint
Parcel = tuple[tuple[DueNotice, Item], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Composed:
    """What was written, and the notices whose recipient has no endpoint left."""

    message_ids: tuple[str, ...]
    unreachable: tuple[DueNotice, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Facts:
    hearings: Mapping[str, HearingFacts]
    recipients: Mapping[str, RecipientFacts]
    people: Mapping[str, RecipientFacts]  # whom a failure speaks of
    reasons: Mapping[str, str]
    courts: Mapping[str, str]
    told: Mapping[tuple[str, str], Version]
    sequences: Mapping[str, int]
    endpoints: Mapping[str, Watched]  # those that notices are about


def compose(
    connection: Connection, desk: Desk, groups: Sequence[Group], *, choose: Choose, now: datetime
) -> Composed:
    """Write messages for each group and chosen endpoint, inside the caller's transaction.

    One each, but for a group that is too long for one body: it is sent in several.
    """
    if not groups:
        return Composed(message_ids=(), unreachable=())
    known = _gather(connection, groups)
    ways = facts.endpoints_of(connection, sorted({group[0].recipient_id for group in groups}))
    sent: list[tuple[Parcel, EndpointFacts]] = []
    unreachable: list[DueNotice] = []
    for group in groups:
        chosen = choose(ways_to_tell(group, ways.get(group[0].recipient_id, ())))
        for way in chosen:
            said = [(one, _item(desk, known, one, way.profile, now)) for one in group]
            sent.extend((parcel, way) for parcel in portions(said, _fit))
        if not chosen:
            unreachable.extend(group)
    ids = new_ids(MESSAGE, len(sent), os.urandom)
    rows = [
        _message(desk, known, message_id, parcel, way, now)
        for message_id, (parcel, way) in zip(ids, sent, strict=True)
    ]
    carried = [
        (message_id, one.id)
        for message_id, (parcel, _) in zip(ids, sent, strict=True)
        for one, _ in parcel
    ]
    outbox.insert_messages(connection, rows, carried)
    reached = {one.id for parcel, _ in sent for one, _ in parcel}
    outbox.dispatched(
        connection,
        {key: number for key, number in known.sequences.items() if key in reached},
        _phone_at(desk, known, groups, now=now),
        now=now,
    )
    return Composed(message_ids=tuple(ids), unreachable=tuple(unreachable))


def _phone_at(
    desk: Desk, known: _Facts, groups: Sequence[Group], *, now: datetime
) -> dict[str, datetime]:
    """When to phone about each notice, if it is untold by then and still of use."""
    found = {
        one.id: desk.policy.phoning.at(
            due_at=one.due_at, starts_at=known.hearings[one.subject_id].starts_by, now=now
        )
        for group in groups
        for one in group
        if one.kind in PHONED
    }
    ends = {one.id: one.useful_until for group in groups for one in group}
    return {key: at for key, at in found.items() if at < ends[key]}


def _fit(said: Sequence[tuple[DueNotice, Item]]) -> bool:
    about_endpoints = [item for _, item in said if isinstance(item, FailingEndpoint)]
    hearings = [item for _, item in said if isinstance(item, payload.Item)]
    return payload.fits(hearings) and endpoint_news.fits(about_endpoints)


def _gather(connection: Connection, groups: Sequence[Group]) -> _Facts:
    every = [one for group in groups for one in group]
    subjects = sorted({one.subject_id for one in every})
    recipients = facts.recipient_facts(connection, sorted({one.recipient_id for one in every}))
    failed = {
        rung_and_round(one.rung)[0] for one in every if one.kind is NoticeKind.DELIVERY_FAILED
    }
    hearings = facts.hearing_facts(connection, subjects)
    revised = [one.hearing_id for one in hearings.values() if one.version.revision > 1]
    return _Facts(
        hearings=hearings,
        recipients=recipients,
        people=facts.recipient_facts(connection, sorted(failed)) if failed else {},
        reasons=facts.reasons_of(connection, [one.id for one in every]),
        courts=facts.court_names(connection) if revised else {},
        told=_told(connection, revised) if revised else {},
        sequences=_sequences(connection, every),
        endpoints=_endpoints(connection, every),
    )


def _endpoints(connection: Connection, every: Sequence[DueNotice]) -> Mapping[str, Watched]:
    failing = {one.subject_id for one in every if one.kind is NoticeKind.ENDPOINT_FAILING}
    return endpoints.watched(connection, sorted(failing)) if failing else {}


def _sequences(connection: Connection, every: Sequence[DueNotice]) -> dict[str, int]:
    """A number of its own for each notice, so that a receiver drops nothing but stale news."""
    following = outbox.next_sequences(
        connection, {(one.subject_id, one.recipient_id) for one in every}
    )
    found: dict[str, int] = {}
    for one in sorted(every, key=lambda one: (one.due_at, one.id)):
        pair = one.subject_id, one.recipient_id
        found[one.id] = following[pair]
        following[pair] += 1
    return found


def _told(connection: Connection, hearing_ids: Sequence[str]) -> dict[tuple[str, str], Version]:
    """The last version that each party may hold for true and that is not true any more."""
    gathered = planning.Gathered(connection, hearing_ids)
    found: dict[tuple[str, str], Version] = {}
    for hearing in gathered.hearings.values():
        for party in gathered.parties(hearing):
            wrong = [one for one in party.beliefs if change.changes(one, hearing.current)]
            if wrong:
                found[hearing.id, party.recipient_id] = wrong[-1]
    return found


def _message(
    desk: Desk,
    known: _Facts,
    message_id: str,
    parcel: Parcel,
    way: EndpointFacts,
    now: datetime,
) -> dict[str, Any]:
    recipient = known.recipients[way.recipient_id]
    kind = parcel[0][0].kind
    body = _body(parcel, kind, way.profile, recipient, desk.translator(recipient.language), now)
    return {
        "id": message_id,
        "recipient_id": way.recipient_id,
        "endpoint_id": way.id,
        "kind": kind.value,
        "body_sealed": desk.sealer.seal("message.body", message_id, body),
        "state": "pending",
        "created_at": now,
        "next_try_at": now,
        "useful_until": min(one.useful_until for one, _ in parcel),
    }


def _body(
    parcel: Parcel,
    kind: NoticeKind,
    profile: Profile,
    recipient: RecipientFacts,
    translate: Translate,
    now: datetime,
) -> bytes:
    failing = [item for _, item in parcel if isinstance(item, FailingEndpoint)]
    if failing:
        text = endpoint_news.text(failing, profile=profile, translate=translate)
        return endpoint_news.build(failing, profile=profile, text=text, timestamp=now)
    items = sorted(
        (item for _, item in parcel if isinstance(item, payload.Item)),
        key=lambda item: (item.local_date, item.local_time is None, item.local_time, item.ref),
    )
    text = wording.text(kind, items, profile=profile, translate=translate)
    return payload.build(
        kind, items, profile=profile, role=recipient.role, text=text, timestamp=now
    )


def _item(desk: Desk, known: _Facts, one: DueNotice, profile: Profile, now: datetime) -> Item:
    if one.kind is NoticeKind.ENDPOINT_FAILING:
        return _failing(known, one, now)
    subject = known.hearings[one.subject_id]
    version = subject.version
    rung, _ = rung_and_round(one.rung)
    told = known.told.get((one.subject_id, one.recipient_id))
    item = payload.Item(
        hearing_id=subject.hearing_id,
        ref=subject.ref,
        revision=version.revision,
        sequence=known.sequences[one.id],
        court=subject.court,
        room=version.slot.room,
        zone=version.slot.zone,
        local_date=version.slot.local_date,
        local_time=version.slot.local_time,
        starts_at=version.starts_at,
        kind=subject.kind,
        rung=rung if one.kind is NoticeKind.REMINDER else AT_ONCE,
        reason=known.reasons[one.id],
        late_by_seconds=_late(one, now),
        changes=change.changes(told, version) if told else (),
        told=told,
        told_court=known.courts.get(told.slot.court_id) if told else None,
    )
    if one.kind is NoticeKind.DELIVERY_FAILED:
        whom = known.people.get(rung)
        item = replace(item, whom=whom.ref if whom else None)
    if one.kind is NoticeKind.SOURCE_QUESTION:
        item = replace(item, question=known.reasons[one.id])
    return _named(desk, item, subject) if profile is Profile.FULL else item


def _failing(known: _Facts, one: DueNotice, now: datetime) -> FailingEndpoint:
    about = known.endpoints[one.subject_id]
    since = about.health.failing_since
    return FailingEndpoint(
        endpoint_id=one.subject_id,
        sequence=known.sequences[one.id],
        whom=about.owner,
        cause=Cause(one.rung),
        since=since,
        minutes=0 if since is None else int((now - since).total_seconds()) // 60,
        is_own=about.owner_id == one.recipient_id,
    )


def _named(desk: Desk, item: payload.Item, subject: HearingFacts) -> payload.Item:
    """The item with what only a full profile may read, as far as it opens.

    A name that does not open silences nobody: the ref says whose hearing it is.
    """
    seal = desk.sealer
    try:
        return replace(
            item,
            detainee_name=seal.open("detainee.name", subject.detainee_id, subject.name_sealed),
            case_number=seal.open("hearing.case", subject.hearing_id, subject.case_sealed),
            judge=seal.open("hearing.judge", subject.hearing_id, subject.judge_sealed),
        )
    except KeyMissing:
        logger.exception(
            "A name does not open",
            extra={"action": "name_not_opened", "hearing_id": subject.hearing_id},
        )
        return item


def _late(one: DueNotice, now: datetime) -> int | None:
    late = now - one.due_at
    return int(late.total_seconds()) if late >= LATE_FROM else None
