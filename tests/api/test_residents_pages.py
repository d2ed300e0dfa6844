"""What a scanned code opens, the badge check, and how the pages look to old and large-type browsers."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from app.database import writing
from app.domain.badge import badge_code
from app.domain.workdays import day_of_date, first_ms
from app.errors import PROBLEMS
from app.ids import now_ms
from app.models.accounts import Account
from app.models.places import PlaceCode
from app.residents import badges
from app.writes import create, patch
from tests.api.residents_street import Street

DAY_MS = 86_400_000
PAGE_LIMIT = 40_000


def noon(*on: int) -> int:
    return first_ms(day_of_date(date(*on))) + DAY_MS // 2


def digits_of(street: Street, name: str) -> str:
    with writing() as session:
        account = session.scalars(select(Account).where(Account.cadre_id == street.city.people[name])).one()
    assert account.badge_secret is not None
    return badge_code(account.badge_secret, now_ms())


def test_a_household_scans_its_card_and_finds_three_buttons_and_the_hotline(street: Street) -> None:
    page = street.browser().get(f"/r/{street.codes['card']}").text
    for words in ("反映问题", "查进度", "核验来访人员", 'href="tel:12345"', "光岳小区1号楼101", "wang"):
        assert words in page


def test_who_finds_a_card_does_not_learn_who_lives_there(street: Street) -> None:
    street.write(patch("place", street.city.places["p1"], {"hardship": "低保户", "note": "独居", "tags": ["残疾人"]}))
    page = street.browser().get(f"/r/{street.codes['card']}").text
    for secret in ("张**1", "低保户", "独居", "残疾人"):
        assert secret not in page


def test_an_enterprise_sees_its_name_and_its_linked_cadre(street: Street) -> None:
    page = street.browser().get(f"/r/{street.codes['shop']}").text
    assert "恒信配件厂" in page
    assert "挂点干部" in page
    assert "李建国" in page


def test_a_plate_shows_the_building_and_the_team(street: Street) -> None:
    page = street.browser().get(f"/r/{street.codes['plate']}").text
    assert "光岳小区3号楼" in page
    assert "古楼街道 光岳社区" in page
    assert "第a服务队" in page


def test_a_typed_code_with_small_letters_and_dashes_leads_to_the_same_page(street: Street) -> None:
    code = street.codes["card"]
    browser = street.browser()
    moved = browser.get(
        "/r/", query_string={"q": f" {code[:7].lower()}-{code[7:14]} {code[14:].lower()} "}, follow_redirects=True
    )
    assert moved.request.path == f"/r/{code}"


def test_a_revoked_code_says_so(street: Street) -> None:
    with writing() as session:
        row = session.get(PlaceCode, street.codes["card"])
        assert row is not None
        row.revoked_at = now_ms()
    page = street.browser().get(f"/r/{street.codes['card']}")
    assert page.status_code == 410
    assert PROBLEMS["code_revoked"][1] in page.text
    assert "tel:12345" in page.text


def test_a_forged_code_is_refused_with_a_warning(street: Street) -> None:
    code = street.codes["badge"]
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    # A NUL is refused before anybody looks at the path.
    for wrong, status in ((forged, 404), ("ZZZZ", 404), ("<script>", 404), ("%00", 400), ("a" * 500, 404)):
        page = street.browser().get(f"/r/{wrong}")
        assert page.status_code == status
        assert "<script>alert" not in page.text
        assert "没有找到" not in page.text


def test_li_shows_the_six_digits_and_the_resident_reads_genuine(street: Street) -> None:
    browser = street.browser()
    page = browser.get(f"/r/{street.codes['badge']}").text
    for fact in ("李建国", "区住建局", "LC000123", "2099-12-31"):
        assert fact in page
    checked = browser.post(f"/r/{street.codes['badge']}/verify", data={"digits": digits_of(street, "li")})
    assert "核验通过" in checked.text


def test_digits_of_another_cadre_and_guesses_are_not_genuine(street: Street) -> None:
    browser = street.browser()
    for digits in (digits_of(street, "wang"), "", "12345", "abcdef", "１２３"):
        checked = browser.post(f"/r/{street.codes['badge']}/verify", data={"digits": digits})
        assert "核验不通过" in checked.text
        assert "核验通过，是本人" not in checked.text


@pytest.mark.parametrize("change", [{"active": False}, {"term": "2019-01-01至2019-12-31"}])
def test_a_cadre_who_left_or_whose_term_ended_has_no_valid_badge(street: Street, change: dict[str, object]) -> None:
    digits = digits_of(street, "li")
    street.write(patch("cadre", street.city.people["li"], change))
    browser = street.browser()
    assert "已失效" in browser.get(f"/r/{street.codes['badge']}").text
    assert "核验不通过" in browser.post(f"/r/{street.codes['badge']}/verify", data={"digits": digits}).text


def test_a_closed_account_has_no_valid_badge(street: Street) -> None:
    with writing() as session:
        for account in session.scalars(select(Account).where(Account.cadre_id == street.city.people["li"])):
            account.active = False
    assert "已失效" in street.browser().get(f"/r/{street.codes['badge']}").text


def test_friday_is_a_visit_day_and_saturday_is_not_unless_a_visit_is_recorded(street: Street) -> None:
    friday, saturday = noon(2026, 11, 20), noon(2026, 11, 21)
    li = street.city.people["li"]
    with writing() as session:
        cadre = session.get(badges.Cadre, li)
        assert cadre is not None
        assert badges.visiting_today(session, cadre, friday).yes
        assert not badges.visiting_today(session, cadre, saturday).yes
    visit = {
        "place_id": street.city.places["p1"],
        "cadre_id": street.city.people["wang"],
        "companions": [li],
        "visit_on": "2026-11-21",
    }
    street.write(create("visit", visit))
    with writing() as session:
        assert badges.visiting_today(session, cadre, saturday).yes


def test_a_public_holiday_is_a_visit_day_where_the_programme_says_so(street: Street) -> None:
    with writing() as session:
        cadre = session.get(badges.Cadre, street.city.people["li"])
        assert cadre is not None
        assert badges.visiting_today(session, cadre, noon(2026, 10, 1)).yes
        # Beyond the published calendar nothing is known to be a holiday, and nothing breaks.
        assert not badges.visiting_today(session, cadre, noon(2046, 10, 1)).yes


@pytest.mark.usefixtures("limits")
def test_guessing_digits_ends_with_a_plain_page(street: Street) -> None:
    browser = street.browser()
    answers = [
        browser.post(f"/r/{street.codes['badge']}/verify", data={"digits": f"{n:06d}"}).status_code for n in range(25)
    ]
    assert answers[0] == 200
    assert answers[-1] == 429


def test_english_and_large_type_are_kept_by_cookie(street: Street) -> None:
    browser = street.browser()
    assert 'lang="zh-CN" data-type="normal"' in browser.get("/r/").text
    browser.get("/r/?lang=en")
    browser.get("/r/?type=large")
    later = browser.get(f"/r/{street.codes['card']}").text
    assert 'lang="en" data-type="large"' in later
    assert "File a request" in later
    assert "反映问题" not in later
    assert 'lang="zh-CN" data-type="normal"' in browser.get("/r/?lang=zh&type=normal").text


def test_an_unknown_choice_changes_nothing(street: Street) -> None:
    page = street.browser().get('/r/?lang=xx&type="><script>')
    assert 'lang="zh-CN" data-type="normal"' in page.text
    assert "<script>" not in page.text


@pytest.mark.parametrize(
    "path", ["/", "/r/", "/r/t/", "/r/mine", "/r/check", "card", "shop", "plate", "badge", "card/file"]
)
def test_every_page_is_light_and_asks_no_other_host_and_needs_no_script(street: Street, path: str) -> None:
    kind, _, rest = path.partition("/")
    path = f"/r/{street.codes[kind]}/{rest}".rstrip("/") if kind in street.codes else path
    browser = street.browser()
    page = browser.get(path)
    assert page.status_code == 200
    weight = len(page.data)
    for asset in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
        got = browser.get(asset)
        assert got.status_code == 200
        assert "?v=" in asset
        assert "immutable" in got.headers["Cache-Control"]
        weight += len(got.data)
    assert weight <= PAGE_LIMIT
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page.text)
    assert "<script" not in page.text
    assert "<style" not in page.text
    assert " style=" not in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_pages_of_residents_stay_out_of_caches_and_search_engines(street: Street) -> None:
    page = street.browser().get(f"/r/{street.codes['card']}")
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_the_landing_page_has_a_door_for_everybody(street: Street) -> None:
    page = street.browser().get("/").text
    for door in ('href="/r/"', 'href="/app/"', 'href="/app/board"', 'href="/desk/"'):
        assert door in page


def test_an_error_outside_residents_pages_has_the_same_look_and_both_languages(street: Street) -> None:
    page = street.browser().get("/nowhere")
    assert page.status_code == 404
    assert PROBLEMS["not_found"][1] in page.text
    assert PROBLEMS["not_found"][2] in page.text
    assert "pages.css" in page.text
