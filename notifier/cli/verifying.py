"""``notifier verify``: is this request signed right, and if not, which part differs?"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from notifier.cli import output
from notifier.cli.options import Json, read_secrets
from notifier.errors import NotifierError


def verify(
    secret_file: Annotated[
        Path,
        typer.Option(metavar="FILE", help="The endpoint's secrets or whpk_ keys, one a line."),
    ],
    request: Annotated[
        Path | None,
        typer.Argument(
            metavar="REQUEST", help="A whole request: headers, an empty line, the body. - is stdin."
        ),
    ] = None,
    headers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Only the headers, 'Name: value' a line.")
    ] = None,
    body: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Only the body, byte for byte. - is stdin.")
    ] = None,
    tolerance: Annotated[
        int, typer.Option(min=0, metavar="SECONDS", help="How old a request may be.")
    ] = 300,
    as_json: Json = False,
) -> None:
    """Say whether a request is signed right.

    If it is not, the sentence says which part differs, and the exit code is 3. The body must be
    the bytes that came over the wire: save them before anything parses them.
    """
    from notifier.core import signature

    if (request is None) is (headers is None or body is None):
        raise typer.BadParameter("give REQUEST, or --headers and --body")
    keys = read_secrets(secret_file)
    if request is not None:
        head, raw = _split(_bytes(request))
    elif headers is not None and body is not None:
        head, raw = _bytes(headers), _bytes(body)
    verdict = signature.verify(
        keys,
        headers=_headers(head),
        body=raw,
        now=int(time.time()),
        tolerance_seconds=tolerance,
    )
    if as_json:
        output.emit({"ok": verdict.ok, "fault": verdict.fault, "sentence": verdict.sentence})
    else:
        output.say(verdict.sentence)
    if not verdict.ok:
        raise typer.Exit(3)


def _bytes(path: Path) -> bytes:
    return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()


def _split(request: bytes) -> tuple[bytes, bytes]:
    """Head and body, at the first empty line."""
    for gap in (b"\r\n\r\n", b"\n\n"):
        head, found, body = request.partition(gap)
        if found:
            return head, body
    raise NotifierError("the request has no empty line between its headers and its body")


def _headers(head: bytes) -> dict[str, str]:
    """The headers by name; a request line and what is no header are passed over."""
    found: dict[str, str] = {}
    for line in head.decode("latin-1").splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip() and " " not in name.strip():
            found[name.strip()] = value.strip()
    return found
