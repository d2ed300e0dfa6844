"""Every screen of leaders and the task force, and the pages of handling units; each generator gives a screen's name while it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.cadre_screens import close_sheet, go
from tests.e2e.product import Product
from tests.spreadsheets import xlsx

SECTIONS = {
    "projects": "一类问题与项目",
    "receptions": "接访",
    "checks": "抽查回访",
    "map": "走访地图",
    "parked": "待核对记录",
    "dead-letters": "上报异常",
    "inbox": "消息",
    "people": "人员与手机",
    "codes": "二维码与打印",
    "imports": "名单导入",
    "ledger": "台账与周报",
    "self-check": "规则自查",
}
ROWS = ("of=visits&outcome=met", "of=requests&way=forward", "of=places&state=stale", "of=phones")


def sign_in(page: Page, product: Product, login: str, password: str) -> None:
    """With a password, as desks do."""
    page.goto(f"{product.base}/app/sign-in")
    page.get_by_label("账号").fill(login)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", name="走访日看板")).to_be_visible(timeout=60_000)


def press(page: Page, name: str, within: str = "main") -> None:
    """The first button of this name."""
    page.locator(within).get_by_role("button", name=name).first.click()


def board(page: Page) -> Iterator[str]:
    """The Friday board with its sheets, and the rows behind its numbers."""
    go(page, "/app/board")
    expect(page.get_by_role("heading", name="都到齐了吗")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="用时负担")).to_be_visible()
    yield "board"
    press(page, "选择日期")
    yield "board: day"
    close_sheet(page)
    press(page, "当周")
    expect(page.get_by_role("heading", name="都到齐了吗")).to_be_visible()
    yield "board: week"
    go(page, "/app/board")
    expect(page.get_by_role("heading", name="都到齐了吗")).to_be_visible()
    if page.get_by_role("button", name="签阅").count():
        press(page, "签阅")
        yield "board: sign"
        close_sheet(page)
    for query in ROWS:
        go(page, f"/app/board/rows?{query}")
        yield f"rows: {query}"


def requests(page: Page, request_id: str) -> Iterator[str]:
    """All requests, one of them, the sheets of its buttons."""
    go(page, "/app/board/requests")
    expect(page.get_by_text("在办").first).to_be_visible()
    yield "requests"
    go(page, f"/app/board/requests/{request_id}")
    expect(page.get_by_role("heading", name="可以做")).to_be_visible()
    yield "request"
    for name in ("加备注", "告知进展", "记一次没联系上"):
        press(page, name)
        expect(page.locator("dialog[open]")).to_be_visible()
        yield f"request: {name}"
        close_sheet(page)
    page.locator("section", has=page.get_by_role("heading", name="可以做")).locator("button").first.click()
    expect(page.locator("dialog[open]")).to_be_visible()
    yield "request: step"
    close_sheet(page)
    go(page, "/app/board/requests/nowhere")
    expect(page.get_by_role("alert").first).to_be_visible()
    yield "request: refused"


def sections(page: Page) -> Iterator[str]:
    """Every other section as it opens, then what can be opened in it."""
    for path, title in SECTIONS.items():
        go(page, f"/app/board/{path}")
        expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        yield path
    go(page, "/app/board/dead-letters")
    page.locator("details summary").first.click()
    yield "dead-letters: attempts"
    go(page, "/app/board/people")
    press(page, "登记手机")
    expect(page.locator("dialog[open] img")).to_be_visible()
    yield "people: enrol"
    close_sheet(page)
    page.get_by_label("查找人员").fill("没有这人")
    expect(page.get_by_text("没有找到人员")).to_be_visible()
    yield "people: nobody"
    go(page, "/app/board/codes")
    page.get_by_text("工作证", exact=True).first.click()
    press(page, "停用")
    yield "codes: revoke"
    close_sheet(page)
    yield from preview(page)


def own_account(page: Page, password: str) -> Iterator[str]:
    """Settings of who signs in with a password: a new password that is refused, the digits of an authenticator app."""
    go(page, "/app/settings")
    expect(page.get_by_text("推送提醒")).to_be_visible()
    yield "settings of a leader"
    go(page, "/app/password")
    page.get_by_label("现在的密码").fill(password)
    page.get_by_label("新密码", exact=True).fill("1234")
    page.get_by_label("再输入一次新密码").fill("1234")
    press(page, "修改密码")
    expect(page.get_by_role("alert").first).to_be_visible()
    yield "password: refused"
    go(page, "/app/authenticator")
    page.get_by_label("登录密码").fill(password)
    press(page, "下一步")
    expect(page.locator("main img")).to_be_visible()
    page.get_by_label("应用上的六位数字").fill("000000")
    press(page, "开启")
    expect(page.get_by_role("alert").first).to_be_visible()
    yield "authenticator: wrong digits"


def task_force(page: Page) -> Iterator[str]:
    """What only the task force has: the whole city's board, draws and calls, complaints and suggestions to be answered."""
    go(page, "/app/board")
    expect(page.get_by_role("heading", name="都到齐了吗")).to_be_visible(timeout=60_000)
    yield "task force: board"
    go(page, "/app/board/checks")
    expect(page.get_by_role("heading", name="抽查回访", level=1)).to_be_visible()
    draws, drawn = page.get_by_role("button", name="封存名单并抽取"), page.get_by_text("名单指纹")
    # Another width's test may have drawn already; which of the two it is shows once the answer is there.
    expect(draws.or_(drawn)).to_be_visible(timeout=30_000)
    if draws.count():
        yield "task force: checks"
        draws.click()
    expect(drawn).to_be_visible(timeout=30_000)
    yield "task force: drawn"
    go(page, "/app/board/feedback")
    expect(page.get_by_role("heading", name="投诉建议", level=1)).to_be_visible()
    answer = page.get_by_role("button", name="答复", exact=True).first
    expect(answer).to_be_visible()
    yield "task force: feedback"
    answer.click()
    yield "task force: answer"
    page.locator("dialog[open] textarea").fill("下个版本会少两下，谢谢您提出来。")
    press(page, "发送答复", "dialog[open]")
    expect(page.locator("dialog[open]")).to_have_count(0)
    press(page, "看已答复的")
    expect(page.get_by_text("下个版本会少两下").first).to_be_visible()
    yield "task force: answered"
    go(page, "/app/board/codes")
    expect(page.get_by_text("先选一支服务队")).to_be_visible()
    yield "task force: codes"


def print_sheets(page: Page, product: Product) -> Iterator[str]:
    """What a leader prints: the choice, and each sheet."""
    page.goto(f"{product.base}/print/")
    yield "print"
    for sheet in ("card", "plate", "badge", "letter"):
        page.goto(f"{product.base}/print/")
        page.locator(f"a[href^='/print/{sheet}?']").first.click()
        yield f"print: {sheet}"


def preview(page: Page) -> Iterator[str]:
    """A list with a fault in a row, and a file that is none."""
    go(page, "/app/board/imports")
    rows = [["类别", "名称", "地址", "备用"], ["群众", "张家", "柳园3号楼", "甲"], ["飞船", "", "柳园3号楼", "乙"]]
    upload(page, "list.xlsx", xlsx(rows))
    expect(page.get_by_role("heading", name="处问题")).to_be_visible()
    yield "imports: faults"
    press(page, "换一个文件")
    upload(page, "list.xlsx", b"not a workbook")
    expect(page.get_by_role("alert").first).to_be_visible()
    yield "imports: refused"


def upload(page: Page, name: str, content: bytes) -> None:
    """Choose a file and ask for its preview."""
    chosen: Any = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.locator("input[type=file]").set_input_files(chosen)
    press(page, "上传并预览")


def desk_sign_in(page: Page, product: Product, login: str) -> Iterator[str]:
    """The units' own sign-in, first with a wrong password."""
    (unit,) = (one for one in product.sign_ins["units"] if one["login"] == login)
    page.goto(f"{product.base}/desk/")
    yield "desk: sign in"
    for password in ("wrong", unit["password"]):
        page.get_by_label("账号").fill(login)
        page.get_by_label("密码").fill(password)
        page.get_by_role("button", name="登录").click()
        if password == "wrong":
            expect(page.get_by_role("alert")).to_be_visible()
            yield "desk: wrong password"
    expect(page.locator("nav.shelves")).to_be_visible()


def desk(page: Page, product: Product) -> Iterator[str]:
    """The units' list, full and empty, a request with every step opened, a page that is not there."""
    yield "desk: list"
    listed = page.url
    page.goto(f"{product.base}/desk/?words=没有这件")
    yield "desk: nothing found"
    page.goto(listed)
    page.locator("a.order").first.click()
    expect(page.locator("details.step").first).to_be_visible()
    yield "desk: request"
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    yield "desk: steps"
    page.goto(f"{product.base}/desk/requests/nowhere")
    yield "desk: not there"
