"""``notifier endpoints``: where recipients are told. A URL and its secret are shown to nobody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from notifier.cli import output
from notifier.cli.opening import desk_for, open_desk, settings_of
from notifier.cli.options import Json, Recipient, read_secrets, read_text_file
from notifier.core.people import Profile
from notifier.errors import NotifierError

if TYPE_CHECKING:
    from notifier.core.delivery import Outcome
    from notifier.flow.desk import Desk
    from notifier.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The URLs at which recipients are told.")

Endpoint = Annotated[str, typer.Argument(metavar="ENDPOINT", help="The endpoint's id.")]
Url = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Seen by whoever lists processes: prefer --url-file."),
]
UrlFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A file with the URL; - is standard input.")
]
NoLookup = Annotated[
    bool,
    typer.Option("--no-lookup", help="Take it although its name cannot be looked up from here."),
]
SecretFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Their secret, whsec_ or whsk_. Default: a new one."),
]
Ed25519 = Annotated[
    bool,
    typer.Option("--ed25519", help="Make a new whsk_ secret: receivers need its public key only."),
]
COLUMNS = {
    "id": "Id",
    "recipient": "Recipient",
    "role": "Role",
    "position": "Position",
    "profile": "Profile",
    "state": "State",
    "failing_since": "Fails since",
    "tested_at": "Tested",
}


@app.command("add")
def add(
    context: typer.Context,
    recipient: Recipient,
    url: Url = None,
    url_file: UrlFile = None,
    no_lookup: NoLookup = False,
    secret_file: SecretFile = None,
    ed25519: Ed25519 = False,
    profile: Annotated[
        Profile, typer.Option(help="How much is said: nothing, refs and times, or names as well.")
    ] = Profile.CODED,
    position: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Equal: told side by side; higher: stands in."),
    ] = 0,
    as_json: Json = False,
) -> None:
    """Register where a recipient is told.

    A secret that is made here is shown this once: give it to whoever runs the receiver.
    """
    from notifier.flow import register
    from notifier.wiring import guard_rules

    where = read_url(url, url_file)
    if where is None:
        raise typer.BadParameter("give the URL with --url-file or --url, one of them")
    given = read_given(secret_file, ed25519)
    settings = settings_of(context)
    judge(settings, where, no_lookup=no_lookup)
    with desk_for(settings, purpose=None) as desk:
        endpoint_id, secret = register.add_endpoint(
            desk,
            recipient=recipient,
            url=where,
            secret=given,
            signs=ed25519,
            profile=profile,
            position=position,
            rules=guard_rules(settings),
            now=desk.database.now(),
        )
    shown = shown_once(secret, is_new=given is None)
    if as_json:
        output.emit({"id": endpoint_id, "recipient": recipient, **shown})
        return
    output.say(f"{recipient} has a new endpoint: {endpoint_id}")
    say_secret(shown)
    output.note(f"Try it: notifier endpoints test {endpoint_id}")


def read_url(url: str | None, url_file: Path | None) -> str | None:
    """The URL, however it was given. Raises NotifierError."""
    if url is not None and url_file is not None:
        raise typer.BadParameter("give the URL with --url-file or --url, one of them")
    return url if url_file is None else read_text_file(url_file)


def judge(settings: Settings, url: str, *, no_lookup: bool) -> None:
    """Judge the addresses behind a URL as a connect would. Raises NotifierError."""
    import asyncio

    from notifier.flow.endpoints import look_up
    from notifier.wiring import guard_rules, name_resolver

    async def look() -> None:
        await look_up(url, rules=guard_rules(settings), resolver=name_resolver(settings))

    if not no_lookup:
        asyncio.run(look())


def read_given(secret_file: Path | None, ed25519: bool) -> str | None:
    """The secret somebody brings, if they do. Raises NotifierError."""
    if secret_file is not None and ed25519:
        raise typer.BadParameter("--ed25519 makes a new secret: leave --secret-file out")
    return None if secret_file is None else one_secret(secret_file)


def shown_once(secret: str, *, is_new: bool) -> dict[str, str | None]:
    """What of a secret is shown: a new shared one, and the public half of one that signs."""
    from notifier.core.signature import public_key
    from notifier.core.signing_keys import SIGNING

    if secret.startswith(SIGNING):
        return {"secret": None, "public_key": public_key(secret)}
    return {"secret": secret if is_new else None, "public_key": None}


def say_secret(shown: dict[str, str | None]) -> None:
    """Tell a human what the receiver needs."""
    if shown["secret"] is not None:
        output.say(f"Its secret, shown this once: {shown['secret']}")
    if shown["public_key"] is not None:
        output.say(f"Its public key, for the receiver: {shown['public_key']}")


def one_secret(path: Path) -> str:
    """The one secret in a file. Raises NotifierError."""
    found = read_secrets(path)
    if len(found) != 1:
        raise NotifierError(f"{path} holds {len(found)} lines: an endpoint has one secret")
    return found[0]


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """Show every endpoint and how it stands, without URL and secret."""
    from notifier.storage import views

    with open_desk(context) as desk, desk.database.read() as connection:
        rows = [one for one in views.endpoint_states(connection) if one["state"] != "removed"]
    if as_json:
        output.emit({"endpoints": list(rows)})
    else:
        output.table(rows, COLUMNS, empty="There is no endpoint yet: 'notifier endpoints add'.")


@app.command("show")
def show(context: typer.Context, endpoint: Endpoint, as_json: Json = False) -> None:
    """Show one endpoint; of its URL only the host, for the rest of it is a secret."""
    from urllib.parse import urlsplit

    from notifier.storage import endpoints, views

    with open_desk(context) as desk:
        with desk.database.read() as connection:
            sealed = endpoints.endpoint_with_id(connection, endpoint)
            row = next(one for one in views.endpoint_states(connection) if one["id"] == endpoint)
        url = desk.sealer.open("endpoint.url", endpoint, sealed["url_sealed"]) or ""
    parts = urlsplit(url)
    found = {key: row[key] for key in COLUMNS} | {"host": f"{parts.scheme}://{parts.netloc}"}
    if as_json:
        output.emit(found)
    else:
        output.facts({COLUMNS.get(key, "Host"): value for key, value in found.items()})


@app.command("test")
def try_out(context: typer.Context, endpoint: Endpoint, as_json: Json = False) -> None:
    """Send one labelled test message now; exit code 1 when it is not taken."""
    import asyncio

    settings = settings_of(context)
    with desk_for(settings, purpose=None) as desk:
        outcome = asyncio.run(send_test(desk, settings, endpoint))
    is_delivered = outcome.outcome == "delivered"
    if as_json:
        output.emit(
            {
                "endpoint": endpoint,
                "delivered": is_delivered,
                "outcome": outcome.outcome,
                "status": outcome.status,
                "detail": outcome.detail,
                "duration_seconds": round(outcome.duration_seconds, 3),
            }
        )
    else:
        output.say(sentence(outcome))
    if not is_delivered:
        raise typer.Exit(1)


def sentence(outcome: Outcome) -> str:
    """How a test ended, for a human."""
    said = [f"status {outcome.status}"] if outcome.status else []
    said += [outcome.detail] if outcome.detail else []
    said += [f"{outcome.duration_seconds * 1000:.0f} ms"]
    if outcome.outcome == "delivered":
        return f"Delivered: {', '.join(said)}."
    return f"Not delivered, {outcome.outcome}: {', '.join(said)}."


async def send_test(desk: Desk, settings: Settings, endpoint_id: str) -> Outcome:
    """One test over the real sender."""
    from notifier.flow import trial
    from notifier.wiring import make_sender

    sender = make_sender(settings)
    try:
        return await trial.test_endpoint(
            desk,
            sender,
            endpoint_id=endpoint_id,
            now=desk.database.now(),
            timeout_seconds=settings.delivery.timeout_seconds,
        )
    finally:
        await sender.aclose()
