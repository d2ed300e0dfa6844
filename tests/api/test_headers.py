"""What every reply carries and what no reply does: policies, cookies, cross-site requests, sizes, faults."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import config
from app import create_app
from app.database import db
from tests.api.access_doors import DOORS, routes
from tests.api.access_world import World, make_world, people
from tests.api.residents_street import Street, make_street
from tests.conftest import Browser
from tests.factories import City, make_city

TEMPLATES = Path(config.ROOT) / "app" / "templates"
# A script with text of its own, a style in the page, a handler in a tag, an address that is a program.
_INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|<[^>]+\s(?:style|on[a-z]+)\s*=|(?:href|src|action)\s*=\s*[\"']?\s*javascript:",
    re.I,
)
_ELSEWHERE = re.compile(r"(?:src|href|action|srcset)\s*=\s*[\"']?\s*(?:https?:)?//(?!localhost)[^\s\"'>]+", re.I)
JSON_API = ("/api/", "/sync", "/attachments/")


@pytest.fixture
def world(app: Flask, city: City, street: Street) -> World:
    """A city at work."""
    return make_world(app, city, street)


def looks(world: World, methods: str = "GET") -> Iterator[tuple[str, str, TestResponse]]:
    """Every GET by everybody."""
    for who, client in people(world).items():
        for method, endpoint, rule in routes(world.app):
            if method in methods:
                yield who, rule, world.knock(client, method, rule, DOORS[f"{method} {endpoint}"])


def test_every_reply_to_everybody_carries_the_policy_and_no_page_has_anything_inline(world: World):
    faults, pages = [], 0
    for who, rule, reply in looks(world):
        policy = reply.headers.get("Content-Security-Policy", "")
        if "default-src 'none'" not in policy or "frame-ancestors 'none'" not in policy or "unsafe-eval" in policy:
            faults.append(f"{rule}: policy {policy}")
        if re.search(r"(script|style)-src [^;]*'unsafe-inline'", policy):
            faults.append(f"{rule}: inline allowed")
        if reply.headers.get("X-Content-Type-Options") != "nosniff" or not reply.headers.get("Referrer-Policy"):
            faults.append(f"{rule}: headers")
        if reply.mimetype == "text/html":
            pages += 1
            faults += [
                f"{who} {rule}: {found[0]}"
                for found in (_INLINE.search(reply.text), _ELSEWHERE.search(reply.text))
                if found
            ]
    assert not faults, "\n".join(sorted(set(faults)))
    assert pages > 100


def test_no_template_has_anything_inline_or_from_elsewhere():
    pages = list(TEMPLATES.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for fault in (_INLINE, _ELSEWHERE):
            assert not (found := fault.search(text)), f"{page.name}: {found[0]}"


def dump(world: World) -> str:
    """The database as a hash, without the log of who looked and who is signed in."""
    path = world.app.config["DOORSTEP"].data_dir / "doorstep.db"
    lines = (line for line in sqlite3.connect(path).iterdump() if '"audit_line"' not in line)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_looking_at_everything_changes_nothing(world: World):
    everybody = people(world)
    before = dump(world)
    seen = 0
    for client in everybody.values():
        for method, endpoint, rule in routes(world.app):
            if method == "GET":
                world.knock(client, method, rule, DOORS[f"{method} {endpoint}"])
                seen += 1
    assert seen > 700
    assert dump(world) == before


# Cross-site


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Doorstep": "0"},
        {"X-Doorstep": "1", "Origin": "https://evil.example"},
        {"X-Doorstep": "1", "Origin": "null"},
        {"X-Doorstep": "1", "Origin": "http://localhost.evil.example"},
        {"X-Doorstep": "1", "Sec-Fetch-Site": "cross-site"},
        {"X-Doorstep": "1", "Sec-Fetch-Site": "same-site"},
    ],
    ids=lambda headers: " ".join(f"{k}={v}" for k, v in headers.items()) or "no header",
)
def test_no_change_through_the_json_api_comes_from_another_site(world: World, headers: dict[str, str]):
    sun = world.city.sign_in("sun")
    del sun.environ_base["HTTP_X_DOORSTEP"]
    before, tried = dump(world), 0
    for method, endpoint, rule in routes(world.app):
        if method == "GET" or not rule.startswith(JSON_API) or endpoint == "platform_webhook.receive":
            continue
        sun.environ_base |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        reply = world.knock(sun, method, rule, DOORS[f"{method} {endpoint}"])
        assert (reply.status_code, reply.get_json()["error"]) == (403, "csrf"), rule
        tried += 1
    assert tried > 30
    assert dump(world) == before


def test_our_own_pages_do_get_through(world: World):
    sun = world.city.sign_in("sun")
    for headers in ({}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        assert sun.post("/api/qr", json={"text": "http://localhost:8000/r/"}, headers=headers).status_code == 200


def test_no_form_is_taken_without_its_token_or_with_somebody_elses(world: World):
    sun, other = world.city.sign_in("sun"), world.app.test_client()
    token = re.search(r'name="csrf" value="([^"]+)"', other.get("/desk/sign-in").text)
    assert token
    before, tried = dump(world), 0
    for method, endpoint, rule in routes(world.app):
        door = DOORS[f"{method} {endpoint}"]
        # Comparing the digits on a badge changes nothing and carries no token.
        if door.form is None or rule.startswith(JSON_API) or endpoint == "residents.verify":
            continue
        for given in ({}, {"csrf": "x"}, {"csrf": token[1]}):
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda blank, rule=rule: world._id(rule, blank[1]), rule)
            reply = sun.post(path, data={**world._filled(door.form), **given})
            # 422: the form comes back with what was typed.
            assert reply.status_code in (400, 403, 404, 422), f"{rule} {given} {reply.status_code}"
            tried += 1
    assert tried > 30
    assert dump(world) == before


# Cookies


@pytest.fixture
def safe_app(settings: config.Config) -> Iterator[Flask]:
    """The product on https."""
    app = create_app(replace(settings, public_url="https://doorstep.example", secure_cookies=True))
    app.test_client_class = Browser
    app.config["PREFERRED_URL_SCHEME"] = "https"
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_on_https_every_cookie_is_secure_http_only_and_same_site(safe_app: Flask):
    city = make_city()
    world = make_world(safe_app, city, make_street(safe_app, city))
    first = safe_app.test_client().get("/desk/sign-in").headers["Set-Cookie"]
    assert first.startswith("__Host-doorstep_form=")
    _check_cookie(first)
    set_by: dict[str, str] = {}
    for client in (*people(world).values(), city.sign_in("sun")):
        for method, endpoint, rule in routes(world.app):
            door = DOORS[f"{method} {endpoint}"]
            query = {**door.query, "lang": "en", "type": "large"}
            reply = world.knock(client, method, rule, replace(door, query=query))
            for cookie in reply.headers.getlist("Set-Cookie"):
                set_by[cookie.split("=")[0]] = rule
                _check_cookie(cookie)
    assert len(set_by) >= 3
    assert set_by["__Host-doorstep"] == "/api/session"
    assert world.app.test_client().get("/").headers["Strict-Transport-Security"].startswith("max-age=")


def _check_cookie(cookie: str) -> None:
    assert re.search(r"; Secure\b", cookie), cookie
    assert re.search(r"; HttpOnly\b", cookie), cookie
    assert re.search(r"; SameSite=(Lax|Strict)\b", cookie), cookie
    if cookie.startswith("__Host-"):
        assert "; Path=/;" in f"{cookie};", cookie
        assert "Domain" not in cookie, cookie


# Sizes, shapes and faults


@pytest.mark.parametrize("path", ["/sync/push", "/sync/pull", "/sync", "/api/session", "/api/review/evaluations"])
def test_too_large_a_body_is_413_and_says_how_much_is_allowed(city: City, path: str):
    data = b'{"login": "' + b"x" * 3_000_000 + b'"}'
    reply = city.sign_in("zhou").post(path, data=data, content_type="application/json")
    assert reply.status_code == 413
    assert 64 * 1024 <= reply.get_json()["max_bytes"] <= 1024 * 1024
    assert reply.get_json()["zh"]
    assert reply.get_json()["en"]


BROKEN = [
    b"",
    b"{",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"[]",
    b"null",
    b'"text"',
    b'{"login": NaN, "password": Infinity}',
    b'{"login": "\\ud800", "password": "x"}',
    b'{"login": "a\\u0000b", "password": "x"}',
    b'{"login": "\xff\xfe", "password": "x"}',
    b'{"login": 1' + b"0" * 6000 + b"}",
]


@pytest.mark.parametrize("data", BROKEN, ids=lambda data: data[:24].decode(errors="replace"))
def test_a_broken_body_is_a_bad_request_everywhere_and_never_a_fault(world: World, data: bytes):
    zhou, tried = world.city.sign_in("zhou"), 0
    for method, endpoint, rule in routes(world.app):
        door = DOORS[f"{method} {endpoint}"]
        if door.body is None or door.kind == "photo" or endpoint == "platform_webhook.receive":
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda blank, rule=rule: world._id(rule, blank[1]), rule)
        reply = zhou.open(path, method=method, data=data, content_type="application/json")
        assert reply.status_code < 500, (rule, reply.text)
        if reply.status_code >= 400:
            words = reply.get_json()
            assert words["error"], rule
            assert re.search("[一-鿿]", words["zh"]), rule
            assert re.search("[a-z]", words["en"]), rule
        tried += 1
    assert tried > 30


@pytest.mark.parametrize("path", ["/api/nothing", "/sync/nothing", "/attachments/x/y", "/api/session?x=%00"])
def test_what_is_not_there_is_said_in_both_languages(client: FlaskClient, path: str):
    words = client.get(path).get_json()
    assert words["error"] in ("not_found", "bad_request")
    assert words["zh"]
    assert words["en"]
    assert client.patch("/api/session", headers={"X-Doorstep": "1"}).get_json()["error"] == "method_not_allowed"


def test_a_fault_shows_nothing_of_the_inside(app: Flask, client: FlaskClient):
    def fail() -> str:
        raise RuntimeError("王建国 13712349876 at /srv/secret.py")

    app.add_url_rule("/r/broken", "broken", fail)
    app.add_url_rule("/api/broken", "api_broken", fail)
    for path in ("/r/broken", "/api/broken"):
        reply = client.get(path)
        assert reply.status_code == 500
        for word in ("Traceback", "RuntimeError", "13712349876", "secret.py", "王建国", "werkzeug"):
            assert word not in reply.text
    assert json.loads(client.get("/api/broken").text)["error"] == "server_error"


def test_an_unknown_file_of_the_app_is_404_and_an_unknown_screen_is_the_app(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>app</title>")
    (tmp_path / "assets" / "main-abc.js").write_text("export {}")
    (tmp_path.parent / "outside.txt").write_text("secret")
    monkeypatch.setattr(config.Config, "pwa_dist", property(lambda _: tmp_path))
    for path in ("", "today", "visits/0192/next"):
        assert "app" in client.get(f"/app/{path}").text
    for path in (
        "assets/main-old.js",
        "sw.map",
        "x/y.png",
        ".env",
        "../outside.txt",
        "%2e%2e/outside.txt",
        "..%2foutside.txt",
    ):
        reply = client.get(f"/app/{path}")
        assert reply.status_code == 404, path
        assert "secret" not in reply.text
    assert "immutable" in client.get("/app/assets/main-abc.js").headers["Cache-Control"]
    assert client.get("/app/today").headers["Cache-Control"] == "no-cache"
