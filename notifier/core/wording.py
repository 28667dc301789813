"""What a message says to a human: one sentence per hearing, the court's own time in it.

Every phrase goes through ``translate`` (gettext's shape: the English phrase in, the recipient's
out); ``MSGIDS`` lists them all for the catalogs. Only the ``full`` profile names anybody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from notifier.core.change import ChangeKind
from notifier.core.notice import NoticeKind
from notifier.core.payload import Item, Sitting
from notifier.core.people import Profile

Translate = Callable[[str], str]

_SPAN: Final = re.compile("([0-9]+[dhms])+")
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_TIME_KNOWN: Final = "{weekday} {day} {month} {year}, {time} ({zone})"
_TIME_UNKNOWN: Final = "{weekday} {day} {month} {year}, time not known yet ({zone})"
_ROOM: Final = "room {room}"
_CASE: Final = "case {number}"
_JUDGE: Final = "judge {name}"

PING: Final = "Something changed for you. Please look."
_TEST: Final = "This is a test message. No hearing has changed, and there is nothing to do."
_REMINDER_OF_RUNG: Final = "Reminder ({rung}): {hearing}."
_WAS_NOW: Final = "{headline}: {who}: was {was}; now {now}."
_NOW: Final = "{headline}: {hearing}."
_SOMEBODY: Final = "Somebody"
_DECIDE: Final = "please look at the list and decide."
_LATE: Final = "This message is {duration} late."
_MINUTES: Final = "{minutes} min"
_HOURS: Final = "{hours} h {minutes} min"
_DAYS: Final = "{days} d {hours} h"

_SENTENCES: Final = {
    NoticeKind.REMINDER: "Reminder: {hearing}.",
    NoticeKind.NEW: "New hearing: {hearing}.",
    NoticeKind.CANCELLED: "Cancelled: {hearing}. This hearing does not take place.",
    NoticeKind.REINSTATED: "Takes place after all: {hearing}.",
    NoticeKind.RELIEVED: "You are no longer assigned to {hearing}. "
    "There will be no more reminders of it.",
    NoticeKind.COVERAGE_GAP: "Nobody is assigned to {hearing}: find somebody.",
    NoticeKind.DELIVERY_FAILED: "{whom} could not be told about {hearing}: phone them.",
    NoticeKind.SOURCE_QUESTION: "Question about {hearing}: {question}",
}
_HEADLINES: Final = {
    ChangeKind.MOVED_EARLIER: "Moved earlier",
    ChangeKind.CANCELLED: "Cancelled",
    ChangeKind.REINSTATED: "Takes place after all",
    ChangeKind.COURT: "Another court",
    ChangeKind.TIME_KNOWN: "The time is known now",
    ChangeKind.MOVED_LATER: "Moved later",
    ChangeKind.TIME_UNKNOWN: "The time is no longer known",
    ChangeKind.ROOM: "Another room",
}
_HEADLINES_OF_KIND: Final = {NoticeKind.MOVED: "Moved", NoticeKind.CHANGED: "Changed"}

MSGIDS: Final = frozenset(
    {
        *_WEEKDAYS,
        *_MONTHS,
        *_SENTENCES.values(),
        *_HEADLINES.values(),
        *_HEADLINES_OF_KIND.values(),
        *(_TIME_KNOWN, _TIME_UNKNOWN, _ROOM, _CASE, _JUDGE, PING, _TEST, _REMINDER_OF_RUNG),
        *(_WAS_NOW, _NOW, _SOMEBODY, _DECIDE, _LATE, _MINUTES, _HOURS, _DAYS),
    }
)
"""Every phrase a catalog must hold."""


def untranslated(phrase: str) -> str:
    """English, for whoever has no catalog."""
    return phrase


def text(
    kind: NoticeKind,
    items: Sequence[Item],
    *,
    profile: Profile,
    translate: Translate = untranslated,
) -> str:
    """One line per item; for ``ping`` and for a test message one line that tells nothing."""
    if kind is NoticeKind.ENDPOINT_TEST:
        return translate(_TEST)
    if profile is Profile.PING:
        return translate(PING)
    return "\n".join([_line(kind, item, profile, translate) for item in items])


def _line(kind: NoticeKind, item: Item, profile: Profile, translate: Translate) -> str:
    who = _who(item, profile, translate)
    if kind in _HEADLINES_OF_KIND:
        sentence = _correction(kind, item, who, translate)
    else:
        sentence = _sentence(kind, item, who, translate)
    if not item.late_by_seconds or item.late_by_seconds < 0:
        return sentence
    late = translate(_LATE).format(duration=_duration(item.late_by_seconds, translate))
    return f"{sentence} {late}"


def _sentence(kind: NoticeKind, item: Item, who: str, translate: Translate) -> str:
    # Who is called off knows the hearing by the time they were told, not by a later one.
    told = item.told_sitting if kind is NoticeKind.CANCELLED else None
    hearing = f"{who}, {_sitting(told or item.sitting, translate)}"
    if kind is NoticeKind.REMINDER and _is_span(item.rung):
        return translate(_REMINDER_OF_RUNG).format(rung=item.rung, hearing=hearing)
    return translate(_SENTENCES[kind]).format(
        hearing=hearing,
        whom=item.whom or translate(_SOMEBODY),
        question=translate(item.question or _DECIDE),
    )


def _correction(kind: NoticeKind, item: Item, who: str, translate: Translate) -> str:
    """What was and what is, whole, under the most urgent of the changes."""
    headline = _HEADLINES[item.changes[0]] if item.changes else _HEADLINES_OF_KIND[kind]
    now = _sitting(item.sitting, translate)
    told = item.told_sitting
    if told is None:
        return translate(_NOW).format(headline=translate(headline), hearing=f"{who}, {now}")
    was = _sitting(told, translate)
    return translate(_WAS_NOW).format(headline=translate(headline), who=who, was=was, now=now)


def _who(item: Item, profile: Profile, translate: Translate) -> str:
    if profile is not Profile.FULL:
        return item.ref
    name = f"{item.ref} {item.detainee_name}" if item.detainee_name else item.ref
    more = []
    if item.case_number:
        more.append(translate(_CASE).format(number=item.case_number))
    if item.judge:
        more.append(translate(_JUDGE).format(name=item.judge))
    return f"{name} ({', '.join(more)})" if more else name


def _sitting(sitting: Sitting, translate: Translate) -> str:
    parts = [sitting.court] if sitting.court else []
    if sitting.room:
        # "Courtroom 4" and "Зал 4" say themselves what they are.
        named = " " in sitting.room
        parts.append(sitting.room if named else translate(_ROOM).format(room=sitting.room))
    parts.append(_when(sitting, translate))
    return ", ".join(parts)


def _when(sitting: Sitting, translate: Translate) -> str:
    """The weekday and the month are words: 10.06 and 06/10 are the same day to nobody."""
    day, wall = sitting.local_date, sitting.local_time
    return translate(_TIME_UNKNOWN if wall is None else _TIME_KNOWN).format(
        weekday=translate(_WEEKDAYS[day.weekday()]),
        day=day.day,
        month=translate(_MONTHS[day.month - 1]),
        year=day.year,
        time="" if wall is None else wall.isoformat("minutes"),
        zone=sitting.zone,
    )


def _duration(seconds: int, translate: Translate) -> str:
    """Rounded up to whole minutes, and to whole hours from two days on."""
    minutes = -(-seconds // 60)
    if minutes < 60:
        return translate(_MINUTES).format(minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return translate(_HOURS).format(hours=hours, minutes=minutes)
    return translate(_DAYS).format(days=hours // 24, hours=hours % 24)


def _is_span(rung: str) -> bool:
    """Whether a rung reads as a time before the start, unlike ``now`` and ``1d@18:00``."""
    return _SPAN.fullmatch(rung) is not None
