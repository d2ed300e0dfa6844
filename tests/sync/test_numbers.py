"""The numbers of mutations [M1] [M3] [M5] [L9]: out of order, too far ahead, used by a clone, given anew."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from app.database import reading
from app.ids import new_id
from tests.devices import Phone
from tests.factories import City
from tests.sync.conftest import PhoneMaker
from tests.sync.test_bad_input import HUGE, outcomes, visit


@pytest.mark.parametrize("mids", [[0], [-1], [-HUGE], ["1"], [1.5], [True], [None], [2, 1], [1, 1], [1, 3]])
def test_a_batch_without_an_order_is_malformed_and_nothing_of_it_is_written(
    city: City, phone: PhoneMaker, mids: list[Any]
) -> None:
    li = phone("li")
    reply = li.post("/sync/push", li.push_body([{"mid": mid, **visit(city)} for mid in mids]))
    assert (reply.status_code, reply.get_json()["error"]) == (400, "malformed")
    li.pull()
    assert not [key for key in li.base if key[0] == "visit"]


@pytest.mark.parametrize("mid", [2, 2**53, 2**63, HUGE])
def test_a_number_that_is_too_far_ahead_is_a_gap(city: City, phone: PhoneMaker, mid: int) -> None:
    li = phone("li")
    reply = li.post("/sync/push", li.push_body([{"mid": mid, **visit(city)}]))
    assert (reply.status_code, reply.get_json()["expected_mid"]) == (409, 1)


def test_two_hundred_mutations_are_taken_and_two_hundred_and_one_are_too_many(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    batch = [{"mid": mid, **visit(city)} for mid in range(1, 202)]
    reply = li.post("/sync/push", li.push_body(batch))
    assert (reply.status_code, reply.get_json()["max_mutations"]) == (413, 200)
    assert outcomes(li.post("/sync/push", li.push_body(batch[:200]))) == [("applied", None)] * 200


def test_a_cloned_phone_is_told_and_loses_nothing(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    clone = Phone(li.client, li.client_id, li.person_id)
    clone.pull()
    li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    cloned = clone.create("visit", {"place_id": city.places["p2"], "outcome": "nobody"})
    assert li.push()["results"][0]["outcome"] == "applied"
    for _ in range(2):
        told = clone.post("/sync/push", clone.push_body(list(clone.outbox.values())))
        assert outcomes(told) == [("parked", "id_reuse")]
    with reading() as session:
        assert session.execute(text("SELECT count(*) FROM sync_parked WHERE code = 'id_reuse'")).scalar() == 1
    # [L9]: a new number, the old uuids, and on it goes.
    clone.client_id = new_id()
    assert clone.push()["results"][0]["outcome"] == "applied"
    clone.pull()
    assert ("visit", cloned) in clone.base


def test_a_count_whose_answer_was_lost_counts_once_under_a_new_number_too(city: City, phone: PhoneMaker) -> None:
    li, place = phone("li"), city.places["p1"]
    li.pull()
    li.patch("place", place, {"refusals": {"op": "inc", "by": 1}})
    li.push(lose_reply=True)
    li.patch("place", place, {"refusals": {"op": "inc", "by": 1}})
    # [L9]: a new number, the old uuids.
    li.client_id = new_id()
    li.sync()
    assert [li.results[mid]["outcome"] for mid in (1, 2)] == ["applied", "applied"]
    assert li.base["place", place]["refusals"] == 2
