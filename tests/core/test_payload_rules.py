"""Rules that hold for every body: its schema, its silence about names, its length."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from notifier import schemas
from notifier.core import wording
from notifier.core.change import ChangeKind
from notifier.core.hearing import HearingState, Slot, Version
from notifier.core.notice import ABOUT_ENDPOINTS, NoticeKind
from notifier.core.payload import MAX_BODY_BYTES, MAX_ITEMS, Item, build, fits
from notifier.core.people import Profile, Role

NOW = datetime(2019, 6, 10, 1, tzinfo=UTC)
NAME, CASE, JUDGE = "Aigerim Canary", "7514-19-00-Canary", "Judge Kanareika"
ABOUT_HEARINGS = [kind for kind in NoticeKind if kind not in ABOUT_ENDPOINTS]
OF_ITEMS = [*ABOUT_HEARINGS, NoticeKind.ENDPOINT_TEST]

places = {
    "zone": st.sampled_from(["Asia/Almaty", "Asia/Qyzylorda", "UTC"]),
    "local_date": st.dates(),
    "local_time": st.none() | st.times(),
    "room": st.none() | st.text(max_size=80),
}
instants = st.none() | st.datetimes(timezones=st.just(UTC))
versions = st.builds(
    Version,
    revision=st.integers(0),
    slot=st.builds(Slot, court_id=st.text(), **places),
    starts_at=instants,
    state=st.sampled_from(HearingState),
    revised_at=st.just(NOW),
)
free_text = st.text(max_size=600) | st.sampled_from(["\U0001f512" * 600, '"' * 600, "\x01" * 600])
items = st.builds(
    Item,
    hearing_id=st.text("abcdef0123456789", min_size=1, max_size=40),
    ref=st.text(min_size=1, max_size=80),
    revision=st.integers(0),
    sequence=st.integers(0),
    court=free_text,
    **places,
    starts_at=instants,
    kind=free_text,
    rung=st.sampled_from(["24h", "3h", "now", "1d@18:00"]),
    reason=free_text,
    late_by_seconds=st.none() | st.integers(0),
    changes=st.lists(st.sampled_from(ChangeKind), unique=True).map(tuple),
    told=st.none() | versions,
    told_court=st.none() | free_text,
    detainee_name=st.none() | free_text,
    case_number=st.none() | free_text,
    judge=st.none() | free_text,
    whom=st.none() | free_text,
    question=st.none() | free_text,
)


@cache
def validator(kind: NoticeKind) -> Draft202012Validator:
    """The schema that ships with the package."""
    return Draft202012Validator(schemas.load(kind))


def sent(
    kind: NoticeKind,
    group: list[Item],
    profile: Profile,
    translate: wording.Translate = wording.untranslated,
) -> bytes:
    """The body with its text, as it would go to a coordinator."""
    about = [] if kind is NoticeKind.ENDPOINT_TEST else group
    text = wording.text(kind, about, profile=profile, translate=translate)
    return build(kind, about, profile=profile, role=Role.COORDINATOR, text=text, timestamp=NOW)


@given(st.sampled_from(OF_ITEMS), st.lists(items, min_size=1, max_size=3), st.sampled_from(Profile))
def test_every_body_keeps_the_promise_of_its_schema(
    kind: NoticeKind, group: list[Item], profile: Profile
) -> None:
    """And is the same for the same arguments."""
    body = sent(kind, group, profile)
    validator(kind).validate(json.loads(body))
    assert body == sent(kind, group, profile)


@given(
    st.sampled_from(OF_ITEMS),
    items,
    st.sampled_from([Profile.PING, Profile.CODED]),
)
def test_no_name_leaves_in_a_body_that_may_not_hold_it(
    kind: NoticeKind, item: Item, profile: Profile
) -> None:
    """Canaries in every sealed field; they must not be in the text either."""
    item = replace(item, detainee_name=NAME, case_number=CASE, judge=JUDGE)
    body = sent(kind, [item], profile).decode()
    assert [canary for canary in (NAME, CASE, JUDGE) if canary in body] == []


@given(st.sampled_from(ABOUT_HEARINGS), items)
def test_names_are_in_a_full_body(kind: NoticeKind, item: Item) -> None:
    """Whoever may know them finds them, in the text as in the items."""
    item = replace(item, detainee_name=NAME, case_number=CASE, judge=JUDGE)
    body = json.loads(sent(kind, [item], Profile.FULL))["data"]
    only = body["items"][0]
    assert (only["detainee"], only["case_number"], only["judge"]) == (NAME, CASE, JUDGE)
    assert all(canary in body["text"] for canary in (NAME, CASE, JUDGE))


def three_times_as_long(phrase: str) -> str:
    """A catalog as wordy as any: Cyrillic takes two bytes a letter, and more letters."""
    return phrase + "ұ" * len(phrase)


@given(items, st.sampled_from(ABOUT_HEARINGS))
def test_one_item_always_fits(item: Item, kind: NoticeKind) -> None:
    """However much others wrote in it: a hearing must never be too long to tell of."""
    assert fits([item])
    assert len(sent(kind, [item], Profile.FULL, three_times_as_long)) <= MAX_BODY_BYTES


@given(st.lists(items, min_size=2, max_size=MAX_ITEMS), st.sampled_from(ABOUT_HEARINGS))
def test_items_that_fit_make_a_body_within_the_limit(group: list[Item], kind: NoticeKind) -> None:
    """The longest group that fits is within the standard's 20 kB, in any language."""
    while not fits(group):
        group = group[:-1]
    assert len(sent(kind, group, Profile.FULL, three_times_as_long)) <= MAX_BODY_BYTES
