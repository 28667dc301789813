"""``notifier endpoints rotate``: what changes about an endpoint after it was registered."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from notifier.cli import output
from notifier.cli.endpoints import (
    Ed25519,
    Endpoint,
    SecretFile,
    read_given,
    say_secret,
    shown_once,
)
from notifier.cli.opening import open_desk
from notifier.cli.options import Json


def read_span(text: str) -> timedelta:
    """A span of time: 24h, 90m, 0m."""
    from notifier.core.policy import rung

    try:
        return rung(text).before
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no span of time: write it like 24h or 90m") from None


def rotate(
    context: typer.Context,
    endpoint: Endpoint,
    overlap: Annotated[
        timedelta,
        typer.Option(
            parser=read_span,
            metavar="SPAN",
            help="How long the old secret signs beside the new one; 0m: not any more.",
        ),
    ] = "24h",  # type: ignore[assignment]
    secret_file: SecretFile = None,
    ed25519: Ed25519 = False,
    as_json: Json = False,
) -> None:
    """Give an endpoint a new secret; the old one signs as well until the overlap ends.

    A secret that is made here is shown this once. If the old one leaked, say --overlap 0m.
    """
    from notifier.flow import endpoints

    given = read_given(secret_file, ed25519)
    with open_desk(context) as desk:
        now = desk.database.now()
        secret = endpoints.rotate_secret(
            desk, endpoint_id=endpoint, secret=given, overlap=overlap, now=now, signs=ed25519
        )
    until = now + overlap if overlap else None
    shown = shown_once(secret, is_new=given is None)
    if as_json:
        output.emit({"id": endpoint, **shown, "old_signs_until": until})
        return
    output.say(f"{endpoint} has another secret.")
    say_secret(shown)
    if until is None:
        output.say("The old one signs nothing any more.")
    else:
        output.say(f"The old one signs as well until {until:%Y-%m-%d %H:%M} UTC.")
