"""After an outage: what was not delivered is told again, as it is true now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from notifier.flow.desk import Desk
from notifier.storage import audit, people, recovery

REOPENED_AT_ONCE = 500  # one transaction holds the write lock well under 100 ms


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovered:
    """What goes out again: how many notices, by (recipient, kind)."""

    notices: int
    counts: tuple[tuple[str, str, int], ...]


def recover(
    desk: Desk,
    *,
    since: datetime,
    recipient: str | None,
    now: datetime,
    is_dry_run: bool = False,
) -> Recovered:
    """Reopen what was not delivered since an instant and is still true and of use.

    With a recipient, whose receiver lost data, also what they took since then. The dispatcher
    words each anew, in new messages; what one of them tells as well it leaves out. A dry run
    changes nothing. Raises NotFound.
    """
    with desk.database.read() as connection:
        who = people.recipient_with_ref(connection, recipient)["id"] if recipient else None
        found = recovery.recoverable(connection, since=since, recipient_id=who, now=now)
    notices = len(found) if is_dry_run else _reopen(desk, [one["id"] for one in found], now=now)
    counted = Counter((one["recipient"], one["kind"]) for one in found)
    return Recovered(
        notices=notices,
        counts=tuple((ref, kind, count) for (ref, kind), count in sorted(counted.items())),
    )


def _reopen(desk: Desk, notice_ids: Sequence[str], *, now: datetime) -> int:
    reopened = 0
    for at in range(0, len(notice_ids), REOPENED_AT_ONCE):
        portion = notice_ids[at : at + REOPENED_AT_ONCE]
        with desk.database.write() as connection:
            reopened += recovery.reopen(connection, portion, now=now)
            entries = [("notice.recovered", notice_id, "") for notice_id in portion]
            audit.enter(connection, entries, actor="operator", now=now)
    return reopened
