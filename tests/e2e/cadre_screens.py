"""Every screen of the cadre's app, one after the other on one phone. Each generator gives a screen's name while it is shown."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image, ImageDraw, ImageOps
from playwright.sync_api import Page, expect

from tests.e2e import elsewhere
from tests.e2e.product import Product

PIN = "1234"
TEXT = "三号楼后面的路灯坏了半个月，老人晚上不敢出门"


def go(page: Page, path: str) -> None:
    """To another screen by the app's own router, as a tap on a link does."""
    page.evaluate("path => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')) }", path)


def tap(page: Page, name: str, within: str = "body") -> None:
    """The first button of this name."""
    page.locator(within).get_by_role("button", name=name).first.tap()


def close_sheet(page: Page) -> None:
    """The cross of the sheet that lies over the screen."""
    page.locator("dialog[open]").get_by_role("button", name="关闭", exact=True).click()
    expect(page.locator("dialog[open]")).to_have_count(0)


def photo(folder: Path) -> Path:
    """A small photo: a street lamp that does not burn, at dusk."""
    path, out = folder / "lamp.jpg", io.BytesIO()
    dusk = ImageOps.colorize(Image.linear_gradient("L").resize((640, 480)), "#22304f", "#d99a6c")
    draw = ImageDraw.Draw(dusk)
    draw.rectangle((0, 400, 640, 480), fill="#2b2a2f")
    draw.line((330, 420, 330, 120, 430, 96), fill="#15161a", width=12, joint="curve")
    draw.polygon(((410, 84), (500, 92), (488, 118), (412, 108)), fill="#15161a")
    dusk.save(out, "JPEG")
    path.write_bytes(out.getvalue())
    return path


def enrolment(page: Page, product: Product) -> Iterator[str]:
    """A new phone: no camera, a wrong code, a wrong password, then the right code, the notice and the PIN."""
    page.goto(f"{product.base}/app/enrol")
    tap(page, "扫描登记码")
    expect(page.get_by_role("alert")).to_be_visible()
    yield "enrol: no camera"
    page.get_by_label("登记码").fill("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    tap(page, "登记")
    expect(page.get_by_role("alert").get_by_text("登记码").first).to_be_visible()
    yield "enrol: wrong code"
    tap(page, "返回")
    expect(page.get_by_role("button", name="扫描登记码")).to_be_visible()
    yield "enrol"
    tap(page, "用账号密码登录")
    page.get_by_label("账号").fill("leader")
    page.get_by_label("密码").fill("wrong")
    page.get_by_role("button", name="登录", exact=True).tap()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "sign in: wrong password"
    page.goto(f"{product.base}/app/enrol#{product.sign_ins['cadre']['code']}")
    page.reload()
    page.get_by_role("button", name="登记", exact=True).tap()
    expect(page.get_by_role("button", name="知道了")).to_be_visible()
    yield "enrol: notice"
    tap(page, "知道了")
    yield "enrol: PIN"
    tap(page, "暂不设置")
    expect(page.get_by_text("全部送达")).to_be_visible(timeout=60_000)


def doorsteps(page: Page, folder: Path) -> Iterator[str]:
    """Today, a visit from arrival to request and code, a door with nobody home, a door's own screens."""
    go(page, "/app/")
    expect(page.get_by_role("button", name="到了").first).to_be_visible()
    yield "today"
    page.get_by_label("搜索走访对象").fill("没有这家")
    yield "today: nothing found"
    page.get_by_label("搜索走访对象").fill("")
    tap(page, "到了")
    expect(page.get_by_text("见到人", exact=True)).to_be_visible()
    yield "visit: arrived"
    visit = urlsplit(page.url).path
    page.get_by_text("约改日", exact=True).tap()
    expect(page.get_by_label("其他日期")).to_be_visible()
    yield "visit: another day"
    page.get_by_text("见到人", exact=True).tap()
    expect(page.get_by_text("有意见", exact=True)).to_be_visible()
    yield "visit: met"
    page.get_by_text("有意见", exact=True).tap()
    expect(page.locator("textarea").first).to_be_visible()
    yield "visit: opinion"
    tap(page, "同行人、备注、照片")
    yield "visit: note"
    close_sheet(page)
    tap(page, "点错了")
    yield "visit: take back"
    close_sheet(page)
    page.get_by_text("有诉求", exact=True).tap()
    yield from new_request(page, folder)
    go(page, visit)
    expect(page.get_by_text("补充（都可以不填）")).to_be_visible()
    yield "visit: with a request"
    go(page, "/app/")
    tap(page, "到了")
    page.get_by_text("无人", exact=True).tap()
    expect(page.get_by_role("button", name="已留联系卡")).to_be_visible()
    yield "visit: nobody"
    tap(page, "已留联系卡")
    expect(page.get_by_role("button", name="撤销")).to_be_visible()
    yield "today: undo"


def new_request(page: Page, folder: Path) -> Iterator[str]:
    """The form of a request: empty and refused, filled in, the code for the resident."""
    expect(page.get_by_role("button", name="登记，给群众查询码")).to_be_visible()
    yield "request: new"
    tap(page, "登记，给群众查询码")
    expect(page.get_by_role("alert").first).to_be_visible()
    yield "request: refused"
    page.locator("input[type=file]").set_input_files(photo(folder))
    expect(page.locator(".thumb img")).to_be_visible()
    page.locator("textarea").first.fill(TEXT)
    page.get_by_text("当场解决", exact=True).tap()
    yield "request: done at once"
    page.get_by_text("上报", exact=True).tap()
    page.locator(".picker .choice", has_text="道路维修").first.tap()
    yield "request: filled in"
    page.locator(".thumb").first.tap()
    yield "request: photo"
    page.locator("dialog[open]").get_by_role("button", name="关闭").tap()
    tap(page, "登记，给群众查询码")
    expect(page.get_by_role("button", name="关闭")).to_be_visible()
    yield "code"
    tap(page, "关闭")


def places(page: Page, place_id: str) -> Iterator[str]:
    """A door, its wishes, a late entry, a new door, and one that is not on the list."""
    go(page, f"/app/place/{place_id}")
    expect(page.get_by_text("走访记录").first).to_be_visible()
    yield "place"
    tap(page, "修改意愿和备注")
    yield "place: wishes"
    close_sheet(page)
    go(page, f"/app/place/{place_id}/late")
    page.get_by_text("见到人", exact=True).tap()
    yield "late entry"
    go(page, "/app/place/new")
    page.get_by_role("button", name="保存并打开").tap()
    expect(page.get_by_role("alert").first).to_be_visible()
    yield "new place: refused"
    go(page, "/app/place/nowhere")
    yield "place: gone"


def requests(page: Page, open_id: str, answered_id: str) -> Iterator[str]:
    """The list in each view, a request in progress with its sheets, an answered one, one that is gone."""
    go(page, "/app/requests")
    yield "requests: mine"
    page.get_by_text("本队在办").tap()
    yield "requests: open"
    page.get_by_label("搜索诉求").fill("没有这件")
    yield "requests: none"
    go(page, f"/app/request/{answered_id}")
    expect(page.get_by_text("办理结果")).to_be_visible()
    yield "request: answered"
    tap(page, "未解决，重办")
    tap(page, "未解决，重办", "dialog[open]")
    expect(page.get_by_role("alert").first).to_be_visible()
    yield "request: step refused"
    close_sheet(page)
    go(page, f"/app/request/{open_id}")
    expect(page.get_by_text("办理过程")).to_be_visible()
    yield "request"
    for row in ("加备注或照片", "记一次没联系上", "修改内容和类别"):
        tap(page, row)
        expect(page.locator("dialog[open] form")).to_be_visible()
        yield f"request: {row}"
        close_sheet(page)
    go(page, "/app/request/nowhere")
    yield "request: gone"


def own_pages(page: Page, questionnaire_id: str, visit_id: str) -> Iterator[str]:
    """Diary, badge, questions and answers, questionnaires, one's record, settings and what else stands behind 我的."""
    named = {
        "/app/diary": "diary",
        "/app/badge": "badge",
        "/app/policy": "policy",
        "/app/questionnaires": "questionnaires",
        f"/app/questionnaire/{questionnaire_id}": "questionnaire",
        "/app/questionnaire/nowhere": "questionnaire: gone",
        "/app/messages": "messages",
        "/app/record": "record",
        f"/app/record/{visit_id}": "record of a visit",
        "/app/record/nowhere": "record: gone",
        "/app/feedback": "feedback",
        "/app/me": "me",
        "/app/settings": "settings",
        "/app/rules": "rules",
        "/app/letter": "letter",
        "/app/waiting": "waiting: nothing",
        "/app/nowhere": "lost",
        "/app/conflict/visit/nowhere": "conflict: none",
    }
    for path, name in named.items():
        go(page, path)
        expect(page.locator("main h1")).to_be_visible()
        yield name
    go(page, "/app/policy")
    page.get_by_label("搜索政策问答").fill("低保")
    yield "policy: found"
    page.get_by_label("搜索政策问答").fill("没有这个词")
    yield "policy: none"
    go(page, "/app/feedback")
    page.get_by_role("button", name="提交").tap()
    yield "feedback: refused"


def trouble(page: Page, product: Product, rewritten: str, refused: str) -> Iterator[str]:
    """Offline while the leader changes the same requests: one conflict, one step that is not possible any more."""
    page.context.set_offline(True)
    elsewhere.leader_rewrites(product, rewritten, "文化路口的井盖已经换成新的。")
    go(page, f"/app/request/{rewritten}")
    tap(page, "修改内容和类别")
    page.locator("dialog[open] textarea").first.fill("文化路口井盖松动，晚上有人差点掉下去。")
    tap(page, "保存", "dialog[open]")
    expect(page.locator("dialog[open]")).to_have_count(0)
    elsewhere.platform_refuses(product, refused)
    go(page, f"/app/request/{refused}")
    tap(page, "应群众要求撤回")
    page.locator("dialog[open] textarea").first.fill("车位已经协调好了")
    page.locator("dialog[open]").get_by_role("switch").tap()
    tap(page, "应群众要求撤回", "dialog[open]")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.get_by_text("没有网络，照常使用")).to_be_visible(timeout=60_000)
    yield "request: offline"
    go(page, "/app/waiting")
    yield "waiting: offline"
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_text("没有被接受的内容")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("与他人修改有出入")).to_be_visible(timeout=60_000)
    yield "waiting"
    go(page, f"/app/conflict/service_request/{rewritten}")
    expect(page.get_by_role("button", name="用这个").first).to_be_visible()
    yield "conflict"
    go(page, "/app/")
    yield "today: needs you"


def lock(page: Page) -> Iterator[str]:
    """Setting a PIN, the locked screen, a wrong PIN, and signing out, of which nothing comes."""
    go(page, "/app/pin")
    yield "pin"
    for _ in range(2):
        expect(page.get_by_role("img", name="已输入 0 位")).to_be_visible()
        page.keyboard.type(PIN)
    expect(page.get_by_text("PIN 已设置")).to_be_visible()
    yield "me: toast"
    page.reload()
    expect(page.get_by_text("请输入 PIN")).to_be_visible()
    yield "locked"
    page.keyboard.type("0000")
    expect(page.get_by_text("PIN 不对")).to_be_visible()
    yield "locked: wrong PIN"
    page.keyboard.type(PIN)
    expect(page.locator("dialog[open]")).to_have_count(0)
    go(page, "/app/me")
    tap(page, "退出登录")
    expect(page.locator("dialog[open]")).to_be_visible()
    yield "sign out"
    close_sheet(page)
