"""Names for rows: random, prefixed, meaning nothing outside."""

from __future__ import annotations

from collections.abc import Callable

COURT, DETAINEE, HEARING, SOURCE = "crt_", "det_", "hrg_", "src_"
RECIPIENT, ENDPOINT = "rcp_", "end_"
NOTICE, MESSAGE, ATTEMPT = "ntc_", "msg_", "att_"
BATCH, ALARM, OWNER = "imp_", "alm_", "own_"

_RANDOM_BYTES = 10  # 80 bits: no two alike, none to be guessed


def new_id(prefix: str, random_bytes: Callable[[int], bytes]) -> str:
    """One id. Chance is an argument: ``os.urandom`` in the program, a counter in a test."""
    return prefix + random_bytes(_RANDOM_BYTES).hex()


def new_ids(prefix: str, count: int, random_bytes: Callable[[int], bytes]) -> list[str]:
    """Many ids from one draw: a system call per row is the dearest part of a large plan."""
    digits = random_bytes(_RANDOM_BYTES * count).hex()
    width = _RANDOM_BYTES * 2
    return [prefix + digits[at : at + width] for at in range(0, count * width, width)]
