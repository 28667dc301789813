"""Endpoints once they are registered: another place or address, or none at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from notifier.core.people import Profile
from notifier.delivery.errors import NameNotResolved
from notifier.delivery.guard import GuardRules
from notifier.errors import NotifierError
from notifier.flow import endpoints
from notifier.storage import endpoints as stored
from notifier.storage import views
from tests.support.lists import listed
from tests.support.office import COORDINATOR, LAWYER, MONITOR, Office
from tests.support.wire import DOWN, GONE, TAKEN, Post


@pytest.fixture
def manned(office: Office) -> Office:
    """A lawyer with one endpoint, and a coordinator."""
    office.people(LAWYER, COORDINATOR)
    return office


def endpoint_of(office: Office, ref: str = LAWYER) -> str:
    return office.endpoint_ids()[ref]


# --- another place or address ---------------------------------------------------------------------


def changed(office: Office, endpoint_id: str, **said: Any) -> None:
    usual: dict[str, Any] = {"url": None, "profile": None, "position": None}
    endpoints.change(
        office.desk,
        endpoint_id=endpoint_id,
        rules=GuardRules(http_allowed=True),
        now=office.now,
        **(usual | said),
    )


def where(posted: list[Post]) -> list[str]:
    return sorted(post.ticket.delivery.url.rpartition("/")[2] for post in posted)


def test_another_order_is_another_fallback(office: Office) -> None:
    office.person(LAWYER, positions=(0, 1))
    changed(office, endpoint_of(office), position=0)
    office.takes_in(listed(assignees=(LAWYER,)))

    assert where(office.sends()) == ["0", "1"]


def test_what_waits_goes_to_the_new_address_at_once(manned: Office) -> None:
    manned.takes_in(listed(assignees=(LAWYER,)))
    for _ in range(11):
        manned.sends(lambda post: DOWN if post.to == LAWYER else TAKEN)
        manned.wait(minutes=1)
    (failing,) = manned.notices(kind="endpoint.failing")
    assert failing["state"] == "delivered"

    changed(manned, endpoint_of(manned), url="https://l-aliya.hooks.org/in/new")

    assert where(manned.sends()) == ["new"]
    with manned.read() as connection:
        assert stored.watched(connection, [endpoint_of(manned)])[endpoint_of(manned)].health.is_well


def test_news_of_the_old_address_is_not_needed(manned: Office) -> None:
    manned.takes_in(listed(assignees=(LAWYER,)))
    manned.sends(lambda post: GONE if post.to == LAWYER else TAKEN)

    changed(manned, endpoint_of(manned), url="https://l-aliya.hooks.org/in/new")

    (news,) = manned.notices(kind="endpoint.failing")
    assert (news["state"], news["reason"]) == ("not_needed", "it has another address")


@pytest.mark.parametrize(
    ("ref", "said", "refusal"),
    [
        pytest.param(LAWYER, {"url": "https://10.0.0.7/x"}, "this URL is refused", id="inside"),
        pytest.param(
            LAWYER, {"url": "https://l-aliya.hooks.org/in/0"}, "already", id="the one it has"
        ),
        pytest.param(MONITOR, {"profile": Profile.FULL}, "never sent names", id="names: a monitor"),
        pytest.param(
            LAWYER,
            {"profile": Profile.FULL, "url": "http://l-aliya.hooks.org/in"},
            "only over https",
            id="names over plain http",
        ),
    ],
)
def test_a_change_is_refused(manned: Office, ref: str, said: dict[str, Any], refusal: str) -> None:
    manned.people(MONITOR)

    with pytest.raises(NotifierError, match=refusal):
        changed(manned, endpoint_of(manned, ref), **said)


def test_one_that_is_sent_names_does_not_move_to_plain_http(office: Office) -> None:
    office.person(LAWYER, profile=Profile.FULL)

    with pytest.raises(NotifierError, match="only over https"):
        changed(office, endpoint_of(office), url="http://l-aliya.hooks.org/in")
    changed(office, endpoint_of(office), profile=Profile.CODED)
    changed(office, endpoint_of(office), url="http://l-aliya.hooks.org/in")


# --- none at all ----------------------------------------------------------------------------------


def test_what_waited_for_a_removed_endpoint_goes_to_the_other(office: Office) -> None:
    office.person(LAWYER, positions=(1, 0))
    office.takes_in(listed(assignees=(LAWYER,)))
    assert where(office.sends(DOWN)) == ["1"]

    assert endpoints.remove(office.desk, endpoint_id=endpoint_at(office, 0), now=office.now) == 1

    assert where(office.sends()) == ["0"]


def test_without_another_one_a_coordinator_is_told_whom_to_phone(manned: Office) -> None:
    manned.takes_in(listed(assignees=(LAWYER,)))
    manned.sends(lambda post: GONE if post.to == LAWYER else TAKEN)

    assert endpoints.remove(manned.desk, endpoint_id=endpoint_of(manned), now=manned.now) == 0

    manned.sends()
    assert [(post.to, post.type) for post in manned.sends()] == [(COORDINATOR, "delivery.failed")]
    (news,) = manned.notices(kind="endpoint.failing")
    assert (news["state"], news["reason"]) == ("not_needed", "it was removed")


def endpoint_at(office: Office, position: int) -> str:
    """The id of the endpoint at a position; it is the only one there."""
    with office.read() as connection:
        (found,) = [
            row["id"] for row in views.endpoint_states(connection) if row["position"] == position
        ]
    return str(found)


# --- looked up ------------------------------------------------------------------------------------


class Names:
    """A resolver that knows one answer."""

    def __init__(self, *found: str) -> None:
        self.found = {"hooks.org": found} if found else {}

    async def addresses(self, host: str) -> tuple[str, ...]:
        if host not in self.found:
            raise NameNotResolved("the name does not resolve")
        return self.found[host]


@pytest.mark.parametrize(
    ("found", "is_taken"),
    [
        pytest.param(("93.184.215.14",), True, id="public"),
        pytest.param(("93.184.215.14", "10.0.0.7"), False, id="public and inside"),
        pytest.param((), False, id="no such name"),
    ],
)
def test_the_addresses_behind_a_name_are_judged(found: tuple[str, ...], is_taken: bool) -> None:
    looking = endpoints.look_up("https://hooks.org/in", rules=GuardRules(), resolver=Names(*found))
    if is_taken:
        asyncio.run(looking)
    else:
        with pytest.raises(NotifierError, match="this URL is refused"):
            asyncio.run(looking)
