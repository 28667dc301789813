"""A message about an endpoint: whom to phone and what mends it, never its address."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from notifier import schemas
from notifier.core import wording
from notifier.core.endpoint_health import Cause
from notifier.core.endpoint_news import (
    MAX_ENDPOINTS,
    MSGIDS,
    FailingEndpoint,
    build,
    fits,
    text,
)
from notifier.core.notice import NoticeKind
from notifier.core.payload import MAX_BODY_BYTES
from notifier.core.people import Profile

NOW = datetime(2019, 6, 10, 1, tzinfo=UTC)


def failing(**facts: Any) -> FailingEndpoint:
    """An endpoint of a lawyer that has been silent for seven minutes."""
    known: dict[str, Any] = {
        "endpoint_id": "end_1",
        "sequence": 2,
        "whom": "LAW-03",
        "cause": Cause.SILENT,
        "since": datetime(2019, 6, 10, 0, 53, tzinfo=UTC),
        "minutes": 7,
        "is_own": False,
    }
    return FailingEndpoint(**(known | facts))


def said(*endpoints: FailingEndpoint, profile: Profile = Profile.CODED) -> Any:
    """The body, held to its schema."""
    words = text(endpoints, profile=profile)
    body = json.loads(build(endpoints, profile=profile, text=words, timestamp=NOW))
    Draft202012Validator(schemas.load(NoticeKind.ENDPOINT_FAILING)).validate(body)
    return body["data"]


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (Cause.GONE, ["LAW-03 took their endpoint end_1 away", "Phone them", "endpoints add"]),
        (Cause.REFUSES, ["LAW-03's endpoint end_1 refuses", "Phone them", "its access"]),
        (Cause.SILENT, ["LAW-03's endpoint end_1", "for 7 min", "Phone them", "receiver runs"]),
    ],
)
def test_a_coordinator_reads_whom_to_phone_and_what_mends_it(
    cause: Cause, words: list[str]
) -> None:
    line = text([failing(cause=cause)], profile=Profile.CODED)
    assert [one for one in words if one not in line] == []


@pytest.mark.parametrize("cause", Cause)
def test_its_owner_is_not_asked_to_phone_themselves(cause: Cause) -> None:
    line = text([failing(cause=cause, is_own=True)], profile=Profile.CODED)
    assert line.startswith("Your endpoint end_1 ")
    assert "Phone" not in line


def test_it_is_about_no_hearing() -> None:
    data = said(failing())
    assert data["items"] == []
    assert data["endpoints"] == [
        {
            "endpoint": "end_1",
            "sequence": 2,
            "whom": "LAW-03",
            "cause": "silent",
            "since": "2019-06-10T00:53:00Z",
        }
    ]


def test_one_that_answers_again_has_no_since() -> None:
    assert said(failing(since=None, minutes=0))["endpoints"][0]["since"] is None


def test_a_ping_names_nobody() -> None:
    data = said(failing(), profile=Profile.PING)
    assert data["endpoints"] == [{"endpoint": "end_1", "sequence": 2}]
    assert data["text"] == "Something changed for you. Please look."


def test_several_endpoints_are_several_lines() -> None:
    data = said(failing(), failing(endpoint_id="end_2", cause=Cause.GONE))
    assert [line.count("end_") for line in data["text"].split("\n")] == [1, 1]


def test_a_message_about_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        build([], profile=Profile.CODED, text="", timestamp=NOW)


def test_a_full_group_stays_below_the_standards_limit_in_any_language() -> None:
    """The longest ref, and a catalog three times as wordy."""
    group = [failing(whom="ұ" * 60, cause=Cause.GONE)] * MAX_ENDPOINTS
    assert fits(group)
    assert not fits([*group, group[0]])
    words = text(group, profile=Profile.CODED, translate=lambda phrase: phrase + "ұ" * len(phrase))
    assert len(build(group, profile=Profile.CODED, text=words, timestamp=NOW)) <= MAX_BODY_BYTES


def test_every_phrase_goes_through_the_catalog() -> None:
    asked: set[str] = set()

    def catalog(phrase: str) -> str:
        asked.add(phrase)
        return phrase

    every = [failing(cause=cause, is_own=own) for cause in Cause for own in (False, True)]
    for profile in Profile:
        text(every, profile=profile, translate=catalog)
    assert asked == MSGIDS
    assert wording.PING in wording.MSGIDS
