"""Names for rows: random, prefixed, meaning nothing outside."""

from __future__ import annotations

from collections.abc import Callable

COURT, DETAINEE, HEARING, SOURCE = "crt_", "det_", "hrg_", "src_"
RECIPIENT, ENDPOINT = "rcp_", "end_"
NOTICE, MESSAGE, ATTEMPT = "ntc_", "msg_", "att_"
BATCH, ALARM, OWNER = "imp_", "alm_", "own_"

_RANDOM_BYTES = 10  # 80 bits: no two alike, none to be guessed
_SHARED_BYTES = 5  # of a batch: its rows lie side by side in every index, and writing stays cheap


def new_id(prefix: str, random_bytes: Callable[[int], bytes]) -> str:
    """One id. Chance is an argument: ``os.urandom`` in the program, a counter in a test."""
    return prefix + random_bytes(_RANDOM_BYTES).hex()


def new_ids(prefix: str, count: int, random_bytes: Callable[[int], bytes]) -> list[str]:
    """Many ids from one draw, in rising order, with the first half of their digits in common.

    Rows with wholly random keys dirty a page of every index each; rows of one batch share pages.
    The other half is as random as ever: 40 bits, so that one id does not give its neighbour away.
    """
    if count == 0:
        return []
    own = _RANDOM_BYTES - _SHARED_BYTES
    shared = prefix + random_bytes(_SHARED_BYTES).hex()
    seen: set[bytes] = set()
    while len(seen) < count:
        drawn = random_bytes(own * (count - len(seen)))
        seen.update(drawn[at : at + own] for at in range(0, len(drawn), own))
    return [shared + one.hex() for one in sorted(seen)]
