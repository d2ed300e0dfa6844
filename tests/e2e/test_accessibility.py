"""Every screen of phone, desk and handling unit in a real browser: axe (WCAG 2.2 AA), targets, words, in light, dark and large type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from tests.e2e import axe, cadre_screens, desk_screens, elsewhere
from tests.e2e.elsewhere import rows
from tests.e2e.phone import BrowserPhone
from tests.e2e.product import Product

pytestmark = pytest.mark.skipif(not axe.AXE.exists(), reason="pwa/node_modules is not installed: no axe-core")

Faults = dict[str, list[str]]
_LOOK = """([theme, type]) => { for (const [name, value] of [['theme', theme], ['type', type]]) {
    localStorage.setItem(`doorstep.${name}`, value); dispatchEvent(new StorageEvent('storage', {key: `doorstep.${name}`})) } }"""


def wear(page: Page, theme: str, type_size: str) -> None:
    """What the settings screen does, from another tab."""
    page.evaluate(_LOOK, [theme, type_size])
    page.wait_for_function(
        "([theme, type]) => document.documentElement.dataset.theme === theme && document.documentElement.dataset.type === type",
        arg=[theme, type_size],
    )


def settle(page: Page) -> None:
    """Until everything asked for has come and every sheet has risen."""
    page.wait_for_function("!document.querySelector('main .waiting[role=status]')")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def look_at(page: Page, name: str, wrong: Faults, on_phone: bool = True) -> None:
    """One screen in three looks: everything in the normal one, colours in the dark one, room in the large one."""
    settle(page)
    normal = axe.faults(page, 48) if on_phone else [*axe.violations(page), *axe.cut_off(page), *axe.sideways(page)]
    wear(page, "dark", "normal")
    dark = axe.violations(page, only=["color-contrast", "link-in-text-block"])
    wear(page, "light", "large")
    large = [*axe.violations(page, only=["target-size"]), *axe.cut_off(page), *axe.sideways(page)]
    if on_phone:
        large += axe.small(page, 60, 23)
    wear(page, "light", "normal")
    for look, found in (("", normal), (" (dark)", dark), (" (large)", large)):
        if found:
            wrong[name + look] = found


def clean(phone: BrowserPhone, wrong: Faults) -> None:
    """Nothing wrong on any screen, nothing in the console, nothing asked of another host."""
    assert wrong == {}
    assert phone.errors == []
    assert phone.outside == []


@pytest.fixture(scope="module")
def cadre(playwright: Playwright, product: Product, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserPhone]:
    """The cadre's phone for all tests of the module; the first one enrols it."""
    phone = BrowserPhone(
        playwright, product, tmp_path_factory.mktemp("cadre") / "profile", bypass_csp=True, reduced_motion="reduce"
    )
    phone.open("/app/enrol")
    yield phone
    phone.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """For photos."""
    return tmp_path


def own(product: Product, status: str) -> str:
    """A request of the demo cadre's team that stands so."""
    team = product.sign_ins["cadre"]["team"]
    sql = "SELECT r.id FROM service_request r JOIN team t ON r.scope = 'team:' || t.id WHERE t.name = ? AND r.status = ?"
    return str(rows(product, sql, team, status)[0][0])


def test_every_screen_of_a_new_phone_is_accessible(cadre: BrowserPhone, product: Product) -> None:
    wrong: Faults = {}
    for name in cadre_screens.enrolment(cadre.page, product):
        look_at(cadre.page, name, wrong)
    clean(cadre, wrong)


def test_every_screen_at_the_doorstep_is_accessible(cadre: BrowserPhone, folder: Path) -> None:
    wrong: Faults = {}
    for name in cadre_screens.doorsteps(cadre.page, folder):
        look_at(cadre.page, name, wrong)
    clean(cadre, wrong)


def test_every_screen_of_doors_and_requests_is_accessible(cadre: BrowserPhone, product: Product) -> None:
    wrong: Faults = {}
    ((place,),) = rows(product, "SELECT place_id FROM service_request WHERE id = ?", own(product, "returned"))
    for name in cadre_screens.places(cadre.page, place):
        look_at(cadre.page, name, wrong)
    for name in cadre_screens.requests(cadre.page, own(product, "dispatched"), own(product, "answered")):
        look_at(cadre.page, name, wrong)
    clean(cadre, wrong)


def test_every_page_of_ones_own_is_accessible(cadre: BrowserPhone, product: Product) -> None:
    wrong: Faults = {}
    ((questionnaire,), *_) = rows(product, "SELECT id FROM questionnaire")
    ((visit,), *_) = rows(
        product,
        "SELECT v.id FROM visit v JOIN cadre c ON v.cadre_id = c.id WHERE c.name = ?",
        product.sign_ins["cadre"]["name"],
    )
    for name in cadre_screens.own_pages(cadre.page, questionnaire, visit):
        look_at(cadre.page, name, wrong)
    clean(cadre, wrong)


def test_every_screen_of_trouble_is_accessible(cadre: BrowserPhone, product: Product) -> None:
    wrong: Faults = {}
    for name in cadre_screens.trouble(cadre.page, product, own(product, "recorded"), own(product, "returned")):
        look_at(cadre.page, name, wrong)
    for name in cadre_screens.lock(cadre.page):
        look_at(cadre.page, name, wrong)
    clean(cadre, wrong)


WIDTHS = {"a phone": {"width": 390, "height": 844}, "a desk": {"width": 1440, "height": 900}}


@pytest.fixture(params=WIDTHS)
def leader(
    request: pytest.FixtureRequest, playwright: Playwright, product: Product, tmp_path: Path
) -> Iterator[BrowserPhone]:
    """The leader, on a phone and at a desk; a delivery of the team has stopped."""
    on_phone = request.param == "a phone"
    phone = BrowserPhone(
        playwright,
        product,
        tmp_path / "profile",
        bypass_csp=True,
        reduced_motion="reduce",
        viewport=WIDTHS[request.param],
        is_mobile=on_phone,
        has_touch=on_phone,
    )
    phone.open("/app/sign-in")
    yield phone
    phone.close()


def test_every_screen_of_a_leader_is_accessible(leader: BrowserPhone, product: Product) -> None:
    wrong: Faults = {}
    on_phone = leader.options["is_mobile"]
    elsewhere.a_delivery_stops(product, product.sign_ins["cadre"]["team"])
    page = leader.page
    desk_screens.sign_in(page, product, "leader", product.sign_ins["leader"]["password"])
    for screens in (
        desk_screens.board(page),
        desk_screens.requests(page, own(product, "answered")),
        desk_screens.sections(page),
    ):
        for name in screens:
            look_at(page, name, wrong, on_phone)
    clean(leader, wrong)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_of_a_handling_unit_is_accessible(
    playwright: Playwright, product: Product, tmp_path: Path, width: str
) -> None:
    on_phone = width == "a phone"
    phone = BrowserPhone(
        playwright, product, tmp_path / "profile", bypass_csp=True, viewport=WIDTHS[width], is_mobile=on_phone
    )
    page = phone.open("/desk/")
    wrong: Faults = {}
    for screens in (desk_screens.desk_sign_in(page, product, "unit-centre"), desk_screens.desk(page, product)):
        for name in screens:
            page_in_every_look(phone, name, wrong, on_phone)
    clean(phone, wrong)
    phone.close()


def page_in_every_look(phone: BrowserPhone, name: str, wrong: Faults, on_phone: bool) -> None:
    """A page of the desk follows the system's colours, and has its own large type."""
    page = phone.page
    normal = axe.faults(page, 48) if on_phone else [*axe.violations(page), *axe.cut_off(page), *axe.sideways(page)]
    page.emulate_media(color_scheme="dark")
    dark = axe.violations(page, only=["color-contrast", "link-in-text-block"])
    page.emulate_media(color_scheme="light")
    page.evaluate("document.documentElement.dataset.type = 'large'")
    large = [*axe.violations(page, only=["target-size"]), *axe.cut_off(page), *axe.sideways(page)]
    page.evaluate("document.documentElement.dataset.type = 'normal'")
    for look, found in (("", normal), (" (dark)", dark), (" (large)", large)):
        if found:
            wrong[name + look] = found
