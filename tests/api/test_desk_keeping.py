"""What the desk keeps: contacts and photos for two years, terms in the client's own working days, forms within their bounds."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.database import reading, writing
from app.desk import photos, retention
from app.jobs import worker
from app.models.desk import DeskPhoto, DeskRequest, DeskUpdate
from tests.api.desk_people import DAY, FRIDAY, HOUR, KEYS, Desk, make_desk, picture


@pytest.fixture
def desk(either_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """On SQLite and on PostgreSQL."""
    return make_desk(either_app, monkeypatch)


def post_with_photo(desk: Desk, **fields: str) -> str:
    body = {"service_code": "001", "address_string": "光岳小区", "description": "路灯不亮", "api_key": KEYS["doorstep"]}
    files = {"media": (picture(), "lamp.jpg")}
    reply = desk.stranger().post("/open311/v2/requests.json", data={**body, **fields, **files})
    assert reply.status_code == 200, reply.text
    return str(reply.json[0]["service_request_id"])


def row(number: str) -> DeskRequest:
    with reading() as session:
        return session.scalars(select(DeskRequest).where(DeskRequest.number == number)).one()


def close(desk: Desk, number: str) -> None:
    zhou = desk.officer("zhou")
    zhou.step(number, "answer_directly", text="已修好")
    zhou.step(number, "close")


def files() -> list[Path]:
    return [path for path in photos.folder().rglob("*") if path.is_file()]


def test_two_years_after_the_end_nobody_finds_the_resident_at_the_desk_any_more(desk: Desk) -> None:
    number = post_with_photo(desk, phone="13800001234", last_name="王", first_name="秀英")
    desk.post_update(number, {"description": "还是不亮"})
    close(desk, number)
    assert len(files()) == 1
    desk.clock.now = FRIDAY + retention.KEPT_MS - DAY
    assert worker.desk_retention(desk.clock.now).idle
    assert row(number).contact_phone == "13800001234"
    assert worker.desk_retention(FRIDAY + retention.KEPT_MS + DAY).counts == {"contacts": 1}
    kept = row(number)
    assert (kept.contact_phone, kept.contact_name, kept.photos) == (None, None, [])
    assert kept.description == "路灯不亮"
    assert kept.answer == "已修好"
    assert files() == []
    with reading() as session:
        assert session.scalars(select(DeskPhoto)).all() == []
        assert len(session.scalars(select(DeskUpdate)).all()) == 4
    assert worker.desk_retention(FRIDAY + retention.KEPT_MS + 2 * DAY).idle


def test_a_photo_that_another_request_shows_stays(desk: Desk) -> None:
    old = post_with_photo(desk, phone="13800001234")
    close(desk, old)
    young = post_with_photo(desk, description="另一盏灯")
    assert row(old).photos == row(young).photos
    with writing() as session:
        assert retention.forget(session, FRIDAY + retention.KEPT_MS + DAY) == 1
    assert len(files()) == 1
    assert row(young).photos


def test_open_requests_keep_their_contacts_however_old_they_are(desk: Desk) -> None:
    number = desk.new({"phone": "13800001234"})
    assert worker.desk_retention(FRIDAY + 10 * 365 * DAY).idle
    assert row(number).contact_phone == "13800001234"


def test_the_residents_term_is_the_clients_in_working_days_and_anew_when_it_is_reopened(desk: Desk) -> None:
    # Three working days from a Friday end on Wednesday at midnight.
    number = desk.new({"attribute[resident_due]": "2026-11-25T23:59:59+08:00"})
    assert row(number).resident_due_at == FRIDAY + 5 * DAY + 14 * HOUR - 1000
    close(desk, number)
    desk.post_update(number, {"description": "没解决", "attribute[resident_due]": "2026-11-27T23:59:59+08:00"})
    assert row(number).resident_due_at == FRIDAY + 7 * DAY + 14 * HOUR - 1000
    close(desk, number)
    desk.post_update(number, {"description": "又坏了"})
    assert 0 <= row(number).resident_due_at - (desk.clock.now + 24 * HOUR) < 1000


def test_a_term_that_is_no_time_is_refused(desk: Desk) -> None:
    number = desk.new()
    close(desk, number)
    reply = desk.post_update(number, {"description": "没解决", "attribute[resident_due]": "星期三"})
    assert reply.status_code == 400
    assert reply.json[0]["description"]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_of_a_unit_that_is_too_long_is_refused_in_words_and_changes_nothing(desk: Desk, kind: str) -> None:
    number = desk.new()
    zhou = desk.officer("zhou")
    path = f"/desk/requests/{row(number).id}/steps/answer_directly"
    reply = zhou.browser.post(path, data={"text": "长" * 100_000}, content_type=kind)
    assert reply.status_code == 413
    assert "256 KB" in reply.text
    assert row(number).status == "submitted"
