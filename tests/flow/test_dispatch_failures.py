"""When somebody cannot be told: other endpoints step in, then a coordinator, then an alarm."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.core.people import Role
from notifier.flow import edit, register
from notifier.flow.upkeep import run_audit
from notifier.storage import audit
from tests.support.lists import listed
from tests.support.office import COORDINATOR, LAWYER, SECOND_COORDINATOR, Office, told
from tests.support.wire import DOWN, FORBIDDEN, GONE, TAKEN, Post

REJECTED = Outcome(outcome=OutcomeClass.REJECTED, status=500)


def number(post: Post) -> str:
    """Which of somebody's endpoints it went to: the last part of its path."""
    return post.ticket.delivery.url.rpartition("/")[2]


def alarms(office: Office) -> list[str]:
    """What nobody could be told."""
    with office.read() as connection:
        return [row["kind"] for row in audit.open_alarms(connection)]


def ends(office: Office, kind: str) -> list[tuple[str, str]]:
    """How the notices of a kind ended, and why."""
    return [(row["state"], row["reason"]) for row in office.notices(kind=kind)]


# --- other endpoints ----------------------------------------------------------------------------


def test_endpoints_of_equal_order_are_told_in_parallel(office: Office) -> None:
    office.person(LAWYER, positions=(0, 0, 1))
    office.takes_in(listed(assignees=(LAWYER,)))

    posted = office.sends()

    assert sorted(number(post) for post in posted) == ["0", "1"]
    assert len({post.id for post in posted}) == 2


@pytest.mark.parametrize(
    ("outcomes", "steps_in"),
    [
        pytest.param([DOWN, DOWN], False, id="not after two failures"),
        pytest.param([DOWN, DOWN, DOWN], True, id="after three"),
        pytest.param([GONE], True, id="at once when the first is gone for good"),
        pytest.param([FORBIDDEN], True, id="at once when its address is refused"),
    ],
)
def test_a_fallback_steps_in(office: Office, outcomes: list[Outcome], steps_in: bool) -> None:
    office.person(LAWYER, positions=(0, 1))
    office.takes_in(listed(assignees=(LAWYER,)))

    for outcome in outcomes:
        assert {number(post) for post in office.sends(outcome)} == {"0"}
        office.wait(seconds=10)

    assert ("1" in {number(post) for post in office.sends()}) is steps_in


def test_what_a_fallback_delivered_is_not_repeated_by_the_first(office: Office) -> None:
    office.person(LAWYER, positions=(0, 1))
    office.takes_in(listed(assignees=(LAWYER,)))
    office.sends(GONE)

    (post,) = office.sends()
    assert number(post) == "1"

    office.wait(hours=1)
    assert office.sends() == []
    assert sorted(row["state"] for row in office.messages()) == ["delivered", "withdrawn"]


def test_two_endpoints_that_fail_together_are_replaced_once(office: Office) -> None:
    office.person(LAWYER, positions=(0, 0, 1))
    office.takes_in(listed(assignees=(LAWYER,)))

    office.sends(GONE)

    assert [number(post) for post in office.sends()] == ["2"]


def test_the_last_endpoint_is_probed_although_it_is_gone(office: Office) -> None:
    office.people(LAWYER)
    office.takes_in(listed(assignees=(LAWYER,)))
    office.sends(GONE)

    assert office.turn().next_due_at == office.now + timedelta(minutes=15)
    office.wait(minutes=15)
    assert told(office.sends()) == [(LAWYER, "hearing.new")]


# --- nobody is left -----------------------------------------------------------------------------


def test_a_refused_address_is_permanent_and_told_to_every_coordinator(office: Office) -> None:
    office.people(LAWYER, COORDINATOR, SECOND_COORDINATOR)
    office.takes_in(listed(assignees=(LAWYER,)))

    office.sends(FORBIDDEN)

    assert ends(office, "hearing.new") == [("dead", "refused_address")]
    posted = office.sends()
    assert told(posted) == [
        (SECOND_COORDINATOR, "delivery.failed"),
        (COORDINATOR, "delivery.failed"),
    ]
    assert {post.item["whom"] for post in posted} == {LAWYER}
    assert "phone them" in posted[0].text
    assert alarms(office) == []


def test_whoever_has_no_endpoint_is_told_of_by_phone(office: Office) -> None:
    office.person(LAWYER, positions=())
    office.people(COORDINATOR)
    office.takes_in(listed(assignees=(LAWYER,)))

    # The failure is found while messages are made, and goes out in the next turn.
    assert office.sends() == []
    assert told(office.sends()) == [(COORDINATOR, "delivery.failed")]
    assert ends(office, "hearing.new") == [("dead", "they have no endpoint")]


def test_an_endpoint_that_comes_late_is_told_what_there_was_none_for(office: Office) -> None:
    """All rungs may have passed: what ended unsent is the only word there is."""
    office.person(LAWYER, positions=())
    office.people(COORDINATOR)
    office.takes_in(listed(assignees=(LAWYER,)))
    office.sends()

    office.endpoint(LAWYER)

    assert (LAWYER, "hearing.new") in told(office.sends())
    assert ends(office, "hearing.new") == [("delivered", "told as soon as there was an endpoint")]


def test_an_endpoint_that_comes_late_is_told_nothing_that_is_not_so(office: Office) -> None:
    office.person(LAWYER, positions=())
    office.people(COORDINATOR)
    office.takes_in(listed(assignees=(LAWYER,)))
    office.sends()
    edit.cancel_hearing(office.desk, hearing_id=office.hearing_id(), now=office.wait(minutes=1))

    office.endpoint(LAWYER)

    assert LAWYER not in {who for who, _ in told(office.sends())}


@pytest.mark.parametrize("coordinators", [0, 1], ids=["without a coordinator", "deaf coordinator"])
def test_when_no_coordinator_can_be_told_an_alarm_is_raised(
    office: Office, coordinators: int
) -> None:
    office.people(LAWYER)
    if coordinators:
        office.person(COORDINATOR, positions=())
    office.takes_in(listed(assignees=(LAWYER,)))

    office.sends(FORBIDDEN)
    office.sends()

    assert alarms(office) == ["delivery.failed" if coordinators else "hearing.new"]
    assert not run_audit(office.desk, now=office.now).has_passed


def test_a_coordinators_own_deafness_is_told_to_the_other_one(office: Office) -> None:
    office.people(COORDINATOR, SECOND_COORDINATOR)
    office.takes_in(listed())

    office.sends(lambda post: FORBIDDEN if post.to == COORDINATOR else TAKEN)

    (post,) = office.sends()
    assert (post.to, post.type, post.item["whom"]) == (
        SECOND_COORDINATOR,
        "delivery.failed",
        COORDINATOR,
    )


def test_a_failure_that_cannot_be_told_raises_an_alarm_not_another_failure(office: Office) -> None:
    office.people(LAWYER, COORDINATOR)
    office.takes_in(listed(assignees=(LAWYER,)))
    office.sends(FORBIDDEN)

    office.sends(FORBIDDEN)

    assert office.sends() == []
    assert alarms(office) == ["delivery.failed"]


def test_the_same_person_and_revision_is_one_word_to_the_coordinator(office: Office) -> None:
    """Three rungs that nobody took are one phone call."""
    office.people(LAWYER, COORDINATOR)
    office.takes_in(listed(assignees=(LAWYER,)))

    office.wait(days=2)

    assert told(office.sends()) == [(COORDINATOR, "delivery.failed")]
    assert {row["state"] for row in office.notices(recipient=LAWYER)} == {"expired", "not_needed"}


# --- time runs out ------------------------------------------------------------------------------


def test_nothing_is_tried_once_it_is_of_no_use(office: Office) -> None:
    office.people(LAWYER, COORDINATOR)
    office.takes_in(listed(assignees=(LAWYER,)))
    office.sends(DOWN)
    (notice,) = office.notices(kind="hearing.new")

    office.wait_until(notice["useful_until"])

    assert told(office.sends()) == [(COORDINATOR, "delivery.failed")]
    assert ends(office, "hearing.new") == [("expired", "its time ran out before anybody took it")]
    assert {row["state"] for row in office.messages() if row["recipient"] == LAWYER} == {
        "withdrawn"
    }


def test_after_downtime_one_late_notice_goes_out_per_hearing_and_person(office: Office) -> None:
    office.people(LAWYER)
    office.takes_in(listed(2, assignees=(LAWYER,)), listed(3, assignees=(LAWYER,)))
    office.sends()
    last = max(row["due_at"] for row in office.notices(rung="45m"))

    office.wait_until(last + timedelta(minutes=10))
    posted = office.sends()

    assert [(post.item["rung"], post.item["late_by_seconds"]) for post in posted] == [
        ("45m", 600),
        ("45m", 600),
    ]
    assert len({post.item["hearing"] for post in posted}) == 2
    assert "10 min late" in posted[0].text
    assert {row["state"] for row in office.notices(rung="3h")} == {"superseded"}


def test_one_late_notice_also_when_the_batch_ends_between_two_rungs(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The earlier rung is taken up first, but the later one, due as well, tells more."""
    monkeypatch.setattr("notifier.flow.dispatch.NOTICES_PER_TURN", 1)
    office.people(LAWYER)
    office.takes_in(listed(assignees=(LAWYER,)))
    office.sends()

    office.wait_until(office.notices(rung="45m")[0]["due_at"])
    posted = [post for _ in range(4) for post in office.sends()]

    assert [post.item["rung"] for post in posted] == ["45m"]


def test_a_delay_of_a_poll_is_not_called_late(office: Office) -> None:
    office.people(LAWYER)
    office.takes_in(listed(assignees=(LAWYER,)))

    office.wait(seconds=59)

    assert office.sends()[0].item["late_by_seconds"] is None


def test_how_long_a_failure_matters_is_the_policys_word(office: Office) -> None:
    office.people(LAWYER, COORDINATOR)
    office.takes_in(listed(assignees=(LAWYER,)))

    office.wait(days=2)
    office.turn()

    (failure,) = office.notices(kind="delivery.failed")
    assert failure["useful_until"] - failure["due_at"] == timedelta(hours=24)


def test_an_interpreter_counts_as_somebody(office: Office) -> None:
    """A gap means that nobody at all is assigned."""
    office.person("I-SANIYA", role=Role.INTERPRETER)
    office.people(COORDINATOR)
    office.takes_in(listed(assignees=("I-SANIYA",)))
    assert told(office.sends()) == [("I-SANIYA", "hearing.new")]

    register.relieve(
        office.desk,
        recipient="I-SANIYA",
        hearing_id=office.hearing_id(),
        now=office.wait(minutes=1),
    )
    assert told(office.sends()) == [
        (COORDINATOR, "coverage.gap"),
        ("I-SANIYA", "hearing.relieved"),
    ]
