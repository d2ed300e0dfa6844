"""Apps that are older or newer than the server [M6]: nothing that they hold is refused for its age."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from app.ids import diary_id, new_id
from sync.upcast import UPCASTERS
from sync.wire import Mutation
from tests.factories import City
from tests.sync.conftest import PhoneMaker
from tests.sync.test_bad_input import outcomes

RECORDED = Path(__file__).parent / "recorded_pushes.json"


@pytest.mark.parametrize("schema", [0, -(2**62), 2, 2**62])
def test_any_schema_number_is_read(city: City, phone: PhoneMaker, schema: int) -> None:
    li = phone("li")
    li.schema = schema
    li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    assert li.push()["results"][0]["outcome"] == "applied"


def test_what_phones_sent_half_a_year_ago_is_still_taken(city: City, phone: PhoneMaker) -> None:
    """Bodies as app 1.0.0 sent them, and what later and earlier apps may add or leave out; only ids are put in."""
    for name, recorded in json.loads(RECORDED.read_text(encoding="utf-8")).items():
        li = phone("li")
        ids: dict[str, str] = {"place": city.places["p1"], "person": li.person_id, "client": li.client_id}
        ids["diary"] = diary_id(li.person_id, recorded["diary_on"])
        ids |= {word: new_id() for word in ("visit", "request", "event", "u1", "u2", "u3", "u4", "u5")}
        raw = json.dumps(recorded["push"])
        for word, value in ids.items():
            raw = raw.replace(f"<{word}>", value)
        said = outcomes(li.post("/sync/push", raw.encode()))
        assert said == [tuple(pair) for pair in recorded["outcomes"]], name


def test_what_was_written_before_an_update_is_brought_up_to_date_and_known_again(
    city: City, phone: PhoneMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shape 2 calls `outcome` what was `result`; app and server are updated while the phone is out of reach."""

    def renamed(old: Mutation) -> Mutation:
        if "broken" in old.changes:
            raise KeyError("broken")
        changes = {("outcome" if name == "result" else name): change for name, change in old.changes.items()}
        return msgspec.structs.replace(old, v=2, changes=changes)

    li = phone("li")
    li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    li.push(lose_reply=True)
    old = li.create("visit", {"place_id": city.places["p1"], "result": "nobody"})
    li.create("visit", {"place_id": city.places["p1"], "broken": "by our own fault"})
    monkeypatch.setattr("sync.upcast.SCHEMA", 2)
    monkeypatch.setitem(UPCASTERS, 1, renamed)
    li.schema = 2
    new = li.create("visit", {"place_id": city.places["p2"], "outcome": "met"})
    li.outbox[4]["v"] = 2
    li.sync()
    assert [li.results[mid].get("code") or li.results[mid]["outcome"] for mid in range(1, 5)] == [
        "applied",
        "applied",
        "unreadable",
        "applied",
    ]
    assert (li.base["visit", old]["outcome"], li.base["visit", new]["outcome"]) == ("nobody", "met")
