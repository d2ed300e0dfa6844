"""Every screen of phone, desk and handling unit in a real browser: axe (WCAG 2.2 AA), targets, words, in light, dark and large type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from tests.e2e import axe, cadre_screens
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


def look_at(page: Page, name: str, wrong: Faults, on_phone: bool = True) -> None:
    """One screen in three looks: everything in the normal one, colours in the dark one, room in the large one."""
    page.wait_for_function("!document.querySelector('main .waiting[role=status]')")
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
    for name in cadre_screens.trouble(cadre.page, product, own(product, "recorded"), own(product, "explained")):
        look_at(cadre.page, name, wrong)
    for name in cadre_screens.lock(cadre.page):
        look_at(cadre.page, name, wrong)
    clean(cadre, wrong)
