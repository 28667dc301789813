"""Ten thousand in one minute, some of them to endpoints that hang; prints one JSON object.

``isolation_work MESSAGES ENDPOINTS HANGING SECONDS``: so many messages come due evenly over SECONDS
to so many endpoints, the first HANGING of which accept and never answer; each is of use for
SECONDS. Settings are the defaults. What is measured is how late the others' first attempts began.
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from notifier.core.delivery import OutcomeClass
from notifier.core.pacing import Rate
from notifier.flow.attempts import Limits
from notifier.flow.dispatch import Turn
from notifier.settings import Settings
from tests.bench.delivery_work import Pulse, _run
from tests.bench.measure import timed
from tests.faults.herd import Herd, Sent, Witness, all_ended, hangs, takes
from tests.faults.server import Peer


def limits() -> Limits:
    """The default settings."""
    delivery = Settings().delivery
    return Limits(
        timeout=timedelta(seconds=delivery.timeout_seconds),
        in_flight=delivery.in_flight,
        in_flight_per_endpoint=delivery.in_flight_per_endpoint,
        rate=Rate(per_second=delivery.per_second_per_endpoint, burst=delivery.burst_per_endpoint),
    )


def isolation(messages: int, endpoints: int, hanging: int, seconds: int) -> dict[str, float]:
    """Figures of one run; asserts what is contract."""
    sent: list[Sent] = []
    pulse: list[Pulse] = []
    most: dict[int, int] = {}

    async def answers(number: int, peer: Peer) -> None:
        await (hangs if number < hanging else takes)(number, peer)

    def is_over(witness: Witness, turn: Turn) -> bool:
        if not pulse:  # the first turn: what came before prepared the stage
            pulse.append(Pulse())
        if all_ended(witness, turn):
            pulse[0].stop()
            return True
        return False

    async def work() -> int:
        sent.extend(
            await herd.run(
                answers,
                limits=limits(),
                over=timedelta(seconds=seconds),
                useful_for=timedelta(seconds=seconds),
                is_over=is_over,
            )
        )
        most.update(herd.most_at_once)
        return messages

    with tempfile.TemporaryDirectory() as folder:
        herd = Herd(Path(folder), messages=messages, endpoints=endpoints)
        figures = timed(lambda: _run(work()))
    tries = [(one, tried) for one in sent for tried in one.tries]
    healthy = [one for one in sent if one.number >= hanging]
    late = sorted(one.lateness_seconds * 1e3 for one in healthy)
    return {
        "rss_mb": figures["rss_mb"],
        "blocked_ms": pulse[0].longest_seconds * 1e3,
        "p50_ms": late[len(late) // 2],
        "p99_ms": late[int(len(late) * 0.99)],
        "most_ms": late[-1],
        "healthy": len(healthy),
        "delivered": sum(one.state == "delivered" for one in healthy),
        "early": sum(tried.began_at < one.due_at for one, tried in tries),
        "after_deadline": sum(tried.began_at >= one.useful_until for one, tried in tries),
        "cut": sum(tried.outcome is OutcomeClass.TIMED_OUT for _, tried in tries),
        "most_at_once": max(most[number] for number in range(hanging)),
        "never_tried": sum(not one.tries for one in sent),
    }


if __name__ == "__main__":
    print(json.dumps(isolation(*(int(one) for one in sys.argv[1:]))))
