"""A counting receiver on loopback: every POST it took, by ``webhook-id``."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


class Receiver:
    """Answers 204 after a moment, so that a kill finds attempts in flight.

    ``status`` is what it answers from then on.
    ``before_answer`` and ``after_answer`` are called with the ``webhook-id`` of each POST.
    """

    def __init__(self, *, answers_after_seconds: float = 0.01) -> None:
        self.taken: Counter[str] = Counter()
        self.at: dict[str, list[float]] = {}
        self.bodies: dict[str, bytes] = {}
        self.status = 204
        self.before_answer: Callable[[str], None] = lambda webhook_id: None
        self.after_answer: Callable[[str], None] = lambda webhook_id: None
        self._changed = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), self, answers_after_seconds)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._server.server_address[1]
        return port

    @property
    def total(self) -> int:
        """How many POSTs it took, repeats included."""
        return sum(self.taken.values())

    def take(self, webhook_id: str, body: bytes) -> None:
        """Count one POST."""
        with self._changed:
            self.taken[webhook_id] += 1
            self.at.setdefault(webhook_id, []).append(time.monotonic())
            self.bodies[webhook_id] = body
            self._changed.notify_all()

    def wait_for_total(self, at_least: int, *, within_seconds: float) -> bool:
        """Wait until so many POSTs came; False when they did not come in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.total >= at_least, within_seconds)

    def wait_for_ids(self, ids: set[str], *, within_seconds: float) -> bool:
        """Wait until one of these ids came once more than it had."""
        before = {one: self.taken[one] for one in ids}
        with self._changed:
            return self._changed.wait_for(
                lambda: any(self.taken[one] > before[one] for one in ids), within_seconds
            )

    def wait_for_id(self, webhook_id: str, *, at_least: int, within_seconds: float) -> bool:
        """Wait until one id came so many times; False when it did not come in time."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self.taken[webhook_id] >= at_least, within_seconds
            )

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # the default of 5 makes the kernel drop connects for seconds

    def __init__(self, address: tuple[str, int], receiver: Receiver, pause: float) -> None:
        self.receiver, self.pause = receiver, pause
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that was killed mid-request is what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        receiver, webhook_id = self.server.receiver, self.headers["webhook-id"]
        receiver.take(webhook_id, body)
        time.sleep(self.server.pause)
        receiver.before_answer(webhook_id)
        self.send_response(receiver.status)
        self.send_header("content-length", "0")
        self.end_headers()
        receiver.after_answer(webhook_id)

    def log_message(self, *arguments: Any) -> None:
        """Says nothing."""
