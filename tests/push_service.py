"""A push service of our own for tests: takes pushes over HTTPS, checks the signature, and reads them with the phone's key."""

from __future__ import annotations

import json
import os
import ssl
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from app.external.http import Outward
from app.local_ca import issue


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Browser:
    """The half of a subscription that never leaves the phone."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    def subscription(self, endpoint: str) -> dict[str, Any]:
        """What `PushSubscription.toJSON()` gives."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": endpoint, "expirationTime": None, "keys": {"p256dh": b64(point), "auth": b64(self.auth)}}

    def read(self, body: bytes) -> dict[str, Any]:
        """Decrypt a push."""
        message: dict[str, Any] = json.loads(
            http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        )
        return message


@dataclass
class Taken:
    """One push as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def claims(self) -> dict[str, Any]:
        """The claims of the VAPID token; fails when its signature is not that of the key beside it."""
        header = self.headers["authorization"]
        assert Vapid02.verify(header)
        token, key = (part.split("=", 1)[1] for part in header.removeprefix("vapid ").split(","))
        claims: dict[str, Any] = json.loads(unb64(token.split(".")[1]))
        return {**claims, "key": key}


@dataclass
class PushService:
    """The service: what it answers by path (201 unless told otherwise), and what it was sent."""

    url: str
    outward: Outward
    answers: dict[str, int] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)

    def endpoint(self, path: str) -> str:
        """An address to subscribe with."""
        return f"{self.url}{path}"


@contextmanager
def push_service(folder: Path) -> Iterator[PushService]:
    """A running service, and the way out that may reach it: by its name, trusting its authority."""
    certificate = issue(folder)
    service = PushService("", Outward())

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            service.taken.append(Taken(self.path, headers, body))
            self.send_response(service.answers.get(self.path, 201))
            self.send_header("Location", service.endpoint("/elsewhere"))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    service.url = f"https://127.0.0.1:{server.server_address[1]}"
    trusting = ssl.create_default_context(cafile=str(certificate.authority))
    service.outward = Outward(frozenset({"127.0.0.1"}), tls=trusting)
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
