"""Registering: who may be told what, and what follows for hearings already on the calendar."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest

from notifier.core.people import Profile, Role, Side
from notifier.delivery.guard import GuardRules
from notifier.errors import Conflict, NotFound, NotifierError
from notifier.flow import edit, register
from notifier.storage import people, views
from notifier.storage.tables import assignment
from tests.support.lists import ALMATY, TOMORROW, listed
from tests.support.office import COORDINATOR, LAWYER, MONITOR, SECRET, Office, told


def add(office: Office, **said: Any) -> str:
    """Register somebody, a lawyer unless it is said otherwise."""
    usual: dict[str, Any] = {
        "ref": "X-1",
        "role": Role.LAWYER,
        "side": None,
        "name": None,
        "language": "en",
    }
    return register.add_recipient(office.desk, now=office.now, **(usual | said))


def add_endpoint(office: Office, **said: Any) -> tuple[str, str]:
    """Give the lawyer an endpoint."""
    usual: dict[str, Any] = {
        "recipient": LAWYER,
        "url": "https://hooks.org/in/1",
        "secret": None,
        "profile": Profile.CODED,
        "position": 0,
        "rules": GuardRules(),
    }
    return register.add_endpoint(office.desk, now=office.now, **(usual | said))


# --- courts and detainees -----------------------------------------------------------------------


def test_a_court_has_a_zone_of_its_own(office: Office) -> None:
    register.add_court(
        office.desk, name="  Kyzylorda Court ", zone="Asia/Qyzylorda", city=None, now=office.now
    )

    assert office.takes_in(listed(court="kyzylorda court")).new == 1


@pytest.mark.parametrize("zone", ["Almaty", "+05", "", "../etc/passwd"])
def test_what_is_no_zone_is_refused(office: Office, zone: str) -> None:
    with pytest.raises(NotifierError, match="write it like Asia/Almaty"):
        register.add_court(office.desk, name="X", zone=zone, city=None, now=office.now)


def test_a_name_or_ref_is_given_once(office: Office) -> None:
    add(office)
    register.add_detainee(office.desk, ref=" PV-9 ", name=None, case=None, now=office.now)

    with pytest.raises(Conflict, match="a court named 'Almaty Court' already"):
        register.add_court(office.desk, name=ALMATY, zone="UTC", city=None, now=office.now)
    with pytest.raises(Conflict, match="a recipient 'X-1' already"):
        add(office)
    with pytest.raises(Conflict, match="a detainee 'PV-9' already"):
        register.add_detainee(office.desk, ref="PV-9", name=None, case=None, now=office.now)


# --- sides of the wall --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "side", "found"),
    [
        pytest.param(Role.LAWYER, None, Side.DEFENCE, id="a lawyer defends"),
        pytest.param(Role.INTERPRETER, None, Side.DEFENCE, id="an interpreter too"),
        pytest.param(Role.MONITOR, Side.MONITORING, Side.MONITORING, id="said rightly"),
        pytest.param(Role.SUBSCRIBER, Side.MONITORING, Side.MONITORING, id="a subscriber's"),
    ],
)
def test_everybody_has_one_side(office: Office, role: Role, side: Side | None, found: Side) -> None:
    add(office, role=role, side=side)

    with office.read() as connection:
        assert people.recipient_with_ref(connection, "X-1")["side"] == found


@pytest.mark.parametrize(
    ("role", "side", "refusal"),
    [
        pytest.param(Role.LAWYER, Side.MONITORING, "a lawyer is on the side of defence", id="1"),
        pytest.param(Role.COORDINATOR, Side.DEFENCE, "side of coordination, not of", id="2"),
        pytest.param(Role.SUBSCRIBER, None, "a subscriber needs --side", id="3"),
    ],
)
def test_nobody_is_on_another_side(
    office: Office, role: Role, side: Side | None, refusal: str
) -> None:
    with pytest.raises(NotifierError, match=refusal):
        add(office, role=role, side=side)


# --- endpoints ----------------------------------------------------------------------------------


def test_a_secret_is_made_where_none_is_given_and_told_once(office: Office) -> None:
    add(office, ref=LAWYER)

    _, made = add_endpoint(office)
    _, given = add_endpoint(office, url="https://hooks.org/in/2", secret=SECRET)

    assert made.startswith("whsec_")
    assert given == SECRET


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        pytest.param({"url": "http://hooks.org/in"}, "this URL is refused", id="not encrypted"),
        pytest.param({"url": "https://127.0.0.1/in"}, "this URL is refused", id="this machine"),
        pytest.param({"secret": "short"}, "this secret is refused", id="a secret that is none"),
        pytest.param({"recipient": "L-NOBODY"}, "no recipient 'L-NOBODY'", id="of nobody"),
    ],
)
def test_an_endpoint_is_refused(office: Office, said: dict[str, Any], refusal: str) -> None:
    add(office, ref=LAWYER)

    with pytest.raises(NotifierError, match=refusal):
        add_endpoint(office, **said)


def test_the_same_url_is_given_once_per_person(office: Office) -> None:
    add(office, ref=LAWYER)
    add(office, ref=COORDINATOR, role=Role.COORDINATOR)
    add_endpoint(office)
    add_endpoint(office, recipient=COORDINATOR)

    with pytest.raises(Conflict, match="has an endpoint with that URL already"):
        add_endpoint(office)


@pytest.mark.parametrize("role", [Role.MONITOR, Role.INTERPRETER])
def test_names_are_never_sent_to(office: Office, role: Role) -> None:
    add(office, ref=LAWYER, role=role)

    with pytest.raises(NotifierError, match=f"a {role} is never sent names"):
        add_endpoint(office, profile=Profile.FULL)


def test_names_travel_only_encrypted(office: Office) -> None:
    add(office, ref=LAWYER)

    with pytest.raises(NotifierError, match="names travel only over https"):
        add_endpoint(
            office,
            profile=Profile.FULL,
            url="http://hooks.org/in",
            rules=GuardRules(http_allowed=True),
        )


def test_a_full_profile_names_the_detainee_and_a_coded_one_does_not(office: Office) -> None:
    office.person(LAWYER, profile=Profile.FULL)
    office.person(MONITOR)
    office.takes_in(listed(judge="Invented Judge", case_number="7511", assignees=(LAWYER, MONITOR)))

    by_role = {post.to: post for post in office.sends()}

    full, coded = by_role[LAWYER], by_role[MONITOR]
    assert full.item["detainee"] == "Invented Person 2"
    assert (full.item["case_number"], full.item["judge"]) == ("7511", "Invented Judge")
    assert "Invented" not in coded.ticket.delivery.body.decode()


# --- representing and assigning -----------------------------------------------------------------


def test_representing_proposes_the_hearings_ahead(office: Office) -> None:
    office.people(LAWYER)
    person = {"case_number": "7511", "detainee_name": "Invented Person"}
    office.takes_in(
        listed(2, kind="Past", local_date=date(2026, 11, 21), **person),
        listed(3, kind="Today", local_date=date(2026, 11, 22), local_time=time(16), **person),
        listed(4, kind="Ahead", **person),
    )

    proposed = register.represent(
        office.desk, recipient=LAWYER, detainee="ALM-0001", now=office.now
    )

    assert proposed == 2
    assert [post.item["kind"] for post in office.sends()] == ["Today", "Ahead"]


def test_an_evening_west_of_utc_is_ahead_although_the_date_has_changed_there(
    office: Office,
) -> None:
    """In Anchorage it is still the 21st while the server, in UTC, has the 22nd."""
    office.people(LAWYER)
    register.add_court(
        office.desk, name="Anchorage", zone="America/Anchorage", city=None, now=office.now
    )
    office.clock.now = datetime.fromisoformat("2026-11-22T05:00:00+00:00")
    night = {"court": "Anchorage", "local_date": date(2026, 11, 21), "local_time": time(21)}
    office.takes_in(listed(2, **night), listed(3, **night))

    register.represent(office.desk, recipient=LAWYER, detainee="ALM-0001", now=office.now)
    office.people(COORDINATOR)

    assert told(office.sends()) == [(COORDINATOR, "coverage.gap"), (LAWYER, "hearing.new")]


def test_representing_twice_is_refused(office: Office) -> None:
    office.people(LAWYER)
    office.takes_in(listed())
    register.represent(office.desk, recipient=LAWYER, detainee="ALM-0001", now=office.now)

    with pytest.raises(Conflict, match="L-ALIYA represents ALM-0001 already"):
        register.represent(office.desk, recipient=LAWYER, detainee="ALM-0001", now=office.now)


def test_a_whole_day_of_a_court_is_assigned_at_once(office: Office) -> None:
    office.people(MONITOR)
    office.takes_in(listed(2), listed(3), listed(4, local_date=date(2026, 11, 24)))

    def assign_day() -> list[str]:
        return register.assign_day(
            office.desk, recipient=MONITOR, court=ALMATY, day=TOMORROW, now=office.now
        )

    assert len(assign_day()) == 2
    assert assign_day() == [], "whoever has them already is not proposed again"


def test_a_day_without_hearings_is_said(office: Office) -> None:
    office.people(MONITOR)

    with pytest.raises(NotifierError, match="Almaty Court has no hearing on 2026-11-23"):
        register.assign_day(
            office.desk, recipient=MONITOR, court=ALMATY, day=TOMORROW, now=office.now
        )


@pytest.mark.parametrize(
    ("recipient", "hearing"),
    [
        pytest.param("L-NOBODY", "", id="nobody"),
        pytest.param(LAWYER, "hrg_none", id="no hearing"),
    ],
)
def test_whoever_or_whatever_is_unknown_is_not_found(
    office: Office, recipient: str, hearing: str
) -> None:
    office.people(LAWYER)

    with pytest.raises(NotFound):
        register.assign(office.desk, recipient=recipient, hearing_ids=[hearing], now=office.now)
    with pytest.raises(NotFound):
        register.relieve(office.desk, recipient=recipient, hearing_id=hearing, now=office.now)


def test_an_acceptance_counts_for_nothing_after_a_move(office: Office) -> None:
    """It was given for the old time; a room alone does not void it."""
    office.people(LAWYER)
    office.takes_in(listed(assignees=(LAWYER,)))
    hearing_id = office.hearing_id()
    with office.write() as connection:
        connection.execute(assignment.update().values(state="accepted"))

    edit.move_hearing(office.desk, hearing_id=hearing_id, room="9", now=office.now)
    assert _state(office) == "accepted"
    edit.move_hearing(office.desk, hearing_id=hearing_id, local_time=time(9), now=office.now)
    assert _state(office) == "proposed"


def _state(office: Office) -> str:
    with office.read() as connection:
        (row,) = views.assignments(connection)
    state: str = row["state"]
    return state
