"""Every screen of phone, desk and handling unit in a real browser: axe (WCAG 2.2 AA), targets, words, in light, dark and large type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from tests.e2e import axe, cadre_screens, desk_acts, desk_screens, elsewhere
from tests.e2e.elsewhere import Team, team_of
from tests.e2e.looks import settle, wear
from tests.e2e.phone import BrowserPhone
from tests.e2e.product import Product

pytestmark = pytest.mark.skipif(not axe.AXE.exists(), reason="pwa/node_modules is not installed: no axe-core")

Faults = dict[str, list[str]]
Sizes = tuple[tuple[int, int], tuple[int, int]]
OF_THE_APP: Sizes = ((48, 18), (60, 23))
# Units work at a desk: their pages may be dense, also when one is opened on a phone for once.
OF_UNITS: Sizes = ((48, 14), (48, 14))


def look_at(page: Page, name: str, wrong: Faults, sizes: Sizes | None = OF_THE_APP) -> None:
    """One screen in three looks: everything in the normal one, colours in the dark one, room in the large one.

    `sizes`: the least height of targets and of letters in px, in normal and in large type; None for what is used with a mouse.
    """
    settle(page)
    found = {"light": axe.violations(page) + room(page, sizes and sizes[0])}
    wear(page, "dark")
    found["dark"] = axe.violations(page, only=["color-contrast", "link-in-text-block"])
    wear(page, "large")
    found["large"] = axe.violations(page, only=["target-size"]) + room(page, sizes and sizes[1])
    wear(page, "light")
    wrong.update({f"{name} ({look})": faults for look, faults in found.items() if faults})


def room(page: Page, least: tuple[int, int] | None) -> list[str]:
    """What is too small, cut off or too wide."""
    return [*(axe.small(page, *least) if least else []), *axe.cut_off(page), *axe.sideways(page)]


def clean(phone: BrowserPhone, wrong: Faults) -> None:
    """Nothing wrong on any screen, nothing in the console, nothing asked of another host."""
    assert not wrong, "\n".join(f"{screen}: {fault}" for screen, found in wrong.items() for fault in found)
    assert phone.errors == []
    assert phone.outside == []


@pytest.fixture(scope="module")
def cadre(playwright: Playwright, product: Product, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserPhone]:
    """One phone for all screens of a cadre: whichever test comes first finds it new."""
    phone = BrowserPhone(playwright, product, tmp_path_factory.mktemp("cadre") / "profile", reduced_motion="reduce")
    phone.open("/app/enrol")
    yield phone
    phone.close()


@pytest.fixture
def cadre_at_work(cadre: BrowserPhone, product: Product) -> BrowserPhone:
    """The same phone, enrolled."""
    if cadre.page.evaluate("fetch('/api/session').then(reply => reply.status)") != 200:
        for _screen in cadre_screens.enrolment(cadre.page, product):
            pass
    return cadre


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """For photos."""
    return tmp_path


@pytest.fixture(scope="module")
def team(product: Product) -> Team:
    """The cadre's team as the demo made it."""
    return team_of(product)


def test_every_screen_of_a_new_phone_is_accessible(cadre: BrowserPhone, product: Product) -> None:
    wrong: Faults = {}
    for name in cadre_screens.enrolment(cadre.page, product):
        look_at(cadre.page, name, wrong)
    clean(cadre, wrong)


def test_every_screen_at_the_doorstep_is_accessible(cadre_at_work: BrowserPhone, folder: Path) -> None:
    wrong: Faults = {}
    for name in cadre_screens.doorsteps(cadre_at_work.page, folder):
        look_at(cadre_at_work.page, name, wrong)
    clean(cadre_at_work, wrong)


def test_every_screen_of_doors_and_requests_is_accessible(cadre_at_work: BrowserPhone, team: Team) -> None:
    wrong: Faults = {}
    for name in cadre_screens.places(cadre_at_work.page, team.place):
        look_at(cadre_at_work.page, name, wrong)
    for name in cadre_screens.requests(cadre_at_work.page, team.request("dispatched"), team.request("answered")):
        look_at(cadre_at_work.page, name, wrong)
    clean(cadre_at_work, wrong)


def test_every_page_of_ones_own_is_accessible(cadre_at_work: BrowserPhone, team: Team) -> None:
    wrong: Faults = {}
    for name in cadre_screens.own_pages(cadre_at_work.page, team.questionnaire, team.visit):
        look_at(cadre_at_work.page, name, wrong)
    clean(cadre_at_work, wrong)


def test_every_screen_of_trouble_is_accessible(cadre_at_work: BrowserPhone, product: Product, team: Team) -> None:
    wrong: Faults = {}
    for name in cadre_screens.trouble(cadre_at_work.page, product, team.request("recorded"), team.request("returned")):
        look_at(cadre_at_work.page, name, wrong)
    for name in cadre_screens.lock(cadre_at_work.page):
        look_at(cadre_at_work.page, name, wrong)
    clean(cadre_at_work, wrong)


WIDTHS = {"a phone": {"width": 390, "height": 844}, "a desk": {"width": 1440, "height": 900}}


@pytest.fixture(params=WIDTHS)
def leader(
    request: pytest.FixtureRequest, playwright: Playwright, product: Product, tmp_path: Path
) -> Iterator[BrowserPhone]:
    """The leader, on a phone and at a desk; a delivery of the team has got lost."""
    on_phone = request.param == "a phone"
    phone = BrowserPhone(
        playwright,
        product,
        tmp_path / "profile",
        reduced_motion="reduce",
        viewport=WIDTHS[request.param],
        is_mobile=on_phone,
        has_touch=on_phone,
    )
    phone.open("/app/sign-in")
    yield phone
    phone.close()


def test_every_screen_of_a_leader_is_accessible(leader: BrowserPhone, product: Product, team: Team) -> None:
    wrong: Faults = {}
    sizes = OF_THE_APP if leader.options["is_mobile"] else None
    elsewhere.a_request_gets_lost(product, team)
    page = leader.page
    desk_screens.sign_in(page, product, "leader", product.sign_ins["leader"]["password"])
    for screens in (
        desk_screens.board(page),
        desk_screens.requests(page, team.request("answered")),
        desk_screens.sections(page),
        desk_acts.reception(page),
        desk_acts.project(page, elsewhere.a_class_of_problems(product, team)),
        desk_acts.hand_in(page),
        desk_acts.parked(page, elsewhere.work_waits_for_a_leader(product, team)),
        desk_acts.letters(page, elsewhere.a_delivery_stops(product, team)),
        desk_screens.own_account(page, product.sign_ins["leader"]["password"]),
    ):
        for name in screens:
            look_at(page, name, wrong, sizes)
    clean(leader, wrong)


def test_every_screen_of_the_task_force_is_accessible(leader: BrowserPhone, product: Product, team: Team) -> None:
    wrong: Faults = {}
    sizes = OF_THE_APP if leader.options["is_mobile"] else None
    elsewhere.a_cadre_speaks_up(product, team)
    signs_in = product.sign_ins["task_force"]
    desk_screens.sign_in(leader.page, product, signs_in["login"], signs_in["password"])
    page = leader.page
    stopped = elsewhere.a_delivery_stops(product, team, "rural_irrigation")
    for screens in (desk_screens.task_force(page), desk_acts.calls(page), desk_acts.mapping(page, stopped)):
        for name in screens:
            look_at(page, name, wrong, sizes)
    clean(leader, wrong)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_of_a_handling_unit_is_accessible(
    playwright: Playwright, product: Product, tmp_path: Path, width: str
) -> None:
    on_phone = width == "a phone"
    options = {"viewport": WIDTHS[width], "is_mobile": on_phone, "reduced_motion": "reduce"}
    phone = BrowserPhone(playwright, product, tmp_path / "profile", **options)
    page = phone.open("/desk/")
    wrong: Faults = {}
    for screens in (desk_screens.desk_sign_in(page, product, "unit-centre"), desk_screens.desk(page, product)):
        for name in screens:
            look_at(page, name, wrong, OF_UNITS if on_phone else None)
    clean(phone, wrong)
    phone.close()
