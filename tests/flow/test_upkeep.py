"""Upkeep: the audit says what nobody moves any more, and readiness says it to whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from notifier.errors import NotFound
from notifier.flow import upkeep
from notifier.storage import audit
from notifier.storage.tables import message, notice
from tests.support.lists import listed
from tests.support.office import LAWYER, Office
from tests.support.wire import DOWN, FORBIDDEN


@pytest.fixture
def running(office: Office) -> Office:
    """A lawyer was told of a hearing tomorrow; two rungs are to come."""
    office.people(LAWYER)
    office.takes_in(listed(assignees=(LAWYER,)))
    office.sends()
    return office


def problems(office: Office) -> tuple[str, ...]:
    """What the audit finds."""
    return upkeep.run_audit(office.desk, now=office.now).problems


def test_an_audit_counts_planned_against_ended(running: Office) -> None:
    found = upkeep.run_audit(running.desk, now=running.now)

    assert (found.planned, found.ended, found.pending, found.missing) == (4, 2, 2, 0)
    assert found.has_passed


def test_an_audit_of_nothing_passes(office: Office) -> None:
    assert upkeep.run_audit(office.desk, now=office.now).has_passed


def a_notice_waits(office: Office) -> None:
    """The dispatcher stands still."""
    office.wait_until(office.notices(rung="3h")[0]["due_at"] + timedelta(seconds=61))


def a_message_vanishes(office: Office) -> None:
    """A notice was dispatched, and nothing carries it."""
    _dispatch(office)
    with office.write() as connection:
        connection.execute(update(message).values(state="withdrawn"))


def a_lease_runs_out(office: Office) -> None:
    """A worker died, and nobody took its work back."""
    _dispatch(office)
    office.turn()
    office.wait(seconds=20)


def a_rung_is_missing(office: Office) -> None:
    """The rules ask for it, and nobody holds it."""
    with office.write() as connection:
        connection.execute(delete(notice).where(notice.c.rung == "45m"))


def nobody_can_be_told(office: Office) -> None:
    """A lawyer's address is refused, and there is no coordinator."""
    office.wait_until(office.notices(rung="3h")[0]["due_at"])
    office.sends(FORBIDDEN)


def _dispatch(office: Office) -> None:
    office.wait_until(office.notices(rung="3h")[0]["due_at"])
    office.sends(DOWN)
    office.wait(seconds=2)


@pytest.mark.parametrize(
    ("happens", "problem"),
    [
        (a_notice_waits, "a notice has been due and unsent for 61 s"),
        (a_message_vanishes, "1 notices wait for messages that do not exist"),
        (a_lease_runs_out, "1 attempts outlived their lease"),
        (a_rung_is_missing, "1 notices that the rules ask for are not planned"),
        (nobody_can_be_told, "1 alarms nobody acknowledged; see 'notifier alarms list'"),
    ],
)
def test_an_audit_fails_because(
    running: Office, happens: Callable[[Office], None], problem: str
) -> None:
    assert problems(running) == ()

    happens(running)

    assert problems(running) == (problem,)


def test_a_minutes_delay_is_no_fault(running: Office) -> None:
    running.wait_until(running.notices(rung="3h")[0]["due_at"] + timedelta(seconds=60))

    assert problems(running) == ()


def test_an_alarm_is_raised_once_and_closed_by_whoever_acknowledges_it(running: Office) -> None:
    nobody_can_be_told(running)
    with running.write() as connection:
        for _ in range(2):
            audit.raise_alarm(
                connection,
                kind="hearing.reminder",
                subject_id=running.hearing_id(),
                reason="again",
                now=running.now,
            )
        (alarm,) = audit.open_alarms(connection)

    with running.write() as connection:
        audit.acknowledge(connection, alarm_id=alarm["id"], now=running.now)

    assert problems(running) == ()
    with running.write() as connection, pytest.raises(NotFound, match="no open alarm"):
        audit.acknowledge(connection, alarm_id=alarm["id"], now=running.now)


# --- readiness ----------------------------------------------------------------------------------


def beat(office: Office, owner: str = "own_1", **said: Any) -> None:
    """One daemon says that it lives."""
    usual: dict[str, Any] = {"audited_at": office.now, "problems": ()}
    upkeep.beat(office.desk, owner=owner, started_at=office.now, now=office.now, **(usual | said))


def test_a_daemon_heard_of_just_now_is_ready(office: Office) -> None:
    beat(office)

    found = upkeep.readiness(office.desk, now=office.wait(seconds=30))

    assert (found.is_ready, found.problems) == (True, ())
    assert found.beat_at == found.audited_at == office.now - timedelta(seconds=30)


def test_a_daemon_not_heard_of_is_not_ready(office: Office) -> None:
    beat(office)

    found = upkeep.readiness(office.desk, now=office.wait(seconds=31))

    assert found.problems == ("the daemon has not been heard of for 31 s",)


def test_without_any_daemon_nothing_is_ready(office: Office) -> None:
    found = upkeep.readiness(office.desk, now=office.now)

    assert not found.is_ready
    assert "start 'notifier run'" in found.problems[0]
    assert found.beat_at is None


def test_what_the_daemon_finds_wrong_is_said_again(office: Office) -> None:
    beat(office, problems=("dispatch has not worked for 20 s",))

    assert upkeep.readiness(office.desk, now=office.now).problems == (
        "dispatch has not worked for 20 s",
    )


def test_an_alarm_is_said_in_full_and_once(running: Office) -> None:
    nobody_can_be_told(running)
    beat(running, problems=problems(running))

    (said,) = upkeep.readiness(running.desk, now=running.now).problems

    assert said.startswith("hearing.reminder to rcp_")
    assert "dead: refused_address" in said
    assert "(alarm alm_" in said


def test_the_daemon_heard_of_last_speaks(office: Office) -> None:
    beat(office, "own_1", problems=("an old complaint",))
    office.wait(seconds=5)
    beat(office, "own_2")
    office.wait(seconds=5)
    beat(office, "own_2")

    assert upkeep.readiness(office.desk, now=office.now).is_ready
