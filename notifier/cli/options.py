"""Options and arguments that several commands share, and how their texts are read."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from notifier.errors import NotifierError


def read_instant(text: str) -> datetime:
    """An instant: a date (its midnight in UTC), or a date and time with an offset."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}: {_HOW_INSTANT}") from None
    if len(text) <= len("2019-04-01"):
        return value.replace(tzinfo=UTC)
    if value.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no zone: {_HOW_INSTANT}")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise typer.BadParameter(f"{text!r} is out of range") from None


_HOW_INSTANT = "write 2026-11-22T10:00+05:00, 2026-11-22T05:00Z, or a date for its midnight in UTC"


def read_date(text: str) -> date:
    """A date on a court's wall."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date: write it like 2026-11-22") from None


def read_time(text: str) -> time:
    """A time on a court's wall."""
    try:
        value = time.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time of day: write it like 09:30") from None
    if value.tzinfo is not None:
        raise typer.BadParameter("give the court's own wall time, without a zone")
    return value


def earliest_today(now: datetime) -> date:
    """Today's date where it is still the earliest: no evening west of UTC counts as past."""
    return (now - timedelta(hours=12)).date()


def read_text_file(path: Path) -> str:
    """The text of a small file, or of standard input for ``-``, without blanks around it.

    Raises NotifierError when it is empty or no text.
    """
    where = "standard input" if str(path) == "-" else str(path)
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise NotifierError(f"{where} is not UTF-8 text") from None
    if not text:
        raise NotifierError(f"{where} is empty")
    return text


def read_secrets(path: Path) -> list[str]:
    """The secrets or public keys in a file, one a line. Raises NotifierError."""
    return [line.strip() for line in read_text_file(path).splitlines() if line.strip()]


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
Limit = Annotated[int, typer.Option(min=1, metavar="N", help="How many to show at most.")]

Recipient = Annotated[str, typer.Argument(metavar="RECIPIENT", help="The recipient's ref or id.")]
Detainee = Annotated[str, typer.Argument(metavar="DETAINEE", help="The detainee's ref or id.")]
Hearing = Annotated[str, typer.Argument(metavar="HEARING", help="The hearing's id.")]
Court = Annotated[str, typer.Argument(metavar="COURT", help="The court's name or id.")]
OfCourt = Annotated[
    str | None, typer.Option("--court", metavar="COURT", help="The court's name or id.")
]
OnDate = Annotated[
    date | None,
    typer.Option(
        "--date", parser=read_date, metavar="DATE", help="On the court's wall: 2026-11-22."
    ),
]
