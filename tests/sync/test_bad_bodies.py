"""Bodies that are none of ours: too large, packed, cut off, odd numbers in a pull. Each gets a clear answer, never a fault."""

from __future__ import annotations

import gzip

import pytest

from app.ids import diary_id
from tests.devices import Record
from tests.sync.conftest import PhoneMaker
from tests.sync.test_bad_input import HUGE


@pytest.mark.parametrize("size", [3 * 1024 * 1024, 60 * 1024 * 1024])
def test_what_is_larger_than_anything_of_ours_is_refused_with_the_limit(phone: PhoneMaker, size: int) -> None:
    reply = phone("li").post("/sync/push", b'{"client_id":"' + b"x" * size)
    assert (reply.status_code, reply.get_json()["max_bytes"]) == (413, 256 * 1024)


def test_a_gzip_bomb_is_not_opened(phone: PhoneMaker) -> None:
    bomb = gzip.compress(b'{"mutations":[' + b" " * 50_000_000 + b"]}")
    headers = {"X-Doorstep": "1", "Content-Encoding": "gzip"}
    reply = phone("li").client.post("/sync/push", data=bomb, content_type="application/json", headers=headers)
    assert reply.status_code == 415
    assert reply.get_json()["zh"]


@pytest.mark.parametrize("path", ["/sync", "/sync/push", "/sync/pull"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"7",
        b"[]",
        b'"x"',
        b"{}",
        b'{"client_id":"',
        b"<html><body>Please log in to the Wi-Fi</body></html>",
        b'{"client_id": 7, "mutations": []}',
        b'{"client_id": "short", "mutations": [], "cursors": []}',
        b'{"client_id": "0192-\\u0000-0000", "mutations": [], "cursors": {}}',
        b'{"client_id": "01920000-0000", "mutations": {}, "cursors": {"all": "x"}}',
        b'{"push": 7, "pull": []}',
        b'{"push": {}, "pull": {}}',
        b"[" * 30_000,
        b"\xff\xfe\x00",
    ],
)
def test_a_body_that_is_none_of_ours_is_malformed_in_two_languages(phone: PhoneMaker, path: str, body: bytes) -> None:
    reply = phone("li").post(path, body)
    if path == "/sync" and body.startswith(b"{") and b"push" not in body and body != b'{"client_id":"':
        # Neither a push nor a pull: nothing asked, nothing done.
        assert reply.get_json() == {"push": None, "pull": None}
        return
    said = reply.get_json()
    said = said.get("push") or said
    assert (reply.status_code, said["error"]) == (400, "malformed")
    assert said["zh"]
    assert said["en"]


@pytest.mark.parametrize(
    "odd",
    [
        {"cursors": {"all": -5, "team:nobody": HUGE, "": 0}},
        {"cursors": {"all": -HUGE}},
        {"cursors": {"all": HUGE}},
        {"acked_mid": HUGE},
        {"acked_mid": -HUGE},
        {"limit": 0},
        {"limit": -HUGE},
        {"limit": HUGE},
        {"pending": HUGE, "app_version": "1\x00" * 400},
        {"pending": -HUGE},
        {"epoch": "\x00空"},
    ],
)
def test_a_pull_with_odd_numbers_is_answered(phone: PhoneMaker, odd: Record) -> None:
    li = phone("li")
    li.create("diary", {"diary_on": "2026-11-20", "text": "。"}, id=diary_id(li.person_id, "2026-11-20"))
    li.sync()
    reply = li.post("/sync/pull", {"client_id": li.client_id, "epoch": li.epoch, "cursors": li.cursors, **odd})
    assert reply.status_code == 200
    assert set(reply.get_json()["head"]) == {f"user:{li.person_id}", "all", next(s for s in li.cursors if s[0] == "t")}
