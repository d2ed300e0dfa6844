"""A small desk for tests: clients that post to it, and officers of its units who work there."""

from __future__ import annotations

import functools
import hashlib
import io
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import passwords
from app.database import reading, writing
from app.desk import AttributePlan, ServicePlan, SignIn, UnitPlan, setup, sign_in
from app.models.desk import DeskAccount, DeskRequest, DeskSession, DeskUnit

HOUR = 3_600_000
DAY = 24 * HOUR
# 2026-11-20, a Friday, 10:00 in Shanghai.
FRIDAY = 1_795_140_000_000

UNITS = [
    UnitPlan("centre", "受理转办中心", centre=True, sign_ins=(SignIn("zhou", "周敏", "zhou's password"),)),
    UnitPlan("city", "城市管理局", sign_ins=(SignIn("li", "李秀英", "li's password"),)),
    UnitPlan("power", "供电公司", sign_ins=(SignIn("zhao", "赵强", "zhao's password"),)),
    UnitPlan("housing", "住房和城乡建设局", sign_ins=(SignIn("wang", "王海涛", "wang's password"),)),
]
SERVICES = [
    ServicePlan("001", "路灯照明", "市政设施", "路灯不亮、灯杆损坏", ("路灯", "照明"), public=True, unit="city"),
    ServicePlan(
        "002",
        "物业服务",
        "社区生活",
        public=True,
        attributes=(
            AttributePlan("kind", "哪类问题", "singlevaluelist", True, {"lift": "电梯", "park": "停车"}),
            AttributePlan("blocks", "涉及楼栋", "multivaluelist", False, {"1": "1号楼", "2": "2号楼"}),
            AttributePlan("homes", "涉及户数", "number"),
            AttributePlan("since", "何时开始", "datetime"),
        ),
    ),
    ServicePlan("003", "困难救助", "民政", unit="housing", resident_hours=24, unit_hours=48),
    ServicePlan("004", "历史遗留", "综合", delivery="batch", public=True),
]
_hash_once = functools.cache(passwords.hash)
KEYS = {"doorstep": "key-of-doorstep", "other": "key-of-another-client"}


@dataclass
class Clock:
    """The desk's clock, which stands still until it is moved."""

    now: int = FRIDAY

    def __call__(self) -> int:
        return self.now

    def pass_by(self, hours: float) -> None:
        self.now += int(hours * HOUR)


@dataclass
class Desk:
    """The desk, as the people around it use it."""

    app: Flask
    clock: Clock

    def stranger(self) -> FlaskClient:
        """Somebody with a browser and nothing else."""
        return self.app.test_client()

    def get(self, path: str, **query: Any) -> TestResponse:
        """What anyone, or a client with `api_key`, reads."""
        return self.app.test_client().get(f"/open311/v2/{path}", query_string=query)

    def post(
        self, fields: Mapping[str, Any] | None = None, fmt: str = "json", key: str | None = "doorstep", **headers: str
    ) -> TestResponse:
        """A client posts a request: a street light at an address, unless `fields` say otherwise."""
        body = {"service_code": "001", "address_string": "光岳小区3号楼", "description": "路灯不亮"} | dict(
            fields or {}
        )
        return self._send(f"requests.{fmt}", body, key, headers)

    def post_update(
        self, number: str, fields: Mapping[str, Any] | None = None, fmt: str = "json", key: str | None = "doorstep"
    ) -> TestResponse:
        """A client posts an update to a request."""
        body = {"service_request_id": number, "status": "OPEN"} | dict(fields or {})
        return self._send(f"servicerequestupdates.{fmt}", body, key, {})

    def _send(self, path: str, body: dict[str, Any], key: str | None, headers: dict[str, str]) -> TestResponse:
        if key is not None:
            body["api_key"] = KEYS.get(key, key)
        kept = {name: value for name, value in body.items() if value is not None}
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.app.test_client().post(f"/open311/v2/{path}", data=kept, headers=names)

    def new(self, fields: Mapping[str, Any] | None = None, **more: Any) -> str:
        """Post a request and return its number."""
        reply = self.post(fields, **more)
        assert reply.status_code == 200, reply.text
        return str(reply.json[0]["service_request_id"])

    def read(self, number: str, key: str | None = "doorstep") -> dict[str, Any]:
        """A request with its extended attributes, as JSON."""
        query = {"extensions": "true"} | ({"api_key": KEYS[key]} if key else {})
        reply = self.get(f"requests/{number}.json", **query)
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json[0]
        return found

    def told(self, number: str, **query: Any) -> list[dict[str, Any]]:
        """The updates of a request, as its client reads them."""
        query = {"service_request_id": number, "api_key": KEYS["doorstep"], "extensions": "true"} | query
        updates: list[dict[str, Any]] = self.get("servicerequestupdates.json", **query).json
        return updates

    def officer(self, login: str) -> Officer:
        """Somebody of a unit, signed in since now; the sign-in form itself has tests of its own."""
        browser, token = self.app.test_client(), secrets.token_urlsafe(32)
        with writing() as session:
            account = session.scalars(select(DeskAccount.id).where(DeskAccount.login == login)).one()
            begun = DeskSession(token_hash=hashlib.sha256(token.encode()).hexdigest(), account_id=account)
            begun.created_at = begun.seen_at = self.clock.now
            begun.expires_at = self.clock.now + sign_in.ABSOLUTE_MS
            session.add(begun)
        browser.set_cookie(sign_in.cookie_name(), token)
        return Officer(browser, self)

    def row(self, number: str) -> DeskRequest:
        """What the table holds."""
        with reading() as session:
            return session.scalars(select(DeskRequest).where(DeskRequest.number == number)).one()

    def unit(self, code: str) -> str:
        """The id of a unit."""
        with reading() as session:
            return session.scalars(select(DeskUnit.id).where(DeskUnit.code == code)).one()


@dataclass
class Officer:
    """A browser of a unit."""

    browser: FlaskClient
    desk: Desk

    def sign_in(self, login: str, password: str, **fields: str) -> TestResponse:
        """Fill in the sign-in form and send it."""
        return self.send("/desk/sign-in", {"login": login, "password": password} | fields, page="/desk/sign-in")

    def send(self, path: str, fields: Mapping[str, Any], page: str = "/desk/") -> TestResponse:
        """Send a form of ours: with the token that stands in `page`."""
        token = re.search(r'name="csrf" value="([^"]+)"', self.browser.get(page).text)
        assert token, page
        return self.browser.post(path, data={"csrf": token[1], **fields})

    def list(self, shelf: str = "", **query: Any) -> str:
        """The text of a shelf of the list."""
        return self.browser.get("/desk/", query_string={"shelf": shelf, **query}).text

    def page(self, number: str) -> str:
        """The text of a request's page."""
        return self.browser.get(self.address(number)).text

    def address(self, number: str) -> str:
        """Where a request's page is."""
        return f"/desk/requests/{self.desk.row(number).id}"

    def try_step(self, number: str, step: str, fields: Mapping[str, Any] | None = None) -> TestResponse:
        """Send the form of a step."""
        address = self.address(number)
        return self.send(f"{address}/steps/{step}", fields or {}, page="/desk/")

    def step(self, number: str, step: str, **fields: Any) -> None:
        """Take a step that is possible."""
        reply = self.try_step(number, step, fields)
        assert reply.status_code == 303, reply.text


def picture(size: tuple[int, int] = (60, 40), kind: str = "JPEG", **options: Any) -> io.BytesIO:
    """A photo as a phone sends it."""
    out = io.BytesIO()
    Image.new("RGB", size, (180, 60, 20)).save(out, kind, **options)
    out.seek(0)
    return out


def from_xml(body: bytes) -> Any:
    """An XML reply as nested lists and dictionaries of text: lists are elements whose children share one name."""

    def value(element: ElementTree.Element) -> Any:
        children = list(element)
        if not children:
            return element.text
        if element.tag in LISTS:
            return [value(child) for child in children]
        return {child.tag: value(child) for child in children}

    return value(ElementTree.fromstring(body))


LISTS = {
    "services", "attributes", "values", "service_requests", "service_request_updates", "errors", "endpoints", "formats",
    "co_units", "attachments", "media_urls",
}  # fmt: skip


def as_xml_says(value: Any) -> Any:
    """A JSON reply as its XML twin reads: everything is text, and what is empty is nothing."""
    if isinstance(value, dict):
        return {key: as_xml_says(child) for key, child in value.items()}
    if isinstance(value, list):
        return [as_xml_says(child) for child in value] or None
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value in (None, "") else str(value)


def make_desk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk with four units, four services and two clients, at ten o'clock on a Friday."""
    # Hashing a password is slow on purpose: once for all desks of a run is enough. Checking one stays real.
    monkeypatch.setattr("app.passwords.hash", _hash_once)
    clock = Clock()
    for module in ("endpoint", "sign_in", "wording"):
        monkeypatch.setattr(f"app.desk.{module}.now_ms", clock)
    with writing() as session:
        setup(session, UNITS, SERVICES, KEYS["doorstep"], "doorstep")
        setup(session, [UnitPlan("centre", "受理转办中心", centre=True)], (), KEYS["other"], "other")
    return Desk(app, clock)
