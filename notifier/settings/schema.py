"""Every setting: its name, type, default, limits, and the sentence that helps to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from notifier.errors import KeyMissing

LEASE_MARGIN_SECONDS = 10.0  # what a claim outlives the clock of its attempt by
KEY_VERSIONS_MAX = 255  # a sealed value names its key in one byte


class Section(BaseModel):
    """Settings that belong together. It cannot be changed, and refuses keys it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True
    )


def _located(path: Path, info: ValidationInfo) -> Path:
    base: Path = (info.context or {}).get("base", Path())
    return base / path.expanduser()


def _read_secret(name: object, info: ValidationInfo) -> SecretStr | None:
    if name is None:
        return None
    if not isinstance(name, str | Path) or not str(name):
        raise ValueError("write the name of a file")
    try:
        text = _located(Path(name), info).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise ValueError("there is no such file") from None
    except (OSError, ValueError):  # ValueError: not UTF-8, or a NUL in the name
        raise ValueError("this file cannot be read") from None
    if not text:
        raise ValueError("this file is empty")
    return SecretStr(text)


def _or_from_file(value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
    from_file: SecretStr | None = info.data.get(f"{info.field_name}_file")
    if value is not None and from_file is not None:
        raise ValueError(f"set {info.field_name} or {info.field_name}_file, not both")
    return value if value is not None else from_file


def _database_url(value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
    if value is None:
        return None
    url = value.get_secret_value()
    if not re.match(r"(sqlite|postgresql(\+psycopg)?)://", url):
        raise ValueError("only sqlite:/// and postgresql:// are supported")
    relative = re.fullmatch(r"sqlite:///(?![/:]|file:)(.+)", url)
    return SecretStr(f"sqlite:///{_located(Path(relative[1]), info)}") if relative else value


def _sealing_key(value: SecretStr | None) -> SecretStr | None:
    from notifier.storage.sealed import key_from_text

    if value is not None:
        try:
            key_from_text(value.get_secret_value())
        except KeyMissing as problem:
            raise ValueError(str(problem)) from None
    return value


def _web_url(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not re.match(r"https?://[^/\s]+", value.get_secret_value()):
        raise ValueError("write a whole URL, https://…")
    return value


def _some(values: tuple[int, ...]) -> tuple[int, ...]:
    if not values:
        raise ValueError("name at least one")
    return values


def _split(value: object) -> object:
    """An environment variable holds a list as text with commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _with_port(parse: Callable[[str], object], example: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        head, _, port = value.rpartition(":")
        try:
            parse(head.removeprefix("[").removesuffix("]"))
            fits = 0 < int(port) <= 65_535
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(f"write it like {example}")
        return value

    return check


Location = Annotated[Path, AfterValidator(_located)]
"""A relative path counts from the folder of the settings file."""

SecretFile = Annotated[SecretStr, BeforeValidator(_read_secret)]
"""Written as the name of a file; the value is the secret in it."""

Secret = Annotated[SecretStr | None, AfterValidator(_or_from_file)]
"""A value nobody may see. Its twin ``<name>_file``, declared before it, may hold it instead."""

Port = Annotated[int, Field(ge=1, le=65_535)]
Target = Annotated[str, AfterValidator(_with_port(ip_network, "10.1.0.0/16:443 or ::1/128:8080"))]
Server = Annotated[str, AfterValidator(_with_port(ip_address, "192.0.2.53:53 or [::1]:53"))]


class DatabaseSettings(Section):
    """Where the calendar and the outbox live."""

    url_file: Annotated[SecretFile | None, AfterValidator(_database_url)] = Field(
        default=None, description="a file that holds the URL"
    )
    url: Annotated[Secret, AfterValidator(_database_url)] = Field(
        default=None,
        description="sqlite:///file or postgresql://…; default: a SQLite file in data_dir",
    )


class SealingSettings(Section):
    """The key that names, case numbers and secrets are sealed with. Keep it off the database."""

    key_file: Annotated[SecretFile | None, AfterValidator(_sealing_key)] = Field(
        default=None, description="a file that 'notifier init' made; keep a copy elsewhere"
    )
    key: Annotated[Secret, AfterValidator(_sealing_key)] = Field(
        default=None, description="the key itself; better in key_file"
    )
    old_key_files: Annotated[
        Mapping[
            Annotated[int, Field(ge=1, lt=KEY_VERSIONS_MAX)],
            Annotated[SecretFile, AfterValidator(_sealing_key)],
        ],
        AfterValidator(MappingProxyType),
    ] = Field(default={}, description="after a rotation: each older key's file by its version")

    @property
    def keys(self) -> dict[int, bytes]:
        """Every key by its version; the newest has the highest. Empty when none is configured."""
        from notifier.storage.sealed import key_from_text

        texts = dict(self.old_key_files)
        if self.key is not None:
            texts[max(texts, default=0) + 1] = self.key
        return {version: key_from_text(text.get_secret_value()) for version, text in texts.items()}


class DeliverySettings(Section):
    """How messages go out, and where they may go."""

    timeout_seconds: float = Field(
        default=10.0, gt=0, le=30, description="the clock over one whole attempt"
    )
    in_flight: int = Field(default=64, ge=1, le=1_000, description="attempts at the same time")
    in_flight_per_endpoint: int = Field(
        default=8, ge=1, description="at the same time to one endpoint; at most in_flight"
    )
    http_allowed: bool = Field(default=False, description="whether endpoints may be plain http")
    ports: Annotated[tuple[Port, ...], BeforeValidator(_split), AfterValidator(_some)] = Field(
        default=(443, 8443), description="the ports endpoints may have"
    )
    allow: Annotated[tuple[Target, ...], BeforeValidator(_split)] = Field(
        default=(),
        description="own networks that endpoints may be in all the same, each with its port",
    )
    nameserver: Server | None = Field(
        default=None, description="address:port of a resolver; default: the system's"
    )

    @field_validator("in_flight_per_endpoint")
    @classmethod
    def _fits(cls, value: int, info: ValidationInfo) -> int:
        if value > info.data.get("in_flight", value):
            raise ValueError("more than delivery.in_flight")
        return value

    @property
    def lease_seconds(self) -> float:
        """How long a claim holds. It follows from the timeout, so the two cannot disagree."""
        return self.timeout_seconds + LEASE_MARGIN_SECONDS


class DaemonSettings(Section):
    """How the daemon runs, and how it is watched from outside."""

    drain_seconds: float = Field(
        default=10.0, ge=0, le=60, description="how long a stop waits for attempts in flight"
    )
    audit_every_seconds: float = Field(
        default=60.0, ge=1, le=3_600, description="how often planned and ended notices are counted"
    )
    heartbeat_every_seconds: float = Field(
        default=60.0, ge=1, le=86_400, description="how often; not more often than the audit"
    )
    heartbeat_url_file: Annotated[SecretFile | None, AfterValidator(_web_url)] = Field(
        default=None, description="a file that holds the URL"
    )
    heartbeat_url: Annotated[Secret, AfterValidator(_web_url)] = Field(
        default=None, description="called after each passed audit, so that somebody misses it"
    )

    @field_validator("heartbeat_every_seconds")
    @classmethod
    def _follows_audit(cls, value: float, info: ValidationInfo) -> float:
        if value < info.data.get("audit_every_seconds", value):
            raise ValueError("more often than daemon.audit_every_seconds: it would tell old news")
        return value


class CalendarSettings(Section):
    """What a calendar file may be, and where its mappings are."""

    implausible_after_years: int = Field(
        default=3,
        ge=1,
        le=50,
        description="later dates are quarantined: a typing error, not a hearing",
    )
    max_file_bytes: int = Field(
        default=33_554_432, ge=1_024, description="larger files are refused"
    )
    sources_dir: Location | None = Field(
        default=None, description="a folder of your own mappings; they win over the shipped ones"
    )


class LogSettings(Section):
    """What is written to standard error."""

    format: Literal["console", "json"] = Field(
        default="console", description="for a human or a machine"
    )
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="the least that is written"
    )


class Settings(Section):
    """How this installation is configured. Made once, at start, and handed down."""

    data_dir: Location = Field(
        default=Path("var"), description="a folder for what the notifier keeps"
    )
    policy_file: Location | None = Field(
        default=None, description="the organisation's policy; default: the shipped one"
    )
    database: DatabaseSettings = Field(default=DatabaseSettings())
    sealing: SealingSettings = Field(default=SealingSettings())
    delivery: DeliverySettings = Field(default=DeliverySettings())
    daemon: DaemonSettings = Field(default=DaemonSettings())
    calendar: CalendarSettings = Field(default=CalendarSettings())
    log: LogSettings = Field(default=LogSettings())

    @property
    def database_url(self) -> str:
        """The configured database, or the SQLite file in ``data_dir``. It may hold a password."""
        if self.database.url is None:
            return f"sqlite:///{self.data_dir / 'notifier.sqlite3'}"
        return self.database.url.get_secret_value()
