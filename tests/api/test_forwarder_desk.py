"""The forwarder and the embedded desk meet over HTTP and nowhere else: a request's whole way there and back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from app.database import reading, writing
from app.desk.installation import ServicePlan, SignIn, UnitPlan, setup
from app.desk.work_orders import By, Filled, take
from app.ids import now_ms
from app.jobs import apply_news, forward, poll_platform, reconcile
from app.jobs.delivery_rows import adapters
from app.jobs.parcels import parcel_of
from app.models.desk import DeskRequest, DeskUnit
from app.models.forwarding import CategoryMapping, Forwarding, Target
from app.models.service_requests import ServiceRequest, ServiceRequestEvent
from app.writes import Actor, create, patch, step, write
from tests.factories import City

KEY = "a-long-random-key-of-the-tests"
CENTRE = By("centre", "受理转办中心", "值班员")
LEAD = By("lead", "住建局", "经办人")


@pytest.fixture(params=["json", "xml"])
def desk(request: pytest.FixtureRequest, app: Flask, city: City) -> Iterator[None]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    units = [
        UnitPlan("centre", "受理转办中心", True, (SignIn("centre", "值班员", "long-enough-1"),)),
        UnitPlan("housing", "住建局"),
        UnitPlan("power", "供电公司"),
    ]
    services = [ServicePlan("lights", "路灯"), ServicePlan("repairs", "道路维修", delivery="batch")]
    with writing() as session:
        setup(session, units, services, KEY)
        settings = {
            "format": request.param,
            "poll_every_s": 0,
            "attributes": ["client_reference", "resident_due", "confidential"],
        }
        session.add(
            Target(
                code="desk", name="12345受理平台", adapter="open311", api_key=KEY, settings=settings,
                url=f"http://127.0.0.1:{server.port}/open311/v2",
            )
        )  # fmt: skip
        session.flush()
        session.add(CategoryMapping(target="desk", category="roads_lights", service_code="lights"))
        session.add(CategoryMapping(target="desk", category="roads_repair", service_code="repairs"))
    yield
    server.shutdown()
    thread.join()
    server.server_close()


class Story:
    """One request, told from both sides."""

    def __init__(self, city: City, category: str = "roads_lights", **values: object) -> None:
        self.now = now_ms()
        common = {
            "text": "楼道口路灯不亮",
            "category": category,
            "handling": "forward",
            "source": "cadre",
            "place_id": city.places["p1"],
        }
        write_one = create("service_request", {**common, **values})
        self.id = write_one.id
        self.by_leader([write_one])

    def by_leader(self, writes: list[object]) -> None:
        with writing() as session:
            outcomes = write(session, writes, actor=Actor("leader", None, "孙队长"), now=self.now)  # type: ignore[arg-type]
            assert {o.outcome for o in outcomes} == {"applied"}, outcomes

    def beat(self, ahead_ms: int = 0) -> None:
        """The worker's jobs, now; look-ups as of `ahead_ms` from now."""
        forward.run(now_ms())
        reconcile.run(now_ms() + ahead_ms)
        poll_platform.run(now_ms())
        apply_news.run(now_ms())

    def at_desk(self, name: str, by: By, **filled: object) -> None:
        """A step on the desk's side."""
        with writing() as session:
            order = session.scalars(select(DeskRequest)).one()
            take(session, order, name, by, Filled(**filled), now_ms())  # type: ignore[arg-type]

    def request(self) -> ServiceRequest:
        with reading() as session:
            return session.get_one(ServiceRequest, self.id)

    def path(self) -> list[str]:
        with reading() as session:
            events = select(ServiceRequestEvent).where(
                ServiceRequestEvent.service_request_id == self.id, ServiceRequestEvent.kind == "status"
            )
            return [str(e.to_status) for e in session.scalars(events.order_by(ServiceRequestEvent.id))]


def unit_id(code: str) -> str:
    with reading() as session:
        return session.scalars(select(DeskUnit.id).where(DeskUnit.code == code)).one()


@pytest.mark.usefixtures("desk")
def test_a_request_goes_there_is_returned_rerouted_extended_answered_reopened_and_answered_again(city: City) -> None:
    story = Story(city)
    story.beat()
    assert story.request().status == "submitted"
    assert str(story.request().platform_number).startswith("WO")
    story.at_desk("accept", CENTRE)
    story.at_desk("dispatch", CENTRE, lead=unit_id("power"))
    story.beat()
    assert (story.request().status, story.request().lead_unit) == ("dispatched", "供电公司")
    story.at_desk("return", By("lead", "供电公司"), reason="不属本单位")
    story.beat()
    assert (story.request().status, story.request().returns) == ("returned", 1)
    story.at_desk("dispatch", CENTRE, lead=unit_id("housing"), co=(unit_id("power"),))
    story.beat()
    assert (story.request().lead_unit, story.request().co_units) == ("住建局", ["供电公司"])
    story.at_desk("ask_extension", LEAD, until=now_ms() + 20 * 86_400_000, reason="缺配件")
    story.at_desk("approve_extension", CENTRE)
    story.beat()
    assert story.request().status == "extended"
    story.at_desk("answer", LEAD, text="路灯已修好")
    story.beat()
    assert (story.request().status, story.request().answer) == ("answered", "路灯已修好")
    story.at_desk("close", CENTRE)
    story.beat()
    assert (story.request().status, story.request().closed_at) == ("answered", None)
    with writing() as session:
        no = patch("service_request", story.id, {"status": step("reopened", reason="晚上还是不亮")})
        write(session, [no], actor=Actor("resident", None, "居民"), now=story.now)
    story.by_leader([patch("service_request", story.id, {"status": step("to_be_forwarded")})])
    story.beat()
    with reading() as session:
        order = session.scalars(select(DeskRequest)).one()
        assert (order.status, order.round) == ("dispatched", 2)
        assert [row.forward_no for row in session.scalars(select(Forwarding).order_by(Forwarding.forward_no))] == [1, 2]
    assert story.request().status in {"submitted", "dispatched"}
    story.at_desk("answer", LEAD, text="换了灯泡，已亮")
    story.beat()
    assert (story.request().status, story.request().answer) == ("answered", "换了灯泡，已亮")
    told = story.path()
    assert told[told.index("returned") : told.index("reopened") + 1] == [
        "returned",
        "dispatched",
        "extended",
        "answered",
        "reopened",
    ]


@pytest.mark.usefixtures("desk")
def test_a_batch_service_gives_its_number_when_the_centre_accepts(city: City) -> None:
    story = Story(city, "roads_repair")
    story.beat()
    assert story.request().status == "queued"
    story.at_desk("accept", CENTRE)
    story.beat(ahead_ms=60_000)
    story.beat()
    assert story.request().status == "accepted"


@pytest.mark.usefixtures("desk")
def test_a_parcel_that_is_sent_twice_is_one_work_order(city: City) -> None:
    story = Story(city)
    story.beat()
    with writing() as session:
        row = session.scalars(select(Forwarding)).one()
        target = session.get_one(Target, "desk")
        parcel = parcel_of(row, Path())
        adapter = adapters().of(target)
        number = row.platform_id
    again = adapter.send(parcel, lambda: None)
    assert (again.outcome, again.platform_id) == ("created", number)
    other_body = replace(parcel, payload={**parcel.payload, "description": "另一件事"})
    assert adapter.send(other_body, lambda: None).outcome == "duplicate"
    with reading() as session:
        assert session.scalars(select(DeskRequest.number)).all() == [number]


@pytest.mark.usefixtures("desk")
def test_a_confidential_report_stays_between_the_centre_and_us(city: City) -> None:
    story = Story(city, confidential=True, contact_phone="13912345678")
    story.beat()
    with reading() as session:
        order = session.scalars(select(DeskRequest)).one()
        assert (order.public, order.contact_phone, order.lat) == (False, None, None)
        assert order.attributes["confidential"] == ["true"]
    assert story.request().status == "submitted"
