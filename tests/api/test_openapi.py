"""The description of the API is complete and true, and no request that it allows, or almost allows, is a fault."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from jsonschema import Draft202012Validator
from schemathesis.core import NotSet
from schemathesis.generation import GenerationMode
from werkzeug.test import TestResponse

from app import create_app
from app.database import db
from app.openapi import JSON_PATHS, description
from app.setup import make_tables
from tests.api.access_doors import routes
from tests.api.access_world import World, make_world
from tests.api.residents_street import make_street
from tests.conftest import Browser, settings_for
from tests.factories import City, make_city

FUZZ = os.environ.get("DOORSTEP_FUZZ") == "1"
SYNC = {"/sync/push": 20_000 if FUZZ else 1000, "/sync/pull": 20_000 if FUZZ else 1000, "/sync": 5000 if FUZZ else 200}
OTHERS = 60 if FUZZ else 3


def operations(app: Flask) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every described (path, method, operation)."""
    for path, methods in description(app)["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_every_json_route_is_described_with_words_and_errors(app: Flask):
    described = {operation["operationId"] for _, _, operation in operations(app)}
    there = {
        f"{method.lower()}_{endpoint.replace('.', '_')}"
        for method, endpoint, rule in routes(app)
        if rule.startswith(JSON_PATHS)
    }
    assert described == there
    for path, method, operation in operations(app):
        assert operation["summary"], path
        assert {"400", "429"} <= operation["responses"].keys(), path
        assert ("requestBody" in operation) == (method in ("post", "put")), path


def test_the_description_is_served_and_every_reference_in_it_leads_somewhere(client: FlaskClient):
    served = client.get("/api/openapi.json").get_json()
    assert served["openapi"] == "3.1.0"
    names = served["components"]["schemas"]
    for schema in names.values():
        Draft202012Validator.check_schema(schema)

    def walk(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"].rsplit("/", 1)[1]
            for inner in value.values():
                yield from walk(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from walk(inner)

    assert set(walk(served)) <= names.keys()


def test_what_a_body_must_have_cannot_be_left_out(app: Flask, city: City):
    """A field that the description requires is one that the view refuses to do without."""
    zhou, tried = city.sign_in("zhou"), 0
    schemas = description(app)["components"]["schemas"]
    for path, method, operation in operations(app):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        schema = schemas.get(content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1], {})
        if not schema.get("required") or path.startswith("/api/platform-webhook") or "{" in path:
            continue
        reply = zhou.open(path, method=method.upper(), json={})
        assert reply.status_code in (400, 409, 422), path
        assert reply.get_json()["error"] in ("bad_request", "malformed", "push_needs_phone", "export_reason_needed"), (
            path
        )
        tried += 1
    assert tried > 12


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, World]]:
    """One city at work for all the fuzzing: it must stand whatever comes."""
    folder: Path = tmp_path_factory.mktemp("fuzzed")
    app = create_app(settings_for(folder))
    app.test_client_class = Browser
    with app.app_context():
        make_tables()
        city = make_city()
        world = make_world(app, city, make_street(app, city))
        app.test_client_class = Browser
        yield app, world
        db.session.remove()
        db.engine.dispose()


def send(client: FlaskClient, case: Any) -> TestResponse:
    """One generated request, by the test's own browser."""
    body: dict[str, Any] = {}
    if isinstance(case.body, (bytes, bytearray)):
        body = {"data": bytes(case.body)}
    elif not isinstance(case.body, NotSet):
        body = {"data": json.dumps(case.body, default=str).encode("utf-8", "surrogatepass")}
    path = quote(case.formatted_path.encode("utf-8", "surrogatepass"), safe="/%")
    query = {
        str(name): str(value).encode("utf-8", "surrogatepass")
        for name, value in (case.query or {}).items()
    }  # fmt: skip
    media = case.media_type or "application/json"
    return client.open(path, method=case.method, query_string=query, content_type=media, buffered=True, **body)


def numbered(body: Any, turn: int) -> Any:
    """Every other time as a phone would number it: by chance alone hardly a batch gets past the first check."""
    push = body.get("push", body) if isinstance(body, dict) else None
    if turn % 2 or not isinstance(push, dict) or not isinstance(push.get("mutations"), list):
        return body
    given = enumerate(push["mutations"], 1)
    mutations = [{**one, "mid": mid} if isinstance(one, dict) else one for mid, one in given]
    meant = {**push, "client_id": f"phone-{turn:06}", "mutations": mutations}
    return {**body, "push": meant} if "push" in body else meant


def fuzz(app: Flask, path: str, method: str, cases: int, client: FlaskClient) -> list[int]:
    """Send requests that the description allows and, for a third, ones that it does not; their statuses."""
    operation = schemathesis.openapi.from_dict(description(app))[path][method.upper()]
    statuses: list[int] = []
    for mode, count in ((GenerationMode.POSITIVE, cases - cases // 3), (GenerationMode.NEGATIVE, cases // 3)):

        @settings(
            max_examples=max(count, 1),
            deadline=None,
            derandomize=not FUZZ,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def check(case: Any) -> None:
            case.body = numbered(case.body, len(statuses))
            reply = send(client, case)
            statuses.append(reply.status_code)
            assert reply.status_code < 500, (path, case.body, reply.text)
            if reply.status_code >= 400:
                words = reply.get_json()
                assert (words.get("push") or words)["zh"], (path, reply.text)

        try:
            check()
        except Unsatisfiable:
            # An operation without body and parameters has no wrong requests.
            assert mode is GenerationMode.NEGATIVE
    return statuses


@pytest.mark.parametrize(("path", "cases"), SYNC.items())
def test_no_request_of_the_sync_protocol_is_a_fault(served: tuple[Flask, World], path: str, cases: int):
    app, world = served
    statuses = fuzz(app, path, "post", cases, world.city.sign_in("li", "phone-of-li"))
    assert len(statuses) >= cases
    assert 200 in statuses


def test_no_request_to_any_other_operation_is_a_fault(served: tuple[Flask, World]):
    app, world = served
    sent = 0
    for path, method, operation in operations(app):
        if path not in SYNC and operation["operationId"] != "delete_accounts_sign_out":
            for name in ("sun", "zhou") if method == "post" or FUZZ else ("zhou",):
                sent += len(fuzz(app, path, method, OTHERS, world.city.sign_in(name)))
    assert sent > 150
