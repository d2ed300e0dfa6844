"""A city in which team a has one of everything, each with a secret in it, and people who would like to know."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app import photos
from app.database import reading, writing
from app.domain.forwarding import State
from app.ids import diary_id, new_id, now_ms
from app.models.accounts import Account, Device
from app.models.attachments import Attachment
from app.models.forwarding import Forwarding, Target
from app.models.service_requests import ServiceRequest
from app.writes import Actor, create
from tests.api.access_doors import Door
from tests.api.residents_street import Street, hidden_fields, picture
from tests.api.review_days import Day
from tests.devices import Phone
from tests.factories import City
from tests.spreadsheets import upload, xlsx

ON = "2026-11-20"
PHONE = "13712349876"
# What only team a's own people and the task force may read; none of it is on a page for residents.
SECRETS = ("门口养狗，问低保的事", "王家儿媳反映漏水", "二单元张家媳妇的日记", PHONE, "夜里吵闹的是谁家")
RESIDENT = Actor("resident", None, "居民")


@dataclass
class World:
    """Team a's things by the names that stand in addresses and bodies."""

    app: Flask
    city: City
    street: Street
    ids: dict[str, str] = field(default_factory=dict)

    def knock(self, client: FlaskClient, method: str, rule: str, door: Door) -> TestResponse:
        """Try a door with the names of team a's own things."""
        path = re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda blank: self._id(rule, blank[1]), rule)
        query = self._filled(door.query)
        sent: dict[str, Any] = {"json": self._filled(door.body)}
        if door.form is not None:
            token = hidden_fields(client.get("/desk/sign-in").text)["csrf"]
            sent = {"data": {**self._filled(door.form), "csrf": token}}
        return client.open(path, method=method, query_string=query, buffered=True, **sent)

    def _id(self, rule: str, name: str) -> str:
        for (part, blank), value in SPECIAL.items():
            if blank == name and part in rule:
                return value if "{" not in value else self._filled(value)
        return self.ids.get(name, "1")

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one) for one in value]
        return re.sub(r"\{(\w+)\}", lambda found: self.ids[found[1]], value) if isinstance(value, str) else value


# Blanks that mean something else under some addresses.
SPECIAL = {
    ("/r/t/", "code"): "{tracking_code}",
    ("/r/mine/", "code"): "{tracking_code}",
    ("/targets/", "code"): "desk",
    ("/open311/", "code"): "001",
    ("/exports/", "what"): "requests",
    ("/qr.", "kind"): "svg",
    ("/print/", "kind"): "card",
    ("/open311/", "fmt"): "json",
    ("/app/", "path"): "today",
    ("/static/", "filename"): "pages.css",
    ("/templates/", "name"): "places",
    ("/steps/", "name"): "accept",
    ("/platform-webhook/", "target"): "desk",
    ("/desk/", "request_id"): "1",
}


def make_world(app: Flask, city: City, street: Street) -> World:
    """Work of team a, one of everything."""
    world, day = World(app, city, street), Day(city, ON)
    li = Phone(city.sign_in("li", "phone-of-li"), "phone-of-li", city.people["li"])
    li.sync()
    city.sign_in("li", "spare-of-li")
    world.ids |= {"on": ON, "team": city.teams["a"], "cadre": city.people["li"], "device_id": "spare-of-li"}
    world.ids |= {"code": street.codes["card"], "client_id": "phone-nobody-knows"}
    _day_of_li(world, li)
    _requests(world, day)
    _boards(world)
    return world


def _day_of_li(world: World, li: Phone) -> None:
    data = picture()
    world.ids["sha256"] = sha256 = hashlib.sha256(data).hexdigest()
    assert li.client.put(f"/attachments/{sha256}", data=data).status_code == 201
    place = world.city.places["p1"]
    visit = {"place_id": place, "visit_on": ON, "outcome": "met", "finding": "opinion", "finished_at": li.now}
    world.ids["visit_id"] = li.create("visit", {**visit, "note": SECRETS[0], "photos": [sha256]})
    world.ids["notice_id"] = new_id()
    world.ids["feedback_id"] = li.create("feedback", {"about": "app", "text": "字太小"})
    li.create("diary", {"diary_on": ON, "text": SECRETS[2]}, id=diary_id(li.person_id, ON))
    # Of a place of team b: parked, with what was seen there.
    li.create("visit", {"place_id": world.city.places["p5"], "outcome": "met", "note": SECRETS[4]})
    li.sync()
    assert [li.results[mid]["outcome"] for mid in (1, 2, 3, 4)] == ["applied", "applied", "applied", "parked"]


def _requests(world: World, day: Day) -> None:
    values = {"place_id": world.city.places["p1"], "category": "roads_lights", "source": "resident", "occurred_on": ON}
    values |= {"contact_phone": PHONE, "text": SECRETS[1], "photos": [world.ids["sha256"]]}
    world.ids["request_id"] = request_id = new_id()
    day.write([create("service_request", values, id=request_id)], RESIDENT)
    stuck = day.request("p2", "forward", text=SECRETS[1])
    with writing() as session:
        row = session.get_one(ServiceRequest, request_id)
        world.ids |= {"tracking_code": row.tracking_code or "", "status": row.status}
        for code, adapter in (("desk", "open311"), ("file", "file_exchange")):
            session.add(Target(code=code, name=code, adapter=adapter, settings={}))
        chosen = Forwarding.service_request_id == stuck
        session.execute(update(Forwarding).where(chosen).values(state=State.DEAD, reason="rejected", target="desk"))
        world.ids["forwarding_id"] = session.scalars(select(Forwarding.id).where(chosen)).one()


def _boards(world: World) -> None:
    sun, zhou = world.city.sign_in("sun"), world.city.sign_in("zhou")
    parked = sun.get("/api/review/parked").get_json()["parked"]
    world.ids["no"] = str(parked[0]["no"])
    body = {"ids": [world.ids["request_id"]], "title": "路灯整治", "responsible": "孙队长"}
    project = sun.post("/api/review/projects", json=body).get_json()
    world.ids["project_id"] = project["id"]
    project = sun.post(f"/api/review/projects/{project['id']}/tasks", json={"text": "勘察"}).get_json()
    world.ids["task_id"] = project["tasks"][0]["id"]
    where = {"held_on": ON, "place": "光岳社区", "host": "孙队长"}
    session = sun.post("/api/review/receptions", json=where).get_json()
    world.ids["reception_id"] = session["id"]
    brought = {"service_request_id": world.ids["request_id"]}
    sun.post(f"/api/review/receptions/{session['id']}/requests", json=brought)
    draw = zhou.post("/api/review/spot-checks", json={"on": ON, "random_calls": 5, "risk_calls": 0}).get_json()
    world.ids["check_id"] = draw["id"]
    row = ["户主姓名", "联系电话", "服务队", "小区", "门牌号"], ["王建国", PHONE, "第a服务队", "文昌苑", "501"]
    world.ids["token"] = upload(sun, "places", xlsx(list(row))).get_json()["token"]


def people(world: World) -> dict[str, FlaskClient]:
    """Everybody who knocks, by name, each with a session as far as there is one."""
    city = world.city
    with writing() as session:
        for name, role, area in (("far", "task_force", "371599"), ("unit", "unit", None)):
            city.people[name] = new_id()
            row = Account(id=city.people[name], login=name, name=name, role=role, area_id=area, created_at=now_ms())
            session.add(row)
    clients = {name: city.sign_in(name) for name in ("sun", "zhou", "qian", "far", "unit", "wang")}
    clients |= {"li": city.sign_in("li", "phone-of-li"), "zhao": city.sign_in("zhao", "phone-of-zhao")}
    clients |= {how: city.sign_in("li" if how == "soft" else "sun", f"phone-{how}") for how in ("soft", "hard")}
    with writing() as session:
        session.execute(update(Account).where(Account.login == "wang").values(active=False))
        for how in ("soft", "hard"):
            device = session.get_one(Device, f"phone-{how}")
            device.revoked, device.revoked_at = how, now_ms()
    clients["anonymous"] = world.app.test_client()
    clients["anonymous"].environ_base["HTTP_X_DOORSTEP"] = "1"
    clients["resident"] = _resident(world)
    return clients


def _resident(world: World) -> FlaskClient:
    """A resident who has opened the own request with its tracking code and the phone's last digits."""
    code = world.street.recorded(contact_phone="13800001111", place_id=world.city.places["p2"])
    browser = world.street.browser()
    opened = browser.post(f"/r/t/{code}/open", data={**hidden_fields(browser.get(f"/r/t/{code}").text), "tail": "1111"})
    assert opened.status_code == 303
    browser.environ_base["HTTP_X_DOORSTEP"] = "1"
    return browser


def photo_bytes(world: World) -> bytes:
    """The photo of team a as it is stored."""
    with reading() as session:
        kept = session.get_one(Attachment, world.ids["sha256"])
    return photos.path_of(world.app.config["DOORSTEP"].photo_dir, kept.stored_sha256).read_bytes()
