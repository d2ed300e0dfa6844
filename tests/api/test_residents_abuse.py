"""Floods of filings: taken in for review, never refused and never lost."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest

from tests.api.residents_street import Street, hidden_fields


def form_path(street: Street) -> str:
    return f"/r/{street.codes['card']}/file"


@pytest.mark.usefixtures("limits")
def test_over_the_limit_a_filing_waits_for_review_and_is_neither_refused_nor_lost(street: Street) -> None:
    browser = street.browser()
    for n in range(8):
        street.file(browser, text=f"第{n}件")
    reviews = [request.review for request in sorted(street.requests(), key=lambda r: r.text or "")]
    assert reviews == [None] * 6 + ["rate_limited"] * 2


@pytest.mark.usefixtures("limits")
def test_one_phone_number_on_many_devices_is_limited_too(street: Street) -> None:
    for n in range(7):
        street.file(street.browser(), text=f"第{n}件", phone="138 0000 1234")
    assert sum(request.review == "rate_limited" for request in street.requests()) == 1


def under_attack(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(street.app.config, "DOORSTEP", replace(street.app.config["DOORSTEP"], under_attack=True))


def solved(page: str) -> str:
    task = json.loads(re.search(r'data-proof="([^"]+)"', page)[1].replace("&#34;", '"').replace("&amp;", "&"))  # type: ignore[index]
    numbers = range(task["maxNumber"] + 1)
    number = next(n for n in numbers if hashlib.sha256(f"{task['salt']}{n}".encode()).hexdigest() == task["challenge"])
    solution = {name: task[name] for name in ("algorithm", "challenge", "salt", "signature")}
    return base64.b64encode(json.dumps({**solution, "number": number}).encode()).decode()


def test_without_attack_no_work_is_asked(street: Street) -> None:
    page = street.browser().get(form_path(street)).text
    assert "data-proof" not in page
    assert "altcha" not in page


def test_under_attack_the_solved_form_passes_and_the_others_wait_for_review(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_attack(street, monkeypatch)
    browser = street.browser()
    page = browser.get(form_path(street)).text
    payload = solved(page)
    browser.post(form_path(street), data={**hidden_fields(page), "text": "甲", "altcha": payload})
    browser.send(form_path(street), {"text": "乙"})
    browser.send(form_path(street), {"text": "丙", "altcha": payload})
    browser.send(form_path(street), {"text": "丁", "altcha": "bm90IGpzb24="})
    reviews = {request.text: request.review for request in street.requests()}
    assert reviews == {"甲": None, "乙": "no_proof", "丙": "no_proof", "丁": "no_proof"}
