"""The courier over real sockets: what its receiver gets is signed, retried and recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook

from notifier.core.people import Profile
from notifier.flow import register
from notifier.flow.attempts import Limits
from notifier.flow.courier import Courier
from notifier.flow.dispatch import Turn
from tests.faults.server import NO_CONTENT, Receiver, answering
from tests.faults.stage import LOOPBACK, play, sender
from tests.support.lists import listed
from tests.support.office import LAWYER, SECRET, Office
from tests.support.wire import checked

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


def requests(received: bytes) -> list[tuple[dict[str, str], bytes]]:
    """What came over one connection, as (headers, body)."""
    found = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        lines = head.decode("ascii").split("\r\n")[1:]
        headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines)}
        length = int(headers["content-length"])
        found.append((headers, rest[:length]))
        received = rest[length:]
    return found


def test_a_busy_receiver_gets_the_same_signed_message_again(office: Office) -> None:
    office.clock.now = datetime.now(UTC)  # a receiver compares the timestamp with its own clock
    office.person(LAWYER, positions=())
    day = (office.now + timedelta(days=2)).date()
    office.takes_in(listed(local_date=day, assignees=(LAWYER,)))

    async def carry() -> bytes:
        async with Receiver(answering(BUSY, NO_CONTENT)) as receiver, sender() as out:
            register.add_endpoint(
                office.desk,
                recipient=LAWYER,
                url=receiver.url("127.0.0.1"),
                secret=SECRET,
                profile=Profile.CODED,
                position=0,
                rules=LOOPBACK,
                now=office.now,
            )

            def on_turn(turn: Turn) -> None:
                if turn.recorded:
                    office.wait(seconds=3)
                if office.messages() and office.messages()[0]["state"] == "delivered":
                    courier.stop()

            courier = Courier(
                office.desk,
                out,
                owner="own_1",
                limits=Limits(),
                jitter=lambda: 0.0,
                on_turn=on_turn,
            )
            await courier.run(drain_seconds=5.0)
            return receiver.received

    first, second = requests(play(carry))

    assert first[1] == second[1]
    assert first[0]["webhook-id"] == second[0]["webhook-id"] == office.messages()[0]["id"]
    for headers, body in (first, second):
        Webhook(SECRET).verify(body, headers)
        assert checked(body)["type"] == "hearing.new"
    outcomes = [row["outcome"] for row in office.attempts(office.messages()[0]["id"])]
    assert outcomes == ["throttled", "delivered"]
