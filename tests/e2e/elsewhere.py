"""What others do while a screen is looked at: a colleague's edits through the same door, a delivery that gets lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, update

from app import create_app
from app.database import db, writing
from app.ids import new_id, now_ms
from app.models.forwarding import CategoryMapping, Forwarding
from app.programmes import load
from app.writes import Actor, create, move, patch, step, write
from tests.conftest import settings_for
from tests.devices import Phone
from tests.e2e.product import Product, wait_for
from tests.factories import City

LEADER = Actor("leader", None, "孙队长")
PLATFORM = Actor("platform", None, "12345")


def rows(product: Product, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """What stands in the product's database."""
    connection = sqlite3.connect(f"file:{product.folder / 'doorstep.db'}?mode=ro", uri=True)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


@dataclass(frozen=True)
class Team:
    """What the demo cadre's team has, for screens that show one of it."""

    product: Product
    id: str
    place: str
    visit: str
    questionnaire: str
    door: dict[str, float]

    def request(self, status: str) -> str:
        """One of its requests that stands so."""
        sql = "SELECT id FROM service_request WHERE scope = ? AND status = ?"
        return str(rows(self.product, sql, f"team:{self.id}", status)[0][0])


def team_of(product: Product) -> Team:
    """The demo cadre's team; the place has a request, the visit is the cadre's own, the door is the first of the route."""
    who = product.sign_ins["cadre"]
    ((team,),) = rows(product, "SELECT id FROM team WHERE name = ?", who["team"])
    sql = "SELECT place_id FROM service_request WHERE scope = ? AND place_id IS NOT NULL"
    place = rows(product, sql, f"team:{team}")[0][0]
    sql = "SELECT v.id FROM visit v JOIN cadre c ON v.cadre_id = c.id WHERE c.name = ? AND v.scope = ?"
    visit = rows(product, sql, who["name"], f"team:{team}")[0][0]
    sql = "SELECT lat, lon FROM place WHERE scope = ? AND lat IS NOT NULL AND kind = 'household' ORDER BY route_order"
    lat, lon = rows(product, sql, f"team:{team}")[0]
    questionnaire = rows(product, "SELECT id FROM questionnaire")[0][0]
    return Team(product, team, place, visit, questionnaire, {"latitude": lat, "longitude": lon})


@contextmanager
def inside(product: Product) -> Iterator[None]:
    """A second process on the installation's data."""
    app = create_app(settings_for(product.folder))
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()


def leader_rewrites(product: Product, request_id: str, text: str) -> None:
    """The leader puts another sentence in the place of the request's."""
    with inside(product), writing() as session:
        write(session, [patch("service_request", request_id, {"text": text})], actor=LEADER, now=now_ms())


def platform_refuses(product: Product, request_id: str) -> None:
    """The platform does not accept the request: a step from where it stood is not possible any more."""
    with inside(product), writing() as session:
        refused = step("not_accepted", reason="不属于本平台受理范围")
        write(session, [patch("service_request", request_id, {"status": refused})], actor=PLATFORM, now=now_ms())


def a_cadre_speaks_up(product: Product, team: Team) -> None:
    """A suggestion about the app, and an appeal about a visit, wait for the task force."""
    ((cadre,),) = rows(product, "SELECT cadre_id FROM visit WHERE id = ?", team.visit)
    words = (
        ("app", "登记诉求要点太多次，能不能少两下？"),
        (f"visit:{team.visit}", "当时手机没信号，定位没打上，人是到了的。"),
    )
    with inside(product), writing() as session:
        said = [
            create("feedback", {"about": about, "text": text, "created_at": now_ms()}, scope=f"user:{cadre}")
            for about, text in words
        ]
        write(session, said, actor=Actor("cadre", cadre, "孙"), now=now_ms())


def a_request_gets_lost(product: Product, team: Team) -> None:
    """One of the team's delivered requests is missing at the platform: a person must look at it."""
    found = rows(
        product,
        "SELECT f.id FROM forwarding f JOIN service_request r ON f.service_request_id = r.id"
        " WHERE r.scope = ? ORDER BY f.id",
        f"team:{team.id}",
    )
    with inside(product), writing() as session:
        lost = update(Forwarding).where(Forwarding.id == found[0][0])
        session.execute(lost.values(alarm="missing_at_platform"))


def a_class_of_problems(product: Product, team: Team) -> str:
    """Three requests of the team say the same, of a category it had none of; the category's name."""
    used = {code for (code,) in rows(product, "SELECT DISTINCT category FROM service_request")}
    category = next(one for one in load("liaocheng").category if one.parent and one.code not in used)
    values = {"category": category.code, "handling": "own_unit", "source": "cadre", "place_id": team.place}
    said = [f"{door}的人说{category.zh}的事没人管，反映好几回了" for door in ("东边邻居", "西边邻居", "楼上")]
    with inside(product), writing() as session:
        recorded = [create("service_request", {**values, "text": text}) for text in said]
        outcomes = write(session, recorded, actor=LEADER, now=now_ms())
        assert {outcome.outcome for outcome in outcomes} == {"applied"}, outcomes
    return category.zh


def a_delivery_stops(product: Product, team: Team, category: str | None = None) -> str:
    """A request is to be forwarded, but nobody said what it is about, or the platform has no name for its category; its text."""
    text, request_id = f"村口的水渠堵了，地浇不上水 {new_id()[-4:]}", new_id()
    values = {"text": text, "category": category, "handling": "forward", "source": "cadre", "place_id": team.place}
    with inside(product), writing() as session:
        session.execute(delete(CategoryMapping).where(CategoryMapping.category == category))
        (outcome,) = write(session, [create("service_request", values, id=request_id)], actor=LEADER, now=now_ms())
        assert outcome.outcome == "applied", outcome
    sql = "SELECT state FROM forwarding WHERE service_request_id = ?"
    wait_for("the delivery to stop", lambda: rows(product, sql, request_id) == [("dead",)])
    return text


def work_waits_for_a_leader(product: Product, team: Team) -> str:
    """A phone hands in two visits to a household that was another team's for a while; what their notes begin with."""
    note, client_id = f"老人独居，{new_id()[-4:]}", new_id()
    sql = "SELECT a.id, a.cadre_id FROM account a JOIN visit v ON v.cadre_id = a.cadre_id WHERE v.id = ?"
    ((account, cadre),) = rows(product, sql, team.visit)
    ((other,),) = rows(product, "SELECT scope FROM team WHERE id <> ? ORDER BY id LIMIT 1", team.id)
    with inside(product):
        phone = Phone(City(people={"cadre": account}).sign_in("cadre", client_id), client_id, cadre)
        phone.pull()
        for time in ("上午", "下午"):
            phone.create("visit", {"place_id": team.place, "outcome": "met", "note": f"{note}{time}又去了一次。"})
        for scope in (other, f"team:{team.id}"):
            with writing() as session:
                move(session, "place", team.place, scope, actor=LEADER, now=now_ms())
            phone.push()
        assert {result["code"] for result in phone.results.values()} == {"scope_lost"}
    return note
