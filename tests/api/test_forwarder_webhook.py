"""Signed webhooks in both directions: what goes out is signed and sent once, what comes in is verified, stored once, then applied."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from standardwebhooks import Webhook
from werkzeug.test import TestResponse

from app.database import reading
from app.jobs import apply_news
from app.models.forwarding import PlatformNews
from tests.factories import City
from tests.forwarding_world import DAY, HOUR, World
from tests.platform import Platform

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Receiver:
    """A platform that takes webhooks: keeps every verified message, answers as told."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, object]]] = []
        self.answer: tuple[int, bytes] = (204, b"")
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                message = Webhook(SECRET).verify(body, dict(self.headers))
                receiver.messages.append((self.headers["webhook-id"], message))
                status, answer = receiver.answer
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hooks"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture
def world(app: Flask, city: City, receiver: Receiver) -> Iterator[World]:
    with Platform() as platform:
        yield World(city, platform, adapter="webhook", url=receiver.url, api_key=SECRET)


def signed(message_id: str, body: object, at: datetime | None = None, secret: str = SECRET) -> dict[str, str]:
    at = at or datetime.now(UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at, json.dumps(body, ensure_ascii=False)),
        "Content-Type": "application/json",
    }


def tell(
    client: FlaskClient, world: World, body: object, message_id: str = "msg_1", headers: dict[str, str] | None = None
) -> TestResponse:
    return client.post(
        f"/api/platform-webhook/{world.code}",
        data=json.dumps(body, ensure_ascii=False).encode(),
        headers=headers or signed(message_id, body),
    )


def inbox() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(PlatformNews)) or 0


def test_a_request_goes_out_signed_under_its_reference(world: World, receiver: Receiver) -> None:
    world.queue(text="楼道口路灯不亮")
    world.forward()
    row = world.row()
    ((message_id, message),) = receiver.messages
    assert message_id == row.reference
    assert message["type"] == "service_request.created"
    data = message["data"]
    assert isinstance(data, dict)
    assert (data["reference"], data["description"], data["service_code"]) == (row.reference, "楼道口路灯不亮", "lights")
    assert (row.state, row.blind) == ("awaiting_id", True)


def test_a_number_in_the_answer_is_taken_at_once(world: World, receiver: Receiver) -> None:
    receiver.answer = (200, json.dumps({"service_request_id": "GD-1"}).encode())
    (request_id,) = world.queue()
    world.forward()
    assert (world.row().state, world.request(request_id).platform_number) == ("done", "GD-1")


def test_the_number_follows_by_webhook_and_news_after_it(world: World, receiver: Receiver, client: FlaskClient) -> None:
    (request_id,) = world.queue()
    world.forward()
    reference = world.row().reference
    first = {"data": {"service_request_id": "GD-1", "reference": reference, "status": "accepted", "text": "已受理"}}
    assert tell(client, world, first, "msg_1").status_code == 204
    second = {"data": {"service_request_id": "GD-1", "status": "answered", "answer": "路灯已修好"}}
    assert tell(client, world, second, "msg_2").status_code == 204
    apply_news.run(world.now + 10 * DAY)
    request = world.request(request_id)
    assert (request.status, request.platform_number, request.answer) == ("answered", "GD-1", "路灯已修好")
    assert world.row().state == "done"


def test_news_that_come_before_the_number_wait_for_it(world: World, receiver: Receiver, client: FlaskClient) -> None:
    assert tell(client, world, {"data": {"service_request_id": "GD-1", "status": "accepted"}}).status_code == 204
    apply_news.run(world.now)
    receiver.answer = (200, json.dumps({"service_request_id": "GD-1"}).encode())
    (request_id,) = world.queue()
    world.forward()
    apply_news.run(world.now)
    assert world.request(request_id).status == "accepted"


def test_a_replay_is_taken_once_and_welcomed_again(world: World, client: FlaskClient) -> None:
    body = {"data": {"service_request_id": "GD-1", "status": "accepted"}}
    headers = signed("msg_1", body)
    assert [tell(client, world, body, headers=headers).status_code for _ in range(3)] == [204, 204, 204]
    assert inbox() == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"webhook-signature": "v1,AAAA"}, 401),
        ({"webhook-signature": "v1,不是"}, 401),
        ({"webhook-signature": "nonsense"}, 401),
        ({"webhook-signature": ""}, 401),
        ({"webhook-id": "msg_other"}, 401),
        ({"webhook-timestamp": "x"}, 401),
        ({"webhook-id": "m" * 191}, 400),
    ],
)
def test_a_message_that_is_not_signed_right_is_not_stored(
    world: World, client: FlaskClient, change: dict[str, str], status: int
) -> None:
    body = {"data": {"service_request_id": "GD-1", "status": "accepted"}}
    headers = {**signed("msg_1", body), **change}
    answer = tell(
        client, world, body, headers={name: value.encode().decode("latin-1") for name, value in headers.items()}
    )
    assert answer.status_code == status
    assert set(answer.json or {}) >= {"error", "zh", "en"}
    assert inbox() == 0


def test_another_key_and_an_unknown_target_get_the_same_answer(world: World, client: FlaskClient) -> None:
    body = {"data": {"service_request_id": "GD-1"}}
    wrong = tell(client, world, body, headers=signed("msg_1", body, secret="whsec_" + "B" * 32))
    unknown = client.post("/api/platform-webhook/nobody", data=json.dumps(body), headers=signed("msg_1", body))
    assert (wrong.status_code, wrong.json) == (unknown.status_code, unknown.json)
    assert wrong.status_code == 401
    assert inbox() == 0


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_stale_message_is_refused(world: World, client: FlaskClient, minutes: int) -> None:
    body = {"data": {"service_request_id": "GD-1"}}
    headers = signed("msg_1", body, at=datetime.now(UTC) + timedelta(minutes=minutes))
    answer = tell(client, world, body, headers=headers)
    assert (answer.status_code, (answer.json or {})["error"]) == (400, "webhook_stale")
    assert inbox() == 0


@pytest.mark.parametrize("body", [None, [], "x", {}, {"data": {"status": "open"}}])
def test_a_senseless_message_is_refused_in_words(world: World, client: FlaskClient, body: object) -> None:
    answer = tell(client, world, body)
    assert (answer.status_code, (answer.json or {})["error"]) == (400, "webhook_malformed")


def test_a_message_of_more_than_a_quarter_megabyte_is_refused(world: World, client: FlaskClient) -> None:
    body = {"data": {"service_request_id": "GD-1", "text": "长" * 300_000}}
    assert tell(client, world, body).status_code == 413


def test_a_number_that_never_comes_ends_with_a_person(world: World, receiver: Receiver) -> None:
    world.queue()
    world.settle()
    assert (world.row().state, world.row().reason) == ("dead", "no_number")
    assert world.now - world.row().created_at >= 72 * HOUR
    assert len(receiver.messages) == 1


@pytest.mark.parametrize("status", [500, 502, 302, 429])
def test_a_doubtful_answer_is_never_followed_by_a_second_message(world: World, receiver: Receiver, status: int) -> None:
    receiver.answer = (status, b"")
    world.queue()
    world.settle()
    assert world.row().state == "dead"
    assert len(receiver.messages) == 1


def test_a_malformed_secret_sends_nothing(world: World, receiver: Receiver) -> None:
    world.change_target(api_key="whsec_!")
    world.queue()
    assert world.forward() == {"not_sent": 1}
    assert receiver.messages == []
