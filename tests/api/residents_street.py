"""Residents of the tiny city with their own browsers: they scan, file, follow and rate as people do, form by form."""

from __future__ import annotations

import contextvars
import io
import re
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.database import writing
from app.domain.codes import format_tracking_code
from app.ids import new_id, now_ms
from app.models.places import Area, PlaceCode
from app.models.service_requests import ServiceRequest, ServiceRequestEvent
from app.place_codes import new_place_code
from app.writes import Actor, create, patch, step, write
from tests.factories import City

HOUR_MS = 3_600_000
PLATFORM = Actor("platform", None, "12345")
LEADER = Actor("leader", None, "孙队长")
SYSTEM = Actor("system", None, "系统")


class Browser(FlaskClient):
    """A browser whose requests do not share the test's app context: nobody is anybody else by what was remembered there."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return contextvars.Context().run(super().open, *args, **kwargs)

    def fields(self, path: str) -> dict[str, str]:
        """The hidden fields of the forms on a page."""
        page = self.get(path)
        assert page.status_code == 200, (path, page.status_code, page.text)
        return hidden_fields(page.text)

    def send(self, path: str, data: dict[str, Any] | None = None, *, form_on: str | None = None) -> TestResponse:
        """Post a form with the hidden fields of the page it stands on."""
        return self.post(path, data={**self.fields(form_on or path), **(data or {})})


def hidden_fields(html: str) -> dict[str, str]:
    """Names and values of the hidden inputs."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html))


def picture(width: int = 60, height: int = 40, form: str = "JPEG", **options: Any) -> bytes:
    """A photo."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#8aa").save(out, form, **options)
    return out.getvalue()


def upload(data: bytes, name: str = "photo.jpg") -> tuple[io.BytesIO, str]:
    """A chosen file, as the test client wants it."""
    return io.BytesIO(data), name


@dataclass
class Street:
    """The city with printed codes: card (household p1), shop (an enterprise), plate (building 3), badge (Li's)."""

    app: Flask
    city: City
    codes: dict[str, str] = field(default_factory=dict)
    enterprise: str = ""

    def browser(self) -> Browser:
        """A phone on which nobody is signed in."""
        client = self.app.test_client()
        assert isinstance(client, Browser)
        return client

    def print(self, kind: str, **what: Any) -> str:
        """A new printed code."""
        code = new_place_code()
        with writing() as session:
            session.add(PlaceCode(code=code, kind=kind, created_at=now_ms(), **what))
        return code

    def write(self, *writes: Any, actor: Actor = SYSTEM, now: int | None = None) -> None:
        """Write through the door, and insist that it was taken."""
        with writing() as session:
            outcomes = write(session, writes, actor=actor, now=now or now_ms())
        assert {o.outcome for o in outcomes} == {"applied"}, outcomes

    def file(self, browser: Browser, code: str = "card", **typed: Any) -> str:
        """File a request; its tracking code."""
        path = f"/r/{self.codes[code]}/file"
        sent = browser.send(path, {"text": "3号楼东侧路灯不亮。", **typed})
        assert sent.status_code == 303, sent.text
        return sent.location.split("/")[3]

    def request(self, tracking_code: str) -> ServiceRequest:
        """The record of a tracking code."""
        with writing() as session:
            found = session.scalars(select(ServiceRequest).where(ServiceRequest.tracking_code == tracking_code)).all()
        assert len(found) == 1
        return found[0]

    def requests(self) -> list[ServiceRequest]:
        """All requests."""
        with writing() as session:
            return list(session.scalars(select(ServiceRequest)))

    def events(self, tracking_code: str) -> list[ServiceRequestEvent]:
        """The events of a request, in order."""
        request = self.request(tracking_code)
        with writing() as session:
            mine = select(ServiceRequestEvent).where(ServiceRequestEvent.service_request_id == request.id)
            return list(session.scalars(mine.order_by(ServiceRequestEvent.received_at, ServiceRequestEvent.id)))

    def recorded(self, *, hours_ago: float = 30, **values: Any) -> str:
        """A request that was recorded some time ago; its tracking code."""
        record_id = new_id()
        first = {
            "text": "3号楼东侧路灯不亮。",
            "status": "recorded",
            "source": "resident",
            "place_id": self.city.places["p1"],
        }
        self.write(
            create("service_request", {**first, **values}, id=record_id),
            actor=Actor("resident"),
            now=now_ms() - int(hours_ago * HOUR_MS),
        )
        with writing() as session:
            found = session.get(ServiceRequest, record_id)
        assert found is not None
        assert found.tracking_code
        return found.tracking_code

    def take(self, tracking_code: str, to: str, actor: Actor, *, hours_ago: float = 0, **fields: Any) -> None:
        """Bring a request a step further, some time ago."""
        values = {**fields.pop("values", {}), "status": step(to, **fields)}
        self.write(
            patch("service_request", self.request(tracking_code).id, values),
            actor=actor,
            now=now_ms() - int(hours_ago * HOUR_MS),
        )

    def answered(self, *, hours_ago: float = 25, **values: Any) -> str:
        """A request that the platform answered so many hours ago."""
        code = self.recorded(hours_ago=hours_ago + 20, **values)
        self.take(code, "to_be_forwarded", LEADER, hours_ago=hours_ago + 19)
        self.take(code, "submitted", SYSTEM, hours_ago=hours_ago + 18, values={"platform_number": "LC-0001"})
        self.take(
            code,
            "dispatched",
            PLATFORM,
            hours_ago=hours_ago + 17,
            values={"lead_unit": "区综合行政执法局", "co_units": ["供电公司"]},
        )
        answer = "路灯已修好。"
        self.take(code, "answered", PLATFORM, hours_ago=hours_ago, values={"answer": answer}, text=answer)
        return code


def make_street(app: Flask, city: City) -> Street:
    """Print the codes."""
    app.test_client_class = Browser
    street = Street(app, city)
    with writing() as session:
        session.add(
            Area(id="371502001001", parent_id="371502001", level="community", name="光岳社区", team_id=city.teams["a"])
        )
        session.flush()
        session.add(
            Area(
                id="371502001001B03",
                parent_id="371502001001",
                level="building",
                name="光岳小区3号楼",
                lat=36.46,
                lon=115.98,
            )
        )
    street.enterprise = new_id()
    shop = {
        "kind": "enterprise",
        "label": "恒信配件厂",
        "address": "建设路12号",
        "area_id": "371502001001",
        "linked_cadre_id": city.people["li"],
    }
    team = f"team:{city.teams['a']}"
    street.write(
        create("place", shop, id=street.enterprise, scope=team),
        patch("place", city.places["p1"], {"owner_cadre_id": city.people["wang"]}),
        patch(
            "cadre",
            city.people["li"],
            {"name": "李建国", "unit_name": "区住建局", "number": "LC000123", "term": "2020-01-01至2099-12-31"},
        ),
    )
    street.codes = {
        "card": street.print("card", place_id=city.places["p1"]),
        "shop": street.print("card", place_id=street.enterprise),
        "plate": street.print("plate", area_id="371502001001B03"),
        "badge": street.print("badge", cadre_id=city.people["li"]),
    }
    return street


def shown(tracking_code: str) -> str:
    """The tracking code as pages show it."""
    return format_tracking_code(tracking_code)
