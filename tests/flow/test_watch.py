"""Endpoints that are gone, refuse or stay silent: who learns of it, where, and how often."""

from __future__ import annotations

import pytest

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.storage import audit, endpoints, views
from tests.support.lists import listed
from tests.support.office import COORDINATOR, LAWYER, SECOND_COORDINATOR, Office, told
from tests.support.wire import DOWN, FORBIDDEN, GONE, TAKEN, Post

REFUSED = Outcome(outcome=OutcomeClass.UNAUTHORISED, status=401)
FAILING = "endpoint.failing"


def sends(office: Office, outcome: Outcome) -> list[Post]:
    return office.sends(lambda post: outcome if post.to == LAWYER else TAKEN)


def fails_for_minutes(office: Office, outcome: Outcome = DOWN) -> list[Post]:
    """The lawyer's endpoint fails for ten minutes; returns what others were told meanwhile."""
    posted: list[Post] = []
    for _ in range(11):
        posted += [post for post in sends(office, outcome) if post.to != LAWYER]
        office.wait(minutes=1)
    return posted


def states(office: Office, ref: str = LAWYER) -> list[str]:
    """How somebody's endpoints stand, in order."""
    with office.read() as connection:
        rows = views.endpoint_states(connection)
        return [row["state"] for row in rows if row["recipient"] == ref]


def alarms(office: Office) -> list[str]:
    with office.read() as connection:
        return [row["kind"] for row in audit.open_alarms(connection)]


@pytest.fixture
def manned(office: Office) -> Office:
    """A lawyer with one endpoint and a hearing ahead, and a coordinator."""
    office.people(LAWYER, COORDINATOR)
    office.takes_in(listed(5, assignees=(LAWYER,)))
    return office


# --- gone -----------------------------------------------------------------------------------------


def test_a_coordinator_is_told_at_once_that_an_endpoint_is_gone(manned: Office) -> None:
    sends(manned, GONE)

    (post,) = manned.sends()
    assert (post.to, post.type, post.items) == (COORDINATOR, FAILING, [])
    (about,) = post.said["data"]["endpoints"]
    assert (about["whom"], about["cause"]) == (LAWYER, "gone")
    assert "Phone them" in post.text
    assert "hooks.org" not in post.text
    assert states(manned) == ["gone"]


def test_the_last_endpoint_is_probed_and_is_well_again_when_it_takes_one(manned: Office) -> None:
    sends(manned, GONE)
    manned.sends()

    for _ in range(3):
        manned.wait(minutes=14)
        assert manned.sends() == []
        manned.wait(minutes=1)
        assert told(sends(manned, GONE)) == [(LAWYER, "hearing.new")]
    manned.wait(minutes=15)
    assert told(manned.sends()) == [(LAWYER, "hearing.new")]

    assert states(manned) == ["active"]
    assert manned.notices(kind="hearing.new")[0]["state"] == "delivered"
    assert len(manned.notices(kind=FAILING)) == 1, "a spell is told once"


def test_one_that_is_gone_is_passed_over_while_there_is_another(office: Office) -> None:
    office.person(LAWYER, positions=(0, 1))
    office.people(COORDINATOR)
    office.takes_in(listed(5, assignees=(LAWYER,)))
    sends(office, GONE)
    office.sends()
    assert states(office) == ["gone", "active"]

    office.takes_in(listed(6, assignees=(LAWYER,)), source="second")
    new = [post for post in office.sends() if post.to == LAWYER]

    assert [post.ticket.delivery.url[-1] for post in new] == ["1"]


def test_news_of_a_recovered_endpoint_that_nobody_took_is_not_needed(manned: Office) -> None:
    sends(manned, GONE)
    manned.sends(DOWN)
    manned.wait(minutes=15)

    manned.sends(lambda post: TAKEN if post.to == LAWYER else DOWN)

    (news,) = manned.notices(kind=FAILING)
    assert (news["state"], news["reason"]) == ("not_needed", "it answers again")


def test_what_recovered_before_it_was_written_down_is_not_told(manned: Office) -> None:
    """Both outcomes come home in one batch."""
    manned.takes_in(listed(6, assignees=(LAWYER,)), source="second")
    first, second = (post for post in manned.posts(manned.turn()) if post.to == LAWYER)

    manned.turn(first.comes_home(GONE), second.comes_home(TAKEN), is_draining=True)

    assert states(manned) == ["active"]
    assert manned.notices(kind=FAILING) == []


# --- refused --------------------------------------------------------------------------------------


def test_a_refusal_is_told_to_its_owner_elsewhere_and_tries_go_on(office: Office) -> None:
    office.person(LAWYER, positions=(0, 1))
    office.people(COORDINATOR)
    office.takes_in(listed(5, assignees=(LAWYER,)))

    (refused,) = sends(office, REFUSED)
    (news,) = office.sends()
    office.wait(seconds=3)

    assert (news.to, news.type) == (LAWYER, FAILING)
    assert news.ticket.delivery.endpoint_id != refused.ticket.delivery.endpoint_id
    assert "Your endpoint" in news.text
    assert told(sends(office, REFUSED)) == [(LAWYER, "hearing.new")]
    assert len(office.notices(kind=FAILING)) == 1


def test_a_refusal_is_told_to_a_coordinator_when_its_owner_has_no_other(manned: Office) -> None:
    assert told(sends(manned, REFUSED)) == [(LAWYER, "hearing.new")]

    assert told(manned.sends()) == [(COORDINATOR, FAILING)]
    manned.wait(seconds=3)
    assert fails_for_minutes(manned, REFUSED) == [], "that it takes nothing they know already"
    assert states(manned) == ["suspect"]


def test_what_its_owner_could_not_be_told_a_coordinator_is(office: Office) -> None:
    office.person(LAWYER, positions=(0, 1))
    office.people(COORDINATOR)
    office.takes_in(listed(5, assignees=(LAWYER,)))
    sends(office, REFUSED)

    sends(office, FORBIDDEN)  # the other endpoint's address is refused: permanent

    assert (COORDINATOR, FAILING) in told(office.sends())


# --- silent ---------------------------------------------------------------------------------------


def test_minutes_of_silence_are_told_once_and_nothing_is_switched_off(manned: Office) -> None:
    assert told(fails_for_minutes(manned)) == [(COORDINATOR, FAILING)]
    assert states(manned) == ["suspect"]

    assert fails_for_minutes(manned) == []
    manned.wait(hours=1)
    assert told(manned.sends()) == [(LAWYER, "hearing.new")]
    assert states(manned) == ["active"]


def test_a_new_spell_is_told_anew(manned: Office) -> None:
    fails_for_minutes(manned)
    manned.wait(hours=1)
    manned.sends()
    manned.takes_in(listed(6, assignees=(LAWYER,)), source="second")

    assert told(fails_for_minutes(manned)) == [(COORDINATOR, FAILING)]
    assert [row["revision"] for row in manned.notices(kind=FAILING)] == [1, 2]


def test_many_endpoints_that_fail_are_one_message_to_a_coordinator(office: Office) -> None:
    office.person(LAWYER, positions=(0, 0, 0))
    office.people(COORDINATOR)
    office.takes_in(listed(5, assignees=(LAWYER,)))
    sends(office, GONE)

    (post,) = [one for one in sends(office, GONE) if one.to == COORDINATOR]

    assert len(post.said["data"]["endpoints"]) == 3
    assert post.text.count("\n") == 2


# --- nobody to tell -------------------------------------------------------------------------------


def test_a_coordinators_own_endpoint_is_told_to_the_other_coordinator(office: Office) -> None:
    office.people(COORDINATOR, SECOND_COORDINATOR)
    office.takes_in(listed(5))

    office.sends(lambda post: GONE if post.to == COORDINATOR else TAKEN)

    assert told(office.sends()) == [(SECOND_COORDINATOR, FAILING)]


def test_a_coordinators_own_endpoint_is_told_at_their_other_one(office: Office) -> None:
    office.person(COORDINATOR, positions=(0, 1))
    office.takes_in(listed(5))
    (first,) = office.sends(GONE)

    news = [post for post in office.sends() if post.type == FAILING]

    assert [post.to for post in news] == [COORDINATOR]
    assert first.ticket.delivery.endpoint_id != news[0].ticket.delivery.endpoint_id


def test_when_nobody_else_can_be_told_an_alarm_is_raised(office: Office) -> None:
    office.people(COORDINATOR)
    office.takes_in(listed(5))

    office.sends(GONE)

    assert alarms(office) == [FAILING]
    assert office.notices(kind=FAILING) == []


def test_news_that_no_coordinator_took_raises_an_alarm(manned: Office) -> None:
    sends(manned, GONE)

    manned.sends(lambda post: FORBIDDEN if post.to == COORDINATOR else TAKEN)

    assert alarms(manned) == [FAILING]


def test_an_attempt_that_comes_home_to_a_removed_endpoint_is_not_held_against_it(
    manned: Office,
) -> None:
    (post,) = manned.posts(manned.turn())
    with manned.write() as connection:
        endpoints.set_columns(connection, post.ticket.delivery.endpoint_id, state="removed")

    manned.turn(post.comes_home(GONE), is_draining=True)

    assert manned.notices(kind=FAILING) == []
