"""A receiver on this machine: takes messages, checks their signatures, tells what came.

For trying things out and for the demo; it answers as a good receiver does, or as a failing one
when it is asked to.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from notifier.core.signature import HEADER_ID, Verdict, verify
from notifier.errors import Conflict

LOOPBACK = "127.0.0.1"
BODY_BYTES_MAX = 262_144  # ours are below 20 kB
REMEMBERED = 10_000  # ids whose tries are counted
IDLE_SECONDS = 120.0
LINES_SHOWN = 3  # of a grouped message


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """One request as it came, and what was answered."""

    path: str
    message_id: str
    number: int  # which try of this message it is, as far as this receiver saw
    kind: str
    text: str
    verdict: Verdict | None  # None: there was no secret to check with
    status: int

    @property
    def line(self) -> str:
        """All of it in one readable line."""
        said = self.text.splitlines()
        if len(said) > LINES_SHOWN:
            said[LINES_SHOWN:] = [f"and {len(said) - LINES_SHOWN} more"]
        head = f"{self.kind}, try {self.number}, {self._checked}, {self._answered}"
        return f"{head}: {' | '.join(said)}" if said else head

    @property
    def _checked(self) -> str:
        if self.verdict is None:
            return "signature not checked"
        return "signature right" if self.verdict.ok else f"WRONG: {self.verdict.sentence}"

    @property
    def _answered(self) -> str:
        return "failing on purpose with 503" if self.status == 503 else f"answered {self.status}"


class Receiver:
    """Listens on loopback from construction on; ``port`` 0 chooses a free one.

    ``secrets`` empty: signatures are not checked. Raises Conflict when the port is taken.
    """

    def __init__(
        self,
        *,
        port: int,
        secrets: Sequence[str],
        on_message: Callable[[Received], None],
    ) -> None:
        self._secrets, self._on_message = tuple(secrets), on_message
        self._tries: OrderedDict[str, int] = OrderedDict()
        self._failures_left = 0
        self._lock = threading.Lock()
        try:
            self._server = _Server((LOOPBACK, port), _handler(self))
        except OSError:
            raise Conflict(
                f"port {port} is taken: another program, or another one of these, listens there"
            ) from None
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Answer from now on, in threads of its own."""
        self._thread.start()

    def fail_next(self, count: int) -> None:
        """Answer the next messages with 503."""
        with self._lock:
            self._failures_left = count

    def close(self) -> None:
        """Stop listening."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """One message; returns the status to answer with."""
        message_id = {name.lower(): value for name, value in headers.items()}.get(HEADER_ID, "")
        verdict = None
        if self._secrets:
            verdict = verify(self._secrets, headers=headers, body=body, now=int(time.time()))
        kind, text = _told(body)
        with self._lock:
            number = self._tries[message_id] = self._tries.get(message_id, 0) + 1
            while len(self._tries) > REMEMBERED:
                self._tries.popitem(last=False)
            status = self._status(verdict)
            self._on_message(
                Received(
                    path=path,
                    message_id=message_id,
                    number=number,
                    kind=kind,
                    text=text,
                    verdict=verdict,
                    status=status,
                )
            )
        return status

    def _status(self, verdict: Verdict | None) -> int:
        if verdict is not None and not verdict.ok:
            return 401
        if self._failures_left > 0:
            self._failures_left -= 1
            return 503
        return 204


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # with the default of 5, a burst of messages waits a second or three

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no news."""


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Reads one POST after the other from a connection."""

        protocol_version = "HTTP/1.1"
        server_version, sys_version = "hearing-notifier-listen", ""
        timeout = IDLE_SECONDS

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isascii() or not length.isdigit():
                self._answer(411, closes=True)
            elif int(length) > BODY_BYTES_MAX:
                self._answer(413, closes=True)
            else:
                body = self.rfile.read(int(length))
                if len(body) == int(length):
                    self._answer(receiver.take(self.path, dict(self.headers.items()), body))

        def _answer(self, status: int, *, closes: bool = False) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if closes:
                self.send_header("Connection", "close")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """No access log: paths may hold tokens."""

    return Handler


def _told(body: bytes) -> tuple[str, str]:
    """A message's type and its words; of anything else, that it is none."""
    try:
        document = json.loads(body)
        return str(document["type"]), str(document["data"]["text"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "not a message of ours", ""
