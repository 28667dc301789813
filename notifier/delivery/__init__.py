"""Everything httpx: judge an address, connect to it, make one POST, say how it ended."""

from __future__ import annotations

import logging

# httpx logs every URL at INFO and httpcore at DEBUG; the path of a webhook is a secret.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)
