"""What a leader and the task force do at the desk, sheet by sheet. Each generator gives a screen's name while it is shown."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Locator, Page, expect

from app.ids import new_id
from tests.e2e.cadre_screens import close_sheet, go
from tests.e2e.desk_screens import press

SHEET = "dialog[open]"


def confirm(page: Page, button: str) -> None:
    """Do what the open sheet is for; it closes, and the word that it is done goes before the next sheet rises over it."""
    press(page, button, SHEET)
    expect(page.locator(SHEET)).to_have_count(0)
    expect(page.locator(".toast")).to_have_count(0, timeout=20_000)


def reception(page: Page) -> Iterator[str]:
    """A reception day is entered, a request that somebody brought, and what was decided on it."""
    place, brought = f"信访接待室{new_id()[-4:]}", f"出租屋的押金一直没有退 {new_id()[-4:]}"
    go(page, "/app/board/receptions")
    expect(page.get_by_role("heading", name="接访", level=1)).to_be_visible()
    press(page, "登记一场接访")
    expect(page.locator(SHEET)).to_be_visible()
    yield "reception: hold"
    page.get_by_label("接访地点").fill(place)
    page.get_by_label("接访负责人").fill("孙队长")
    confirm(page, "登记一场接访")
    held = page.locator("article", has_text=place)
    held.get_by_role("button", name="登记来访问题").click()
    expect(page.locator(SHEET)).to_be_visible()
    yield "reception: bring"
    page.get_by_label("来访群众反映什么").fill(brought)
    confirm(page, "登记来访问题")
    held.get_by_role("button", name="议定措施").click()
    expect(page.locator(SHEET)).to_be_visible()
    yield "reception: decide"
    page.get_by_label("怎么办、谁来办、什么时候办好").fill("房东三日内退还押金")
    confirm(page, "议定措施")
    expect(held.get_by_text("房东三日内退还押金")).to_be_visible()
    yield "receptions"


def project(page: Page, category: str) -> Iterator[str]:
    """A class of problems becomes a project, which gets a week's task; it cannot end while one of its requests is open."""
    go(page, "/app/board")
    title = f"{category}专项整治"
    page.locator("li", has_text=category).get_by_role("button", name="列为项目").click()
    expect(page.locator(SHEET)).to_be_visible()
    yield "project: new"
    page.get_by_label("项目名称").fill(title)
    page.get_by_label("责任人").fill("李主任")
    confirm(page, "列为项目（3 件）")
    go(page, "/app/board/projects")
    card = page.locator("article", has_text=title)
    for button, words in (("布置周任务", "逐户核实路灯"), ("办完了", "坏了 3 盏，已报修")):
        card.get_by_role("button", name=button).click()
        expect(page.locator(SHEET)).to_be_visible()
        yield f"project: {button}"
        page.locator(f"{SHEET} textarea").fill(words)
        confirm(page, button)
        expect(card.get_by_text(words)).to_be_visible()
    yield "project"
    card.get_by_role("button", name="结项").click()
    page.locator(f"{SHEET} textarea").fill("路灯全部修好")
    press(page, "结项", SHEET)
    expect(page.locator(SHEET).get_by_role("alert")).to_be_visible()
    yield "project: not yet"
    close_sheet(page)


def hand_in(page: Page) -> Iterator[str]:
    """Somebody's exported file is to be handed in, and it is another file."""
    go(page, "/app/board/people")
    press(page, "代交手机文件")
    expect(page.locator(SHEET)).to_be_visible()
    yield "people: hand in"
    page.locator(f"{SHEET} input[type=file]").set_input_files(
        {"name": "notes.json", "mimeType": "application/json", "buffer": b"{}"}
    )
    expect(page.locator(SHEET).get_by_role("alert")).to_be_visible()
    yield "people: another file"
    close_sheet(page)


def parked(page: Page, note: str) -> Iterator[str]:
    """Two visits that a phone handed in and could not be taken: one is written in, one is put aside with a reason."""
    go(page, "/app/board/parked")
    cards = page.locator("article", has_text=note)
    expect(cards).to_have_count(2)
    yield "parked"
    cards.first.get_by_role("button", name="核对无误，写入").click()
    expect(cards).to_have_count(1)
    cards.first.get_by_role("button", name="搁置").click()
    expect(page.locator(SHEET)).to_be_visible()
    yield "parked: dismiss"
    page.get_by_label("原因").fill("同一次走访记了两遍")
    confirm(page, "确认搁置")
    expect(cards).to_have_count(0)
    press(page, "已处理的")
    expect(cards).to_have_count(2)
    yield "parked: settled"


def letters(page: Page, unsure: str) -> Iterator[str]:
    """A delivery that stopped because nobody said what it is about: every way on, then the one by hand."""
    card = _letter(page, unsure)
    for button in ("定类别并上报", "换一条渠道", "撤回上报", "已人工上报"):
        card.get_by_role("button", name=button).click()
        expect(page.locator(SHEET)).to_be_visible()
        yield f"dead-letters: {button}"
        if button != "已人工上报":
            close_sheet(page)
    page.get_by_label("平台工单编号").fill(f"12345-{new_id()[-8:]}")
    confirm(page, "已人工上报")
    expect(card).to_have_count(0)


def mapping(page: Page, unmapped: str) -> Iterator[str]:
    """A delivery that stopped because the platform knows no such category: the task force says what it is called there."""
    card = _letter(page, unmapped)
    card.get_by_role("button", name="对应平台类别").click()
    expect(page.locator(SHEET)).to_be_visible()
    yield "dead-letters: 对应平台类别"
    page.locator(f"{SHEET} select").select_option(index=1)
    confirm(page, "对应平台类别")
    expect(card).to_have_count(0)


def _letter(page: Page, text: str) -> Locator:
    go(page, "/app/board/dead-letters")
    card = page.locator("article", has_text=text)
    expect(card).to_be_visible()
    return card


def calls(page: Page) -> Iterator[str]:
    """What somebody whom the draw chose says on the phone, and a paper sheet of evaluation."""
    go(page, "/app/board/checks")
    page.get_by_role("button", name="随机层").first.click()
    expect(page.locator(SHEET)).to_be_visible()
    yield "call"
    press(page, "查看姓名电话", SHEET)
    page.locator(SHEET).get_by_text("来过", exact=True).click()
    confirm(page, "保存回访")
    press(page, "录入评议表")
    expect(page.locator(SHEET)).to_be_visible()
    yield "evaluation sheet"
    press(page, "被评服务队", SHEET)
    page.locator(SHEET).last.get_by_role("button", name="文昌社区").click()
    page.locator(SHEET).get_by_text("同级部门评", exact=True).click()
    page.locator(SHEET).get_by_text("满意", exact=True).click()
    press(page, "录入", SHEET)
    expect(page.get_by_text("已录入一份")).to_be_visible()
    close_sheet(page)
