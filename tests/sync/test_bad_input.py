"""What arrives is not always what we sent: each bad mutation has its own outcome, none is an error 500, none holds up the others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.database import reading
from app.ids import diary_id, new_id
from app.synced import REGISTRY
from tests.devices import Phone, Record
from tests.factories import City
from tests.sync.conftest import PhoneMaker

HUGE = 10**30


def visit(city: City, **changes: Any) -> Record:
    """A good visit, or one with a few changes of the mutation itself."""
    fields = {"place_id": {"to": city.places["p1"]}, "outcome": {"to": "met"}}
    head = {"uuid": new_id(), "collection": "visit", "id": new_id(), "op": "create", "v": 1, "base_rev": 0}
    return {**head, "changes": fields, "occurred_at": 1_764_000_000_000, **changes}


def sent(phone: Phone, *mutations: Record | bytes) -> Any:
    """The reply to a push of these mutations, numbered in order; raw bytes hold `%d` for their number."""
    parts = []
    for mutation in mutations:
        mid = phone.next_mid
        phone.next_mid += 1
        parts.append(mutation % mid if isinstance(mutation, bytes) else json.dumps({"mid": mid, **mutation}).encode())
    head = b'{"client_id":"%s","schema":1,"mutations":[' % phone.client_id.encode()
    return phone.post("/sync/push", head + b",".join(parts) + b"]}")


def outcomes(reply: Any) -> list[tuple[str, str | None]]:
    """Outcome and code of each mutation."""
    assert reply.status_code == 200, reply.data
    return [(r["outcome"], r.get("code")) for r in reply.get_json()["results"]]


def nested(depth: int) -> Any:
    """A list in a list in a list."""
    value: Any = "深"
    for _ in range(depth):
        value = [value]
    return value


BAD_ENVELOPES: list[Record] = [
    {"id": ""},
    {"id": "x" * 37},
    {"id": "a\x00b"},
    {"id": "空"},
    {"id": 7},
    {"uuid": "u" * 40},
    {"uuid": "\x00"},
    {"uuid": None},
    {"op": "explode"},
    {"op": None},
    {"base_rev": HUGE},
    {"base_rev": "1"},
    {"base_rev": 1.5},
    {"occurred_at": HUGE},
    {"occurred_at": -HUGE},
    {"occurred_at": "yesterday"},
    {"changes": None},
    {"changes": []},
    {"changes": {"outcome": "met"}},
    {"changes": {"outcome": {"op": 1, "to": "met"}}},
    {"changes": {"companions": {"op": "delta", "add": "all"}}},
    {"settles": [1]},
    {"depends_on": 5},
    {"attachments": [None]},
    {"collection": 3},
]


@pytest.mark.parametrize("bad", BAD_ENVELOPES, ids=lambda bad: f"{next(iter(bad))}={next(iter(bad.values()))!r}"[:40])
def test_an_envelope_that_cannot_be_read_or_stored_is_parked_with_its_bytes(
    city: City, phone: PhoneMaker, bad: Record
) -> None:
    li = phone("li")
    reply = sent(li, visit(city), visit(city, **bad), visit(city))
    assert outcomes(reply) == [("applied", None), ("parked", "unreadable"), ("applied", None)]
    with reading() as session:
        assert session.execute(text("SELECT count(*) FROM sync_parked WHERE code = 'unreadable'")).scalar() == 1


BAD_FIELDS: list[tuple[str, Record, str]] = [
    ("visit", {"nonsense": {"to": 1}}, "unknown_field"),
    ("visit", {"a\x00b": {"to": 1}}, "unknown_field"),
    ("visit", {"n" * 4000: {"to": 1}}, "unknown_field"),
    ("visit", {"evidence": {"to": "a"}}, "server_only"),
    ("visit", {"outcome": {"to": "danced"}}, "invalid_value"),
    ("visit", {"outcome": {"to": 7}}, "invalid_value"),
    ("visit", {"outcome": {"to": {"a": []}}}, "invalid_value"),
    ("visit", {"outcome": {"op": "inc", "by": 1}}, "invalid_value"),
    ("visit", {"outcome": {"op": "append", "add": ["met"]}}, "invalid_value"),
    ("visit", {"place_id": {"to": "a\x00b"}}, "invalid_value"),
    ("visit", {"place_id": {"to": "x" * 40}}, "invalid_value"),
    ("visit", {"place_id": {"to": [1]}}, "invalid_value"),
    ("visit", {"place_id": {"to": new_id()}}, "missing_parent"),
    ("visit", {"place_id": {"to": None}}, "missing_parent"),
    ("visit", {"visit_on": {"to": "2026-02-30"}}, "invalid_value"),
    ("visit", {"arrived_at": {"to": HUGE}}, "invalid_value"),
    ("visit", {"arrived_at": {"to": 1.5}}, "invalid_value"),
    ("visit", {"fix": {"to": {"lat": 1e300, "lon": 0}}}, "invalid_value"),
    ("visit", {"fix": {"to": {"lat": "36", "lon": 0}}}, "invalid_value"),
    ("visit", {"fix": {"to": []}}, "invalid_value"),
    ("visit", {"companions": {"op": "delta", "add": [1]}}, "invalid_value"),
    ("visit", {"companions": {"to": "li"}}, "invalid_value"),
    ("visit", {"card_left": {"to": "yes"}}, "invalid_value"),
    ("visit", {"note": {"to": "长" * 2001}}, "invalid_value"),
    ("place", {"kind": {"to": "household"}}, "missing_field"),
    ("place", {"kind": {"to": "household"}, "label": {"to": "张**"}, "route_order": {"to": 2**40}}, "invalid_value"),
    (
        "place",
        {"kind": {"to": "household"}, "label": {"to": "张**"}, "refusals": {"op": "inc", "by": 10**12}},
        "invalid_value",
    ),
    ("place", {"kind": {"to": "household"}, "label": {"to": "张**"}, "area_id": {"to": "9" * 40}}, "invalid_value"),
    ("questionnaire_answer", {"answers": {"to": {"q": HUGE}}}, "invalid_value"),
    ("questionnaire_answer", {"answers": {"to": {"q": nested(90)}}}, "invalid_value"),
    ("service_request", {"text": {"to": "灯"}, "status": {"to": "flying"}}, "illegal_transition"),
    ("service_request", {"text": {"to": "灯"}, "handling": {"to": "pray"}}, "invalid_value"),
    ("service_request", {"confidential": {"to": False}}, "missing_field"),
    ("spaceship", {"name": {"to": "x"}}, "unknown_collection"),
    ("空\x00", {"name": {"to": "x"}}, "unknown_collection"),
    ("team", {"name": {"to": "x"}}, "server_only"),
]


@pytest.mark.parametrize(("collection", "changes", "code"), BAD_FIELDS)
def test_a_bad_field_parks_its_mutation_and_delays_nobody(
    city: City, phone: PhoneMaker, collection: str, changes: Record, code: str
) -> None:
    li = phone("li")
    if collection == "visit" and "place_id" not in changes:
        changes = {"place_id": {"to": city.places["p1"]}, **changes}
    reply = sent(li, visit(city), visit(city, collection=collection, changes=changes), visit(city))
    assert outcomes(reply) == [("applied", None), ("parked", code), ("applied", None)]
    bad = reply.get_json()["results"][1]
    assert bad["zh"]
    assert bad["en"]
    assert len(bad.get("detail") or "") <= 160


BAD_PATCHES: list[tuple[Record, str | None]] = [
    ({"label": {"from": "张**1", "to": None}}, "missing_field"),
    ({"refusals": {"from": 0, "to": 3}}, "invalid_value"),
    ({"refusals": {"op": "inc", "by": 0.5}}, "invalid_value"),
    ({"tags": {"from": 7, "to": ["甲"]}}, None),
    ({"tags": {"from": [], "to": "甲乙"}}, "invalid_value"),
    ({"tags": {"op": "delta", "remove": [nested(50), HUGE]}}, None),
    ({"note": {"from": 5, "to": "门铃坏了。"}}, None),
    ({"note": {"from": "长" * 9000, "to": "门铃坏了。"}}, None),
    ({"address": {"from": {"x": [1]}, "to": "一号楼"}}, None),
    ({"lat": {"from": "here", "to": 36.4}}, None),
]


@pytest.mark.parametrize(("changes", "code"), BAD_PATCHES)
def test_an_edit_with_an_odd_value_has_one_outcome(
    city: City, phone: PhoneMaker, changes: Record, code: str | None
) -> None:
    li = phone("li")
    reply = sent(li, visit(city, collection="place", id=city.places["p1"], op="patch", changes=changes), visit(city))
    (outcome, said), good = outcomes(reply)
    assert said == code
    assert (outcome == "parked") is (code is not None)
    assert good == ("applied", None)


def test_an_illegal_step_with_a_reason_too_long_to_keep_is_parked_alone(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    request = li.create("service_request", {"place_id": city.places["p1"], "text": "灯", "handling": "explain"})
    li.sync()
    step = {"status": {"op": "step", "to": "closed", "reason": "因" * 5000}}
    reply = sent(li, visit(city, collection="service_request", id=request, op="patch", changes=step), visit(city))
    assert outcomes(reply) == [("parked", "illegal_transition"), ("applied", None)]


def test_half_an_emoji_does_not_hold_back_a_batch(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    diary = diary_id(li.person_id, "2026-11-20")
    head = f'"uuid":"{new_id()}","collection":"diary","id":"{diary}","op":"create","changes"'
    raw = (
        '{"mid":%d,'
        + head
        + ':{"diary_on":{"to":"2026-11-20"},"text":{"to":"走了三户\\ud83d。\\\\ud83d\\ud83d\\ude00"}}}'
    )
    reply = sent(li, visit(city), raw.encode(), visit(city))
    assert outcomes(reply) == [("applied", None)] * 3
    li.pull()
    assert li.view("diary", diary)["text"] == "走了三户\ufffd。\\ud83d😀"


RAW: list[tuple[bytes, str]] = [
    (b'"\\ud800\\ud800"', "applied"),
    (b'"\\udc00"', "applied"),
    (b'"a\\u0000b"', "applied"),
    (b'"a\x00b"', "applied"),
    (b'"\xff\xfe"', "applied"),
    (b'"\xed\xa0\x80"', "applied"),
    (b"[" * 10_000 + b"]" * 10_000, "parked"),
    (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "parked"),
    (b"[" * 950 + b"]" * 950, "parked"),
    (b"9" * 6000, "parked"),
    (b"-1e999", "parked"),
    (b'"' + b"\\u007f" * 100 + b'"', "applied"),
]


@pytest.mark.parametrize(("value", "outcome"), RAW, ids=lambda v: repr(v)[:24])
def test_bytes_that_a_reader_stumbles_over_reach_only_their_own_mutation(
    city: City, phone: PhoneMaker, value: bytes, outcome: str
) -> None:
    li = phone("li")
    place = city.places["p1"].encode()
    head = b'{"mid":%d,"uuid":"' + new_id().encode() + b'","collection":"visit","id":"' + new_id().encode()
    raw = head + b'","op":"create","changes":{"place_id":{"to":"' + place + b'"},"note":{"to":' + value + b"}}}"
    parts = [
        json.dumps({"mid": 1, **visit(city)}).encode(),
        raw.replace(b"%d", b"2"),
        json.dumps({"mid": 3, **visit(city)}).encode(),
    ]
    body = b'{"client_id":"%s","mutations":[' % li.client_id.encode() + b",".join(parts) + b"]}"
    said = [o for o, _ in outcomes(li.post("/sync/push", body))]
    assert said == ["applied", outcome, "applied"]
    # Sent again, the same bytes are known again.
    assert [o for o, _ in outcomes(li.post("/sync/push", body))] == said
    both = b'{"push":' + body + b',"pull":{"client_id":"%s"}}' % li.client_id.encode()
    assert li.post("/sync", both).status_code == 200


def test_a_diary_of_a_megabyte_is_parked_whole_and_the_next_visit_goes_through(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    values = {"author_id": li.person_id, "diary_on": "2026-11-20", "text": "走" * 170_000}
    li.create("diary", values, id=diary_id(li.person_id, "2026-11-20"))
    li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    both = li.post("/sync/push", li.push_body(list(li.outbox.values())))
    assert (both.status_code, both.get_json()["max_bytes"]) == (413, 256 * 1024)
    alone = li.push(limit=1)
    assert [(r["outcome"], r["code"]) for r in alone["results"]] == [("parked", "invalid_value")]
    assert li.push()["results"][0]["outcome"] == "applied"
    with reading() as session:
        assert "走" * 170_000 in session.execute(text("SELECT body FROM sync_parked")).scalar()


def test_a_mutation_that_upsets_the_database_is_parked_and_the_rest_is_written(
    city: City, phone: PhoneMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last net: a value that slipped past the fields and that the database refuses when the batch is written."""
    li = phone("li")
    monkeypatch.setitem(REGISTRY["visit"].clean, "note", lambda value: object() if value == "poison" else value)
    reply = sent(
        li,
        visit(city),
        visit(city, changes={"place_id": {"to": city.places["p1"]}, "note": {"to": "poison"}}),
        visit(city, changes={"place_id": {"to": city.places["p1"]}, "note": {"to": "没事"}}),
    )
    assert outcomes(reply) == [("applied", None), ("parked", "internal_error"), ("applied", None)]
    li.pull()
    assert len([key for key in li.base if key[0] == "visit"]) == 2


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
_NAMES = sorted({name for collection in REGISTRY.values() for name in collection.policies})
_CHANGE_KEYS = ["op", "from", "to", "add", "remove", "by", "reason", "text", "public", "evidence"]
change_values = st.dictionaries(
    st.sampled_from(_CHANGE_KEYS), json_values | st.sampled_from(["inc", "delta", "step", "set"]), max_size=4
)
mutations = st.fixed_dictionaries(
    {},
    optional={
        "mid": st.integers(-1, 4) | json_values,
        "uuid": st.uuids().map(str) | json_values,
        "collection": st.sampled_from(sorted(REGISTRY)) | json_values,
        "id": st.sampled_from(["<p1>", "<p5>", "<new>", "<team>"]) | json_values,
        "op": st.sampled_from(["create", "patch", "delete", "event"]) | json_values,
        "base_rev": st.integers(-5, 5) | json_values,
        "changes": st.dictionaries(
            st.sampled_from(_NAMES) | st.text(max_size=5), change_values | json_values, max_size=5
        ),
        "settles": json_values,
        "occurred_at": json_values,
    },
)


@given(batch=st.lists(mutations | json_values, max_size=4), ordered=st.booleans())
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_json_at_all_makes_the_server_stumble(
    city: City, phone: PhoneMaker, batch: list[Any], ordered: bool
) -> None:
    li = phone("li")
    if ordered:
        batch = [{**m, "mid": place} for place, m in enumerate((m for m in batch if isinstance(m, dict)), 1)]
    raw = json.dumps(li.push_body(batch))
    for word, value in {**city.places, "new": new_id(), "team": city.teams["a"]}.items():
        raw = raw.replace(f"<{word}>", value)
    reply = li.post("/sync/push", raw.encode())
    assert reply.status_code in (200, 400, 409), reply.data
    if ordered:
        words = [r["outcome"] for r in reply.get_json()["results"]]
        assert len(words) == len(batch)
        assert set(words) <= {"applied", "merged", "conflict", "parked"}
    good = li.post("/sync/pull", {"client_id": li.client_id, "cursors": {}, "acked_mid": 0})
    assert good.status_code == 200


@given(body=json_values)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_json_instead_of_a_push_or_a_pull_makes_the_server_stumble(phone: PhoneMaker, body: Any) -> None:
    li = phone("li")
    for path, whole in (("/sync/push", body), ("/sync/pull", body), ("/sync", {"push": body, "pull": body})):
        assert li.post(path, json.dumps(whole).encode()).status_code in (200, 400, 409, 413)
