"""Another secret for an endpoint: the old one signs beside it until the overlap ends."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest

from notifier.core.signature import new_signing_secret, public_key, sign, verify
from notifier.errors import Conflict, NotFound, NotifierError
from notifier.flow import endpoints, trial, upkeep
from notifier.storage import endpoints as stored
from tests.support.lists import listed
from tests.support.office import COORDINATOR, LAWYER, SECRET, Office
from tests.support.wire import DOWN, Answers

DAY = timedelta(hours=24)
ANOTHER = SECRET[:-8] + "AAAAAAA="


@pytest.fixture
def manned(office: Office) -> Office:
    """A lawyer with one endpoint, and a coordinator."""
    office.people(LAWYER, COORDINATOR)
    return office


def endpoint_of(office: Office, ref: str = LAWYER) -> str:
    return office.endpoint_ids()[ref]


def rotate(
    office: Office,
    *,
    secret: str | None = None,
    overlap: timedelta = DAY,
    signs: bool = False,
) -> str:
    return endpoints.rotate_secret(
        office.desk,
        endpoint_id=endpoint_of(office),
        secret=secret,
        overlap=overlap,
        now=office.now,
        signs=signs,
    )


def secrets(office: Office) -> tuple[str, ...]:
    """What signs a message to the lawyer now."""
    row = len(office.hearings()) + 2
    far = date(2026, 12, 24)
    office.takes_in(listed(row, local_date=far, assignees=(LAWYER,)), source="daily")
    (post,) = [post for post in office.sends() if post.to == LAWYER]
    return post.ticket.delivery.secrets


def test_old_and_new_sign_until_the_overlap_ends_the_newest_first(manned: Office) -> None:
    new = rotate(manned)
    assert secrets(manned) == (new, SECRET)

    manned.wait(hours=11)
    assert secrets(manned) == (new, SECRET)
    manned.wait(hours=13)
    assert secrets(manned) == (new,)


def test_a_test_is_signed_as_messages_are(manned: Office) -> None:
    new = rotate(manned)
    answers = Answers(DOWN)

    asyncio.run(
        trial.test_endpoint(
            manned.desk,
            answers,
            endpoint_id=endpoint_of(manned),
            now=manned.now,
            timeout_seconds=1.0,
        )
    )

    assert answers.sent[0][0].secrets == (new, SECRET)


def test_without_an_overlap_the_old_one_ends_at_once(manned: Office) -> None:
    """It leaked: also the one before it."""
    rotate(manned)

    newest = rotate(manned, overlap=timedelta())

    assert secrets(manned) == (newest,)


def test_three_secrets_at_once_are_nobodys_plan(manned: Office) -> None:
    new = rotate(manned)

    with pytest.raises(Conflict, match="signs until 2026-11-23 06:00 UTC"):
        rotate(manned)

    assert secrets(manned) == (new, SECRET)
    manned.wait(hours=25)
    assert rotate(manned, secret=ANOTHER) == ANOTHER
    assert secrets(manned) == (ANOTHER, new)


def test_an_old_secret_is_erased_when_its_time_is_over(manned: Office) -> None:
    rotate(manned)

    def is_kept() -> bool:
        upkeep.beat(
            manned.desk,
            owner="own_1",
            started_at=manned.now,
            now=manned.now,
            audited_at=None,
            problems=(),
        )
        with manned.read() as connection:
            row = stored.endpoint_with_id(connection, endpoint_of(manned))
            return row["old_secret_sealed"] is not None

    assert is_kept()
    manned.wait(hours=24)
    assert not is_kept()


def test_a_signing_secret_is_checked_with_its_public_half_alone(manned: Office) -> None:
    """ed25519, v1a; the old shared one signs beside it."""
    new = rotate(manned, signs=True)
    assert new.startswith("whsk_")
    used = secrets(manned)

    signature = sign(used, message_id="msg_1", timestamp=1_560_000_000, body=b"{}")
    assert [one.partition(",")[0] for one in signature.split()] == ["v1a", "v1"]
    for key in (public_key(new), SECRET):
        assert (
            verify(
                [key],
                headers={
                    "webhook-id": "msg_1",
                    "webhook-timestamp": "1560000000",
                    "webhook-signature": signature,
                },
                body=b"{}",
                now=1_560_000_000,
            ).fault
            is None
        )


@pytest.mark.parametrize(
    ("secret", "refusal"),
    [
        pytest.param("hunter2", "this secret is refused", id="none at all"),
        pytest.param(SECRET, "already", id="the one it has"),
    ],
)
def test_a_secret_is_refused(manned: Office, secret: str, refusal: str) -> None:
    with pytest.raises(NotifierError, match=refusal):
        rotate(manned, secret=secret)
    assert secrets(manned) == (SECRET,)


def test_an_endpoint_that_is_not_there_has_no_secret(office: Office) -> None:
    with pytest.raises(NotFound, match="no endpoint"):
        endpoints.rotate_secret(
            office.desk, endpoint_id="end_0", secret=None, overlap=DAY, now=office.now
        )


def test_a_signing_secret_holds_32_random_bytes() -> None:
    with pytest.raises(ValueError, match="32"):
        new_signing_secret(b"too short")
