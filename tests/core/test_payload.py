"""What a body holds, byte for byte, and what each profile keeps back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest

from notifier.core.change import ChangeKind
from notifier.core.hearing import HearingState, Slot, Version
from notifier.core.notice import ABOUT_ENDPOINTS, NoticeKind
from notifier.core.payload import MAX_ITEMS, Item, build, fits
from notifier.core.people import FULL_PROFILE_ROLES, Profile, Role

NOW = datetime(2019, 6, 10, 1, tzinfo=UTC)
CANARIES = {
    "detainee_name": "Aigerim Canary",
    "case_number": "7514-19-00-Canary",
    "judge": "Judge Kanareika",
}
ABOUT_HEARINGS = [kind for kind in NoticeKind if kind not in ABOUT_ENDPOINTS]


def an_item(**facts: Any) -> Item:
    """A hearing at 10:00 in Almaty whose names are known, and what a test changes in it."""
    known: dict[str, Any] = {
        "hearing_id": "hrg_1",
        "ref": "ALM-0017",
        "revision": 3,
        "sequence": 5,
        "court": "Almaty Specialised Court",
        "room": "4",
        "zone": "Asia/Almaty",
        "local_date": date(2019, 6, 10),
        "local_time": time(10),
        "starts_at": datetime(2019, 6, 10, 4, tzinfo=UTC),
        "kind": "arrest",
        "rung": "3h",
        "reason": "3h before the start",
        **CANARIES,
    }
    return Item(**(known | facts))


def told(**slot: Any) -> Version:
    """What a recipient was told: revision 2, at 11:30 in room 7."""
    known: dict[str, Any] = {
        "court_id": "crt_1",
        "zone": "Asia/Almaty",
        "local_date": date(2019, 6, 10),
        "local_time": time(11, 30),
        "room": "7",
    }
    return Version(
        revision=2,
        slot=Slot(**(known | slot)),
        starts_at=datetime(2019, 6, 10, 5, 30, tzinfo=UTC),
        state=HearingState.LISTED,
        revised_at=NOW,
    )


def body_of(
    *items: Item,
    kind: NoticeKind = NoticeKind.REMINDER,
    profile: Profile = Profile.CODED,
    role: Role = Role.LAWYER,
) -> Any:
    """The body, read back."""
    return json.loads(build(kind, items, profile=profile, role=role, text="Look.", timestamp=NOW))


def test_a_reminder_is_these_bytes() -> None:
    """Written once: this is what is signed, stored and sent."""
    assert build(
        NoticeKind.REMINDER,
        [an_item()],
        profile=Profile.CODED,
        role=Role.MONITOR,
        text="Қараңыз.",
        timestamp=NOW,
    ).decode() == (
        '{"type":"hearing.reminder","timestamp":"2019-06-10T01:00:00Z","data":{"items":[{'
        '"hearing":"hrg_1","ref":"ALM-0017","revision":3,"sequence":5,'
        '"court":"Almaty Specialised Court","room":"4","zone":"Asia/Almaty",'
        '"local_date":"2019-06-10","local_time":"10:00","starts_at":"2019-06-10T04:00:00Z",'
        '"kind":"arrest","rung":"3h","late_by_seconds":null,"reason":"3h before the start",'
        '"change":null}],"text":"Қараңыз.","answers":[]}}'
    )


def test_a_ping_says_nothing_but_which_hearing_to_look_at() -> None:
    """Not even the ref: a chat bridge reads along."""
    item = body_of(an_item(), profile=Profile.PING)["data"]["items"][0]
    assert item == {"hearing": "hrg_1", "revision": 3, "sequence": 5}


def test_full_adds_names_to_what_coded_says() -> None:
    """Everything else is the same."""
    coded = body_of(an_item())["data"]["items"][0]
    full = body_of(an_item(), profile=Profile.FULL)["data"]["items"][0]
    assert full == coded | {
        "detainee": "Aigerim Canary",
        "case_number": "7514-19-00-Canary",
        "judge": "Judge Kanareika",
    }


@pytest.mark.parametrize("role", Role)
def test_names_are_only_ever_sent_to_a_lawyer_or_a_coordinator(role: Role) -> None:
    """Whatever the endpoint's row says: a monitor never learns who is held."""
    if role in {Role.LAWYER, Role.COORDINATOR}:
        assert body_of(an_item(), profile=Profile.FULL, role=role)
    else:
        with pytest.raises(ValueError, match="never sent names"):
            body_of(an_item(), profile=Profile.FULL, role=role)


def test_what_is_not_known_is_null() -> None:
    """A hearing without a time is a hearing all the same."""
    item = body_of(an_item(local_time=None, starts_at=None, room=None))["data"]["items"][0]
    assert (item["local_time"], item["starts_at"], item["room"]) == (None, None, None)
    assert item["local_date"] == "2019-06-10"


def test_an_instant_is_told_in_utc_whatever_its_zone() -> None:
    """To the second, with a Z."""
    starts_at = datetime(2019, 6, 10, 10, 0, 30, 999, tzinfo=timezone(timedelta(hours=6)))
    item = body_of(an_item(starts_at=starts_at))["data"]["items"][0]
    assert item["starts_at"] == "2019-06-10T04:00:30Z"


def test_a_naive_instant_is_refused() -> None:
    """It would be read in the server's zone, which nobody means."""
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="must be aware"):
        body_of(an_item(starts_at=naive))


@pytest.mark.parametrize(
    ("kind", "field"),
    [(NoticeKind.DELIVERY_FAILED, "whom"), (NoticeKind.SOURCE_QUESTION, "question")],
)
def test_some_kinds_say_one_thing_more(kind: NoticeKind, field: str) -> None:
    """Whom to phone, or what to decide; other kinds do not have the field."""
    item = an_item(whom="LAW-03", question="Was it moved?")
    asked = body_of(item, kind=kind)["data"]["items"][0]
    assert asked[field] == getattr(item, field)
    assert not {"whom", "question"} & set(body_of(item)["data"]["items"][0])
    assert field not in body_of(item, kind=kind, profile=Profile.PING)["data"]["items"][0]


def test_a_change_says_what_was_and_what_is() -> None:
    """The receiver needs no memory of its own."""
    item = an_item(changes=(ChangeKind.MOVED_EARLIER, ChangeKind.ROOM), told=told())
    here = {
        "court": "Almaty Specialised Court",
        "room": "4",
        "zone": "Asia/Almaty",
        "local_date": "2019-06-10",
        "local_time": "10:00",
        "starts_at": "2019-06-10T04:00:00Z",
    }
    was = {"room": "7", "local_time": "11:30", "starts_at": "2019-06-10T05:30:00Z"}
    assert body_of(item, kind=NoticeKind.MOVED)["data"]["items"][0]["change"] == {
        "kinds": ["moved_earlier", "room"],
        "from": here | was,
        "to": here,
    }


@pytest.mark.parametrize(
    ("facts", "court"),
    [
        pytest.param({"told_court": "Old Court"}, "Old Court", id="its name is known"),
        pytest.param({}, None, id="it was another court and its name is gone"),
        pytest.param(
            {"changes": (ChangeKind.ROOM,)}, "Almaty Specialised Court", id="it was the same court"
        ),
    ],
)
def test_the_court_somebody_was_told_of_is_never_guessed(
    facts: dict[str, Any], court: str | None
) -> None:
    """Sending a lawyer to the wrong building is worse than saying nothing of it."""
    item = an_item(**({"changes": (ChangeKind.COURT,), "told": told(room=None)} | facts))
    was = body_of(item, kind=NoticeKind.MOVED)["data"]["items"][0]["change"]["from"]
    assert (was["court"], was["room"]) == (court, None)


def test_a_change_without_a_memory_of_what_was_told_has_no_from() -> None:
    """And without a change there is no change at all, told or not."""
    cancelled = an_item(changes=(ChangeKind.CANCELLED,))
    assert body_of(cancelled)["data"]["items"][0]["change"]["from"] is None
    assert body_of(an_item(told=told()))["data"]["items"][0]["change"] is None


def test_a_test_message_is_about_no_hearing() -> None:
    """Labelled by its type, and harmless."""
    body = body_of(kind=NoticeKind.ENDPOINT_TEST)
    assert body["type"] == "endpoint.test"
    assert body["data"] == {"items": [], "text": "Look.", "answers": []}


@pytest.mark.parametrize(
    ("kind", "items"),
    [(NoticeKind.ENDPOINT_TEST, [an_item()]), *((kind, []) for kind in ABOUT_HEARINGS)],
)
def test_only_a_test_message_is_empty(kind: NoticeKind, items: list[Item]) -> None:
    """An empty reminder would be silence with a signature."""
    with pytest.raises(ValueError, match="but a test"):
        body_of(*items, kind=kind)


@pytest.mark.parametrize(
    ("room", "sent"),
    [
        pytest.param("4\nCancelled: do not go", "4 Cancelled: do not go", id="a line break"),
        pytest.param("4\x00\x1b[2J", "4  [2J", id="control characters"),
        pytest.param("4\ud800", "4 ", id="half of a surrogate pair"),
        pytest.param("4\u202e71", "4 71", id="a mark that turns the digits round"),
        pytest.param("4\u00a0б", "4\u00a0б", id="a no-break space is kept"),
        pytest.param("x" * 61, "x" * 59 + "…", id="more than a room's name can be"),
    ],
)
def test_free_text_stays_one_line_of_a_bounded_length(room: str, sent: str) -> None:
    """It comes from lists that others write, and goes to a human who will act on it."""
    item = an_item(room=room, changes=(ChangeKind.ROOM,), told=told(room=room))
    change = body_of(item)["data"]["items"][0]["change"]
    assert (item.room, change["from"]["room"], change["to"]["room"]) == (sent, sent, sent)


def test_a_whole_group_of_ordinary_hearings_fits() -> None:
    """Otherwise grouping would be of no use; one more does not."""
    kazakh = "Алматы қаласының мамандандырылған ауданаралық әкімшілік соты"
    group = [an_item(court=kazakh, question="ұ" * 60)] * MAX_ITEMS
    assert fits(group)
    assert not fits([*group, group[0]])


def test_long_items_are_not_grouped_although_few() -> None:
    """Each of them goes alone."""
    long = an_item(question="ұ" * 500, court="ұ" * 160, kind="ұ" * 80, reason="ұ" * 200)
    assert fits([long])
    assert not fits([long] * 5)


def test_the_roles_that_may_know_names_are_two() -> None:
    """A third would need a decision, not a default."""
    assert frozenset({Role.LAWYER, Role.COORDINATOR}) == FULL_PROFILE_ROLES
