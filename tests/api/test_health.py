"""Probes, metrics and the status page; and logs in which nobody is named."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app import logs
from app.database import writing
from tests.api.access_doors import DOORS, routes
from tests.api.access_world import PHONE, SECRETS, World, make_world, people
from tests.api.residents_street import Street
from tests.factories import City


def test_a_living_process_says_so_and_a_ready_one_has_a_database_with_an_epoch(client: FlaskClient):
    assert client.get("/healthz").get_json() == {"ok": True}
    assert client.get("/readyz").status_code == 200
    with writing() as session:
        session.execute(text("DELETE FROM sync_meta WHERE key = 'epoch'"))
    assert client.get("/readyz").status_code == 503
    with writing() as session:
        session.execute(text("DROP TABLE sync_meta"))
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_metrics_count_by_endpoint_for_this_machine_only_and_name_no_code(street: Street):
    browser = street.browser()
    code = street.recorded()
    browser.get(f"/r/t/{code}")
    browser.get(f"/r/{street.codes['card']}")
    metrics = browser.get("/metrics").text
    assert 'doorstep_http_requests_total{endpoint="residents_following.follow",status="200"}' in metrics
    assert code not in metrics
    assert street.codes["card"] not in metrics
    assert browser.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.7"}).status_code == 404


def test_the_status_page_says_in_both_languages_what_is_late_and_only_to_operators(city: City):
    lines = city.sign_in("zhou").get("/api/status").get_json()["lines"]
    assert len({line["code"] for line in lines}) >= 5
    for line in lines:
        assert re.search("[一-鿿]", line["zh"]), line
        assert re.search("[a-z]", line["en"]), line
    # Nothing has ever been backed up here.
    assert any(not line["ok"] for line in lines if "backup" in line["code"])
    for name in ("sun", "li"):
        assert city.sign_in(name).get("/api/status").status_code == 403


@pytest.fixture
def world(app: Flask, city: City, street: Street) -> World:
    """A city at work."""
    return make_world(app, city, street)


@pytest.fixture
def logged(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the product writes when it logs as in production."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    lines = io.StringIO()
    monkeypatch.setattr("sys.stderr", lines)
    logs.configure(app.config["DOORSTEP"])
    yield lines
    root.handlers[:], root.level = handlers, level
    structlog.configure(**before)


def test_a_whole_day_of_everybody_leaves_no_name_no_number_and_no_text_in_the_logs(
    app: Flask, world: World, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
):
    def fail(code: str) -> str:
        raise RuntimeError(f"{SECRETS[0]} {PHONE} 李建国 {code}")

    for client in people(world).values():
        for method, endpoint, rule in routes(app):
            world.knock(client, method, rule, DOORS[f"{method} {endpoint}"])
    monkeypatch.setitem(app.view_functions, "residents_following.follow", fail)
    assert app.test_client().get(f"/r/t/{world.ids['tracking_code']}").status_code == 500
    text = logged.getvalue()
    faults = [line for line in map(json.loads, text.splitlines()) if line["event"] == "fault"]
    assert [(line["fault"], line["endpoint"]) for line in faults] == [("RuntimeError", "residents_following.follow")]
    assert "fail" in faults[0]["at"][-1]
    assert faults[0]["request_id"]
    people_of_the_city = ("李建国", "王建国", "孙队长", "张**", "恒信配件厂", "光岳小区")
    for secret in (*SECRETS, *people_of_the_city, *(world.ids[name] for name in ("tracking_code", "code", "token"))):
        assert secret not in text, secret
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", text)


def test_a_fault_of_a_library_is_logged_by_kind_and_place_too(logged: io.StringIO):
    try:
        raise ValueError(PHONE)
    except ValueError:
        logging.getLogger("a.library").exception("it failed")
    line = json.loads(logged.getvalue())
    assert (line["event"], line["fault"]) == ("it failed", "ValueError")
    assert PHONE not in json.dumps(line)
