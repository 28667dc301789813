"""``notifier endpoints rotate``, ``update``, ``remove``: what changes once it is registered."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from notifier.cli import output
from notifier.cli.endpoints import (
    Ed25519,
    Endpoint,
    NoLookup,
    SecretFile,
    Url,
    UrlFile,
    judge,
    read_given,
    read_url,
    say_secret,
    shown_once,
)
from notifier.cli.opening import desk_for, open_desk, settings_of
from notifier.cli.options import Json
from notifier.core.people import Profile


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


def update(
    context: typer.Context,
    endpoint: Endpoint,
    url: Url = None,
    url_file: UrlFile = None,
    no_lookup: NoLookup = False,
    profile: Annotated[
        Profile | None, typer.Option(help="How much is said: nothing, refs, or names as well.")
    ] = None,
    position: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Equal: told side by side; higher: stands in."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Change an endpoint's address, profile or position.

    What waits for it goes to its new address at once: test it.
    """
    from notifier.flow import endpoints
    from notifier.wiring import guard_rules

    where = read_url(url, url_file)
    if where is None and profile is None and position is None:
        raise typer.BadParameter("say what to change: --url-file, --profile or --position")
    settings = settings_of(context)
    if where is not None:
        judge(settings, where, no_lookup=no_lookup)
    with desk_for(settings, purpose=None) as desk:
        endpoints.change(
            desk,
            endpoint_id=endpoint,
            url=where,
            profile=profile,
            position=position,
            rules=guard_rules(settings),
            now=desk.database.now(),
        )
    if as_json:
        output.emit({"id": endpoint})
        return
    output.say(f"{endpoint} was changed.")
    if where is not None:
        output.note(f"Try it: notifier endpoints test {endpoint}")


def remove(context: typer.Context, endpoint: Endpoint, as_json: Json = False) -> None:
    """Send nothing more to an endpoint; what waited for it goes to its owner's others."""
    from notifier.flow import endpoints

    with open_desk(context) as desk:
        left = endpoints.remove(desk, endpoint_id=endpoint, now=desk.database.now())
    if as_json:
        output.emit({"id": endpoint, "left": left})
        return
    output.say(f"{endpoint} was removed.")
    if not left:
        output.note("Its owner has no endpoint left and cannot be told anything.")
