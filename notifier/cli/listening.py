"""``notifier listen``: a receiver that checks and prints what comes."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from notifier.cli import output
from notifier.cli.options import read_secrets

if TYPE_CHECKING:
    from notifier.cli.receiver import Received


def listen(
    port: Annotated[
        int, typer.Option(min=0, max=65_535, metavar="PORT", help="On 127.0.0.1; 0: a free one.")
    ] = 9000,
    secret_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Secrets or whpk_ keys to check with, one a line."),
    ] = None,
    fail_first: Annotated[
        int, typer.Option(min=0, metavar="N", help="Answer the first N messages with 503.")
    ] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document a line for each message.")
    ] = False,
) -> None:
    """Receive, check and print messages on this machine.

    Each takes one line. To be reached, its address must be allowed in the settings, under
    [delivery]: http_allowed = true, allow = ["127.0.0.1:9000"].
    """
    from notifier.cli.receiver import Receiver

    secrets = [] if secret_file is None else read_secrets(secret_file)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    receiver = Receiver(
        port=port, secrets=secrets, on_message=_print_json if as_json else _print_line
    )
    receiver.fail_next(fail_first)
    receiver.start()
    output.note(
        f"Listening on {receiver.url}; "
        + ("signatures are checked" if secrets else "signatures are not checked: --secret-file")
        + ". Ctrl-C stops it."
    )
    try:
        stopped.wait()
    finally:
        receiver.close()


def _print_line(received: Received) -> None:
    at = datetime.now(UTC)
    output.say(f"{at:%H:%M:%S} {received.message_id or '(no id)'} {received.line}")


def _print_json(received: Received) -> None:
    output.emit_line(
        {
            "at": datetime.now(UTC),
            "message_id": received.message_id,
            "type": received.kind,
            "try": received.number,
            "status": received.status,
            "signature": None if received.verdict is None else received.verdict.ok,
            "fault": None if received.verdict is None else received.verdict.fault,
            "text": received.text,
        }
    )
