"""A server over TLS, and a relay before it that takes whatever host it is asked for: a proxy, as the world sees it."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

__all__ = ["Relay", "certificate", "relayed"]

HOSTS = "DNS:*.yahoo.com,DNS:*.finance.yahoo.com,DNS:yahoo.com"


@dataclass
class Relay:
    """Where the relay listens, and which hosts it was asked for."""

    address: str
    hosts: list[str] = field(default_factory=list)


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a key and a certificate for Yahoo's hosts that nobody but a test trusts."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no command openssl, which makes the certificate")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=yahoo.com",
         "-addext", f"subjectAltName={HOSTS}", "-keyout", str(key), "-out", str(cert)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return key, cert


@contextmanager
def relayed(port: int, key: Path, cert: Path) -> Iterator[Relay]:
    """Answer CONNECT for any host, speak TLS, and hand what comes to a server on this machine."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.set_alpn_protocols(["http/1.1"])
    listening = socket.create_server(("127.0.0.1", 0))
    relay = Relay(f"http://127.0.0.1:{listening.getsockname()[1]}")

    def copy(one: socket.socket, other: socket.socket) -> None:
        try:
            while part := one.recv(65536):
                other.sendall(part)
        except OSError:
            pass
        finally:
            for end in (one, other):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def serve(client: socket.socket) -> None:
        with client:
            head = b""
            while b"\r\n\r\n" not in head and (part := client.recv(4096)):
                head += part
            relay.hosts.append(
                head.split(b" ")[1].decode() if head.startswith(b"CONNECT ") else "in the clear"
            )
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            try:
                with (
                    context.wrap_socket(client, server_side=True) as safe,
                    socket.create_connection(("127.0.0.1", port)) as server,
                ):
                    back = threading.Thread(target=copy, args=(server, safe), daemon=True)
                    back.start()
                    copy(safe, server)
                    back.join()
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()
