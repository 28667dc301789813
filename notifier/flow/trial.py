"""Trying things out: a harmless test to one endpoint, and a message sent once more."""

from __future__ import annotations

import os
from datetime import datetime

from notifier.core import payload, wording
from notifier.core.delivery import Delivery, Outcome, OutcomeClass
from notifier.core.ids import MESSAGE, new_id
from notifier.core.notice import NoticeKind
from notifier.core.people import Profile, Role
from notifier.errors import Conflict
from notifier.flow import watch
from notifier.flow.compose import compose
from notifier.flow.courier import Sends
from notifier.flow.desk import Desk
from notifier.flow.endpoints import secrets_of
from notifier.flow.ways import only
from notifier.storage import audit, endpoints, outbox, people, retold, views


async def test_endpoint(
    desk: Desk, sender: Sends, *, endpoint_id: str, now: datetime, timeout_seconds: float
) -> Outcome:
    """Send one labelled test, without retry, and note when it was taken. Raises NotFound."""
    with desk.database.read() as connection:
        found = endpoints.endpoint_with_id(connection, endpoint_id)
        owner = people.recipient_with_ref(connection, found["recipient_id"])
        old = endpoints.old_secrets(connection, [endpoint_id], now=now).get(endpoint_id)
    profile = Profile(found["profile"])
    text = wording.text(
        NoticeKind.ENDPOINT_TEST, (), profile=profile, translate=desk.translator(owner["language"])
    )
    body = payload.build(
        NoticeKind.ENDPOINT_TEST,
        (),
        profile=profile,
        role=Role(owner["role"]),
        text=text,
        timestamp=now,
    )
    seal = desk.sealer
    delivery = Delivery(
        message_id=new_id(MESSAGE, os.urandom),
        endpoint_id=endpoint_id,
        url=seal.open("endpoint.url", endpoint_id, found["url_sealed"]) or "",
        body=body,
        secrets=secrets_of(desk, endpoint_id, found["secret_sealed"], old),
    )
    outcome = await sender.send(
        delivery, timestamp=int(now.timestamp()), timeout_seconds=timeout_seconds
    )
    with desk.database.write() as connection:
        if outcome.outcome is OutcomeClass.DELIVERED:
            endpoints.set_columns(connection, endpoint_id, tested_at=now)
            watch.observe(connection, desk, [(endpoint_id, outcome)], now=now)
        audit.enter(
            connection,
            [("endpoint.tested", endpoint_id, outcome.outcome.value)],
            actor="operator",
            now=now,
        )
    return outcome


def resend(desk: Desk, *, message_id: str, now: datetime) -> str:
    """Send what a message told once more, as it is true now, under a new id, which it returns.

    Raises NotFound, and Conflict when it is of no use or not true any more.
    """
    with desk.database.write() as connection:
        views.message_with_id(connection, message_id)
        endpoint_id = views.endpoint_of(connection, message_id)
        endpoints.endpoint_with_id(connection, endpoint_id)
        notices = outbox.notices_by_id(
            connection, retold.resendable(connection, message_id, now=now)
        )
        if not notices:
            raise Conflict(
                "this message is not sent again: its deadline has passed, or what it told was "
                "overtaken; 'notifier hearings show' says what is true now"
            )
        made = compose(connection, desk, [tuple(notices)], choose=only(endpoint_id), now=now)
        audit.enter(connection, [("message.resent", message_id, "")], actor="operator", now=now)
        return made.message_ids[0]
