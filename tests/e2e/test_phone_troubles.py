"""What happens to phones in a city, each as a story in a real browser: nothing that was saved is lost, and the screen says so truly."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import delete, select

from app.api.accounts import issue_code
from app.database import writing
from app.ids import now_ms
from app.models.accounts import Account, LoginSession
from app.writes import Actor, move
from tests.e2e.cadre_screens import go
from tests.e2e.elsewhere import inside, rows
from tests.e2e.phone import BrowserPhone
from tests.e2e.product import Product, wait_for
from tests.e2e.test_one_friday import ordinary_visit

SYSTEM = Actor("system", None, "系统")
DELIVERED = "全部已送达"


def new_code(product: Product) -> str:
    """The leader makes another code for the demo's cadre."""
    product = getattr(product, "product", product)
    name = product.sign_ins["cadre"]["name"]
    with inside(product), writing() as session:
        account = session.scalars(select(Account).where(Account.name == name, Account.role == "cadre")).one()
        return issue_code(session, account.id, None, now_ms())


def enrolled(phone: BrowserPhone) -> Page:
    """The phone of the demo's cadre, with everything downloaded."""
    page = phone.open("/app/enrol#" + new_code(phone.product))
    page.get_by_role("button", name="登记", exact=True).tap()
    page.get_by_role("button", name="知道了").tap()
    page.get_by_role("button", name="暂不设置").tap()
    expect(page.get_by_text("全部送达")).to_be_visible(timeout=60_000)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return page


def sync(page: Page) -> None:
    """The network is back, as the browser sees it."""
    page.evaluate("dispatchEvent(new Event('online'))")


def all_delivered(page: Page) -> None:
    """Waiting-and-troubles says that all is delivered."""
    go(page, "/app/waiting")
    sync(page)
    expect(page.get_by_role("heading", name=DELIVERED)).to_be_visible(timeout=60_000)


def write_diary(page: Page, text: str) -> None:
    """Writes the whole text of today's diary and saves it."""
    go(page, "/app/diary")
    page.get_by_label("日记正文").fill(text)
    page.get_by_role("button", name="先保存，晚点再交").tap()
    expect(page.get_by_text("已保存", exact=True)).to_be_visible()


def test_two_browsers_that_edit_the_same_diary_offline_keep_both_peoples_words(phones: Any, product: Product) -> None:
    mine, other = phones("mine"), phones("other")
    first, second = enrolled(mine), enrolled(other)
    write_diary(first, "上午走访三户。门口的路坑洼。")
    all_delivered(first)
    all_delivered(second)
    for page in (first, second):
        page.context.set_offline(True)
    write_diary(first, "上午走访三户。门口的路坑洼，下雨积水。")
    write_diary(second, "上午走访三户。门口的路坑洼，车辆难行。下午去了社区。")
    for page in (first, second):
        page.context.set_offline(False)
        all_or_differing(page)
    sync(first)
    go(first, "/app/diary")
    expect(first.get_by_text("同一句话有两种写法，请选一下")).to_be_visible(timeout=30_000)
    first.get_by_text("同一句话有两种写法，请选一下").tap()
    expect(first.get_by_text("下雨积水").first).to_be_visible()
    expect(first.get_by_text("车辆难行").first).to_be_visible()
    first.get_by_role("button", name="两个都留").tap()
    expect(first.get_by_text("没有需要选择的内容")).to_be_visible()
    all_delivered(first)
    ((text, conflict),) = rows(product, "SELECT text, conflict FROM diary WHERE text LIKE '%门口的路%'")
    assert all(text.count(words) == 1 for words in ("上午走访三户。", "下雨积水", "车辆难行", "下午去了社区。")), text
    assert conflict in (None, "[]")

    def second_reads_it() -> bool:
        all_delivered(second)
        go(second, "/app/diary")
        return second.get_by_label("日记正文").input_value() == text

    wait_for("the other browser shows what was decided", second_reads_it)
    assert mine.errors + other.errors == []


def all_or_differing(page: Page) -> None:
    """Everything of this phone has arrived, with or without a difference to another's words."""
    go(page, "/app/waiting")
    sync(page)
    expect(page.get_by_text("没有等待的记录").first).to_be_visible(timeout=60_000)


def test_a_household_that_moved_with_pending_visits_leaves_the_list_and_says_who_has_the_work(
    phones: Any, product: Product
) -> None:
    phone = phones("mover")
    page = enrolled(phone)
    page.context.set_offline(True)
    go(page, "/app/")
    ordinary_visit(page)
    expect(page.locator("a[href^='/app/visit/']").first).to_be_visible()
    held = page.evaluate(
        """() => new Promise((done, fail) => {
          const ask = indexedDB.open('doorstep-' + localStorage['doorstep.account'])
          ask.onerror = fail
          ask.onsuccess = () => {
            const all = ask.result.transaction('outbox').objectStore('outbox').getAll()
            all.onsuccess = () => { ask.result.close(); done(all.result) }
          }
        })"""
    )
    (visit,) = {row["id"] for row in held if row["collection"] == "visit"}
    place = next(row["mutation"]["changes"]["place_id"]["to"] for row in held if row["mutation"]["op"] == "create")
    teams = rows(product, "SELECT id FROM team WHERE name != ?", product.sign_ins["cadre"]["team"])
    with inside(product), writing() as session:
        move(session, "place", place, f"team:{teams[0][0]}", actor=SYSTEM, now=now_ms())
    page.context.set_offline(False)
    go(page, "/app/waiting")
    sync(page)
    expect(page.get_by_text("没有被接受的内容")).to_be_visible(timeout=60_000)
    expect(page.locator(".card", has_text="队长").first).to_be_visible()
    assert rows(product, "SELECT count(*) FROM visit WHERE id = ?", visit) == [(0,)]
    parked = rows(product, "SELECT code, body FROM sync_parked WHERE code = 'scope_lost'")
    assert any(visit in body for _, body in parked)
    go(page, f"/app/place/{place}")
    expect(page.get_by_text("不在").first).to_be_visible()
    assert phone.errors == []


def all_processes(product: Product) -> list[int]:
    """The product and everything it has started."""
    assert product.process is not None
    found = [product.process.pid]
    for process in found:
        for thread in Path(f"/proc/{process}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found


def test_a_server_that_dies_in_the_middle_of_a_sync_has_everything_once_afterwards(
    phones: Any, product: Product
) -> None:
    phone = phones("unlucky")
    page = enrolled(phone)
    before = rows(product, "SELECT count(*) FROM visit")[0][0]
    page.context.set_offline(True)
    go(page, "/app/")
    visits = page.locator("a[href^='/app/visit/']")
    expect(page.get_by_role("button", name="到了").first).to_be_visible()
    shown = visits.count()
    ordinary_visit(page)
    nobody_at_home(page)
    expect(visits).to_have_count(shown + 2)
    # Stopped in its tracks: the request is sent and heard by nobody, then every process dies.
    processes = all_processes(product)
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    with page.expect_request("**/sync"):
        page.context.set_offline(False)
        sync(page)
    for process in processes:
        os.kill(process, signal.SIGKILL)
    assert product.process is not None
    product.process.wait()
    go(page, "/app/waiting")
    expect(page.get_by_text("条等待送达").first).to_be_visible()
    product.start()
    all_delivered(page)
    assert rows(product, "SELECT count(*) FROM visit")[0][0] == before + 2
    assert phone.errors == []


def test_storage_cleared_behind_the_app_is_said_and_everything_delivered_comes_back(
    phones: Any, product: Product
) -> None:
    phone = phones("cleared")
    page = enrolled(phone)
    write_diary(page, "清空之前送达的一句。")
    all_delivered(page)
    page.context.set_offline(True)
    write_diary(page, "清空之前送达的一句。没有送达的一句。")
    clear_indexed_db(page, product)
    page.context.set_offline(False)
    page.goto(f"{product.base}/app/")
    expect(page.get_by_role("button", name="到了").first).to_be_visible(timeout=60_000)
    go(page, "/app/waiting")
    expect(page.get_by_text("本机存储被手机系统或他人清空过")).to_be_visible()
    expect(page.get_by_text("请核对最近的走访和日记")).to_be_visible()
    go(page, "/app/diary")
    expect(page.get_by_label("日记正文")).to_have_value("清空之前送达的一句。", timeout=30_000)
    # And it goes on: what is entered again is delivered.
    write_diary(page, "清空之前送达的一句。没有送达的一句。")
    all_delivered(page)
    assert len(rows(product, "SELECT 1 FROM diary WHERE text = '清空之前送达的一句。没有送达的一句。'")) == 1


def clear_indexed_db(page: Page, product: Product) -> None:
    """As a system does that needs the room."""
    tool = page.context.new_cdp_session(page)
    tool.send("Storage.clearDataForOrigin", {"origin": product.base, "storageTypes": "indexeddb"})


def test_a_full_phone_says_so_in_words_and_keeps_the_text_on_the_screen(phones: Any, product: Product) -> None:
    phone = phones("full")
    page = enrolled(phone)
    text = "今天走访的情况很多，逐户写下。" * 900
    used = page.evaluate("navigator.storage.estimate().then(found => found.usage)")
    tool = page.context.new_cdp_session(page)
    tool.send("Storage.overrideQuotaForOrigin", {"origin": product.base, "quotaSize": used + 20_000})

    def is_full() -> bool:
        # The browser asks for the room left only when it opens a storage anew, which it closes some seconds after the last page.
        page.goto("about:blank")
        page.wait_for_timeout(3000)
        page.goto(f"{product.base}/app/diary")
        page.get_by_label("日记正文").fill(text)
        page.get_by_role("button", name="先保存，晚点再交").tap()
        said = page.get_by_text("手机空间不足").or_(page.get_by_text("已保存", exact=True))
        expect(said).to_be_visible(timeout=30_000)
        return page.get_by_text("手机空间不足").is_visible()

    wait_for("the browser has noticed how little room there is", is_full, 120)
    expect(page.get_by_text("The phone is full")).to_be_visible()
    expect(page.get_by_label("日记正文")).to_have_value(text)
    with page.expect_download() as download:
        page.get_by_role("button", name="导出到文件").tap()
    assert text in download.value.path().read_text(encoding="utf-8")
    tool.send("Storage.overrideQuotaForOrigin", {"origin": product.base})

    def has_room() -> bool:
        page.get_by_role("button", name="先保存，晚点再交").tap()
        said = page.get_by_text("手机空间不足").or_(page.get_by_text("已保存", exact=True))
        expect(said.first).to_be_visible(timeout=30_000)
        return page.get_by_text("已保存", exact=True).is_visible()

    wait_for("the browser has noticed the room", has_room, 120)
    expect(page.get_by_label("日记正文")).to_have_value(text)

    page.goto("about:blank")
    page.goto(f"{product.base}/app/waiting")
    all_delivered(page)
    assert rows(product, "SELECT count(*) FROM diary WHERE text LIKE ?", f"%{text}%") == [(1,)]


def nobody_at_home(page: Page) -> None:
    """The three taps, once the door's own screen is there: on the list, doors of before say 无人 too."""
    page.get_by_role("button", name="到了").first.tap()
    page.wait_for_url("**/app/visit/*")
    page.get_by_text("无人", exact=True).tap()
    page.get_by_text("已留联系卡").first.tap()


def test_two_tabs_that_write_and_sync_at_once_deliver_everything_once(phones: Any, product: Product) -> None:
    phone = phones("tabs")
    first = enrolled(phone)
    second = first.context.new_page()
    second.goto(f"{product.base}/app/")
    expect(second.get_by_role("button", name="到了").first).to_be_visible(timeout=30_000)
    before = rows(product, "SELECT count(*) FROM visit")[0][0]
    numbers = rows(product, "SELECT count(*) FROM sync_client")[0][0]
    first.context.set_offline(True)
    go(first, "/app/")
    # Chromium freezes a tab behind another one for hours; it must go on where it was.
    tool = first.context.new_cdp_session(second)
    tool.send("Page.setWebLifecycleState", {"state": "frozen"})
    first.bring_to_front()
    nobody_at_home(first)
    tool.send("Page.setWebLifecycleState", {"state": "active"})
    second.bring_to_front()
    nobody_at_home(second)
    first.context.set_offline(False)
    for page in (first, second):
        sync(page)
    for page in (first, second):
        page.bring_to_front()
        all_delivered(page)
    assert rows(product, "SELECT count(*) FROM visit")[0][0] == before + 2
    assert rows(product, "SELECT count(*) FROM sync_client")[0][0] - numbers <= 1, "neither tab took another number"


def test_a_session_that_expired_is_a_strip_and_the_work_goes_after_signing_in_again(
    phones: Any, product: Product
) -> None:
    phone = phones("expired")
    page = enrolled(phone)
    before = rows(product, "SELECT count(*) FROM visit")[0][0]
    devices = rows(product, "SELECT count(*) FROM device")[0][0]
    with inside(product), writing() as session:
        session.execute(delete(LoginSession))
    go(page, "/app/")
    visits = page.locator("a[href^='/app/visit/']")
    expect(page.get_by_role("button", name="到了").first).to_be_visible()
    shown = visits.count()
    ordinary_visit(page)
    sync(page)
    expect(page.get_by_text("登录已过期，数据仍在本机")).to_be_visible(timeout=30_000)
    nobody_at_home(page)
    expect(visits).to_have_count(shown + 2)
    page.get_by_role("link", name="重新登录").tap()
    expect(page.get_by_text("本机还有")).to_be_visible()
    page.get_by_role("button", name="手工输入登记码").tap()
    page.get_by_label("登记码").fill(new_code(product))
    page.get_by_role("button", name="登记", exact=True).tap()
    expect(page.get_by_text("登录已过期，数据仍在本机")).to_have_count(0, timeout=30_000)
    all_delivered(page)
    assert rows(product, "SELECT count(*) FROM visit")[0][0] == before + 2
    assert rows(product, "SELECT count(*) FROM device")[0][0] == devices, "it went on under its own number"
    assert phone.errors == []
