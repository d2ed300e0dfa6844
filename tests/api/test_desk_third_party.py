"""A GeoReport client that is not ours (the package `georeport`) reads the desk over a real socket."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import requests
from flask import Flask
from georeport import GeoReport
from werkzeug.serving import make_server

from tests.api.desk_people import KEYS, Desk, make_desk


@pytest.fixture
def desk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return make_desk(app, monkeypatch)


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """The endpoint, served on a port that was free."""
    server = make_server("127.0.0.1", 0, desk.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/open311/v2"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("fmt", ["json", "xml"])
@pytest.mark.parametrize("jurisdiction", [None, "liaocheng.gov.cn"])
def test_a_foreign_client_reads_services_and_requests(
    desk: Desk, address: str, fmt: str, jurisdiction: str | None
) -> None:
    first = desk.new({"description": "第一件"})
    second = desk.new({"description": "第二件"})
    client = GeoReport(address, jurisdiction=jurisdiction, output_format=fmt)
    assert [service["service_code"] for service in client.get_service_list()] == ["001", "002", "003", "004"]
    definition = client.get_service_definition("002")
    assert definition["service_code"] == "002"
    found = client.get_service_requests(service_code="001", status="open")
    assert [request["service_request_id"] for request in found] == [second, first]
    assert client.get_service_request(first)["description"] == "第一件"


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_a_foreign_client_gets_plain_http_errors(address: str, fmt: str) -> None:
    client = GeoReport(address, output_format=fmt)
    with pytest.raises(requests.HTTPError) as caught:
        client.get_service_request("001")
    assert caught.value.response.status_code == 404
    with pytest.raises(requests.HTTPError) as caught:
        client.get_service_definition("none")
    assert caught.value.response.status_code == 404


def test_a_photo_posted_over_the_socket_can_be_fetched_at_its_address(address: str) -> None:
    from tests.api.desk_people import picture

    body = {"api_key": KEYS["doorstep"], "service_code": "001", "address_string": "x"}
    made = requests.post(f"{address}/requests.json", body, files={"media[]": ("a.jpg", picture())}, timeout=10)
    number = made.json()[0]["service_request_id"]
    found = requests.get(f"{address}/requests/{number}.json", {"api_key": KEYS["doorstep"]}, timeout=10).json()[0]
    photo = requests.get(found["media_url"], timeout=10)
    assert found["media_url"].startswith(f"{address}/media/")
    assert photo.headers["Content-Type"] == "image/jpeg"
    assert photo.content.startswith(b"\xff\xd8\xff")
