"""A proxy between the browser and the product, for what a village network and a new release do to bytes."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.e2e.product import Product

_OWN = {"connection", "transfer-encoding", "content-length", "keep-alive"}
# Every answer comes whole and plain, so that it can be changed.
_NOT_ASKED = {"accept-encoding", "if-none-match", "if-modified-since"}


class Between:
    """The product seen through the proxy. `change(path, body)` may give other bytes than the product gave."""

    def __init__(self, product: Product, base: str) -> None:
        self.product, self.base = product, base
        self.change: Callable[[str, bytes], bytes] = lambda _path, body: body

    @property
    def sign_ins(self) -> dict[str, Any]:
        """The demo's sign-ins."""
        return self.product.sign_ins


@contextmanager
def between(product: Product) -> Iterator[Between]:
    """A proxy on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    seen = Between(product, f"http://localhost:{server.server_port}")
    server.seen = seen  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Forwards one request and gives its answer, changed where wanted."""

    def _forward(self) -> None:
        seen: Between = self.server.seen  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection("127.0.0.1", seen.product.port, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _NOT_ASKED}
        try:
            connection.request(self.command, self.path, body, headers)
            reply = connection.getresponse()
            content = seen.change(self.path, reply.read())
        except OSError:
            self.close_connection = True
            return
        finally:
            connection.close()
        self.send_response(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in _OWN:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _forward  # noqa: N815 - the names of the base class

    def log_message(self, *_words: Any) -> None:
        """Says nothing."""
