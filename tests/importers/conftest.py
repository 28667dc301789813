"""The sample lists, by their path in ``tests/samples``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from notifier.core.listed import CalendarList
from notifier.importers import find_mapping, read_list

SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.fixture
def listed() -> Callable[[str, str], CalendarList]:
    """A sample as one of the shipped mappings reads it."""

    def read(path: str, mapping: str) -> CalendarList:
        file = SAMPLES / path
        return read_list(file.read_bytes(), find_mapping(mapping), file_name=file.name)

    return read
