"""A phone that gets no network any more: its file is handed in by the leader, by its owner on the next phone, and by itself at last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e import desk_screens
from tests.e2e.cadre_screens import close_sheet, go
from tests.e2e.elsewhere import rows
from tests.e2e.product import Product, wait_for
from tests.e2e.test_one_friday import file_request, nobody_home, ordinary_visit
from tests.e2e.test_phone_troubles import all_delivered, enrolled

# What the phone keeps of forms, as text.
DRAFTS = """() => new Promise((done, fail) => {
  const ask = indexedDB.open('doorstep-' + localStorage['doorstep.account'])
  ask.onerror = fail
  ask.onsuccess = () => {
    const all = ask.result.transaction('drafts').objectStore('drafts').getAll()
    all.onsuccess = () => { ask.result.close(); done(JSON.stringify(all.result)) }
  }
})"""
DESK = {"viewport": {"width": 1440, "height": 900}, "is_mobile": False, "has_touch": False, "device_scale_factor": 1}


def exported(page: Page, folder: Path) -> Path:
    """The file that the phone hands over."""
    go(page, "/app/waiting")
    with page.expect_download() as download:
        page.get_by_role("button", name="导出本机记录到文件").tap()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def there(product: Product) -> tuple[int, int, int]:
    """How many visits, requests and photos the server has."""
    tables = ("visit", "service_request", "attachment")
    counts = [rows(product, f"SELECT count(*) FROM {table}")[0][0] for table in tables]
    return counts[0], counts[1], counts[2]


def visits_of(product: Product, name: str) -> int:
    """How many visits stand in somebody's name."""
    found = rows(product, "SELECT count(*) FROM visit JOIN cadre ON cadre.id = cadre_id WHERE cadre.name = ?", name)
    return int(found[0][0])


def test_the_file_of_a_phone_without_a_network_brings_in_everything_once(
    phones: Any, product: Product, tmp_path: Path
) -> None:
    old, desk, new = phones("old"), phones("desk", **DESK), phones("new")
    page = enrolled(old)
    visits, requests, photos = there(product)
    name = product.sign_ins["cadre"]["name"]
    own = visits_of(product, name)
    page.context.set_offline(True)
    go(page, "/app/")
    ordinary_visit(page)
    expect(page.get_by_role("button", name="到了").first).to_be_visible()
    nobody_home(page)
    expect(page.get_by_role("button", name="撤销")).to_be_visible()
    file_request(page, tmp_path)
    page.get_by_role("button", name="完成").tap()
    expect(page.get_by_role("button", name="到了").first).to_be_visible()
    go(page, "/app/diary")
    page.get_by_label("日记正文").fill("写到一半的日记。")
    wait_for("the draft is stored", lambda: "写到一半的日记。" in page.evaluate(DRAFTS))
    file = exported(page, tmp_path)
    expected = (visits + 3, requests + 1, photos + 1)

    board = desk.open("/app/sign-in")
    desk_screens.sign_in(board, product, "leader", product.sign_ins["leader"]["password"])
    go(board, "/app/board/people")
    hand_in_at_the_desk(board, name, file)
    assert there(product) == expected
    assert visits_of(product, name) == own + 3

    second = enrolled(new)
    go(second, "/app/waiting")
    second.locator("input[type=file]").set_input_files(file)
    second.get_by_role("button", name="交回", exact=True).tap()
    expect(second.get_by_text("条已收下")).to_be_visible(timeout=30_000)
    go(second, "/app/diary")
    expect(second.get_by_label("日记正文")).to_have_value("写到一半的日记。")
    assert there(product) == expected

    page.context.set_offline(False)
    all_delivered(page)
    assert there(product) == expected
    assert rows(product, "SELECT count(*) FROM sync_parked") == [(0,)]
    go(page, "/app/messages")
    expect(page.get_by_text("您手机导出的记录已代为交回")).to_be_visible()
    assert old.errors + desk.errors + new.errors == []


def hand_in_at_the_desk(board: Page, name: str, file: Path) -> None:
    """The leader finds the person, chooses the file and reads what came of it."""
    board.get_by_label("查找人员").fill(name)
    card = board.locator("article", has_text=name)
    expect(card).to_have_count(1)
    card.get_by_role("button", name="代交手机文件").click()
    sheet = board.locator("dialog[open]")
    # Somebody else's file is not theirs.
    others = file.with_name("others.json")
    others.write_text(json.dumps({**json.loads(file.read_text()), "person_id": "another", "name": "王敏"}))
    sheet.locator("input[type=file]").set_input_files(others)
    expect(sheet.get_by_text(f"这是王敏导出的文件，不是{name}的")).to_be_visible()
    sheet.locator("input[type=file]").set_input_files(file)
    expect(sheet.get_by_text(f"{name}的手机")).to_be_visible()
    expect(sheet.get_by_text("1 张照片，1 份草稿")).to_be_visible()
    sheet.get_by_role("button", name="交回", exact=True).click()
    expect(sheet.get_by_text("条已收下")).to_be_visible(timeout=30_000)
    expect(sheet.get_by_text("1 张照片已收下")).to_be_visible()
    close_sheet(board)
