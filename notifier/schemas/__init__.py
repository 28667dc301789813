"""JSON Schemas (2020-12) of the messages, one file per type: what a receiver may rely on.

Fields are only ever added. Every file stands alone, so the definitions they share are the same in
each.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from notifier.errors import NotFound

_SUFFIX = ".json"


def message_types() -> tuple[str, ...]:
    """The types of message that have a schema, in alphabetical order."""
    names = (file.name for file in resources.files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def load(message_type: str) -> dict[str, Any]:
    """The schema of one type, such as ``hearing.reminder``. Raises NotFound for any other."""
    known = message_types()
    if message_type not in known:
        raise NotFound(f"no message is of that type; there are: {', '.join(known)}")
    file = resources.files(__name__).joinpath(message_type + _SUFFIX)
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema
