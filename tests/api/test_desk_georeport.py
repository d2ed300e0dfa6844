"""The desk's GeoReport endpoint: one test for each sentence of the conformance list, in JSON and in XML."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from app.database import writing
from app.desk import endpoint
from tests.api.desk_people import DAY, FRIDAY, HOUR, KEYS, Desk, as_xml_says, from_xml, make_desk, picture
from tests.api.desk_schemas import SCHEMAS

FORMATS = ["json", "xml"]
TYPES = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}


@pytest.fixture
def desk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return make_desk(app, monkeypatch)


def read(reply: TestResponse, fmt: str) -> Any:
    """The reply's value; checks that it is what it says it is, and in JSON that it has the shape of our schema."""
    assert reply.content_type == TYPES[fmt]
    if fmt == "xml":
        assert reply.data.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
        return from_xml(reply.data)
    return reply.json


def check_error(reply: TestResponse, fmt: str, status: int) -> str:
    """The reply is an errors body in the asked format, with a Chinese and an English sentence; returns them."""
    assert reply.status_code == status, reply.text
    errors = read(reply, fmt)
    if fmt == "json":
        Draft202012Validator(SCHEMAS["errors"]).validate(errors)
    assert [str(error["code"]) for error in errors] == [str(status)]
    words = errors[0]["description"]
    assert re.search("[一-鿿].*。 [A-Z].*[.]", words), words
    assert "Traceback" not in reply.text
    assert "<html" not in reply.text
    return str(words)


@pytest.mark.parametrize("fmt", FORMATS)
def test_discovery_lists_formats_and_endpoints(desk: Desk, fmt: str) -> None:
    found = read(desk.get(f"discovery.{fmt}"), fmt)
    endpoint = found["endpoints"][0]
    assert endpoint["url"] == "http://localhost/open311/v2"
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert found["key_service"]
    assert found["contact"]


@pytest.mark.parametrize("fmt", FORMATS)
def test_services_keep_their_leading_zeros_and_their_order(desk: Desk, fmt: str) -> None:
    found = read(desk.get(f"services.{fmt}"), fmt)
    assert [service["service_code"] for service in found] == ["001", "002", "003", "004"]
    assert found[0]["service_name"] == "路灯照明"
    assert found[0]["keywords"] == "路灯,照明"
    assert [service["type"] for service in found] == ["realtime", "realtime", "realtime", "batch"]


def test_booleans_are_booleans_and_lists_are_bare_arrays(desk: Desk) -> None:
    services = desk.get("services.json").json
    assert isinstance(services, list)
    assert [service["metadata"] for service in services] == [False, True, False, False]
    Draft202012Validator(SCHEMAS["services"]).validate(services)
    definition = desk.get("services/002.json").json
    assert definition["attributes"][0]["required"] is True
    Draft202012Validator(SCHEMAS["service_definition"]).validate(definition)
    assert [s["metadata"] for s in from_xml(desk.get("services.xml").data)] == ["false", "true", "false", "false"]


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_service_definition_lists_its_attributes_and_their_values(desk: Desk, fmt: str) -> None:
    found = read(desk.get(f"services/002.{fmt}"), fmt)
    assert found["service_code"] == "002"
    first = found["attributes"][0]
    assert first["code"] == "kind"
    assert first["datatype"] == "singlevaluelist"
    assert first["values"] == [{"key": "lift", "name": "电梯"}, {"key": "park", "name": "停车"}]
    assert [str(a["order"]) for a in found["attributes"]] == ["1", "2", "3", "4", "5", "6", "7"]
    assert {a["code"] for a in found["attributes"]} >= {"client_reference", "resident_due", "confidential"}


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("path", ["services/999", "requests/999", "tokens/999", "nonsense", "requests/1/2"])
def test_what_is_not_there_is_404_in_the_asked_format(desk: Desk, fmt: str, path: str) -> None:
    check_error(desk.get(f"{path}.{fmt}"), fmt, 404)


def test_an_unknown_format_is_404(desk: Desk) -> None:
    check_error(desk.get("services.html"), "xml", 404)
    check_error(desk.stranger().get("/open311/v2/requests.yaml", headers={"Accept": "application/json"}), "json", 404)


def test_without_an_extension_the_accept_header_decides_and_xml_is_the_rule(desk: Desk) -> None:
    read(desk.get("services"), "xml")
    read(desk.stranger().get("/open311/v2/services", headers={"Accept": "application/json"}), "json")
    read(desk.stranger().get("/open311/v2/services", headers={"Accept": "*/*"}), "xml")


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_posted_request_gets_a_number_and_can_be_read_alone_and_in_the_list(desk: Desk, fmt: str) -> None:
    made = read(desk.post({"lat": "36.4561", "long": "115.9855", "account_id": "77"}, fmt), fmt)
    number = made[0]["service_request_id"]
    assert number == "WO20261120-000001"
    assert made[0]["account_id"] == "77"
    assert "token" not in made[0]
    alone = read(desk.get(f"requests/{number}.{fmt}"), fmt)
    assert len(alone) == 1
    assert alone == read(desk.get(f"requests.{fmt}"), fmt)
    found = alone[0]
    assert found["service_code"] == "001"
    assert found["status"] == "open"
    assert found["description"] == "路灯不亮"
    assert found["address"] == "光岳小区3号楼"
    assert float(found["lat"]) == 36.4561
    assert float(found["long"]) == 115.9855
    assert found["requested_datetime"] == "2026-11-20T02:00:00Z"
    assert found["expected_datetime"] == "2026-11-21T02:00:00Z"


def test_numbers_count_on_within_a_day_of_shanghai_and_start_again_with_the_next(desk: Desk) -> None:
    desk.clock.now = FRIDAY + 14 * HOUR - 1
    assert [desk.new({"description": str(n)}) for n in range(2)] == ["WO20261120-000001", "WO20261120-000002"]
    desk.clock.now += 1
    assert desk.new() == "WO20261121-000001"


def test_ids_are_strings_and_001_survives(desk: Desk) -> None:
    number = desk.new()
    found = desk.get("requests.json").json
    Draft202012Validator(SCHEMAS["service_requests"]).validate(found)
    assert found[0]["service_request_id"] == number
    assert found[0]["service_code"] == "001"


@pytest.mark.parametrize("fmt", FORMATS)
def test_json_and_xml_say_the_same(desk: Desk, fmt: str) -> None:
    number = desk.new({"lat": "36.5", "long": "116", "description": "<b>&amp;</b> “引号”\n第二行"})
    key = {"api_key": KEYS["doorstep"], "extensions": "true"}
    for path in ("services", "services/002", "requests", f"requests/{number}", "discovery", "servicerequestupdates"):
        said = as_xml_says(desk.get(f"{path}.json", **key).json)
        assert from_xml(desk.get(f"{path}.xml", **key).data) == said, path


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("key", ["wrong", None, ""])
def test_a_wrong_or_missing_key_is_403_and_nothing_is_taken_in(desk: Desk, fmt: str, key: str | None) -> None:
    check_error(desk.post({}, fmt, key=key), fmt, 403)
    check_error(desk.post_update("WO1", {}, fmt, key=key), fmt, 403)
    assert desk.get("requests.json").json == []


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_wrong_key_is_403_for_reading_too(desk: Desk, fmt: str) -> None:
    check_error(desk.get(f"requests.{fmt}", api_key="wrong"), fmt, 403)


@pytest.mark.parametrize("fmt", FORMATS)
def test_4000_characters_are_taken_and_4001_are_not(desk: Desk, fmt: str) -> None:
    assert desk.post({"description": "灯" * 4000}, fmt).status_code == 200
    words = check_error(desk.post({"description": "灯" * 4001}, fmt), fmt, 400)
    assert "4000" in words
    assert len(desk.get("requests.json").json) == 1


def test_characters_are_counted_as_code_points_and_line_ends_as_one(desk: Desk) -> None:
    assert desk.post({"description": "😀" * 4000}).status_code == 200
    assert desk.post({"description": "😀" * 4001}).status_code == 400
    number = desk.new({"description": "行\r\n" * 2000})
    assert desk.read(number)["description"].count("\n") == 1999


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize(
    "fields",
    [
        {"lat": "36.4"},
        {"long": "115.9"},
        {"lat": "36.4", "long": ""},
        {"lat": "", "long": "115.9"},
    ],
)
def test_only_one_of_lat_and_long_is_400(desk: Desk, fmt: str, fields: dict[str, str]) -> None:
    check_error(desk.post(fields, fmt), fmt, 400)


@pytest.mark.parametrize("fmt", FORMATS)
def test_empty_lat_and_long_beside_an_address_are_absent(desk: Desk, fmt: str) -> None:
    made = read(desk.post({"lat": "", "long": "", "address_string": "x"}, fmt), fmt)
    found = desk.read(made[0]["service_request_id"])
    assert (found["lat"], found["long"], found["address"]) == (None, None, "x")


@pytest.mark.parametrize("fmt", FORMATS)
def test_without_any_location_it_is_400_and_with_an_address_id_it_is_not(desk: Desk, fmt: str) -> None:
    check_error(desk.post({"address_string": None}, fmt), fmt, 400)
    check_error(desk.post({"address_string": "  "}, fmt), fmt, 400)
    assert desk.post({"address_string": None, "address_id": "371502001"}, fmt).status_code == 200


@pytest.mark.parametrize("bad", ["north", "nan", "inf", "1e999", "91", "-90.1", "３６度"])
def test_a_latitude_that_is_none_is_400(desk: Desk, bad: str) -> None:
    check_error(desk.post({"lat": bad, "long": "115.9"}), "json", 400)


@pytest.mark.parametrize("fmt", FORMATS)
def test_an_unknown_service_is_404_and_a_missing_one_400(desk: Desk, fmt: str) -> None:
    check_error(desk.post({"service_code": "999"}, fmt), fmt, 404)
    check_error(desk.post({"service_code": None}, fmt), fmt, 400)
    check_error(desk.post({"service_code": ""}, fmt), fmt, 400)


@pytest.mark.parametrize("fmt", FORMATS)
def test_an_empty_list_is_200(desk: Desk, fmt: str) -> None:
    for path in ("requests", "servicerequestupdates"):
        reply = desk.get(f"{path}.{fmt}")
        assert reply.status_code == 200
        assert read(reply, fmt) in ([], None)
    assert desk.get("requests.json").data == b"[]"


def test_jurisdiction_id_is_accepted_everywhere(desk: Desk) -> None:
    number = desk.new({"jurisdiction_id": "liaocheng.gov.cn"})
    for path in ("services", "services/001", "requests", f"requests/{number}", "servicerequestupdates"):
        assert desk.get(f"{path}.json", jurisdiction_id="liaocheng.gov.cn").status_code == 200


def numbers(desk: Desk, **query: Any) -> list[str]:
    reply = desk.get("requests.json", **query)
    assert reply.status_code == 200, reply.text
    return [found["service_request_id"] for found in reply.json]


def test_the_list_is_filtered_by_service_status_and_time(desk: Desk) -> None:
    lamp = desk.new()
    desk.clock.pass_by(1)
    lift = desk.new({"service_code": "002", "attribute[kind]": "lift"})
    desk.post_update(lamp, {"status": "CLOSED", "description": "自己修好了"})
    assert numbers(desk) == [lift, lamp]
    assert numbers(desk, service_code="002") == [lift]
    assert numbers(desk, service_code="001, 002") == [lift, lamp]
    assert numbers(desk, service_code="999") == []
    assert numbers(desk, status="open") == [lift]
    assert numbers(desk, status="closed") == [lamp]
    assert numbers(desk, status="open,closed") == [lift, lamp]
    assert numbers(desk, start_date="2026-11-20T02:30:00Z") == [lift]
    assert numbers(desk, end_date="2026-11-20T02:30:00Z") == [lamp]
    assert numbers(desk, start_date="2026-11-20T02:00:00Z", end_date="2026-11-20T03:00:00Z") == [lift, lamp]


def test_empty_parameters_are_absent(desk: Desk) -> None:
    number = desk.new()
    empty = dict.fromkeys(
        ("service_code", "status", "start_date", "end_date", "updated_after", "page", "page_size", "api_key"), ""
    )
    assert numbers(desk, **empty, service_request_id="") == [number]


def test_several_numbers_override_all_other_filters(desk: Desk) -> None:
    first, second, third = (desk.new({"description": str(n)}) for n in range(3))
    desk.clock.pass_by(24 * 200)
    assert sorted(numbers(desk, service_request_id=f"{first},{third}", status="closed", service_code="9")) == [
        first,
        third,
    ]
    assert numbers(desk, service_request_id=second) == [second]


def test_the_list_reaches_back_90_days(desk: Desk) -> None:
    old = desk.new()
    desk.clock.now += 90 * DAY
    assert numbers(desk) == [old]
    desk.clock.now += 1
    assert numbers(desk) == []
    assert numbers(desk, start_date="2026-11-20T00:00:00Z") == [old]
    assert desk.get(f"requests/{old}.json").status_code == 200


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize(
    "query",
    [
        {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"},
        {"start_date": "yesterday"},
        {"start_date": "2026-11-20"},
        {"end_date": "2026-11-20T10:00:00"},
        {"updated_after": "1795140000"},
        {"start_date": "2026-11-20T25:00:00Z"},
        {"status": "reopened"},
        {"page": "0"},
        {"page": "x"},
        {"page_size": "1001"},
        {"page_size": "-1"},
        {"page": "99999999999999999999"},
    ],
)
def test_parameters_that_mean_nothing_are_400(desk: Desk, fmt: str, query: dict[str, str]) -> None:
    check_error(desk.get(f"requests.{fmt}", **query), fmt, 400)


def test_a_plus_that_was_not_escaped_is_still_a_zone(desk: Desk) -> None:
    number = desk.new()
    reply = desk.stranger().get("/open311/v2/requests.json?start_date=2026-11-20T09:59:59+08:00")
    assert [found["service_request_id"] for found in reply.json] == [number]


def test_pages_are_newest_first_and_do_not_overlap(desk: Desk) -> None:
    made = []
    for n in range(5):
        made.append(desk.new({"description": str(n)}))
        desk.clock.pass_by(0.1)
    pages = [numbers(desk, page=str(page), page_size="2") for page in (1, 2, 3, 4)]
    assert pages == [made[:2:-1], made[2:0:-1], made[:1], []]


def test_more_than_a_thousand_are_never_returned_at_once(desk: Desk) -> None:
    one = desk.new()
    row = desk.row(one)
    values = {c.name: getattr(row, c.key) for c in type(row).__table__.columns}
    copies = [values | {"id": f"{n:036d}", "number": f"{n:06d}", "client_reference": None} for n in range(1005)]
    with writing() as session:
        session.execute(type(row).__table__.insert(), copies)
    assert len(numbers(desk)) == 1000
    assert len(numbers(desk, page="2")) == 6


def test_updated_after_includes_the_whole_boundary_second(desk: Desk) -> None:
    desk.clock.now = FRIDAY + 700
    number = desk.new()
    told = desk.read(number)["updated_datetime"]
    assert told == "2026-11-20T02:00:00Z"
    assert numbers(desk, updated_after=told) == [number]
    assert numbers(desk, updated_after="2026-11-20T02:00:00.999Z") == [number]
    assert numbers(desk, updated_after="2026-11-20T02:00:01Z") == []


def test_updated_after_finds_old_requests_that_changed(desk: Desk) -> None:
    old = desk.new()
    desk.clock.now += 200 * DAY
    assert numbers(desk, updated_after="2027-06-01T00:00:00Z") == []
    desk.post_update(old, {"description": "还是不亮"})
    assert numbers(desk, updated_after="2027-06-01T00:00:00Z") == [old]


@pytest.mark.parametrize("fmt", FORMATS)
def test_requests_that_are_not_public_are_absent_from_lists_and_404_alone(desk: Desk, fmt: str) -> None:
    hidden = desk.new({"service_code": "003"})
    confidential = desk.new({"attribute[confidential]": "true"})
    shown = desk.new({"attribute[confidential]": "false", "description": "公开"})
    for query in ({}, {"api_key": KEYS["other"]}):
        assert numbers(desk, **query) == [shown]
        assert numbers(desk, service_request_id=f"{hidden},{confidential},{shown}", **query) == [shown]
        for number in (hidden, confidential):
            check_error(desk.get(f"requests/{number}.{fmt}", **query), fmt, 404)
            assert desk.get("servicerequestupdates.json", service_request_id=number, **query).json == []
    assert len(numbers(desk, api_key=KEYS["doorstep"])) == 3
    assert desk.get(f"requests/{hidden}.{fmt}", api_key=KEYS["doorstep"]).status_code == 200


def test_strangers_read_no_phone_numbers_and_no_ids(desk: Desk) -> None:
    text = "请打 13812345678 或 13900001111转2，身份证 370102199003071234，12345 也行"
    number = desk.new({"description": text, "phone": "13700001111", "first_name": "建国", "last_name": "张"})
    seen = desk.get(f"requests/{number}.json", extensions="true").text
    assert "138****5678" in seen
    assert "12345 也行" in seen
    for secret in ("13812345678", "13900001111", "199003071234", "13700001111", "建国"):
        assert secret not in seen
    assert desk.read(number)["description"] == text


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_batch_service_answers_with_a_token_that_becomes_a_number(desk: Desk, fmt: str) -> None:
    made = read(desk.post({"service_code": "004"}, fmt), fmt)[0]
    assert "service_request_id" not in made
    token = made["token"]
    waiting = read(desk.get(f"tokens/{token}.{fmt}"), fmt)
    assert waiting == [{"service_request_id": None, "token": token}]
    assert numbers(desk) == []
    centre = desk.officer("zhou")
    page = re.search(r'href="(/desk/requests/[^"]+)"', centre.list())
    assert page
    assert centre.send(f"{page[1]}/steps/accept", {}).status_code == 303
    found = read(desk.get(f"tokens/{token}.{fmt}"), fmt)
    assert found == [{"service_request_id": "WO20261120-000001", "token": token}]
    assert numbers(desk) == ["WO20261120-000001"]


REPLAYS = [
    ({}, {"Idempotency_Key": "MQ-7F3K9Q2D"}),
    ({"attribute[client_reference]": "MQ-7F3K9Q2D"}, {}),
    ({"attribute[client_reference]": "MQ-7F3K9Q2D"}, {"Idempotency_Key": "MQ-7F3K9Q2D"}),
]


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize(("fields", "headers"), REPLAYS)
def test_a_replay_gives_the_first_id(desk: Desk, fmt: str, fields: dict[str, str], headers: dict[str, str]) -> None:
    first = read(desk.post(fields, fmt, **headers), fmt)[0]["service_request_id"]
    desk.clock.pass_by(5)
    again = read(desk.post(dict(reversed(fields.items())), fmt, **headers), fmt)[0]["service_request_id"]
    assert again == first
    assert numbers(desk) == [first]


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize(("fields", "headers"), REPLAYS)
def test_another_body_under_the_same_key_is_409(
    desk: Desk, fmt: str, fields: dict[str, str], headers: dict[str, str]
) -> None:
    first = desk.new(fields, **headers)
    check_error(desk.post(fields | {"description": "别的事"}, fmt, **headers), fmt, 409)
    photo = {"media[]": (picture(), "a.jpg")}
    check_error(desk.post(fields | photo, fmt, **headers), fmt, 409)
    assert numbers(desk) == [first]


def test_two_clients_may_use_the_same_key(desk: Desk) -> None:
    mine = desk.new({"attribute[client_reference]": "1"})
    theirs = desk.new({"attribute[client_reference]": "1", "description": "别的事"}, key="other")
    assert mine != theirs


def test_the_same_body_without_a_key_is_a_second_request(desk: Desk) -> None:
    assert desk.new() != desk.new()


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"attribute[kind]": ""},
        {"attribute[kind]": "boat"},
        {"attribute[kind]": ["lift", "park"]},
        {"attribute[kind]": "lift", "attribute[blocks][]": ["1", "9"]},
        {"attribute[kind]": "lift", "attribute[homes]": "many"},
        {"attribute[kind]": "lift", "attribute[since]": "2026-13-01T00:00:00Z"},
        {"attribute[kind]": "lift", "attribute[resident_due]": "tomorrow"},
        {"attribute[kind]": "lift", "attribute[confidential]": "perhaps"},
        {"attribute[kind]": "lift", "attribute[client_reference]": "x" * 201},
    ],
)
def test_attributes_that_do_not_fit_the_definition_are_400(desk: Desk, fmt: str, fields: dict[str, Any]) -> None:
    check_error(desk.post({"service_code": "002"} | fields, fmt), fmt, 400)


def test_attributes_are_kept_and_given_back_to_their_client(desk: Desk) -> None:
    number = desk.new(
        {
            "service_code": "002",
            "attribute[kind]": "lift",
            "attribute[blocks][]": ["1", "2"],
            "attribute[homes]": "48",
            "attribute[something_else]": "kept",
        }
    )
    given = desk.read(number)["extended_attributes"]["attributes"]
    assert given == [
        {"code": "kind", "value": "lift"},
        {"code": "blocks", "value": "1"},
        {"code": "blocks", "value": "2"},
        {"code": "homes", "value": "48"},
        {"code": "something_else", "value": "kept"},
    ]
    assert "attributes" not in desk.read(number, key=None)["extended_attributes"]


def test_a_client_may_bring_the_residents_own_term(desk: Desk) -> None:
    number = desk.new({"attribute[resident_due]": "2026-11-20T20:30:00+08:00"})
    found = desk.read(number)
    assert found["extended_attributes"]["resident_due_datetime"] == "2026-11-20T12:30:00Z"
    assert found["expected_datetime"] == "2026-11-20T12:30:00Z"


def test_extensions_are_given_only_when_asked_for(desk: Desk) -> None:
    number = desk.new()
    plain = desk.get(f"requests/{number}.json").json[0]
    assert "extended_attributes" not in plain
    extended = desk.read(number)["extended_attributes"]
    assert extended["detailed_status"] == "submitted"
    Draft202012Validator(SCHEMAS["service_requests"]).validate([desk.read(number)])


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused_in_the_asked_format(desk: Desk, fmt: str, method: str) -> None:
    reply = getattr(desk.stranger(), method)(f"/open311/v2/requests.{fmt}")
    check_error(reply, fmt, 405)
    assert reply.headers["Allow"] == "GET, POST"
    check_error(desk.stranger().post(f"/open311/v2/services.{fmt}"), fmt, 405)


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("kind", ["application/json", "text/xml", "text/plain"])
def test_a_body_that_is_no_form_is_400(desk: Desk, fmt: str, kind: str) -> None:
    body = json.dumps({"api_key": KEYS["doorstep"], "service_code": "001"})
    path = f"/open311/v2/requests.{fmt}?api_key={KEYS['doorstep']}"
    check_error(desk.stranger().post(path, data=body, content_type=kind), fmt, 400)


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_body_beyond_the_limit_is_413(desk: Desk, fmt: str) -> None:
    words = check_error(desk.post({"description": "灯" * 300_000}, fmt), fmt, 413)
    assert "256 KB" in words
    check_error(desk.post({"media[]": (io.BytesIO(b"\xff\xd8\xff" + b"0" * 9_000_000), "a.jpg")}, fmt), fmt, 413)
    check_error(desk.post({"media[]": [(io.BytesIO(b"0" * 15_000_000), f"{n}.jpg") for n in range(3)]}, fmt), fmt, 413)


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_fault_of_ours_is_a_500_without_a_trace(desk: Desk, fmt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(endpoint, "list_requests", fail)
    words = check_error(desk.get(f"requests.{fmt}"), fmt, 500)
    assert "secret" not in words


def test_text_is_text_and_control_characters_go(desk: Desk) -> None:
    number = desk.new({"description": "a\x00b\x0bc\ufffe\x1b[31m <script>alert(1)</script> &amp; ]]>"})
    assert desk.read(number)["description"] == "abc[31m <script>alert(1)</script> &amp; ]]>"
    found = from_xml(desk.get(f"requests/{number}.xml").data)
    assert found[0]["description"] == "abc[31m <script>alert(1)</script> &amp; ]]>"


@pytest.mark.parametrize(
    "fields",
    [
        {"address_string": "x" * 401},
        {"phone": "1" * 41},
        {"media_url": "https://example.org/" + "x" * 1000},
        {f"attribute[a{n}]": "x" for n in range(41)},
    ],
)
def test_values_that_are_too_long_are_400(desk: Desk, fields: dict[str, str]) -> None:
    check_error(desk.post(fields), "json", 400)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "//example.org/a.jpg", "data:image/png;,"]
)
def test_a_media_url_is_http_or_https(desk: Desk, url: str) -> None:
    check_error(desk.post({"media_url": url}), "json", 400)


def test_a_media_url_is_given_back_and_never_fetched(desk: Desk) -> None:
    number = desk.new({"media_url": "https://photos.example.org/1.jpg"})
    assert desk.read(number)["media_url"] == "https://photos.example.org/1.jpg"
    assert desk.read(number, key=None)["media_url"] is None


def test_every_reply_forbids_guessing_its_type_and_keeping_it(desk: Desk) -> None:
    for reply in (desk.get("requests.json"), desk.get("nothing.xml")):
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Cache-Control"] == "no-store"
