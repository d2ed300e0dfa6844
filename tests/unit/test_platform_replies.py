"""What platforms answer, read tolerantly; and our own references found where we put them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.external.open311_records import copies_of, reference_of, snapshots, steps
from app.external.replies import number_of, read, text_of, time_of, wait_asked

ONE = [{"service_request_id": "001", "description": "路灯"}]
REFERENCE, OTHER = "MQ-00000000", "MQ-00000012"
XML = "<service_requests><request><service_request_id>001</service_request_id><description>路灯</description></request></service_requests>"


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(ONE),
        json.dumps(ONE[0]),
        json.dumps({"service_requests": ONE}),
        json.dumps({"service_requests": {"request": ONE}}),
        json.dumps({"data": {"results": ONE}, "count": 1}),
        json.dumps([ONE]),
        "\ufeff" + json.dumps(ONE),
        "  \n" + json.dumps(ONE) + "\n",
        XML,
        f'<?xml version="1.0" encoding="gb2312"?>\n{XML}',
        f'<a:feed xmlns:a="urn:x">{XML}</a:feed>',
    ],
)
def test_a_record_is_found_in_whatever_it_is_wrapped(body: str) -> None:
    assert read(body.encode()).items == ONE


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("路灯".encode(), "text/html; charset=iso-8859-1"),
        ("路灯".encode("gb18030"), "application/json"),
        ("路灯".encode("gb18030"), "text/xml; charset=utf-8"),
        ("路灯".encode("utf-16"), "text/plain; charset=utf-16"),
        ("路灯".encode("gbk"), "text/plain; charset=gbk"),
        ("路灯".encode(), "text/plain; charset=nonsense"),
    ],
)
def test_a_wrong_charset_is_seen_through(body: bytes, content_type: str) -> None:
    assert text_of(body, content_type) == "路灯"


@pytest.mark.parametrize("body", [b"[]", b"[[]]", b"<service_requests/>", b'<requests type="array"></requests>'])
def test_an_empty_list_is_data(body: bytes) -> None:
    content = read(body)
    assert content.readable
    assert content.items == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"OK", b"<html><body>busy</body></html>", b"<!DOCTYPE html><html/>", b"[1, 2]", b'"text"', b"[" * 100_000,
        b"{" * 10_000, b"<a>" * 50_000, b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"<a><b></a>", b"\x00\xff", b"[" + b"9" * 6000 + b"]",
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a>1</a>',
    ],
    ids=range(14),
)  # fmt: skip
def test_what_is_no_data_is_said_to_be_none(body: bytes) -> None:
    content = read(body)
    assert not content.readable
    assert content.items == []


def test_errors_are_told_from_records() -> None:
    assert read(b'[{"code": 400, "description": "no"}]').errors == [{"code": 400, "description": "no"}]
    xml = read(b"<errors><error><code>400</code><description>no</description></error></errors>")
    assert xml.errors == [{"code": "400", "description": "no"}]


@given(st.binary(max_size=400))
def test_no_bytes_whatever_make_the_reader_fail(body: bytes) -> None:
    read(body)
    text_of(body, "text/plain; charset=x")


@pytest.mark.parametrize(
    ("value", "number"),
    [("001", "001"), (7, "7"), (7.0, "7"), (" 12 ", "12"), ("0", None), (0, None), ("", None), (None, None), (True, None),
     ([], None), ("null", None), ("a\nb", None), ("x" * 65, None), ("工单-1", "工单-1")],
)  # fmt: skip
def test_a_number_is_text_and_not_everything_is_a_number(value: object, number: str | None) -> None:
    assert number_of(value) == number


def test_a_time_without_a_zone_is_the_offices_own() -> None:
    assert time_of("2026-11-22T10:00:00") == time_of("2026-11-22T02:00:00Z")
    assert time_of("2026-11-22T10:00:00 08:00") == time_of("2026-11-22T10:00:00+0800")
    assert time_of("2026-11-22") is not None
    assert time_of("yesterday") is None
    assert time_of({}) is None


def test_waiting_is_asked_for_in_seconds_or_until_a_date() -> None:
    assert wait_asked({"retry-after": "120"}, 0) == 120_000
    assert wait_asked({"retry-after": "Thu, 01 Jan 1970 00:01:00 GMT"}, 0) == 60_000
    assert wait_asked({"retry-after": "soon"}, 0) == 0
    assert wait_asked({}, 0) == 0


def test_our_reference_is_the_attribute_or_the_last_in_the_text() -> None:
    assert reference_of({"description": f"他说 {OTHER}\n上报编号 {REFERENCE}"}) == REFERENCE
    assert reference_of({"description": OTHER, "extended_attributes": {"client_reference": REFERENCE}}) == REFERENCE
    listed = [{"code": "colour", "value": OTHER}, {"code": "client_reference", "value": REFERENCE}]
    assert reference_of({"attributes": listed}) == REFERENCE
    assert reference_of({"extended_attributes": {"attributes": {"client_reference": REFERENCE}}}) == REFERENCE
    assert reference_of({"description": "MQ-00000001 has a wrong check sign"}) is None
    assert reference_of({"description": ["no", "text"]}) is None


def test_copies_are_listed_oldest_first_and_an_unnumbered_one_is_told() -> None:
    newer = {"service_request_id": 2, "description": REFERENCE, "requested_datetime": "2026-11-22T10:00:00Z"}
    older = {"service_request_id": 1, "description": REFERENCE, "requested_datetime": "2026-11-22T09:00:00Z"}
    bare = {"service_request_id": None, "description": OTHER}
    assert copies_of([REFERENCE, OTHER], [newer, older, older, bare]) == {REFERENCE: ["1", "2"], OTHER: []}


def test_updates_come_oldest_first_whatever_the_servers_order() -> None:
    items = [
        {"update_id": n, "service_request_id": "1", "updated_datetime": f"2026-11-22T1{n}:00:00Z", "status": "open"}
        for n in (3, 2, 1)
    ]
    assert [update.update_id for update in steps(items)] == ["u:1", "u:2", "u:3"]
    assert steps([{"update_id": 1}, {"service_request_id": 1}, {"update_id": 1, "service_request_id": 1}]) == []


def test_the_same_standing_has_the_same_id_and_another_one_another() -> None:
    record = {"service_request_id": 1, "status": "OPEN", "updated_datetime": "2026-11-22T10:00:00Z"}
    (first,) = snapshots([record])
    (again,) = snapshots([dict(record)])
    (changed,) = snapshots([{**record, "status_notes": "已派单"}])
    assert first.update_id == again.update_id != changed.update_id
