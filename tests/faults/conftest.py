"""What the fault tests share: an authority of their own, and every event loop we may run on."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from tests.faults.authority import Authority
from tests.faults.stage import loop_factory

LOOPS = ["asyncio"] + ["uvloop"] * (importlib.util.find_spec("uvloop") is not None)


@pytest.fixture(params=LOOPS, autouse=True)
def event_loop_kind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each fault is played on asyncio's loop and, where it is installed, on uvloop's."""
    if request.param == "asyncio":
        yield
        return
    import uvloop

    token = loop_factory.set(uvloop.new_event_loop)
    yield
    loop_factory.reset(token)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One authority for the whole run: making keys takes time."""
    return Authority(tmp_path_factory.mktemp("authority"))
