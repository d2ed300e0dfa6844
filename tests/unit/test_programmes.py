"""Programme files: the five that come with the product, and what the loader says about a wrong one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest

from app import programmes
from app.domain.deadlines import parse_rules
from app.programmes import FOLDER, ProgrammeError, load, settings_for_phone
from app.programmes.shape import Programme

FIVE = ("baoan", "huangpu", "liaocheng", "wangcheng", "zhoukou")


def written(folder: Path, text: str, *, without: str = "", name: str = "ours") -> str:
    """Liaocheng's file with the line that begins with `without` left out and `text` put at the top."""
    lines = (programmes.FOLDER / "liaocheng.toml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not (without and line.startswith(without))]
    path = folder / f"{name}.toml"
    path.write_text("\n".join([text, *kept]), encoding="utf-8")
    return str(path)


def test_the_five_programmes_of_the_sources_come_with_the_product() -> None:
    assert programmes.names() == FIVE


@pytest.mark.parametrize("name", FIVE)
def test_a_programme_of_the_product_loads_and_says_everything_in_two_languages(name: str) -> None:
    programme = load(name)
    assert programme.code == name
    assert programme.name_zh
    assert programme.name_en
    for text in msgspec.structs.asdict(programme.texts).values():
        assert text.strip()
    assert "致" in programme.texts.letter_to_residents_zh.splitlines()[0]


@pytest.mark.parametrize("name", FIVE)
def test_settings_for_a_phone_are_json_and_bring_words_with_their_codes(name: str) -> None:
    settings = settings_for_phone(load(name))
    again = msgspec.json.decode(msgspec.json.encode(settings))
    assert again == settings
    assert {"code", "zh", "en"} <= settings["outcomes"][0].keys()
    assert [entry["code"] for entry in settings["outcomes"]] == list(load(name).outcomes)
    assert settings["deadlines"]
    assert "category" not in settings
    assert "policy_answers" not in settings


def test_a_city_takes_over_the_deadlines_of_shanghais_petitions_or_of_another_programme(tmp_path: Path) -> None:
    own = (FOLDER / "wangcheng.toml").read_text("utf-8")
    for name, duties in (("shanghai_petitions", ["handler_named", "result"]), ("liaocheng", ["feedback", "answer"])):
        path = tmp_path / f"like_{name}.toml"
        path.write_text(f'deadlines_like = "{name}"\n{own}', "utf-8")
        assert [rule.duty for rule in parse_rules(load(str(path)).deadline)] == duties


@pytest.mark.parametrize("name", ["nowhere", "common", "../liaocheng"])
def test_deadlines_that_do_not_exist_are_an_error_in_both_languages(tmp_path: Path, name: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f'deadlines_like = "{name}"\n{(FOLDER / "wangcheng.toml").read_text("utf-8")}', "utf-8")
    with pytest.raises(ProgrammeError) as refused:
        load(str(path))
    (fault,) = refused.value.faults
    assert fault.at == "deadlines_like"
    assert fault.zh
    assert fault.en


def test_liaocheng_visits_on_fridays_and_on_holidays() -> None:
    cadence = load("liaocheng").cadence
    friday, saturday = date(2026, 11, 20), date(2026, 11, 21)
    assert cadence.may_be_visit_day(friday)
    assert not cadence.may_be_visit_day(saturday)
    assert cadence.may_be_visit_day(saturday, holiday=True)


def test_a_programme_without_a_fixed_day_visits_on_any_day() -> None:
    cadence = load("baoan").cadence
    assert all(cadence.may_be_visit_day(date(2026, 11, day)) for day in range(16, 23))
    assert cadence.visits_a_week == 2
    assert cadence.place_period_days == 92


def test_baoan_visits_enterprises_only_and_counts_online_visits() -> None:
    programme = load("baoan")
    assert programme.targets == ("enterprise",)
    assert "online" in programme.modes
    assert not programme.location_check_in


def test_a_code_becomes_its_word_and_an_unknown_one_stays() -> None:
    programme = load("liaocheng")
    assert programme.word("outcome", "met") == "见到人"
    assert programme.word("way", "at_once") == "立即办"
    assert programme.word("outcome", "new_one") == "new_one"
    assert programme.category_name("roads_lights") == "路灯照明"
    assert programme.category_name(None) == ""


def test_the_policy_answers_have_nine_categories_and_name_their_source_as_sample() -> None:
    answers = load("liaocheng").policy_answers
    assert len({answer.category for answer in answers}) == 9
    assert len(answers) >= 30
    assert all("示例" in answer.source for answer in answers)
    assert len({answer.question for answer in answers}) == len(answers)


def test_an_unknown_programme_is_named_with_those_that_exist() -> None:
    with pytest.raises(ProgrammeError, match="liaocheng"):
        load("atlantis")


def test_the_shared_file_is_no_programme() -> None:
    with pytest.raises(ProgrammeError):
        load("common")


def test_a_city_can_bring_its_own_file_with_its_own_answers(tmp_path: Path) -> None:
    path = written(tmp_path, 'name_zh = "我们的走访"', without="name_zh")
    (tmp_path / "policy_answers.toml").write_text(
        'source = "市民政局"\n[[section]]\ncategory = "低保"\nanswers = [{ question = "问", answer = "答" }]',
        encoding="utf-8",
    )
    programme = load(path)
    assert isinstance(programme, Programme)
    assert (programme.code, programme.name_zh) == ("ours", "我们的走访")
    assert [(a.category, a.source) for a in programme.policy_answers] == [("低保", "市民政局")]


@pytest.mark.parametrize(
    ("without", "text", "place"),
    [
        ("targets", 'targets = ["castle"]', "targets"),
        ("targets", "targets = []", "targets"),
        ("outcomes", 'outcomes = ["met", "met"]', "outcomes"),
        ("outcomes", 'outcomes = "met"', "outcomes"),
        ("location_check_in", 'location_check_in = "yes"', "location_check_in"),
        ("region", 'region = "3715"', "region"),
        ("weekdays", "", "cadence"),
        ("length", "", "deadline[1]"),
        ("unit", "", "deadline[1]"),
        ("duty", "", "deadline[2]"),
        ("name_zh", "", "name_zh"),
        ("modes", 'modes = ["telepathy"]', "modes"),
        ("", "points_for_visits = true", "points_for_visits"),
        ("", "radius_m = { building = 0 }", "radius_m.building"),
        ("", "evaluation = { hidden_below = 2 }", "evaluation.hidden_below"),
        ("", 'category = [{ code = "a", zh = "甲", en = "A", parent = "b" }]', "category.a"),
        ("", 'category = [{ code = "a", zh = "甲", en = "A" }, { code = "a", zh = "乙", en = "B" }]', "category"),
        ("", "[[[", "TOML"),
    ],
)
def test_a_wrong_file_says_where_it_is_wrong(tmp_path: Path, without: str, text: str, place: str) -> None:
    path = written(tmp_path, text, without=without, name=f"wrong{abs(hash((without, text)))}")
    with pytest.raises(ProgrammeError) as raised:
        load(path)
    assert place in str(raised.value)
    assert all(fault.zh and fault.en for fault in raised.value.faults)


def test_all_mistakes_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, 'region = "1"\nradius_m = { building = 0, enterprise = 0 }', without="region")
    with pytest.raises(ProgrammeError) as raised:
        load(path)
    assert {fault.at for fault in raised.value.faults} == {"region", "radius_m.building", "radius_m.enterprise"}
