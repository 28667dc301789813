"""Logs: a sentence, an action and ids; a canary hidden in everything else never comes out."""

from __future__ import annotations

import ast
import asyncio
import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any, Literal

import pytest

from notifier import telemetry

PACKAGE = Path(telemetry.__file__).parent
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
CANARY = "Aigerim Canary"
log = logging.getLogger("notifier.flow.dispatch")


@pytest.fixture
def stream() -> Iterator[StringIO]:
    """A place to log to; afterwards logging is as it was."""
    handlers, level = logging.root.handlers[:], logging.root.level
    raising = logging.raiseExceptions
    yield StringIO()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.getLogger("notifier").setLevel(logging.NOTSET)
    logging.captureWarnings(False)
    logging.raiseExceptions = raising


def said(stream: StringIO) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(stream.getvalue())
    return parsed


def test_a_json_line_has_a_sentence_an_action_and_ids(stream: StringIO) -> None:
    telemetry.configure("json", "INFO", stream)

    log.info(
        "A message was delivered.",
        extra={"action": "delivered", "message_id": "msg_2f", "status": 204, "epoch": 3},
    )

    line = said(stream)
    assert datetime.fromisoformat(line.pop("at")).tzinfo == UTC
    assert line == {
        "level": "INFO",
        "logger": "notifier.flow.dispatch",
        "text": "A message was delivered.",
        "action": "delivered",
        "message_id": "msg_2f",
        "epoch": 3,
        "status": 204,
    }


def test_a_console_line_reads_like_a_sentence(stream: StringIO) -> None:
    telemetry.configure("console", "INFO", stream)

    log.warning("A try failed.", extra={"action": "retry", "endpoint_id": "end_9c"})

    assert stream.getvalue()[30:] == "WARNING A try failed. action=retry endpoint_id=end_9c\n"


def test_configuring_twice_says_everything_once(stream: StringIO) -> None:
    telemetry.configure("json", "INFO", stream)
    telemetry.configure("json", "INFO", stream)

    log.info("Once.")

    assert stream.getvalue().count("\n") == 1


@pytest.mark.parametrize("style", ["console", "json"])
@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"detainee": CANARY}, id="a field that is not on the list"),
        pytest.param({"hearing_id": CANARY}, id="a name where an id belongs"),
        pytest.param({"outcome": f"https://x.example/{CANARY}"}, id="a URL where a word belongs"),
        pytest.param({"status": [CANARY]}, id="a list where a number belongs"),
    ],
)
def test_no_field_lets_a_person_through(
    stream: StringIO, style: Literal["console", "json"], extra: dict[str, object]
) -> None:
    telemetry.configure(style, "DEBUG", stream)

    log.info("A message was sent.", extra=extra)

    assert "A message was sent." in stream.getvalue()
    assert "Canary" not in stream.getvalue()


def test_a_sentence_is_written_as_it_stands_in_the_code(stream: StringIO) -> None:
    telemetry.configure("json", "INFO", stream)

    log.info("Told %s.", CANARY)

    assert said(stream)["text"] == "Told %s."


def test_an_instant_an_absence_and_a_number_are_written(stream: StringIO) -> None:
    telemetry.configure("json", "INFO", stream)

    log.info(
        "Late.",
        extra={
            "due_at": datetime(2026, 12, 1, 3, tzinfo=UTC),
            "late_by_seconds": 61.5,
            "hearing_id": None,
        },
    )

    line = said(stream)
    assert line["due_at"] == "2026-12-01T03:00:00+00:00"
    assert (line["late_by_seconds"], line["hearing_id"]) == (61.5, None)


def test_an_exception_is_its_type_and_our_own_frames(stream: StringIO) -> None:
    telemetry.configure("json", "INFO", stream)

    try:
        try:
            telemetry.line(None)  # type: ignore[arg-type]
        except AttributeError as error:
            raise RuntimeError(CANARY) from error
    except RuntimeError:
        log.exception("A turn failed.")

    line = said(stream)
    assert line["error"] == "RuntimeError < AttributeError"
    assert [frame.split(":")[0] for frame in line["frames"]] == ["telemetry.py"]
    assert CANARY not in stream.getvalue()


def test_what_is_inside_a_group_is_named(stream: StringIO) -> None:
    telemetry.configure("json", "INFO", stream)

    group = ExceptionGroup(CANARY, [ValueError(CANARY), OSError(CANARY)])
    log.error("Several failed.", exc_info=group)

    assert said(stream)["error"] == "ExceptionGroup < ValueError < OSError"
    assert CANARY not in stream.getvalue()


@pytest.mark.parametrize("name", ["httpx", "httpcore.http11", "sqlalchemy.engine", "apscheduler"])
def test_other_libraries_are_silent_below_warning(stream: StringIO, name: str) -> None:
    telemetry.configure("json", "DEBUG", stream)

    logging.getLogger(name).info("HTTP Request: POST https://x.example/%s", CANARY)

    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("message", "args", "text"),
    [
        ("Job %s raised an exception", (CANARY,), "Job %s raised an exception"),
        (f"statement failed for {CANARY}", (), "(withheld: it may hold values)"),
        ("%s", (CANARY,), "(withheld: it may hold values)"),
    ],
    ids=[
        "a template is shown without its values",
        "a finished text may be made of values",
        "a template without words says nothing",
    ],
)
def test_a_warning_of_another_library_loses_its_values(
    stream: StringIO, message: str, args: tuple[str, ...], text: str
) -> None:
    telemetry.configure("json", "INFO", stream)

    logging.getLogger("sqlalchemy.pool").warning(message, *args)

    line = said(stream)
    assert (line["logger"], line["text"]) == ("sqlalchemy.pool", text)
    assert CANARY not in stream.getvalue()


def test_a_python_warning_loses_its_values(stream: StringIO) -> None:
    telemetry.configure("json", "INFO", stream)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn(CANARY, stacklevel=1)

    assert said(stream)["logger"] == "py.warnings"
    assert CANARY not in stream.getvalue()


def test_a_forgotten_task_loses_its_values(stream: StringIO) -> None:
    telemetry.configure("json", "INFO", stream)

    async def forget() -> None:
        asyncio.get_running_loop().call_exception_handler(
            {"message": CANARY, "exception": ValueError(CANARY)}
        )

    asyncio.run(forget())

    assert said(stream)["error"] == "ValueError"
    assert CANARY not in stream.getvalue()


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param("raise ValueError(sys.argv[1])", id="in the main thread"),
        pytest.param(
            "t = threading.Thread(target=int, args=(sys.argv[1],)); t.start(); t.join()",
            id="in another thread",
        ),
        pytest.param(
            "Bad = type('Bad', (), {'__del__': lambda self: int(sys.argv[1])}); Bad()",
            id="where nothing can be raised",
        ),
    ],
)
def test_what_nobody_caught_loses_its_values(fault: str) -> None:
    program = (
        "import sys, threading\nfrom notifier import telemetry\n"
        f"telemetry.configure('json')\ntelemetry.watch_uncaught()\n{fault}\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program, CANARY], capture_output=True, text=True, check=False
    )

    assert json.loads(ended.stderr)["error"] == "ValueError"
    assert CANARY not in ended.stderr


def log_calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of a logger in the package, with where it stands."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"log", "logger"}
                and node.func.attr in LEVELS
            ):
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node


def test_every_log_call_is_a_constant_sentence() -> None:
    mixed = [
        place
        for place, call in log_calls()
        if len(call.args) != 1 or not isinstance(call.args[0], ast.Constant)
    ]

    assert mixed == []


def test_every_field_that_is_logged_is_on_the_list() -> None:
    dropped = {
        f"{place} {key.value!r}"
        for place, call in log_calls()
        for word in call.keywords
        if word.arg == "extra" and isinstance(word.value, ast.Dict)
        for key in word.value.keys
        if isinstance(key, ast.Constant) and key.value not in telemetry.FIELDS
    }

    assert dropped == set()
