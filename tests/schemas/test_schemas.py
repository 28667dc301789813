"""The schemas that ship: one per type, standing alone, each with an example that is true."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from notifier import schemas
from notifier.core import endpoint_news, wording
from notifier.core.change import ChangeKind
from notifier.core.endpoint_health import Cause
from notifier.core.endpoint_news import FailingEndpoint
from notifier.core.hearing import HearingState, Slot, Version
from notifier.core.notice import ABOUT_ENDPOINTS, NoticeKind
from notifier.core.payload import Item, build
from notifier.core.people import Profile, Role
from notifier.errors import NotFound

each_kind = pytest.mark.parametrize("kind", NoticeKind)


def test_every_type_of_message_has_a_schema_and_no_other_has() -> None:
    """A receiver finds the schema by the type in the body."""
    assert set(schemas.message_types()) == {kind.value for kind in NoticeKind}


@pytest.mark.parametrize("name", ["hearing.unheard", "", "../errors", "__init__"])
def test_an_unknown_type_is_not_found(name: str) -> None:
    """The answer lists the types there are."""
    with pytest.raises(NotFound, match=r"endpoint\.test, hearing\.cancelled"):
        schemas.load(name)


@each_kind
def test_a_schema_is_valid_names_its_type_and_needs_no_network(kind: NoticeKind) -> None:
    """Everything it refers to is in the file."""
    schema = schemas.load(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"https://hearing-notifier.example/schemas/{kind}.json"
    assert schema["properties"]["type"] == {"const": kind.value}
    assert all(target.startswith("#/$defs/") for target in _references(schema))


@each_kind
def test_a_schema_stays_open(kind: NoticeKind) -> None:
    """Fields are only added: a receiver who checks by an old schema keeps receiving."""
    text = json.dumps(schemas.load(kind))
    assert "additionalProperties" not in text
    assert "unevaluatedProperties" not in text


@each_kind
def test_shared_definitions_are_the_same_in_every_file(kind: NoticeKind) -> None:
    """Whoever adds a field adds it to all of them; what is about no hearing has none."""
    shared = None if kind in ABOUT_ENDPOINTS else schemas.load("hearing.new")["$defs"]
    assert schemas.load(kind).get("$defs") == shared


@pytest.mark.parametrize(
    "kind", [kind for kind in NoticeKind if kind is not NoticeKind.ENDPOINT_FAILING]
)
def test_the_example_is_what_is_really_sent(kind: NoticeKind) -> None:
    """Text included: the schema is the receiver's documentation."""
    schema = schemas.load(kind)
    (example,) = schema["examples"]
    Draft202012Validator(schema).validate(example)
    group = [_item(one) for one in example["data"]["items"]]
    body = build(
        kind,
        group,
        profile=Profile.CODED,
        role=Role.COORDINATOR,
        text=wording.text(kind, group, profile=Profile.CODED),
        timestamp=datetime.fromisoformat(example["timestamp"]),
    )
    assert json.loads(body) == example


def test_the_example_about_endpoints_is_what_is_really_sent() -> None:
    """It has no hearing in it, and no address."""
    schema = schemas.load(NoticeKind.ENDPOINT_FAILING)
    (example,) = schema["examples"]
    Draft202012Validator(schema).validate(example)
    (wire,) = example["data"]["endpoints"]
    one = FailingEndpoint(
        endpoint_id=wire["endpoint"],
        sequence=wire["sequence"],
        whom=wire["whom"],
        cause=Cause(wire["cause"]),
        since=datetime.fromisoformat(wire["since"]),
        minutes=7,
        is_own=False,
    )
    body = endpoint_news.build(
        [one],
        profile=Profile.CODED,
        text=endpoint_news.text([one], profile=Profile.CODED),
        timestamp=datetime.fromisoformat(example["timestamp"]),
    )
    assert json.loads(body) == example


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        pytest.param({"sequence": "5"}, "not of type", id="a number written as text"),
        pytest.param({"local_date": "10.06.2019"}, "does not match", id="a date for humans"),
        pytest.param({"starts_at": "2019-06-10T10:00:00+06:00"}, "does not match", id="not UTC"),
        pytest.param({"local_time": "24:00"}, "does not match", id="a time that is none"),
        pytest.param({"detainee": "A Name"}, "is a dependency of 'detainee'", id="half of full"),
        pytest.param({"change": {"kinds": ["room"]}}, "is a required property", id="half a change"),
    ],
)
def test_a_broken_item_does_not_pass(broken: dict[str, Any], message: str) -> None:
    """The schema is open, not empty."""
    schema = schemas.load("hearing.reminder")
    (example,) = schema["examples"]
    example["data"]["items"][0] |= broken
    errors = [error.message for error in Draft202012Validator(schema).iter_errors(example)]
    assert any(message in error for error in errors), errors


def _references(schema: Any) -> list[str]:
    """Every ``$ref`` at any depth."""
    if isinstance(schema, list):
        return [found for one in schema for found in _references(one)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"]] if "$ref" in schema else []
    return own + [found for one in schema.values() for found in _references(one)]


def _item(wire: dict[str, Any]) -> Item:
    """The item that an example shows."""
    same = ("ref", "revision", "sequence", "court", "room", "zone", "kind", "rung", "reason")
    change = wire["change"]
    return Item(
        hearing_id=wire["hearing"],
        **{name: wire[name] for name in same},
        local_date=date.fromisoformat(wire["local_date"]),
        local_time=time.fromisoformat(wire["local_time"]),
        starts_at=datetime.fromisoformat(wire["starts_at"]),
        changes=tuple(map(ChangeKind, change["kinds"])) if change else (),
        told=_told(change["from"]) if change else None,
        told_court=change["from"]["court"] if change else None,
        whom=wire.get("whom"),
        question=wire.get("question"),
    )


def _told(was: dict[str, Any]) -> Version:
    starts_at = datetime.fromisoformat(was["starts_at"])
    slot = Slot(
        court_id="crt_1",
        zone=was["zone"],
        local_date=date.fromisoformat(was["local_date"]),
        local_time=time.fromisoformat(was["local_time"]),
        room=was["room"],
    )
    return Version(
        revision=2, slot=slot, starts_at=starts_at, state=HearingState.LISTED, revised_at=starts_at
    )
