"""Calls to other machines: resolve, check, connect to that very address; no redirects, no retries, bounded time and size.

A call ends in one of three ways, and the difference is what the forwarder lives on: `NotSent` (not one byte of the request has
left), `NoReply` (it has, and we do not know what became of it) or a `Reply`.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

MAX_BODY_BYTES = 5 * 1024 * 1024
_CHUNK = 64 * 1024
_AGENT = "Doorstep/1"

Resolve = Callable[..., Sequence[Any]]


class NotSent(Exception):
    """Nothing left this machine; `code` says why: dns, refused, connect_timeout, tls, blocked_address, bad_url, stale."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoReply(Exception):
    """The request may have arrived; `code`: read_timeout, dropped, bad_reply, too_large, too_slow. `status` if it was read."""

    def __init__(self, code: str, status: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass(frozen=True)
class Reply:
    """A complete answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Limits:
    """Seconds: to connect, between two pieces of the answer, and for the whole call."""

    connect: float = 5.0
    read: float = 20.0
    total: float = 45.0


@dataclass(frozen=True)
class Outward:
    """The way out. `allowed_private_hosts`: names the operator lets us reach at private addresses and without TLS."""

    allowed_private_hosts: frozenset[str] = frozenset()
    limits: Limits = Limits()
    resolve: Resolve = socket.getaddrinfo
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def call(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        before_sending: Callable[[], None] = lambda: None,
    ) -> Reply:
        """One request, one answer. Raises `NotSent` and `NoReply`; `before_sending` runs when the connection stands."""
        parts = _split(url)
        addresses = self._addresses(parts.host, parts.port, parts.tls)
        connection = self._connect(parts, addresses)
        cut = threading.Event()
        watch = threading.Timer(self.limits.total, _cut, [connection, cut])
        watch.daemon = True
        watch.start()
        try:
            before_sending()
            reply = self._exchange(connection, method, parts, body, headers or {})
        except NoReply as unknown:
            raise NoReply("too_slow" if cut.is_set() else unknown.code, unknown.status) from None
        finally:
            watch.cancel()
            connection.close()
        if cut.is_set():
            # Cut off among its headers, an answer looks like a short one.
            raise NoReply("too_slow", reply.status)
        return reply

    def _addresses(self, host: str, port: int, tls: bool) -> list[str]:
        named = host in self.allowed_private_hosts
        if not tls and not named:
            # Requests hold what people said at their doors; they do not cross the open network in the clear.
            raise NotSent("blocked_address")
        try:
            found = self.resolve(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise NotSent("dns") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        allowed = [address for address in addresses if named or _is_public(address)]
        if not allowed:
            raise NotSent("blocked_address" if addresses else "dns")
        return allowed

    def _connect(self, parts: _Url, addresses: Sequence[str]) -> HTTPConnection:
        code = "refused"
        for address in addresses[:4]:
            connection = self._connection(parts, address)
            try:
                connection.connect()
            except urllib3.exceptions.NewConnectionError:
                code = "refused"
            except (urllib3.exceptions.ConnectTimeoutError, TimeoutError):
                code = "connect_timeout"
            except (ssl.SSLError, ssl.CertificateError, urllib3.exceptions.SSLError):
                code = "tls"
            except (OSError, urllib3.exceptions.HTTPError):
                code = "refused"
            else:
                # urllib3 sets this on the socket again before it reads.
                connection.timeout = self.limits.read
                return connection
            connection.close()
        raise NotSent(code)

    def _connection(self, parts: _Url, address: str) -> HTTPConnection:
        if not parts.tls:
            return HTTPConnection(address, parts.port, timeout=self.limits.connect)
        return HTTPSConnection(
            address,
            parts.port,
            timeout=self.limits.connect,
            server_hostname=parts.host,
            assert_hostname=parts.host,
            ssl_context=self.tls,
        )

    def _exchange(
        self, connection: HTTPConnection, method: str, parts: _Url, body: bytes | None, headers: Mapping[str, str]
    ) -> Reply:
        sent = {
            "Host": parts.authority,
            "User-Agent": _AGENT,
            "Accept-Encoding": "identity",
            "Connection": "close",
            **headers,
        }
        status: int | None = None
        try:
            connection.request(method, parts.path, body=body, headers=sent, preload_content=False, decode_content=True)
            response = connection.getresponse()
            status = response.status
            content = _read(response)
        except (TimeoutError, urllib3.exceptions.TimeoutError):
            raise NoReply("read_timeout", status) from None
        except (urllib3.exceptions.DecodeError, ValueError):
            raise NoReply("bad_reply", status) from None
        except (OSError, HTTPException, urllib3.exceptions.HTTPError):
            raise NoReply("dropped", status) from None
        return Reply(status, {name.lower(): value for name, value in response.headers.items()}, content)


@dataclass(frozen=True)
class _Url:
    tls: bool
    host: str
    port: int
    authority: str
    path: str


def _split(url: str) -> _Url:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise NotSent("bad_url") from None
    if parts.scheme not in ("http", "https") or not host or parts.username or not url.isascii():
        raise NotSent("bad_url")
    if any(ord(sign) <= 0x20 or ord(sign) == 0x7F for sign in url):
        raise NotSent("bad_url")
    tls = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Url(tls, host, port or (443 if tls else 80), parts.netloc, path)


def _is_public(address: str) -> bool:
    """Whether an address is on the open network: not private, loopback, link-local (cloud metadata) or wrapped ones of these."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    """The decoded body, at most 5 MB: a small compressed answer that swells is cut off as well."""
    pieces, size = [], 0
    while piece := response.read(_CHUNK, decode_content=True):
        size += len(piece)
        if size > MAX_BODY_BYTES:
            raise NoReply("too_large", response.status)
        pieces.append(piece)
    return b"".join(pieces)


def _cut(connection: HTTPConnection, cut: threading.Event) -> None:
    """End a call that drips along: neither a header nor a byte now and then may hold a worker."""
    cut.set()
    sock = connection.sock
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
