"""What a setting's value may be: a location, a secret, a port, a network; each checked as read."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    SecretStr,
    ValidationInfo,
)

from notifier.delivery.addresses import Allowance
from notifier.errors import KeyMissing

PORT_MAX = 65_535


class HostPort(NamedTuple):
    """An address and a port."""

    host: str
    port: int


def _located(path: Path, info: ValidationInfo) -> Path:
    base: Path = (info.context or {}).get("base", Path())
    if "\0" in str(path):
        raise ValueError("write a path")
    try:
        return base / path.expanduser()
    except RuntimeError:  # ~ of somebody this machine does not know
        raise ValueError("there is no such home folder") from None


def _read_secret(name: object, info: ValidationInfo) -> SecretStr | None:
    if name is None:
        return None
    if not isinstance(name, str | Path) or not str(name):
        raise ValueError("write the name of a file")
    file = _located(Path(name), info)
    try:
        text = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise ValueError("there is no such file") from None
    except (OSError, UnicodeDecodeError):
        raise ValueError("this file cannot be read") from None
    if not text:
        raise ValueError("this file is empty")
    return SecretStr(text)


def _or_from_file(value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
    from_file: SecretStr | None = info.data.get(f"{info.field_name}_file")
    if value is not None and from_file is not None:
        raise ValueError(f"set {info.field_name} or {info.field_name}_file, not both")
    return value if value is not None else from_file


def database_url(value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
    """A URL that the storage understands; a relative SQLite file is located."""
    if value is None:
        return None
    url = value.get_secret_value()
    if not re.match(r"(sqlite|postgresql(\+psycopg)?)://", url):
        raise ValueError("only sqlite:/// and postgresql:// are supported")
    relative = re.fullmatch(r"sqlite:///(?![/:]|file:)(.+)", url)
    return SecretStr(f"sqlite:///{_located(Path(relative[1]), info)}") if relative else value


def sealing_key(value: SecretStr | None) -> SecretStr | None:
    """A key that seals."""
    from notifier.storage.sealed import key_from_text

    if value is not None:
        try:
            key_from_text(value.get_secret_value())
        except KeyMissing as problem:
            raise ValueError(str(problem)) from None
    return value


def web_url(value: SecretStr | None) -> SecretStr | None:
    """A URL that can be called."""
    if value is not None and not re.match(r"https?://[^/\s]+", value.get_secret_value()):
        raise ValueError("write a whole URL, https://…")
    return value


def some(values: tuple[int, ...]) -> tuple[int, ...]:
    """A list that is not empty."""
    if not values:
        raise ValueError("name at least one")
    return values


def split(value: object) -> object:
    """An environment variable holds a list as text with commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _allowance(text: object) -> Allowance:
    try:
        return Allowance.parse(text if isinstance(text, str) else "")
    except ValueError:
        raise ValueError("write it like 10.1.0.0/16:443 or [fd00::/8]:8443") from None


def _server(text: object) -> HostPort:
    host, _, port = (text if isinstance(text, str) else "").rpartition(":")
    try:
        address = ip_address(host.removeprefix("[").removesuffix("]"))
        fits = 0 < int(port) <= PORT_MAX
    except ValueError:
        fits = False
    if not fits:
        raise ValueError("write it like 192.0.2.53:53 or [2001:db8::53]:53")
    return HostPort(host=str(address), port=int(port))


Location = Annotated[Path, AfterValidator(_located)]
"""A relative path counts from the folder of the settings file."""

SecretFile = Annotated[SecretStr, BeforeValidator(_read_secret)]
"""Written as the name of a file; the value is the secret in it."""

Secret = Annotated[SecretStr | None, AfterValidator(_or_from_file)]
"""A value nobody may see. Its twin ``<name>_file``, declared before it, may hold it instead."""

Port = Annotated[int, Field(ge=1, le=PORT_MAX)]

NameServer = Annotated[HostPort, PlainValidator(_server)]
AllowedNetwork = Annotated[Allowance, PlainValidator(_allowance)]
