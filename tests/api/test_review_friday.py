"""The Friday board: every number is counted from rows and opens exactly these rows; nobody sees another team's."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.database import reading, writing
from app.ids import new_id, now_ms
from app.models.accounts import Account, Device
from app.models.audit import AuditLine
from app.models.service_requests import Rating
from app.programmes import load
from app.review import coverage, friday, phones
from app.review.burden import median
from app.review.reach import CITY, Period, Reach, last_visit_day, team_reach
from app.writes import create, patch, step, write
from tests.api.review_days import HOUR_MS, PLATFORM, SYSTEM, Day, total
from tests.factories import City, make_city

ON = "2026-11-20"


@pytest.fixture
def day(city: City) -> Day:
    """A Friday in both teams: nine visits, seven requests."""
    day = Day(city, ON)
    day.visit("li", "p1", finding="nothing", finished_at=day.at + 14_000)
    day.visit("li", "p2", "nobody", card_left=True)
    day.visit("li", "p3", finding="opinion", opinion="希望公交晚上多开一班")
    day.visit("wang", "p4", finding="request", companions=[city.people["li"]])
    day.visit("wang", "p1", "declined", late_entry=True)
    day.visit("zhao", "p5", finding="nothing")
    day.visit("zhao", "p6", "nobody")
    withdrawn = day.visit("li", "p2")
    day.write([patch("visit", withdrawn, {"withdrawn": True})])
    day.request("p1", "on_the_spot")
    day.request("p2", "explain")
    day.request("p3", reaches="uploaded")
    day.request("p3", reaches="dispatched")
    day.request("p4", reaches="agreed")
    day.request("p4", None)
    day.request("p5", reaches="answered")
    return day


def board(client: FlaskClient, **query: str) -> dict[str, Any]:
    reply = client.get("/api/review/friday", query_string={"on": ON, **query})
    assert reply.status_code == 200, reply.get_json()
    return reply.get_json()


def test_a_leader_sees_the_teams_friday_counted(day: Day):
    page = board(day.city.sign_in("sun"))
    assert page["visits"]["total"] == 5
    assert page["visits"]["outcome"] == {"met": 3, "nobody": 1, "declined": 1}
    assert page["visits"]["finding"] == {"nothing": 1, "opinion": 1, "request": 1}
    assert page["visits"]["kind"] == {"household": 5}
    assert page["visits"]["late_entries"] == 1
    assert page["visits"]["cadre_days"] == 2
    assert page["requests"]["raised"] == 6
    assert page["requests"]["ways"] == {"on_the_spot": 1, "explain": 1, "own_unit": 0, "forward": 3, "undecided": 1}
    reached = {line["stage"]: line["reached"] for line in page["requests"]["funnel"]}
    assert reached == {"uploaded": 3, "dispatched": 2, "answered": 1, "agreed": 1}
    standing = {line["stage"]: line["waiting"] for line in page["requests"]["standing"]}
    assert standing == {"to_send": 0, "uploaded": 1, "dispatched": 1, "answered": 0, "agreed": 1}


def test_the_task_force_sees_both_teams_and_one_team_when_asked(day: Day):
    zhou = day.city.sign_in("zhou")
    page = board(zhou)
    assert page["visits"]["total"] == 7
    assert page["reach"] == {"key": "city", "name": "全市", "teams": 2}
    assert {line["stage"]: line["reached"] for line in page["requests"]["funnel"]}["answered"] == 2
    assert board(zhou, team=day.city.teams["b"])["visits"]["total"] == 2


def test_every_number_opens_exactly_its_rows(day: Day):
    for name in ("sun", "zhou"):
        client = day.city.sign_in(name)
        page = board(client)
        visits, asked, due = page["visits"], page["requests"], page["due"]
        assert total(client, "visits", ON) == visits["total"]
        for group in ("outcome", "finding", "evidence", "kind"):
            for word, count in visits[group].items():
                assert total(client, "visits", ON, **{group: word}) == count, (group, word)
        assert total(client, "visits", ON, late_entry="1") == visits["late_entries"]
        assert total(client, "requests", ON) == asked["raised"]
        for way, count in asked["ways"].items():
            assert total(client, "requests", ON, way=way) == count, way
        for line in asked["funnel"]:
            assert total(client, "requests", ON, reached=line["stage"]) == line["reached"], line
        for line in asked["standing"]:
            assert total(client, "requests", ON, waiting=line["stage"]) == line["waiting"], line
        for clock, words in due.items():
            for word, count in words.items():
                assert total(client, "requests", ON, clock=clock, due=word) == count, (clock, word)
        cover = client.get("/api/review/coverage", query_string={"on": ON}).get_json()
        assert page["coverage"] in (cover, None)
        for word, count in cover["total"].items():
            assert total(client, "places", ON, state=word) == count, word
        for line in page["classes"]:
            assert total(client, "requests", ON, ids=",".join(line["ids"])) == line["count"]
        for state in ("in", "holding", "silent"):
            assert total(client, "phones", ON, state=state) == page["phones"][state]


def test_coverage_by_grid_and_building_adds_up(day: Day):
    client = day.city.sign_in("sun")
    page = board(client)["coverage"]
    assert page["by"] == "building"
    assert page["total"] == {"all": 4, "now": 4, "visited": 4, "stale": 0, "spared": 0}
    assert total(client, "places", ON, state="stale", building="") == 0


def test_the_task_force_goes_down_from_county_to_street_to_team(day: Day):
    client = day.city.sign_in("zhou")

    def read(**query: str) -> dict[str, Any]:
        return client.get("/api/review/coverage", query_string={"on": ON, **query}).get_json()

    counties = read()
    assert (counties["by"], [line["name"] for line in counties["lines"]]) == ("county", ["东昌府区"])
    streets = read(area=counties["lines"][0]["key"])
    assert (streets["by"], [line["name"] for line in streets["lines"]]) == ("street", ["古楼街道"])
    teams = read(area=streets["lines"][0]["key"])
    assert (teams["by"], {line["key"] for line in teams["lines"]}) == ("team", set(day.city.teams.values()))
    assert counties["total"] == streets["total"] == teams["total"]
    assert client.get("/api/review/coverage", query_string={"area": "37%"}).status_code == 400


def test_a_door_not_visited_for_ninety_days_is_missing_and_one_left_in_peace_is_not(city: City):
    old, day = Day(city, "2026-08-22"), Day(city, ON)
    old.visit("li", "p1")
    Day(city, "2026-08-23").visit("li", "p2")
    day.write([patch("place", city.places["p3"], {"do_not_disturb": True})])
    for _ in range(3):
        day.visit("li", "p4", "declined")
    client = city.sign_in("sun")
    assert board(client)["coverage"]["total"] == {"all": 4, "now": 1, "visited": 1, "stale": 1, "spared": 2}
    page = client.get("/api/review/rows", query_string={"of": "places", "on": ON, "state": "stale"}).get_json()
    assert [row["id"] for row in page["rows"]] == [city.places["p1"]]


def test_everything_is_provisional_until_every_phone_is_in(day: Day):
    city = day.city
    client = city.sign_in("sun")
    midnight = day.at + 15 * HOUR_MS

    def complete(now: int) -> bool:
        with reading() as session:
            page = friday.board(session, team_reach(city.teams["a"]), Period(ON, ON), load("liaocheng"), now)
        return page["complete"]

    with writing() as session:
        for name, synced_at, pending in (("li", day.at + 8 * HOUR_MS, 0), ("wang", day.at, 3), ("zhao", None, 0)):
            account = session.get(Account, city.people[name])
            session.add(
                Device(
                    id=f"phone-{name}", account_id=account.id, enrolled_at=day.at, synced_at=synced_at, pending=pending
                )
            )
    page = board(client)
    assert (page["phones"]["expected"], page["phones"]["in"], page["phones"]["holding"]) == (2, 1, 1)
    assert page["phones"]["records_waiting"] == 3
    assert not complete(midnight)
    with writing() as session:
        session.execute(update(Device).where(Device.id == "phone-wang").values(pending=0, synced_at=day.at))
    assert not complete(midnight), "heard from in the morning only: the afternoon may still be on the phone"
    with writing() as session:
        session.execute(update(Device).where(Device.id == "phone-wang").values(synced_at=day.at + 9 * HOUR_MS))
    assert complete(midnight)
    assert not complete(day.at + 6 * HOUR_MS), "people are still out"


def test_what_a_phone_holds_a_week_later_is_the_next_fridays(day: Day):
    with writing() as session:
        values = {"enrolled_at": day.at, "synced_at": day.at + 8 * 24 * HOUR_MS, "pending": 4}
        session.add(Device(id="phone-li", account_id=day.city.people["li"], **values))
    reach, period = team_reach(day.city.teams["a"]), Period(ON, ON)
    with reading() as session:
        waiting = [phones.summary(session, reach, period, day.at + days * 24 * HOUR_MS)["holding"] for days in (1, 8)]
    assert waiting == [1, 0]


def test_a_revoked_phone_is_not_waited_for(day: Day):
    with writing() as session:
        session.add(
            Device(
                id="phone-li",
                account_id=day.city.people["li"],
                enrolled_at=day.at,
                pending=5,
                revoked="hard",
                revoked_at=day.at,
            )
        )
    assert board(day.city.sign_in("sun"))["phones"]["expected"] == 0


def test_due_by_both_clocks_and_the_units_clock_stands_while_a_request_is_returned(city: City):
    late = Day(city, "2026-10-16")
    late.request("p1", reaches="dispatched")
    returned = late.request("p2", reaches="dispatched")
    late.write([patch("service_request", returned, {"status": step("returned", reason="不属本单位职责")})], PLATFORM)
    due = board(city.sign_in("sun"), on="2026-10-16")["due"]
    assert due["unit"]["stopped"] == 1
    assert due["unit"]["overdue"] == 1


def test_figures_of_nine_fridays_are_counted_from_rows(app: Flask):
    """Liaocheng's published figures, one in a thousand: 96 cadre-visits, 1,649 households, 67 enterprises, 25, 43, 11, 10, 9."""
    city = make_city()
    with writing() as session:
        shop = {"kind": "enterprise", "label": "光岳机械", "area_id": "371502001"}
        city.places["shop"] = new_id()
        write(
            session,
            [create("place", shop, id=city.places["shop"], scope=f"team:{city.teams['a']}")],
            actor=SYSTEM,
            now=now_ms(),
        )
    fridays = [f"2020-{month:02d}-{number:02d}" for month, number in _NINE_FRIDAYS]
    cadres = [f"cadre-{number:02d}" for number in range(11)]
    _visits(city, fridays, cadres, {"p1": 1649, "shop": 67}, opinions=43, cadre_days=96)
    days = [Day(city, on) for on in fridays]
    for number in range(25):
        days[number % 9].request("p1", "on_the_spot")
    for number, reaches in enumerate(["uploaded"] + ["dispatched"] + ["answered"] * 8 + ["agreed"]):
        days[number % 9].request("p2", reaches=reaches)
    days[0].request("p3", "explain")
    reply = city.sign_in("zhou").get("/api/review/figures", query_string={"from": fridays[0], "on": fridays[-1]})
    assert reply.get_json() == {
        "from_on": "2020-08-07",
        "on": "2020-10-02",
        "cadre_visits": 96,
        "household_visits": 1649,
        "enterprise_visits": 67,
        "village_visits": 0,
        "solved_directly": 25,
        "opinions": 43,
        "uploaded": 11,
        "dispatched": 10,
        "fed_back": 9,
    }


_NINE_FRIDAYS = [(8, 7), (8, 14), (8, 21), (8, 28), (9, 4), (9, 11), (9, 18), (9, 25), (10, 2)]


def _visits(
    city: City, fridays: list[str], cadres: list[str], times: dict[str, int], *, opinions: int, cadre_days: int
) -> None:
    """So many visits to each place, spread over exactly `cadre_days` pairs of cadre and Friday."""
    pairs = [(on, cadre) for cadre in cadres for on in fridays][:cadre_days]
    assert len(pairs) == cadre_days
    places = [place for place, count in times.items() for _ in range(count)]
    writes = []
    for number, place in enumerate(places):
        on, cadre = pairs[number % len(pairs)]
        values = {"place_id": city.places[place], "cadre_id": cadre, "visit_on": on, "outcome": "met"}
        values |= {"finding": "opinion" if number < opinions else "nothing"}
        writes.append(create("visit", values))
    with writing() as session:
        write(session, writes, actor=SYSTEM, now=now_ms())


def test_a_visit_day_is_signed_off_once_with_its_numbers(day: Day):
    client = day.city.sign_in("sun")
    signed = client.post("/api/review/friday/sign", json={"on": ON, "note": "充电桩的事下周上门"})
    assert signed.status_code == 201
    assert signed.get_json()["numbers"]["household_visits"] == 5
    assert client.post("/api/review/friday/sign", json={"on": ON}).get_json()["error"] == "already_signed"
    assert board(client)["signed"]["by"] == "sun"
    assert board(day.city.sign_in("qian"))["signed"] is None
    with reading() as session:
        assert session.query(AuditLine).filter_by(act="friday_signed").count() == 1


def test_a_day_that_has_not_come_is_not_signed(day: Day):
    client = day.city.sign_in("sun")
    assert client.post("/api/review/friday/sign", json={"on": "2099-01-02"}).status_code == 400
    assert client.post("/api/review/friday/sign", json={"on": "2026-02-30"}).status_code == 400


def test_ratings_of_residents_show_from_five_on(day: Day):
    client = day.city.sign_in("sun")
    asked = [day.request("p1", reaches="answered") for _ in range(5)]
    for number, request_id in enumerate(asked):
        assert _served(client)["mean"] is None
        with writing() as session:
            session.add(Rating(service_request_id=request_id, score=5 - number % 2, rated_at=day.at))
    assert _served(client)["mean"] == pytest.approx(4.6)
    assert _served(day.city.sign_in("qian"))["given"] == 0


def _served(client: FlaskClient) -> dict[str, Any]:
    return next(line for line in board(client)["evaluations"] if line["by"] == "served")


def test_the_burden_is_a_median_of_five_cadres_or_nothing(app: Flask, city: City):
    day = Day(city, ON)
    for number in range(4):
        day.visit(f"cadre-{number}", "p1", "nobody", finished_at=day.at + 8000)
    client = city.sign_in("sun")
    hidden = {"hidden": True, "median_s": None, "median_taps": None, "minutes_each": None}
    assert board(client)["burden"] == hidden
    day.visit("cadre-4", "p1", "nobody", finished_at=day.at + 30_000)
    day.visit("cadre-4", "p1", "met", finished_at=day.at + 60_000, late_entry=True)
    found = {"hidden": False, "median_s": {"met": None, "nobody": 8}, "median_taps": None, "minutes_each": 0.2}
    assert board(client)["burden"] == found


def test_taps_are_a_median_of_five_cadres_or_nothing_either(app: Flask, city: City):
    day = Day(city, ON)
    for number in range(5):
        day.visit(f"cadre-{number}", "p1", "nobody", finished_at=day.at + 8000, taps=3 if number else None)
    client = city.sign_in("sun")
    assert board(client)["burden"]["median_taps"] is None
    day.visit("cadre-0", "p2", "nobody", finished_at=day.at + 8000, taps=9)
    assert board(client)["burden"]["median_taps"] == {"met": None, "nobody": 3}


def test_the_median_of_an_even_number_lies_in_the_middle():
    assert median({8: 1, 12: 1}) == 10
    assert median({8: 2, 12: 1}) == 8
    assert median({}) is None


def test_a_class_of_problems_appears_with_what_its_letters_share(day: Day):
    for text in ("楼下没有充电桩，大家拉线给电动车充电", "电动车充电没地方，都推进楼道", "想要个电动车充电的地方"):
        day.request("p1", "forward", text=text, category="safety_charging")
    found = [line for line in board(day.city.sign_in("sun"))["classes"] if line["category"] == "safety_charging"]
    assert found[0]["count"] == found[0]["open"] == 3
    assert "电动车充电" in found[0]["phrases"]


def test_the_map_shows_places_and_open_requests_but_no_confidential_one(day: Day):
    hidden = day.request("p1", "forward", confidential=True, text="反映问题，请保密")
    shapes = day.city.sign_in("zhou").get("/api/review/map", query_string={"on": ON, "team": day.city.teams["a"]})
    layers = [shape["properties"]["layer"] for shape in shapes.get_json()["features"]]
    assert layers.count("visit") == 5
    assert layers.count("request") == 6
    assert hidden not in shapes.get_data(as_text=True)
    wide = day.city.sign_in("zhou").get("/api/review/map", query_string={"on": ON}).get_json()
    assert [shape["properties"] for shape in wide["features"]] == [
        {"layer": "street", "id": "371502001", "name": "古楼街道", "visits": 7, "met": 4, "open": 8}
    ]


def test_the_newest_visit_day_is_last_friday_and_today_where_none_is_fixed():
    sunday_noon = Day(City(), "2026-11-22").at
    assert last_visit_day(load("liaocheng").cadence, sunday_noon) == "2026-11-20"
    assert last_visit_day(load("baoan").cadence, sunday_noon) == "2026-11-22"


@pytest.mark.parametrize("query", [{"on": "2026-02-30"}, {"from": "2026-11-21"}, {"from": "2020-01-01"}, {"on": "x"}])
def test_days_that_cannot_be_are_refused_in_words(city: City, query: dict[str, str]):
    reply = city.sign_in("sun").get("/api/review/friday", query_string={"on": ON, **query})
    assert (reply.status_code, reply.get_json()["error"]) == (400, "bad_request")


@pytest.mark.parametrize(
    "query",
    [
        {"of": "cadres"},
        {"of": "visits", "cadre_id": "x"},
        {"of": "requests", "reached": "moon"},
        {"of": "places", "coverage": "stale"},
        {"of": "phones", "cadre": "x"},
    ],
)
def test_rows_that_no_number_stands_for_are_refused(city: City, query: dict[str, str]):
    assert city.sign_in("sun").get("/api/review/rows", query_string=query).status_code == 400


def test_the_board_counts_the_same_on_both_databases(either_app: Flask):
    day = Day(make_city(), ON)
    day.visit("li", "p1", finding="nothing", companions=[day.city.people["wang"]], finished_at=day.at + 9000)
    day.visit("li", "p2", "nobody")
    day.request("p1", reaches="answered")
    day.request("p2", "on_the_spot")
    with reading() as session:
        for reach in (team_reach(day.city.teams["a"]), Reach(CITY, None, confidential=True)):
            page = friday.board(session, reach, Period(ON, ON), load("liaocheng"), day.at)
            assert page["visits"]["outcome"] == {"met": 1, "nobody": 1}
            assert page["visits"]["cadre_days"] == 2
            assert page["requests"]["ways"]["forward"] == page["requests"]["ways"]["on_the_spot"] == 1
            assert [line["reached"] for line in page["requests"]["funnel"]] == [1, 1, 1, 0]
            assert coverage.page(session, reach, Period(ON, ON))["total"]["now"] == 2
