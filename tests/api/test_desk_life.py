"""A request's life at the desk, as its client reads it: steps, clocks, updates, photos."""

from __future__ import annotations

import io
import itertools
import threading
from datetime import date
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from PIL import Image
from sqlalchemy import select

from app.database import reading, writing
from app.desk.clocks import end_of_day, in_words, read_clock
from app.desk.steps import STATUSES, STEPS, Part, may_take, steps_for
from app.desk.work_orders import By, Filled, take
from app.errors import Problem
from app.models.desk import DeskRequest, DeskUpdate
from tests.api.desk_people import DAY, FRIDAY, HOUR, KEYS, Desk, from_xml, make_desk, picture
from tests.api.desk_schemas import SCHEMAS


@pytest.fixture
def desk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return make_desk(app, monkeypatch)


@pytest.fixture
def either_desk(either_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk on SQLite, then on PostgreSQL."""
    return make_desk(either_app, monkeypatch)


def details(desk: Desk, number: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.read(number)["extended_attributes"]
    return found


def test_a_request_goes_from_the_centre_through_its_units_to_the_end(either_desk: Desk) -> None:
    desk = either_desk
    number = desk.new({"service_code": "003"})
    zhou, li, wang, zhao = (desk.officer(name) for name in ("zhou", "li", "wang", "zhao"))
    desk.clock.pass_by(1)
    zhou.step(number, "accept")
    assert details(desk, number)["detailed_status"] == "accepted"
    zhou.step(number, "dispatch", lead=desk.unit("housing"), co=[desk.unit("city"), desk.unit("power")])
    found = desk.read(number)
    assert found["agency_responsible"] == "住房和城乡建设局"
    assert found["extended_attributes"]["co_units"] == ["城市管理局", "供电公司"]
    assert found["extended_attributes"]["unit_due_datetime"] == "2026-11-22T03:00:00Z"
    assert found["expected_datetime"] == "2026-11-22T03:00:00Z"
    wang.step(number, "take_up")
    wang.step(number, "progress", text="已入户", tell="1")
    zhao.step(number, "note", text="停电时间另行通知")
    assert "停电时间另行通知" in li.page(number)
    assert details(desk, number)["detailed_status"] == "in_progress"
    wang.step(number, "answer", text="屋面已重做防水。")
    found = desk.read(number)
    assert (found["status"], found["status_notes"]) == ("open", "屋面已重做防水。")
    assert found["extended_attributes"]["detailed_status"] == "answered"
    assert found["extended_attributes"]["answer"] == "屋面已重做防水。"
    wang.step(number, "close")
    found = desk.read(number)
    assert (found["status"], found["extended_attributes"]["detailed_status"]) == ("closed", "closed")
    steps = [update["extended_attributes"]["step"] for update in desk.told(number)]
    assert steps == ["accept", "dispatch", "take_up", "progress", "answer", "close"]


def test_what_units_note_for_each_other_is_not_told_to_the_client(desk: Desk) -> None:
    number = desk.new()
    zhou, li = desk.officer("zhou"), desk.officer("li")
    zhou.step(number, "dispatch", lead=desk.unit("city"))
    li.step(number, "progress", text="只在内部说")
    assert "只在内部说" not in str(desk.told(number)) + str(desk.read(number))
    li.step(number, "progress", text="也告诉群众", tell="1")
    assert desk.told(number)[-1]["description"] == "也告诉群众"
    assert desk.read(number)["status_notes"] == "也告诉群众"


def test_a_returned_request_goes_back_to_the_centre_with_its_reason(desk: Desk) -> None:
    number = desk.new()
    zhou, li = desk.officer("zhou"), desk.officer("li")
    zhou.step(number, "dispatch", lead=desk.unit("city"), co=[desk.unit("power")])
    li.step(number, "return", reason="不属于本单位职责")
    found = details(desk, number)
    assert (found["detailed_status"], found["reason"]) == ("returned", "不属于本单位职责")
    assert (found["lead_unit"], found["co_units"], found["unit_due_datetime"]) == (None, [], None)
    assert li.browser.get(li.address(number)).status_code == 404
    desk.clock.pass_by(30)
    zhou = desk.officer("zhou")
    zhou.step(number, "dispatch", lead=desk.unit("housing"))
    found = details(desk, number)
    assert (found["detailed_status"], found["reason"]) == ("dispatched", None)
    assert found["resident_due_datetime"] == "2026-11-21T02:00:00Z"
    assert found["unit_due_datetime"] == "2026-11-26T08:00:00Z"


def test_an_extension_needs_the_centre_and_is_told_to_the_resident(either_desk: Desk) -> None:
    desk = either_desk
    number = desk.new()
    zhou, li = desk.officer("zhou"), desk.officer("li")
    zhou.step(number, "dispatch", lead=desk.unit("city"))
    before = details(desk, number)
    li.step(number, "ask_extension", until="2026-12-04", reason="等待配件")
    assert details(desk, number) == before
    zhou.step(number, "approve_extension")
    after = details(desk, number)
    assert (after["detailed_status"], after["reason"]) == ("extended", "等待配件")
    assert after["unit_due_datetime"] == "2026-12-04T15:59:59Z"
    assert after["resident_due_datetime"] == before["resident_due_datetime"]
    assert desk.told(number)[-1]["description"] == "办理期限延至2026年12月4日，原因：等待配件"


def test_a_declined_extension_changes_nothing_but_can_be_asked_again(desk: Desk) -> None:
    number = desk.new()
    zhou, li = desk.officer("zhou"), desk.officer("li")
    zhou.step(number, "dispatch", lead=desk.unit("city"))
    li.step(number, "ask_extension", until="2026-12-04", reason="等待配件")
    assert li.try_step(number, "ask_extension", {"until": "2026-12-05", "reason": "再要"}).status_code == 409
    zhou.step(number, "decline_extension", reason="可先修一盏")
    assert details(desk, number)["detailed_status"] == "dispatched"
    assert "等待配件" not in str(desk.told(number))
    li.step(number, "ask_extension", until="2026-12-01", reason="等待配件")


@pytest.mark.parametrize("until", ["2026-11-24", "2020-01-01", "2030-01-01", "soon", ""])
def test_an_extension_must_be_later_than_the_term_and_within_180_days(desk: Desk, until: str) -> None:
    number = desk.new()
    zhou, li = desk.officer("zhou"), desk.officer("li")
    zhou.step(number, "dispatch", lead=desk.unit("city"))
    assert li.try_step(number, "ask_extension", {"until": until, "reason": "等待配件"}).status_code == 400


def test_reopening_by_the_client_begins_a_new_round_at_the_same_unit(either_desk: Desk) -> None:
    desk = either_desk
    number = desk.new()
    zhou, li = desk.officer("zhou"), desk.officer("li")
    zhou.step(number, "dispatch", lead=desk.unit("city"), co=[desk.unit("power")])
    li.step(number, "answer", text="已修好")
    li.step(number, "close")
    desk.clock.pass_by(72)
    reply = desk.post_update(number, {"description": "只亮了一晚", "update_id": "u1"})
    assert reply.status_code == 200
    found = desk.read(number)
    extended = found["extended_attributes"]
    assert (found["status"], extended["detailed_status"], extended["round"]) == ("open", "dispatched", 2)
    assert (extended["lead_unit"], extended["co_units"]) == ("城市管理局", ["供电公司"])
    assert extended["resident_due_datetime"] == "2026-11-24T02:00:00Z"
    assert extended["unit_due_datetime"] == "2026-11-28T02:00:00Z"
    assert extended["reason"] == "只亮了一晚"
    li = desk.officer("li")
    assert number in li.list("mine")
    assert "只亮了一晚" in li.page(number)


def test_reopening_what_no_unit_had_goes_to_the_centre(desk: Desk) -> None:
    number = desk.new()
    zhou = desk.officer("zhou")
    zhou.step(number, "refuse", reason="不属于受理范围")
    assert desk.read(number)["status"] == "closed"
    assert details(desk, number)["detailed_status"] == "not_accepted"
    desk.post_update(number, {"status": "OPEN", "description": "请再看看"})
    assert details(desk, number)["detailed_status"] == "accepted"
    assert number in zhou.list("waiting")


def test_the_client_closes_an_answered_request_because_the_resident_agrees(desk: Desk) -> None:
    number = desk.new()
    desk.officer("zhou").step(number, "answer_directly", text="按规定可以办理。")
    assert desk.post_update(number, {"status": "CLOSED"}).status_code == 200
    assert details(desk, number)["detailed_status"] == "closed"
    assert desk.told(number)[-1]["extended_attributes"]["step"] == "agree"


def test_the_client_withdraws_a_request_nobody_has_answered(desk: Desk) -> None:
    number = desk.new()
    desk.post_update(number, {"status": "CLOSED", "description": "已经自己解决"})
    assert details(desk, number)["detailed_status"] == "closed"
    assert desk.told(number)[-1]["extended_attributes"]["step"] == "withdraw"


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_an_update_that_changes_nothing_is_kept_as_a_comment(desk: Desk, fmt: str) -> None:
    number = desk.new()
    reply = desk.post_update(number, {"description": "补充：共三盏", "media_url": "https://p.example.org/1.jpg"}, fmt)
    assert reply.status_code == 200
    body = reply.json if fmt == "json" else from_xml(reply.data)
    told = desk.told(number)
    assert body == [{"update_id": told[0]["update_id"]}]
    assert (told[0]["description"], told[0]["media_url"]) == ("补充：共三盏", "https://p.example.org/1.jpg")
    assert details(desk, number)["detailed_status"] == "submitted"
    assert "补充：共三盏" in desk.officer("zhou").page(number)
    Draft202012Validator(SCHEMAS["service_request_updates"]).validate(told)


def test_an_update_is_taken_once_and_another_body_under_its_id_is_409(either_desk: Desk) -> None:
    desk = either_desk
    number = desk.new()
    first = desk.post_update(number, {"update_id": "7", "description": "补充"}).json
    assert desk.post_update(number, {"update_id": "7", "description": "补充"}).json == first
    assert desk.post_update(number, {"update_id": "7", "description": "别的"}).status_code == 409
    assert len(desk.told(number)) == 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"service_request_id": ""}, 400),
        ({"service_request_id": "WO0"}, 404),
        ({"status": "FIXED"}, 400),
        ({"description": "长" * 4001}, 400),
        ({"description": ""}, 400),
        ({"description": "x", "updated_datetime": "today"}, 400),
        ({"description": "x", "media_url": "javascript:1"}, 400),
        ({"description": "x", "update_id": "7" * 201}, 400),
    ],
)
def test_updates_that_cannot_be_meant_are_refused(desk: Desk, fields: dict[str, str], status: int) -> None:
    number = desk.new()
    reply = desk.post_update(number, fields)
    assert (reply.status_code, reply.json[0]["code"]) == (status, status)
    assert desk.told(number) == []


def test_another_client_can_neither_update_nor_even_find_what_is_not_public(desk: Desk) -> None:
    shown, hidden = desk.new(), desk.new({"service_code": "003"})
    assert desk.post_update(shown, {"description": "x"}, key="other").status_code == 403
    assert desk.post_update(hidden, {"description": "x"}, key="other").status_code == 404


def test_updates_are_listed_oldest_first_by_time_and_page(desk: Desk) -> None:
    number = desk.new()
    for text in "abc":
        desk.clock.pass_by(1)
        desk.post_update(number, {"description": text})
    key = {"api_key": KEYS["doorstep"]}

    def texts(**query: str) -> list[str]:
        return [u["description"] for u in desk.get("servicerequestupdates.json", **key, **query).json]

    assert texts() == ["a", "b", "c"]
    assert texts(page="2", page_size="2") == ["c"]
    assert texts(start_date="2026-11-20T04:00:00Z", end_date="2026-11-20T04:00:00Z") == ["b"]
    assert texts(start_date="2026-11-20T04:00:01Z") == ["c"]
    assert texts(service_request_id="other") == []
    desk.clock.now += 91 * DAY
    assert texts() == []
    assert texts(service_request_id=number) == ["a", "b", "c"]


def test_a_clock_that_steps_back_never_disorders_the_history(desk: Desk) -> None:
    number = desk.new()
    zhou = desk.officer("zhou")
    desk.clock.now -= HOUR
    zhou.step(number, "accept")
    zhou.step(number, "dispatch", lead=desk.unit("city"))
    with reading() as session:
        times = session.scalars(select(DeskUpdate.at).order_by(DeskUpdate.id)).all()
    assert list(times) == sorted(set(times))


PARTS: tuple[Part, ...] = ("centre", "lead", "co", "client")


@pytest.mark.parametrize("status", STATUSES)
def test_every_step_that_is_not_in_the_table_is_refused(desk: Desk, status: str) -> None:
    number = desk.new()
    full = Filled("文", "因", desk.unit("city"), (), FRIDAY + 20 * DAY)
    for step, part, asked in itertools.product(STEPS, PARTS, (False, True)):
        allowed = may_take(step, status, part, asked)
        assert allowed == (step in steps_for(status, part, asked))
        with writing() as session:
            request = session.scalars(select(DeskRequest).where(DeskRequest.number == number)).one()
            request.status, request.extension_until = status, FRIDAY + 10 * DAY if asked else None
            if allowed:
                take(session, request, step.name, By(part, "某单位"), full, FRIDAY)
                assert request.status == (step.to if step.name != "reopen" else "accepted") or step.to is None
            else:
                with pytest.raises(Problem, match="desk_illegal_step"):
                    take(session, request, step.name, By(part, "某单位"), full, FRIDAY)
            session.rollback()


def test_photos_are_reencoded_and_lose_where_they_were_taken(desk: Desk) -> None:
    exif = Image.Exif()
    exif[271] = "A maker"
    exif.get_ifd(0x8825)[1] = "N"
    sent = picture((3000, 2000), exif=exif, comment=b"taken at home")
    number = desk.new({"media[]": (sent, "照片.jpg")})
    address = desk.read(number)["media_url"]
    reply = desk.stranger().get(address)
    assert reply.content_type == "image/jpeg"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(reply.data)) as stored:
        assert stored.format == "JPEG"
        assert max(stored.size) <= 2048
        assert not stored.getexif()
    for secret in (b"A maker", b"taken at home"):
        assert secret not in reply.data
    assert desk.read(number, key=None)["media_url"] is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_five_photos_of_the_three_kinds_are_taken(desk: Desk, kind: str) -> None:
    files = [(picture((40 + n, 40), kind), f"{n}") for n in range(5)]
    number = desk.new({"media[]": files})
    assert len(details(desk, number)["media_urls"]) == 5


def bomb() -> io.BytesIO:
    """A PNG that says it is 50,000 by 50,000."""
    out = picture((10, 10), "PNG")
    data = bytearray(out.getvalue())
    data[16:24] = (50_000).to_bytes(4, "big") * 2
    return io.BytesIO(bytes(data))


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (io.BytesIO(b"<html>"), 400),
        (io.BytesIO(b"\xff\xd8\xff not a jpeg at all"), 400),
        (io.BytesIO(b"GIF89a" + b"0" * 100), 400),
        (io.BytesIO(b""), 400),
        (bomb(), 400),
        (picture((6400, 6400), "PNG"), 413),
    ],
    ids=["html", "magic only", "gif", "empty", "bomb", "41 megapixels"],
)
def test_what_is_no_photo_or_too_large_is_refused_whole(desk: Desk, content: io.BytesIO, status: int) -> None:
    reply = desk.post({"media[]": [(picture(), "good.jpg"), (content, "bad.jpg")]})
    assert reply.status_code == status
    assert desk.get("requests.json").json == []


def test_a_sixth_photo_is_refused(desk: Desk) -> None:
    assert desk.post({"media[]": [(picture(), f"{n}.jpg") for n in range(6)]}).status_code == 400


def test_an_answer_carries_its_photos(desk: Desk) -> None:
    number = desk.new()
    zhou, li = desk.officer("zhou"), desk.officer("li")
    zhou.step(number, "dispatch", lead=desk.unit("city"))
    li.step(
        number, "answer", text="已修好，见照片。", photos=[(picture((30, 30)), "1.jpg"), (picture((31, 30)), "2.jpg")]
    )
    addresses = details(desk, number)["attachments"]
    assert len(addresses) == 2
    assert desk.told(number)[-1]["extended_attributes"]["attachments"] == addresses
    for address in addresses:
        assert desk.stranger().get(address).status_code == 200


def test_many_posts_of_one_key_at_once_make_one_request(either_desk: Desk) -> None:
    replies: list[tuple[int, Any]] = []

    def post() -> None:
        reply = either_desk.post({"attribute[client_reference]": "MQ-1"}, Idempotency_Key="MQ-1")
        replies.append((reply.status_code, reply.json))

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [status for status, _ in replies] == [200] * 8
    assert len({body[0]["service_request_id"] for _, body in replies}) == 1
    assert len(either_desk.get("requests.json").json) == 1


def test_many_different_posts_at_once_get_numbers_without_gap_or_double(either_desk: Desk) -> None:
    numbers: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: numbers.append(either_desk.new({"description": str(n)}))) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [f"WO20261120-{n:06d}" for n in range(1, 9)]


@given(st.integers(0, 400 * DAY), st.integers(0, 400 * DAY), st.integers(0, 400 * DAY))
def test_a_running_clock_only_ever_gets_worse_and_a_met_one_stands(due: int, earlier: int, later: int) -> None:
    order = ["later", "within_3d", "within_24h", "overdue"]
    first, second = sorted((earlier, later))
    assert order.index(read_clock(due, None, first).standing) <= order.index(read_clock(due, None, second).standing)
    assert read_clock(due, first, second) == read_clock(due, first, second + 1)


@pytest.mark.parametrize(
    ("left", "standing"),
    [(-1, "overdue"), (0, "within_24h"), (DAY - 1, "within_24h"), (DAY, "within_3d"), (3 * DAY, "later")],
)
def test_the_words_change_at_the_due_instant_at_one_day_and_at_three(left: int, standing: str) -> None:
    assert read_clock(FRIDAY + left, None, FRIDAY).standing == standing


def test_lengths_are_said_in_the_units_people_use() -> None:
    assert in_words(30_000) == ("1分钟", "1 min")
    assert in_words(-5 * HOUR) == ("5小时", "5 h")
    assert in_words(26 * HOUR) == ("1天2小时", "1 d 2 h")
    assert in_words(DAY) == ("1天", "1 d")
    assert in_words(74 * HOUR) == ("3天", "3 d")


def test_a_term_that_names_a_day_runs_to_its_end_in_shanghai() -> None:
    assert end_of_day(date(2026, 11, 20)) == FRIDAY + 14 * HOUR - 1
