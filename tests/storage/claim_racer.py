"""One process of the claim race: claims until nothing is left, and says what it got."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

from notifier.core.pacing import Share
from notifier.core.slots import Room
from notifier.storage import claims
from notifier.storage.engine import Database

BATCH = 100
_ALL = Share(ordinary=BATCH, last_chance=BATCH)
_ROOM = Room(
    slots=BATCH, for_others=BATCH, shares={}, otherwise=_ALL, timeout=timedelta(seconds=10)
)


def race(url: str, owner: str, now: datetime) -> list[str]:
    """Claim in batches until the queue is empty; returns the ids claimed."""
    database = Database(url)
    taken: list[str] = []
    while True:
        with database.write() as connection:
            claimed = claims.claim(
                connection,
                now=now,
                room=_ROOM,
                owner=owner,
                lease=timedelta(minutes=10),
            )
        if not claimed:
            database.dispose()
            return taken
        taken.extend(one.message_id for one in claimed)


if __name__ == "__main__":
    _, url_, owner_, now_ = sys.argv
    sys.stdin.readline()  # all start together
    print(*race(url_, owner_, datetime.fromisoformat(now_)), sep="\n")  # noqa: T201 - its answer
