"""Trying things out: a harmless test of one endpoint, and a message sent once more."""

from __future__ import annotations

import asyncio
from datetime import time

import pytest

from notifier.core.delivery import Outcome
from notifier.errors import Conflict, NotFound
from notifier.flow import edit, register, trial
from notifier.storage import people
from notifier.storage.tables import endpoint
from tests.support.lists import listed
from tests.support.office import COORDINATOR, LAWYER, Office, told
from tests.support.wire import DOWN, TAKEN, Answers, checked


def try_out(office: Office, answers: Answers, endpoint_id: str) -> Outcome:
    """Test one endpoint."""
    return asyncio.run(
        trial.test_endpoint(
            office.desk, answers, endpoint_id=endpoint_id, now=office.now, timeout_seconds=10.0
        )
    )


def is_tested(office: Office) -> bool:
    """Whether a daemon may start: some coordinator has an endpoint that answered."""
    with office.read() as connection:
        return people.has_tested_coordinator(connection)


def test_a_test_says_that_it_is_one_and_is_noted_when_it_was_taken(office: Office) -> None:
    office.people(COORDINATOR)
    answers = Answers(TAKEN)

    assert try_out(office, answers, office.endpoint_ids()[COORDINATOR]) is TAKEN

    ((sent, timestamp, timeout_seconds),) = answers.sent
    assert (timestamp, timeout_seconds) == (int(office.now.timestamp()), 10.0)
    assert checked(sent.body)["type"] == "endpoint.test"
    assert sent.url == "https://c-kamila.hooks.org/in/0"
    assert is_tested(office)
    assert office.notices() == [], "a test is no notice: it tells nobody anything"


def test_a_test_that_failed_is_not_repeated_and_not_noted(office: Office) -> None:
    office.people(COORDINATOR)
    answers = Answers(DOWN)

    try_out(office, answers, office.endpoint_ids()[COORDINATOR])

    assert len(answers.sent) == 1
    assert not is_tested(office)


def test_only_a_coordinators_endpoint_counts_for_the_daemon(office: Office) -> None:
    office.people(LAWYER, COORDINATOR)

    try_out(office, Answers(TAKEN), office.endpoint_ids()[LAWYER])

    assert not is_tested(office)


@pytest.mark.parametrize("state", ["unknown", "removed"])
def test_an_endpoint_that_is_not_there_is_not_found(office: Office, state: str) -> None:
    office.people(COORDINATOR)
    endpoint_id = "end_none" if state == "unknown" else office.endpoint_ids()[COORDINATOR]
    with office.write() as connection:
        connection.execute(endpoint.update().values(state="removed"))

    with pytest.raises(NotFound, match="no endpoint"):
        try_out(office, Answers(TAKEN), endpoint_id)


# --- sent once more -----------------------------------------------------------------------------


@pytest.fixture
def told_of(office: Office) -> tuple[Office, str]:
    """A lawyer was told of a hearing, in a message of this id."""
    office.people(LAWYER)
    office.takes_in(listed(assignees=(LAWYER,)))
    (post,) = office.sends()
    office.wait(minutes=1)
    return office, post.id


def resend(office: Office, message_id: str) -> str:
    return trial.resend(office.desk, message_id=message_id, now=office.now)


def test_a_message_is_sent_once_more_under_a_new_id(told_of: tuple[Office, str]) -> None:
    office, message_id = told_of

    new_id = resend(office, message_id)

    (post,) = office.sends()
    assert post.id == new_id != message_id
    assert (post.type, post.item["sequence"]) == ("hearing.new", 2)
    assert office.notices(kind="hearing.new")[0]["state"] == "delivered"


def test_a_message_that_failed_may_be_sent_to_its_endpoint_at_once(office: Office) -> None:
    """The receiver's owner says on the phone that it works again."""
    office.people(LAWYER)
    office.takes_in(listed(assignees=(LAWYER,)))
    (failed,) = office.sends(DOWN)

    resend(office, failed.id)

    assert told(office.sends()) == [(LAWYER, "hearing.new")]
    office.wait(hours=1)
    assert office.sends() == [], "and the failed one is not repeated"


def moved(office: Office) -> None:
    edit.move_hearing(
        office.desk, hearing_id=office.hearing_id(), local_time=time(9), now=office.now
    )


def called_off(office: Office) -> None:
    edit.cancel_hearing(office.desk, hearing_id=office.hearing_id(), now=office.now)


def relieved(office: Office) -> None:
    register.relieve(office.desk, recipient=LAWYER, hearing_id=office.hearing_id(), now=office.now)


def over(office: Office) -> None:
    office.wait(days=3)


@pytest.mark.parametrize("happens", [moved, called_off, relieved, over])
def test_what_is_not_true_or_useful_any_more_is_not_sent_again(
    told_of: tuple[Office, str], happens: object
) -> None:
    office, message_id = told_of
    assert callable(happens)
    happens(office)

    with pytest.raises(Conflict, match="is not sent again"):
        resend(office, message_id)


def test_a_message_that_nobody_knows_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound, match="no message 'msg_none'"):
        resend(office, "msg_none")
