"""Web push: an optional nudge that says that there is news, to the phones that want it, by day, once."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import current_app
from hypothesis import given
from hypothesis import strategies as st

from app.database import reading, writing
from app.external.http import Outward
from app.ids import new_id, now_ms
from app.jobs import notify
from app.models.accounts import Account, Device
from app.push_subscription import BadSubscription, push_keys, read_subscription
from app.writes import Actor, create, patch, write
from tests.evenings import DAY, HOUR, SHANGHAI, at, record
from tests.factories import City
from tests.push_service import Browser, PushService, push_service

NOON = at("2026-11-20 12:00")
MINUTE = 60_000


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PushService]:
    with push_service(tmp_path_factory.mktemp("push")) as service:
        yield service


@pytest.fixture
def service(running: PushService) -> PushService:
    """The push service, knowing nothing."""
    running.answers.clear()
    running.taken.clear()
    return running


def enrolled(city: City, who: str, service: PushService, path: str = "/phone") -> Browser:
    """This person's phone, with reminders switched on."""
    browser = Browser()
    client = city.sign_in(who, f"phone-of-{who}")
    reply = client.post("/api/push-subscription", json=browser.subscription(service.endpoint(path)))
    assert reply.status_code == 204, reply.get_json()
    return browser


def told(city: City, who: str, kind: str = "request_answered", at_ms: int = NOON, **values: Any) -> str:
    """A notice in this person's inbox."""
    # Ids begin with the time they are made at.
    digits = f"{at_ms:012x}"
    notice = f"{digits[:8]}-{digits[8:]}{new_id()[13:]}"
    fields = {"kind": kind, "title": "张三家的灯", "text": "三单元路灯不亮", "created_at": at_ms, **values}
    with writing() as session:
        scope = f"user:{city.people[who]}"
        write(session, [create("notice", fields, id=notice, scope=scope)], actor=Actor("system"), now=at_ms)
    return notice


def test_li_is_nudged_about_an_answer_and_only_her_phone_can_read_it(city: City, service: PushService) -> None:
    browser, lamp = enrolled(city, "li", service), new_id()
    told(city, "li", about_collection="service_request", about_id=lamp)
    assert notify.run(NOON, service.outward).counts == {"taken": 1}
    (push,) = service.taken
    assert browser.read(push.body) == {
        "kind": "request_answered",
        "id": lamp,
        "title": "有诉求已出结果",
        "text": "打开民情日记查看",
        "path": f"/app/request/{lamp}",
    }
    with pytest.raises(Exception, match=r".*"):
        Browser().read(push.body)


def test_the_push_is_signed_for_this_service_with_the_key_that_browsers_were_given(
    city: City, service: PushService
) -> None:
    enrolled(city, "li", service)
    told(city, "li")
    notify.run(NOON, service.outward)
    (push,) = service.taken
    given_key = city.sign_in("li").get("/api/push-key").get_json()["key"]
    claims = push.claims
    assert (claims["aud"], claims["key"]) == (service.url, given_key)
    assert claims["exp"] == NOON // 1000 + 12 * 3600
    assert claims["sub"].startswith("mailto:")
    assert (push.headers["content-encoding"], push.headers["ttl"]) == ("aes128gcm", "43200")


def test_neither_a_name_nor_a_text_stands_in_a_push(city: City, service: PushService) -> None:
    browser = enrolled(city, "li", service)
    told(city, "li", kind="deadline_near", title="张三", text="13800001234")
    told(city, "li", kind="deadline_over", title="张三", text="13800001234")
    notify.run(NOON, service.outward)
    message = browser.read(service.taken[0].body)
    assert message == {"kind": "several", "title": "您有2条新消息", "text": "打开民情日记查看", "path": "/app/messages"}


def test_a_notice_is_pushed_once(city: City, service: PushService) -> None:
    enrolled(city, "li", service)
    told(city, "li")
    for minute in range(0, 120, 20):
        notify.run(NOON + minute * MINUTE, service.outward)
    assert len(service.taken) == 1


def test_what_is_no_deadline_and_no_answer_waits_in_the_inbox(city: City, service: PushService) -> None:
    enrolled(city, "li", service)
    told(city, "li", kind="parked_settled")
    told(city, "li", kind="request_merged")
    assert notify.run(NOON, service.outward).idle


def test_what_was_read_already_is_not_pushed(city: City, service: PushService) -> None:
    enrolled(city, "li", service)
    notice = told(city, "li")
    with writing() as session:
        write(session, [patch("notice", notice, {"read_at": NOON})], actor=Actor("system"), now=NOON)
    assert notify.run(NOON, service.outward).idle


def test_old_news_are_not_pushed_to_a_phone_that_has_just_subscribed(city: City, service: PushService) -> None:
    enrolled(city, "li", service)
    told(city, "li", at_ms=NOON - notify.WINDOW_MS)
    assert notify.run(NOON, service.outward).idle


def test_the_phone_of_somebody_else_is_not_nudged(city: City, service: PushService) -> None:
    enrolled(city, "wang", service)
    told(city, "li")
    assert notify.run(NOON, service.outward).idle


def test_at_night_nobody_is_nudged_and_in_the_morning_once(city: City, service: PushService) -> None:
    browser = enrolled(city, "li", service)
    midnight = NOON - 12 * HOUR
    told(city, "li", at_ms=midnight + HOUR)
    told(city, "li", at_ms=midnight + 2 * HOUR)
    for hour in (2, 4, 6):
        assert notify.run(midnight + hour * HOUR, service.outward).idle
    notify.run(midnight + 7 * HOUR, service.outward)
    assert [browser.read(push.body)["title"] for push in service.taken] == ["您有2条新消息"]


@given(st.integers(0, 4_000_000_000_000))
def test_night_is_from_ten_to_seven_by_the_clock_of_the_city(now: int) -> None:
    hour = datetime.fromtimestamp(now / 1000, SHANGHAI).hour
    assert notify.may_not_disturb(now) == (hour >= 22 or hour < 7)


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_is_forgotten(city: City, service: PushService, status: int) -> None:
    enrolled(city, "li", service)
    service.answers["/phone"] = status
    told(city, "li")
    assert notify.run(NOON, service.outward).counts == {"gone": 1}
    with reading() as session:
        assert session.get_one(Device, "phone-of-li").push_subscription is None


def test_a_phone_that_subscribed_anew_meanwhile_keeps_its_new_subscription(
    city: City, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled(city, "li", service)
    service.answers["/phone"] = 410
    told(city, "li")
    kept = notify._record

    def subscribed_meanwhile(*arguments: Any) -> None:
        enrolled(city, "li", service, "/new")
        kept(*arguments)

    monkeypatch.setattr(notify, "_record", subscribed_meanwhile)
    notify.run(NOON, service.outward)
    with reading() as session:
        assert "/new" in (session.get_one(Device, "phone-of-li").push_subscription or "")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_service_is_asked_again_later_and_at_last_left_alone(
    city: City, service: PushService, status: int
) -> None:
    enrolled(city, "li", service)
    service.answers["/phone"] = status
    told(city, "li")
    for minute in range(0, 10 * 60, 1):
        if not notify.may_not_disturb(NOON + minute * MINUTE):
            notify.run(NOON + minute * MINUTE, service.outward)
    assert len(service.taken) == 1 + len(notify.WAITS_MS)


def test_a_busy_service_that_recovers_gets_the_nudge(city: City, service: PushService) -> None:
    enrolled(city, "li", service)
    service.answers["/phone"] = 503
    told(city, "li")
    notify.run(NOON, service.outward)
    service.answers.clear()
    assert notify.run(NOON + MINUTE, service.outward).counts == {"taken": 1}


def test_a_refused_push_is_not_repeated(city: City, service: PushService) -> None:
    enrolled(city, "li", service)
    service.answers["/phone"] = 413
    told(city, "li")
    assert notify.run(NOON, service.outward).counts == {"refused": 1}
    assert notify.run(NOON + HOUR, service.outward).idle


def test_a_redirect_is_not_followed(city: City, service: PushService) -> None:
    enrolled(city, "li", service)
    service.answers["/phone"] = 307
    told(city, "li")
    assert notify.run(NOON, service.outward).counts == {"refused": 1}
    assert [push.path for push in service.taken] == ["/phone"]


def test_a_service_out_of_reach_is_asked_once_a_run_and_costs_nobody_else_the_nudge(
    city: City, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "_THREADS", 1)
    for who in ("li", "wang"):
        client = city.sign_in(who, f"phone-of-{who}")
        # Port 1 of the discard prefix of our own loopback: nobody listens.
        client.post("/api/push-subscription", json=Browser().subscription("https://127.0.0.1:1/x"))
        told(city, who)
    enrolled(city, "zhao", service)
    told(city, "zhao")
    calls: list[str] = []
    kept = Outward.call

    def counted(self: Outward, method: str, url: str, **more: Any) -> Any:
        calls.append(url)
        return kept(self, method, url, **more)

    monkeypatch.setattr(Outward, "call", counted)
    assert notify.run(NOON, service.outward).counts == {"later": 2, "taken": 1}
    assert calls.count("https://127.0.0.1:1/x") == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "192.168.1.1"])
def test_a_private_address_is_never_called_and_its_subscription_forgotten(
    city: City, service: PushService, address: str
) -> None:
    client = city.sign_in("li", "phone-of-li")
    reply = client.post("/api/push-subscription", json=Browser().subscription(f"https://{address}/push"))
    assert reply.status_code == 204
    told(city, "li")
    # The way out that the worker uses.
    assert notify.run(NOON).counts == {"gone": 1}
    assert service.taken == []
    with reading() as session:
        assert session.get_one(Device, "phone-of-li").push_subscription is None


@pytest.mark.parametrize("stored", ["", "{", "{}", '{"endpoint": "https://[::1]/", "keys": {}}'])
def test_a_spoilt_subscription_costs_nobody_else_the_nudge(city: City, service: PushService, stored: str) -> None:
    for who in ("li", "wang"):
        enrolled(city, who, service)
        told(city, who)
    with writing() as session:
        session.get_one(Device, "phone-of-li").push_subscription = stored
    assert notify.run(NOON, service.outward).counts == {"gone": 1, "taken": 1}


def test_a_revoked_phone_and_a_closed_account_are_not_nudged(city: City, service: PushService) -> None:
    for who in ("li", "wang"):
        enrolled(city, who, service)
        told(city, who)
    with writing() as session:
        session.get_one(Device, "phone-of-li").revoked = "soft"
        session.get_one(Account, city.people["wang"]).active = False
    assert notify.run(NOON, service.outward).idle


def test_a_reminder_of_a_deadline_is_pushed_with_the_request_it_is_about(city: City, service: PushService) -> None:
    from app.jobs import deadlines

    browser = enrolled(city, "li", service)
    # The reminder's id carries the real clock: by day that is now, at night the coming morning.
    now = next(t for t in range(now_ms(), now_ms() + DAY, HOUR) if not notify.may_not_disturb(t))
    lamp = record(city, "li", now - 12 * HOUR)
    deadlines.run(now)
    notify.run(now, service.outward)
    message = browser.read(service.taken[0].body)
    assert (message["kind"], message["id"]) == ("deadline_half", lamp)


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    keys = []
    threads = [threading.Thread(target=lambda: keys.append(push_keys(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1
    (file,) = (tmp_path / "secrets").iterdir()
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600


def test_reminders_need_an_enrolled_phone(city: City, service: PushService) -> None:
    reply = city.sign_in("sun").post("/api/push-subscription", json=Browser().subscription(service.endpoint("/x")))
    assert (reply.status_code, reply.get_json()["error"]) == (409, "push_needs_phone")


def test_a_stranger_gets_neither_key_nor_subscription(city: City) -> None:
    stranger = current_app.test_client()
    headers = {"X-Doorstep": "1"}
    assert stranger.get("/api/push-key").status_code == 401
    assert stranger.post("/api/push-subscription", json={}, headers=headers).status_code == 401
    assert stranger.delete("/api/push-subscription", headers=headers).status_code == 401


def test_li_can_switch_reminders_off(city: City, service: PushService) -> None:
    enrolled(city, "li", service)
    assert city.sign_in("li", "phone-of-li").delete("/api/push-subscription").status_code == 204
    told(city, "li")
    assert notify.run(NOON, service.outward).idle


def test_a_phone_that_changes_hands_is_nudged_for_its_new_owner_only(city: City, service: PushService) -> None:
    browser = Browser()
    body = browser.subscription(service.endpoint("/phone"))
    city.sign_in("li", "phone-of-li").post("/api/push-subscription", json=body)
    city.sign_in("wang", "phone-of-wang").post("/api/push-subscription", json=body)
    told(city, "li")
    assert notify.run(NOON, service.outward).idle
    told(city, "wang")
    assert notify.run(NOON, service.outward).counts == {"taken": 1}


def good() -> dict[str, Any]:
    return Browser().subscription("https://push.example/1")


BAD: list[Any] = [
    None,
    [],
    "text",
    {},
    {**good(), "endpoint": "http://push.example/1"},
    {**good(), "endpoint": "https://user:word@push.example/1"},
    {**good(), "endpoint": "https:///1"},
    {**good(), "endpoint": "https://[::1]/1"},
    {**good(), "endpoint": "https://push.example/1 2"},
    {**good(), "endpoint": "https://push.example/\r\nX: 1"},
    {**good(), "endpoint": "https://推送.example/1"},
    {**good(), "endpoint": "https://push.example:port/1"},
    {**good(), "endpoint": "https://push.example/" + "x" * 1000},
    {**good(), "endpoint": 7},
    {**good(), "keys": None},
    {**good(), "keys": {}},
    {**good(), "keys": {**good()["keys"], "auth": "AAAA"}},
    {**good(), "keys": {**good()["keys"], "auth": "五个字"}},
    {**good(), "keys": {**good()["keys"], "p256dh": "BAAA"}},
    {**good(), "keys": {**good()["keys"], "p256dh": "B" + "A" * 86}},
]


@pytest.mark.parametrize("body", BAD)
def test_what_is_no_subscription_is_refused_in_words(city: City, body: Any) -> None:
    with pytest.raises(BadSubscription):
        read_subscription(body)
    reply = city.sign_in("li", "phone-of-li").post("/api/push-subscription", json=body)
    assert (reply.status_code, reply.get_json()["error"]) == (422, "push_subscription_wrong")


def test_padding_makes_no_second_subscription() -> None:
    plain = good()
    padded = {**plain, "keys": {name: value + "=" * (-len(value) % 4) for name, value in plain["keys"].items()}}
    assert read_subscription(plain).as_json() == read_subscription(padded).as_json()
