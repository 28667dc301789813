"""Logs for whoever operates the notifier: a sentence, an action and ids, never a person.

A log line is a constant sentence and fields of an allow-list; anything else is dropped. An
exception is logged as its type and our own frames, because its text may hold a URL, a name or
the parameters of a statement. What other libraries log is shown from WARNING on, as a template
without its values.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TextIO

FIELDS = (
    "action", "duty", "owner", "kind", "outcome", "status", "revision", "epoch",
    "hearing_id", "notice_id", "message_id", "attempt_id", "endpoint_id", "recipient_id",
    "source_id", "import_id", "subject_id",
    "count", "row", "rows", "claimed", "recorded", "fenced", "expired", "orphans",
    "imports_finished", "notices_changed",
    "due_at", "late_by_seconds", "duration_seconds",
)  # fmt: skip
"""What a line may say beside its sentence: ids of ours, counts, instants, words of the design."""

_WORD = re.compile(r"[\w.:+-]{1,64}", re.ASCII)  # an id, an instant, an outcome; no text, no URL
_OURS = Path(__file__).parent

log = logging.getLogger("notifier")


def configure(
    style: Literal["console", "json"] = "console",
    level: str = "INFO",
    stream: TextIO | None = None,
) -> None:
    """Send every log of this process to ``stream``, standard error by default."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if style == "json" else ConsoleLines())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)  # httpx logs URLs, SQLAlchemy parameters below it
    log.setLevel(level)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a fault while logging would print the values itself


def watch_uncaught() -> None:
    """Log what nobody caught instead of printing it, its text included. For our own processes."""

    def uncaught(
        kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and isinstance(error, Exception):
            log.critical("A fault nobody caught.", exc_info=(kind, error, trace))

    sys.excepthook = uncaught
    sys.unraisablehook = lambda it: uncaught(it.exc_type, it.exc_value, it.exc_traceback)
    threading.excepthook = lambda it: uncaught(it.exc_type, it.exc_value, it.exc_traceback)


def line(record: logging.LogRecord) -> dict[str, Any]:
    """All that may be said of a record, in the order it is written."""
    return {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "text": _sentence(record),
        **{name: _value(vars(record)[name]) for name in FIELDS if name in vars(record)},
        **(_fault(record.exc_info[1]) if record.exc_info and record.exc_info[1] else {}),
    }


class JsonLines(logging.Formatter):
    """One JSON object a line, for a machine."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        return json.dumps(line(record), ensure_ascii=False)


class ConsoleLines(logging.Formatter):
    """A line for a human: when, how grave, the sentence, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        said = line(record)
        head = f"{said.pop('at')} {said.pop('level'):<7} {said.pop('text')}"
        if _is_ours(record):
            del said["logger"]
        return " ".join([head, *(f"{name}={value}" for name, value in said.items())])


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] == "notifier"


def _sentence(record: logging.LogRecord) -> str:
    """The sentence as it stands in the code. A foreign one may be made of values: not shown."""
    if isinstance(record.msg, str) and (_is_ours(record) or (record.args and " " in record.msg)):
        return record.msg
    return "(withheld: it may hold values)"


def _value(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return text if _WORD.fullmatch(text) else "***"


def _fault(error: BaseException) -> dict[str, object]:
    """The types along the chain of causes, and where in our own code it came from."""
    chain = list(_chain(error))
    frames = [
        f"{Path(frame.filename).relative_to(_OURS).as_posix()}:{frame.lineno} {frame.name}"
        for one in chain
        for frame in traceback.extract_tb(one.__traceback__)
        if Path(frame.filename).is_relative_to(_OURS)
    ]
    return {"error": " < ".join(type(one).__name__ for one in chain), "frames": frames}


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, those inside a group of errors, and what each came from. Bounded: 16."""
    waiting, seen = [error], 0
    while waiting and seen < 16:
        one = waiting.pop(0)
        seen += 1
        yield one
        waiting.extend(one.exceptions if isinstance(one, BaseExceptionGroup) else ())
        cause = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        waiting.extend([cause] if cause is not None else [])
