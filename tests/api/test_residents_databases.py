"""A resident's whole way on SQLite and on PostgreSQL."""

from __future__ import annotations

import hashlib

from flask import Flask
from sqlalchemy import select

from app.database import writing
from app.ids import now_ms
from app.models.people import Cadre
from app.models.service_requests import Rating
from app.residents import badges
from app.writes import create
from tests.api.residents_street import LEADER, make_street, picture, upload
from tests.factories import make_city


def test_from_the_card_to_the_rating(either_app: Flask) -> None:
    street = make_street(either_app, make_city())
    browser, photo = street.browser(), picture()
    path = f"/r/{street.codes['plate']}/file"
    fields = {**browser.fields(path), "text": "路灯不亮。", "phone": "13800001234"}
    sent = [browser.post(path, data={**fields, "photos": upload(photo)}) for _ in range(2)]
    assert sent[0].location == sent[1].location
    (request,) = street.requests()
    assert request.photos == [hashlib.sha256(photo).hexdigest()]
    answered = street.recorded(hours_ago=40)
    street.take(answered, "solved_on_spot", LEADER, hours_ago=30)
    wrong = ("1" if answered[0] != "1" else "2") + answered[1:]
    assert "第 1 位" in browser.get(f"/r/t/{wrong}").text
    browser.send(f"/r/t/{answered}/agree", form_on=f"/r/t/{answered}")
    assert browser.send(f"/r/t/{answered}/rate", {"score": "5", "pressured": "yes"}).status_code == 303
    with writing() as session:
        assert [rating.score for rating in session.scalars(select(Rating))] == [5]


def test_a_companions_visit_today_is_found(either_app: Flask) -> None:
    street = make_street(either_app, make_city())
    li, wang = street.city.people["li"], street.city.people["wang"]
    street.write(create("visit", {"place_id": street.city.places["p1"], "cadre_id": wang, "companions": [li]}))
    with writing() as session:
        cadre = session.get(Cadre, li)
        assert cadre is not None
        assert badges.visiting_today(session, cadre, now_ms()).yes
