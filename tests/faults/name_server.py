"""A name server that answers by script, over UDP on loopback."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from types import TracebackType

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Records = Sequence[str] | None
"""Lines as in a zone file without name and class: ``A 127.0.0.1``, ``CNAME localhost.``;
"NXDOMAIN" and "SERVFAIL" alone; None: not a word."""

Zone = Callable[[str, str, int], Records]
"""Name, type and how many times this name and type were asked before → what is answered."""


class NameServerPlay(asyncio.DatagramProtocol):
    """Use as ``async with NameServerPlay(zone) as server``; ``server.port`` is where it listens."""

    def __init__(self, zone: Zone) -> None:
        self.port = 0
        self.asked: Counter[tuple[str, str]] = Counter()
        self._zone = zone

    async def __aenter__(self) -> NameServerPlay:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one question as the zone says."""
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        records = self._zone(name.rstrip("."), kind, self.asked[name, kind])
        self.asked[name, kind] += 1
        if records is None:
            return
        answer = dns.message.make_response(query)
        if list(records) in (["NXDOMAIN"], ["SERVFAIL"]):
            answer.set_rcode(dns.rcode.from_text(records[0]))
        else:
            answer.answer = list(_sets(name, records))
        self._transport.sendto(answer.to_wire(max_size=65_535), addr)


def _sets(name: str, records: Sequence[str]) -> Iterator[dns.rrset.RRset]:
    """Records of one type together, those behind an alias under the alias's name."""
    for kind, lines in groupby(records, key=lambda line: line.partition(" ")[0]):
        values = [line.partition(" ")[2] for line in lines]
        yield dns.rrset.from_text(name, 0, "IN", kind, *values)
        if kind == "CNAME":
            name = values[-1]
