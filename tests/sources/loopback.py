"""A real HTTP server on this machine, which answers as a test tells it to: rightly, wrongly, slowly, or not at all."""

from __future__ import annotations

import atexit
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from marketimpact.sources.web import PACE


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it came in."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]
    raw: str
    at: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered, and in which manner.

    Parameters
    ----------
    body : bytes
    status : int
    headers : tuple of (str, str)
    declared : int, optional
        Length that the header claims, where it is not that of the body.
    cut : int, optional
        Answer in chunks, and hang up after so many bytes, before the last chunk.
    first : float
        Wait before the first byte [s].
    dribble : float
        Wait between bytes of the body [s].
    dribbled_head : float
        Wait between bytes of the head [s].
    reset : bool
        Break the connection instead of answering.
    """

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    declared: int | None = None
    cut: int | None = None
    first: float = 0.0
    dribble: float = 0.0
    dribbled_head: float = 0.0
    reset: bool = False


Script = Callable[[Seen], Reply]


def in_turn(*replies: Reply) -> Script:
    """Answer one after the other; the last one stays."""
    left, lock = list(replies), threading.Lock()

    def script(_: Seen) -> Reply:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return script


@dataclass(slots=True)
class Loopback:
    """The server: where it is, what it answers, what it saw."""

    address: str
    script: Script = field(repr=False)
    seen: list[Seen] = field(default_factory=list, repr=False)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> str:
        """Name and port."""
        return urlsplit(self.address).netloc


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    loopback: Loopback

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: callers that hang up are part of the play."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes, and would wait 40 ms for each other
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing."""

    def do_GET(self) -> None:
        loopback, parts = self.server.loopback, urlsplit(self.path)
        seen = Seen(
            parts.path, dict(parse_qsl(parts.query)), dict(self.headers.items()), self.path, time.monotonic()
        )  # fmt: skip
        loopback.seen.append(seen)
        self._play(loopback.script(seen), loopback.ended)

    def _play(self, reply: Reply, ended: threading.Event) -> None:
        ended.wait(reply.first)
        if reply.reset:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            self.connection.close()
            return
        slowly = any((reply.dribble, reply.dribbled_head))
        self.close_connection = slowly or reply.cut is not None or reply.declared is not None
        head = f"HTTP/1.1 {reply.status} Told\r\n"
        length = len(reply.body) if reply.declared is None else reply.declared
        counted = (
            ("Transfer-Encoding", "chunked") if reply.cut is not None else ("Content-Length", str(length))
        )
        for name, value in (*reply.headers, counted):
            head += f"{name}: {value}\r\n"
        self._write(f"{head}\r\n".encode("latin-1"), reply.dribbled_head, ended)
        if reply.cut is None:
            self._write(reply.body, reply.dribble, ended)
        else:
            part = reply.body[: reply.cut]
            self._write(b"%x\r\n%b\r\n" % (len(part), part), reply.dribble, ended)

    def _write(self, content: bytes, wait: float, ended: threading.Event) -> None:
        if not wait:
            self.wfile.write(content)
            return
        for i in range(len(content)):
            if ended.wait(wait):
                return
            self.wfile.write(content[i : i + 1])


@contextmanager
def served(script: Script, *, certificate: Path | None = None) -> Iterator[Loopback]:
    """Serve until the block ends; over TLS with a certificate and its key in one file."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "http" if certificate is None else "https"
    loopback = Loopback(f"{scheme}://{new_host(server.server_address[1])}", script)
    server.loopback = loopback
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield loopback
    finally:
        loopback.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def nobody() -> str:
    """Give an address on this machine at which nobody answers: it is held, so that no server of another test does."""
    taken = socket.socket()
    atexit.register(taken.close)
    taken.bind(("127.0.0.1", 0))
    return f"http://{new_host(taken.getsockname()[1])}"


def new_host(port: int) -> str:
    """Name a host that was never asked: the system may give a port again that an earlier test has asked slowly."""
    PACE.turns.pop(f"127.0.0.1:{port}", None)
    return f"127.0.0.1:{port}"
