"""Calls to other machines: only where the operator allows, never redirected, bounded, and honest about what may have arrived."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from app.external.http import Limits, NoReply, NotSent, Outward, Reply

LOOPBACK = frozenset({"127.0.0.1", "platform.test"})
QUICK = Limits(connect=1.0, read=0.2, total=0.6)


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that reads one request and does as it likes with the connection."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening.accept()[0] as connection:
            connection.recv(65536)
            try:
                answer(connection)
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    listening.close()


def says(text: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(text)


def call(port: int, host: str = "127.0.0.1") -> Reply:
    return Outward(LOOPBACK, QUICK).call("GET", f"http://{host}:{port}/x")


def not_sent(url: str, outward: Outward | None = None) -> str:
    with pytest.raises(NotSent) as refused:
        (outward or Outward(LOOPBACK, QUICK)).call("GET", url)
    return refused.value.code


def no_reply(answer: Callable[[socket.socket], None]) -> NoReply:
    with server(answer) as port, pytest.raises(NoReply) as unknown:
        call(port)
    return unknown.value


def test_a_plain_answer_comes_back_whole() -> None:
    with server(says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nhi")) as port:
        reply = call(port)
    assert (reply.status, reply.body, reply.headers["x-a"]) == (200, b"hi", "b")


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    with server(says(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")) as port:
        assert call(port).status == 302


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::"],
)  # fmt: skip
def test_a_public_name_that_leads_to_a_private_address_is_refused(address: str) -> None:
    outward = Outward(LOOPBACK, QUICK, resolve=lambda *_, **__: [(0, 0, 0, "", (address, 443))])
    assert not_sent("https://city.example/", outward) == "blocked_address"


def test_an_address_written_into_the_url_is_refused_too() -> None:
    for host in ("10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:7f00:1]"):
        assert not_sent(f"https://{host}/") == "blocked_address"


def test_the_address_that_was_checked_is_the_one_that_is_called() -> None:
    asked: list[str] = []

    def resolve(host: str, port: int, **_: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        asked.append(host)
        return [(0, 0, 0, "", ("127.0.0.1", port))]

    with server(says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as port:
        Outward(LOOPBACK, QUICK, resolve=resolve).call("GET", f"http://platform.test:{port}/")
    assert asked == ["platform.test"]


def test_what_people_said_does_not_cross_the_open_network_in_the_clear() -> None:
    assert not_sent("http://city.example/") == "blocked_address"


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "file:///etc/passwd", "http://", "http://u:p@127.0.0.1/", "http://127.0.0.1:99999/",
            "http://127.0.0.1/\r\nX: y", "gopher://127.0.0.1/", "http://[bad/"],
)  # fmt: skip
def test_a_malformed_url_sends_nothing(url: str) -> None:
    assert not_sent(url) == "bad_url"


def test_a_refused_connection_and_an_unknown_name_send_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert not_sent(f"http://127.0.0.1:{port}/") == "refused"

    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror

    assert not_sent("https://nowhere.example/", Outward(LOOPBACK, QUICK, resolve=unknown)) == "dns"


def test_a_server_without_tls_is_found_out_before_anything_is_sent() -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with listening.accept()[0] as connection:
                heard.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        assert not_sent(f"https://127.0.0.1:{listening.getsockname()[1]}/secret-path") == "tls"
        thread.join()
    assert b"secret-path" not in heard[0]


def test_whoever_has_slept_since_the_intent_sends_nothing() -> None:
    def too_late() -> None:
        raise NotSent("stale")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        with pytest.raises(NotSent, match="stale"):
            Outward(LOOPBACK, QUICK).call("POST", url, body=b"x", before_sending=too_late)
        with listening.accept()[0] as connection:
            assert connection.recv(10) == b""


def test_silence_after_the_request_is_unknown() -> None:
    assert no_reply(lambda connection: connection.recv(1)).code == "read_timeout"


def test_a_broken_connection_is_unknown() -> None:
    assert no_reply(lambda _connection: None).code == "dropped"
    assert no_reply(says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhi")).code == "dropped"
    assert no_reply(says(b"nonsense\r\n\r\n")).code == "dropped"


def test_an_answer_of_more_than_five_megabytes_is_cut_off() -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b" " * 65536)

    unknown = no_reply(flood)
    assert (unknown.code, unknown.status) == ("too_large", 200)


def test_a_small_answer_that_unpacks_to_fifty_megabytes_is_cut_off() -> None:
    packed = gzip.compress(b" " * 50 * 1024 * 1024)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    assert no_reply(says(head + packed)).code == "too_large"


def test_an_answer_that_drips_along_is_cut_off() -> None:
    def drip(connection: socket.socket) -> None:
        ticking = threading.Event()
        for sign in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 10_000:
            connection.sendall(bytes([sign]))
            ticking.wait(0.05)

    assert no_reply(drip).code == "too_slow"
