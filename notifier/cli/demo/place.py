"""Where a demo lives: a folder with its own key, settings, database and two receivers."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from notifier.cli import output
from notifier.cli.opening import desk_for
from notifier.cli.options import read_secrets
from notifier.cli.receiver import Received, Receiver
from notifier.cli.starting import KEY_FILE, write_private
from notifier.errors import Conflict, NotifierError

if TYPE_CHECKING:
    from notifier.flow.desk import Desk
    from notifier.settings import Settings

CONFIG, SECRET_FILE = "notifier.toml", "receiver.secret"
TEST = "endpoint.test"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SETTINGS = """\
# Made by 'notifier demo'. Nothing here is for real use.

data_dir = "."

[sealing]
key_file = "{key_file}"

[delivery]
http_allowed = true
allow = ["127.0.0.1:{steady}", "127.0.0.1:{shaky}"]  # its two receivers

[log]
level = "WARNING"
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """An open demo: its desk, and its receivers, which take messages already."""

    directory: Path
    settings: Settings
    desk: Desk
    secret: str
    steady: Receiver
    shaky: Receiver
    teller: Teller

    @property
    def command(self) -> str:
        """How other commands are pointed at it."""
        return f"notifier --config {self.directory / CONFIG}"


class Teller:
    """Prints what happens, each line with the seconds since the start."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def tell(self, text: str) -> None:
        """One line."""
        output.say(f"[{time.monotonic() - self._began:6.1f} s] {text}")

    def told(self, received: Received) -> None:
        """A message came; tests of endpoints are told in one line by whoever makes them."""
        if received.kind != TEST:
            self.tell(f"to {received.path.removeprefix('/')}: {received.line}")


def check_name(source: str) -> None:
    """A source's name names its folder. Raises NotifierError when it cannot."""
    if not _NAME.fullmatch(source):
        raise NotifierError("a source's name has letters, digits, - and _ only: see 'sources list'")


@contextmanager
def open_place(directory: Path, *, purpose: str) -> Iterator[Place]:
    """Make a demo's folder, or go on with it. Raises Conflict when it is something else's."""
    from notifier.settings import load
    from notifier.wiring import found_database

    teller = Teller()
    with _receivers(directory, teller) as (steady, shaky, secret):
        settings = load(directory / CONFIG, {})  # a real installation's environment is not read
        found_database(settings, purpose=purpose)
        with desk_for(settings, purpose=purpose) as desk:
            yield Place(
                directory=directory,
                settings=settings,
                desk=desk,
                secret=secret,
                steady=steady,
                shaky=shaky,
                teller=teller,
            )


@contextmanager
def _receivers(directory: Path, teller: Teller) -> Iterator[tuple[Receiver, Receiver, str]]:
    """Both receivers, on the ports that the settings name; free ones for new settings."""
    config = directory / CONFIG
    is_new = not config.exists()
    if is_new:
        _prepare(directory)
    elif not (directory / SECRET_FILE).exists():
        raise Conflict(f"{directory} holds something else: choose another folder with --dir")
    secret = read_secrets(directory / SECRET_FILE)[0]
    open_: list[Receiver] = []
    try:
        ports = (0, 0) if is_new else _ports(config)
        steady = Receiver(port=ports[0], secrets=[secret], on_message=teller.told)
        open_.append(steady)
        shaky = Receiver(port=ports[1], secrets=[secret], on_message=teller.told)
        open_.append(shaky)
        if is_new:
            text = _SETTINGS.format(key_file=KEY_FILE, steady=steady.port, shaky=shaky.port)
            write_private(config, text)
        for one in open_:
            one.start()
        yield steady, shaky, secret
    finally:
        for one in open_:
            one.close()


def _prepare(directory: Path) -> None:
    """The secrets come first and the settings last: an interrupted start is simply repeated."""
    from notifier.core.signature import new_secret
    from notifier.storage.sealed import new_key

    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in ((KEY_FILE, new_key()), (SECRET_FILE, new_secret(os.urandom(32)))):
        if not (directory / name).exists():
            write_private(directory / name, text + "\n")


def _ports(config: Path) -> tuple[int, int]:
    from notifier.settings import load

    allowed = [one.port or 0 for one in load(config, {}).delivery.allow]
    if len(allowed) != 2:
        raise Conflict(f"{config} is not a demo's any more: choose another folder with --dir")
    return allowed[0], allowed[1]
