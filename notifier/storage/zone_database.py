"""Which time zone database instants are derived with, and that the installed one wins."""

from __future__ import annotations

import zoneinfo

import tzdata


def prefer_installed() -> None:
    """Use the packaged zones: a system's copy is often a year old, and silently wins."""
    zoneinfo.reset_tzpath(to=[])


def zone_database() -> str:
    """The IANA version in use, such as ``2026f``."""
    version: str = tzdata.IANA_VERSION
    return version
