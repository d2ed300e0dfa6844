"""Rating an answer: when, by whom, once; and who learns that somebody asked for a good one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.database import writing
from app.errors import PROBLEMS
from app.models.accounts import Account
from app.models.notices import Notice
from app.models.service_requests import Rating
from app.writes import Actor
from tests.api.residents_street import LEADER, Browser, Street


def problem(code: str) -> str:
    return PROBLEMS[code][1]


def ratings() -> list[Rating]:
    with writing() as session:
        return list(session.scalars(select(Rating)))


def notices() -> list[Notice]:
    with writing() as session:
        return list(session.scalars(select(Notice)))


def rate(browser: Browser, code: str, **typed: str) -> int:
    return browser.send(f"/r/t/{code}/rate", typed).status_code


def test_the_five_words_stand_best_first_and_the_rating_is_kept(street: Street) -> None:
    code, browser = street.answered(hours_ago=25), street.browser()
    page = browser.get(f"/r/t/{code}/rate").text
    places = [page.index(f"<span>{word}</span>") for word in ("很满意", "满意", "一般", "不满意", "很不满意")]
    assert places == sorted(places)
    assert rate(browser, code, score="4", text="灯亮了，谢谢。") == 303
    (kept,) = ratings()
    assert (kept.score, kept.text, kept.pressured, kept.agreed) == (4, "灯亮了，谢谢。", False, None)
    assert notices() == []


def test_within_24_hours_of_the_answer_the_page_says_when_it_opens(street: Street) -> None:
    code, browser = street.answered(hours_ago=23), street.browser()
    assert "起可以评价" in browser.get(f"/r/t/{code}/rate").text
    early = browser.post(f"/r/t/{code}/rate", data={**browser.fields("/r/mine"), "score": "5"})
    assert early.status_code == 409
    assert problem("rating_too_early") in early.text
    assert ratings() == []


def test_a_second_rating_is_refused_kindly(street: Street) -> None:
    code, browser = street.answered(hours_ago=25), street.browser()
    fields = browser.fields(f"/r/t/{code}/rate")
    rate(browser, code, score="1")
    again = browser.post(f"/r/t/{code}/rate", data={**fields, "score": "5"})
    assert problem("rating_done") in again.text
    assert [kept.score for kept in ratings()] == [1]
    assert "您已评价" in browser.get(f"/r/t/{code}").text


def test_agreeing_first_does_not_close_the_rating(street: Street) -> None:
    code, browser = street.answered(hours_ago=25), street.browser()
    browser.send(f"/r/t/{code}/agree", form_on=f"/r/t/{code}")
    assert rate(browser, code, score="5") == 303
    assert ratings()[0].agreed is True


def test_what_was_solved_at_the_door_can_be_rated_too(street: Street) -> None:
    code = street.recorded(hours_ago=40)
    street.take(code, "solved_on_spot", LEADER, hours_ago=30)
    assert rate(street.browser(), code, score="5") == 303


@pytest.mark.parametrize("status", ["recorded", "withdrawn"])
def test_without_an_answer_there_is_nothing_to_rate(street: Street, status: str) -> None:
    code, browser = street.recorded(hours_ago=90), street.browser()
    if status != "recorded":
        street.take(code, status, Actor("resident"))
    nothing = browser.get(f"/r/t/{code}/rate")
    assert nothing.status_code == 409
    assert problem("rating_nothing") in nothing.text


@pytest.mark.parametrize("score", ["", "0", "6", "5; DROP", "-1"])
def test_no_word_chosen_comes_back_with_the_text_kept(street: Street, score: str) -> None:
    code = street.answered(hours_ago=25)
    back = street.browser().send(f"/r/t/{code}/rate", {"score": score, "text": "<b>谢谢</b>", "pressured": "yes"})
    assert back.status_code == 422
    assert problem("rating_missing") in back.text
    assert "&lt;b&gt;谢谢" in back.text
    assert 'name="pressured" value="yes" checked' in back.text
    assert ratings() == []


def test_an_old_page_keeps_what_was_typed(street: Street) -> None:
    code = street.answered(hours_ago=25)
    back = street.browser().post(f"/r/t/{code}/rate", data={"score": "5", "text": "谢谢", "csrf": "old"})
    assert problem("page_expired") in back.text
    assert "谢谢" in back.text
    assert ratings() == []


def test_a_rating_that_somebody_asked_for_is_told_to_the_task_force_only(street: Street) -> None:
    code = street.answered(hours_ago=25)
    rate(street.browser(), code, score="5", pressured="yes")
    assert ratings()[0].pressured is True
    (notice,) = notices()
    assert notice.scope == f"user:{street.city.people['zhou']}"
    assert notice.about_id == street.request(code).id
    assert len(street.events(code)) == 6


def test_a_task_force_of_another_county_is_not_told(street: Street) -> None:
    with writing() as session:
        account = session.get(Account, street.city.people["zhou"])
        assert account is not None
        account.area_id = "371524"
    rate(street.browser(), street.answered(hours_ago=25), score="5", pressured="yes")
    assert notices() == []
    with writing() as session:
        account = session.get(Account, street.city.people["zhou"])
        assert account is not None
        account.area_id = "371502"
    rate(street.browser(), street.answered(hours_ago=25), score="5", pressured="yes")
    assert len(notices()) == 1


def test_the_cadres_phone_shows_no_rating_page(street: Street) -> None:
    code, li = street.answered(hours_ago=25), street.city.sign_in("li", "0" * 36)
    page = li.get(f"/r/t/{code}/rate")
    assert page.status_code == 403
    assert problem("staff_phone") in page.text
