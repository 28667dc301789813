"""Every setting: its name, type, default, limits, and the sentence that helps to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from notifier.settings.values import (
    AllowedNetwork,
    Location,
    NameServer,
    Port,
    Secret,
    SecretFile,
    database_url,
    sealing_key,
    some,
    split,
    web_url,
)

LEASE_MARGIN_SECONDS = 10.0  # what a claim outlives the clock of its attempt by
KEY_VERSIONS_MAX = 255  # a sealed value names its key in one byte


class Section(BaseModel):
    """Settings that belong together. It cannot be changed, and refuses keys it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True
    )


class DatabaseSettings(Section):
    """Where the calendar and the outbox live."""

    url_file: Annotated[SecretFile | None, AfterValidator(database_url)] = Field(
        default=None, description="a file that holds the URL"
    )
    url: Annotated[Secret, AfterValidator(database_url)] = Field(
        default=None,
        description="sqlite:///file or postgresql://…; default: a SQLite file in data_dir",
    )


class SealingSettings(Section):
    """The key that names, case numbers and secrets are sealed with. Keep it off the database."""

    key_file: Annotated[SecretFile | None, AfterValidator(sealing_key)] = Field(
        default=None, description="a file that 'notifier init' made; keep a copy elsewhere"
    )
    key: Annotated[Secret, AfterValidator(sealing_key)] = Field(
        default=None, description="the key itself; better in key_file"
    )
    old_key_files: Mapping[
        Annotated[int, Field(ge=1, lt=KEY_VERSIONS_MAX)],
        Annotated[SecretFile, AfterValidator(sealing_key)],
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
    in_flight: int = Field(default=256, ge=1, le=1_000, description="attempts at the same time")
    in_flight_per_endpoint: int = Field(
        default=8, ge=1, description="at the same time to one endpoint; at most in_flight"
    )
    per_second_per_endpoint: float = Field(
        default=50.0, gt=0, le=100_000, description="attempts to one endpoint, on average"
    )
    burst_per_endpoint: int = Field(
        default=100, ge=1, le=100_000, description="attempts to one endpoint before that counts"
    )
    http_allowed: bool = Field(default=False, description="whether endpoints may be plain http")
    ports: Annotated[tuple[Port, ...], BeforeValidator(split), AfterValidator(some)] = Field(
        default=(443, 8443), description="the ports endpoints may have"
    )
    allow: Annotated[tuple[AllowedNetwork, ...], BeforeValidator(split)] = Field(
        default=(), description="own networks that endpoints may be in all the same"
    )
    nameserver: NameServer | None = Field(
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
    heartbeat_url_file: Annotated[SecretFile | None, AfterValidator(web_url)] = Field(
        default=None, description="a file that holds the URL"
    )
    heartbeat_url: Annotated[Secret, AfterValidator(web_url)] = Field(
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
