"""Pictures of the product for the documentation: starts a fresh one, drives it as the tests do, writes docs/pictures/*.png.

    python -m tools.shots [folder] [--looks]

`--looks` photographs every screen in light, dark and large type instead, for whoever wants to see them all.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, Playwright, expect, sync_playwright

from tests.e2e import cadre_screens, desk_acts, desk_screens, elsewhere
from tests.e2e.looks import LOOKS, settle, wear
from tests.e2e.phone import BrowserPhone
from tests.e2e.product import Product
from tools.machine import find_chromium

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
DESK = {"viewport": {"width": 1440, "height": 900}, "is_mobile": False, "has_touch": False, "device_scale_factor": 1}
# Screens of the drives that stand in the documentation, and their pictures.
KEPT = {
    "today": "today",
    "visit: met": "visit",
    "request: filled in": "request",
    "code": "code",
    "diary": "diary",
    "badge": "badge",
    "waiting": "waiting",
    "board": "board",
    "wide board": "board-desktop",
    "wide map": "map",
    "resident": "resident",
    "badge check": "badge-check",
    "desk: list": "desk",
}
_COLOURS = 96
Take = Callable[[Page, str], None]


def save(shot: bytes, path: Path) -> None:
    """As a small PNG: screens have few colours."""
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    few = image.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    print(f"{path.name}  {path.stat().st_size / 1000:.0f} kB", flush=True)


def documented(folder: Path) -> Take:
    """Takes the screens that stand in the documentation."""

    def take(page: Page, name: str) -> None:
        if name in KEPT:
            settle(page)
            expect(page.locator(".toast")).to_have_count(0, timeout=20_000)
            page.evaluate("document.activeElement?.blur?.()")
            save(page.screenshot(), folder / f"{KEPT[name]}.png")

    return take


def in_every_look(folder: Path) -> Take:
    """Takes every screen, whole, in every look."""

    def take(page: Page, name: str) -> None:
        file_name = re.sub(r"\W+", "-", name.lower())
        for look in LOOKS:
            wear(page, look)
            settle(page)
            shot = page.screenshot(full_page=page.locator("dialog[open]").count() == 0)
            save(shot, folder / f"{file_name} {look}.png")
        wear(page, "light")

    return take


def on_a_phone(page: Page, product: Product, folder: Path) -> Iterator[str]:
    """The cadre's Friday."""
    team = elsewhere.team_of(product)
    page.context.set_geolocation(
        {"latitude": team.door["latitude"], "longitude": team.door["longitude"], "accuracy": 12}
    )
    yield from cadre_screens.enrolment(page, product)
    yield from cadre_screens.doorsteps(page, folder)
    yield from cadre_screens.places(page, team.place)
    yield from cadre_screens.requests(page, team.request("dispatched"), team.request("answered"))
    yield from cadre_screens.own_pages(page, team.questionnaire, team.visit)
    yield from cadre_screens.trouble(page, product, team.request("recorded"), team.request("returned"))
    yield from cadre_screens.lock(page)


def at_a_desk(page: Page, product: Product) -> Iterator[str]:
    """The leader's sections."""
    team = elsewhere.team_of(product)
    elsewhere.a_request_gets_lost(product, team)
    desk_screens.sign_in(page, product, "leader", product.sign_ins["leader"]["password"])
    yield from desk_screens.board(page)
    yield from desk_screens.requests(page, team.request("answered"))
    yield from desk_screens.sections(page)
    yield from desk_acts.reception(page)
    yield from desk_acts.project(page, elsewhere.a_class_of_problems(product, team))
    yield from desk_acts.parked(page, elsewhere.work_waits_for_a_leader(product, team))
    yield from desk_acts.letters(page, elsewhere.a_delivery_stops(product, team))
    yield from desk_screens.own_account(page, product.sign_ins["leader"]["password"])
    yield from desk_screens.print_sheets(page, product)


def of_the_task_force(page: Page, product: Product) -> Iterator[str]:
    """What only the task force has."""
    team = elsewhere.team_of(product)
    elsewhere.a_cadre_speaks_up(product, team)
    stopped = elsewhere.a_delivery_stops(product, team, "rural_irrigation")
    signs_in = product.sign_ins["task_force"]
    desk_screens.sign_in(page, product, signs_in["login"], signs_in["password"])
    yield from desk_screens.task_force(page)
    yield from desk_acts.calls(page)
    yield from desk_acts.mapping(page, stopped)


def of_others(page: Page, product: Product) -> Iterator[str]:
    """What residents see after a scan."""
    for name, key in (("resident", "resident_url"), ("badge check", "badge_url")):
        page.goto(product.sign_ins[key])
        yield name


def of_units(page: Page, product: Product) -> Iterator[str]:
    """What handling units see."""
    yield from desk_screens.desk_sign_in(page, product, "unit-centre")
    yield from desk_screens.desk(page, product)


def photograph(playwright: Playwright, product: Product, scratch: Path, take: Take) -> None:
    """All drives, each in a browser of its own."""
    drives: list[tuple[str, bool, Callable[[Page], Iterator[str]]]] = [
        ("", False, lambda page: on_a_phone(page, product, scratch)),
        ("", False, lambda page: of_others(page, product)),
        ("", False, lambda page: at_a_desk(page, product)),
        ("wide ", True, lambda page: at_a_desk(page, product)),
        ("", False, lambda page: of_the_task_force(page, product)),
        ("wide ", True, lambda page: of_the_task_force(page, product)),
        ("", True, lambda page: of_units(page, product)),
    ]
    for number, (prefix, wide, drive) in enumerate(drives):
        options = {**(DESK if wide else {}), "reduced_motion": "reduce"}
        phone = BrowserPhone(playwright, product, scratch / f"profile-{number}", **options)
        page = phone.open("/app/enrol")
        for name in drive(page):
            take(page, prefix + name)
        phone.close()


def main(arguments: list[str]) -> None:
    """Take them all."""
    (folder,) = [Path(one) for one in arguments if not one.startswith("--")] or [PICTURES]
    folder.mkdir(parents=True, exist_ok=True)
    chromium = find_chromium()
    if chromium is None:
        sys.exit("找不到 Chromium。No Chromium was found to take the pictures with.")
    os.environ["DOORSTEP_TEST_CHROMIUM"] = str(chromium)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        product = Product(Path(name) / "var")
        product.start()
        try:
            take = in_every_look(folder) if "--looks" in arguments else documented(folder)
            photograph(playwright, product, Path(name), take)
        finally:
            product.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
