"""The jobs of the night: archive, signals, confirmed points, backup; and the evening of the visit day."""

from __future__ import annotations

import sqlite3
import stat
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask, current_app
from hypothesis import given
from hypothesis import strategies as st

from app.backup import unpack
from app.database import reading, writing
from app.domain.geo import Point, distance_m
from app.jobs import Report, archive, confirm_points, digest, friday, purge, schedule, signals, snapshot
from app.jobs.worker import Job, run_job
from app.models.accounts import Device
from app.models.forwarding import JobRun
from app.models.places import Place
from app.programmes import load
from app.programmes.shape import Cadence
from tests.evenings import DAY, HOUR, at, fix, inbox, kinds, record, request, set_values, take, visit, visited
from tests.factories import City

FRIDAY = at("2026-11-20 09:00")


def ended(city: City, now: int, way: str = "closed") -> str:
    lamp = record(city, "li", now, handling="forward")
    if way == "closed":
        take(lamp, "submitted", "answered", now=now)
        take(lamp, "agreed", now=now, by="resident")
        take(lamp, "closed", now=now, by="system")
    elif way == "withdrawn":
        take(lamp, "withdrawn", now=now, by="resident")
    else:
        take(lamp, "submitted", way, now=now)
    return lamp


@pytest.mark.parametrize("way", ["closed", "withdrawn", "not_accepted"])
def test_what_has_ended_is_archived_after_half_a_year(city: City, way: str) -> None:
    lamp = ended(city, FRIDAY, way)
    assert archive.run(FRIDAY + 180 * DAY).idle
    assert archive.run(FRIDAY + 180 * DAY + 1).counts == {"archived": 1}
    assert request(lamp).status == "archived"
    assert archive.run(FRIDAY + 181 * DAY).idle


def test_what_was_reopened_is_counted_from_its_second_end(city: City) -> None:
    lamp = ended(city, FRIDAY)
    take(lamp, "reopened", now=FRIDAY + 100 * DAY, by="resident")
    take(lamp, "withdrawn", now=FRIDAY + 101 * DAY, by="resident")
    assert archive.run(FRIDAY + 200 * DAY).idle
    assert not archive.run(FRIDAY + 282 * DAY).idle


def test_what_was_imported_as_closed_is_counted_from_its_own_end_and_not_from_its_import(city: City) -> None:
    old = record(city, "li", FRIDAY, source="import", status="closed", closed_at=FRIDAY - 200 * DAY)
    archive.run(FRIDAY + DAY)
    assert request(old).status == "archived"


def test_an_open_request_is_never_archived(city: City) -> None:
    record(city, "li", FRIDAY)
    assert archive.run(FRIDAY + 4000 * DAY).idle


def test_three_addresses_within_a_minute_are_flagged_by_night_and_late_phones_too(city: City) -> None:
    seconds = 1000
    visits = [visit(city, "li", f"p{n}", FRIDAY + n * 10 * seconds) for n in (1, 2, 3)]
    late = [visit(city, "wang", f"p{n}", FRIDAY + n * 10 * seconds, now=FRIDAY + 10 * DAY) for n in (1, 2, 3)]
    assert signals.run(FRIDAY + DAY).counts == {"visits": 6}
    assert {tuple(visited(v).flags or ()) for v in [*visits, *late]} == {("tap_through",)}
    assert signals.run(FRIDAY + 2 * DAY).idle


def test_an_honest_day_has_no_flags(city: City) -> None:
    one = visit(city, "li", "p1", FRIDAY)
    visit(city, "li", "p2", FRIDAY + HOUR // 6)
    assert signals.run(FRIDAY + DAY).idle
    assert not visited(one).flags


def unconfirmed(city: City) -> str:
    set_values("place", city.places["p1"], {"point_confirmed": False, "lat": 36.5, "lon": 115.9}, FRIDAY)
    return city.places["p1"]


def place(place_id: str) -> Place:
    with reading() as session:
        return session.get_one(Place, place_id)


def three_visits(city: City, *people: str, **values: object) -> list[str]:
    spots = [(36.45600, 115.98000), (36.45610, 115.98010), (36.45605, 115.98005)]
    return [
        visit(city, who, "p1", FRIDAY + n * 7 * DAY, fix=fix(*spot, FRIDAY + n * 7 * DAY), **values)
        for n, (who, spot) in enumerate(zip(people, spots, strict=True))
    ]


def test_three_visits_by_two_people_confirm_where_the_door_is(city: City) -> None:
    door = unconfirmed(city)
    three_visits(city, "li", "wang", "li")
    assert confirm_points.run(FRIDAY + 15 * DAY).counts == {"places": 1}
    found = place(door)
    assert found.point_confirmed is True
    assert distance_m(Point(found.lat or 0, found.lon or 0), Point(36.45605, 115.98005)) < 1
    assert confirm_points.run(FRIDAY + 16 * DAY).idle


def test_three_visits_by_one_person_confirm_nothing(city: City) -> None:
    unconfirmed(city)
    three_visits(city, "li", "li", "li")
    assert confirm_points.run(FRIDAY + 15 * DAY).idle


@pytest.mark.parametrize("values", [{"late_entry": True}, {"mode": "phone"}, {"withdrawn": True}])
def test_visits_not_made_and_written_down_at_the_door_do_not_speak(city: City, values: dict[str, object]) -> None:
    unconfirmed(city)
    three_visits(city, "li", "wang", "li", **values)
    assert confirm_points.run(FRIDAY + 15 * DAY).idle


def test_copied_coordinates_do_not_speak(city: City) -> None:
    unconfirmed(city)
    for one in three_visits(city, "li", "wang", "li")[:1]:
        set_values("visit", one, {"flags": ["same_fix"]}, FRIDAY)
    assert confirm_points.run(FRIDAY + 15 * DAY).idle


def test_a_receiver_that_reports_nowhere_does_not_move_a_place_into_the_sea(city: City) -> None:
    unconfirmed(city)
    for who in ("li", "wang", "li"):
        visit(city, who, "p1", FRIDAY, fix=fix(0.0, 0.0, FRIDAY))
    assert confirm_points.run(FRIDAY + DAY).idle


def test_a_confirmed_place_stays_where_it_is(city: City) -> None:
    before = place(city.places["p1"])
    three_visits(city, "li", "wang", "li")
    assert confirm_points.run(FRIDAY + 15 * DAY).idle
    assert (place(before.id).lat, place(before.id).rev) == (before.lat, before.rev)


def phone_of(city: City, who: str, *, pending: int, synced_at: int | None) -> None:
    with writing() as session:
        session.add(
            Device(
                id=f"phone-of-{who}",
                account_id=city.people[who],
                enrolled_at=FRIDAY - DAY,
                pending=pending,
                synced_at=synced_at,
            )
        )


EVENING = at("2026-11-20 20:00")


def test_the_leader_reads_the_day_and_that_it_is_provisional_while_a_phone_holds_records(city: City) -> None:
    visit(city, "li", "p1", FRIDAY)
    visit(city, "li", "p2", FRIDAY + HOUR, outcome="nobody", finding=None)
    visit(city, "wang", "p3", FRIDAY + HOUR, finding="opinion")
    record(city, "li", FRIDAY)
    phone_of(city, "li", pending=0, synced_at=EVENING - HOUR)
    phone_of(city, "wang", pending=5, synced_at=EVENING - HOUR)
    assert friday.run(EVENING).counts == {"leaders": 1}
    (notice,) = inbox(city, "sun")
    assert notice.title == "今天走访小结（暂计）"
    assert notice.text == (
        "走访3户次：见到人2，无人1，其他0。\n收到意见1条、诉求1件。\n"
        "2台手机中1台未报齐：wang还有5条。报齐之前数字为暂计。"
    )
    assert kinds(city, "qian") == kinds(city, "li") == kinds(city, "zhou") == []


def test_when_all_phones_are_in_nothing_is_provisional(city: City) -> None:
    visit(city, "li", "p1", FRIDAY)
    phone_of(city, "li", pending=0, synced_at=EVENING - HOUR)
    friday.run(EVENING)
    (notice,) = inbox(city, "sun")
    assert notice.title == "今天走访小结"
    assert (notice.text or "").endswith("1台手机的记录已全部报齐。")


def test_a_phone_that_was_not_heard_since_noon_is_named_even_without_a_single_visit(city: City) -> None:
    phone_of(city, "li", pending=0, synced_at=FRIDAY)
    friday.run(EVENING)
    assert "li下午以来未同步" in (inbox(city, "sun")[0].text or "")


def test_the_summary_comes_once_and_not_on_a_thursday(city: City) -> None:
    visit(city, "li", "p1", FRIDAY - DAY)
    visit(city, "li", "p1", FRIDAY)
    assert friday.run(EVENING - DAY).idle
    friday.run(EVENING)
    friday.run(EVENING + HOUR)
    assert kinds(city, "sun") == ["friday"]


def test_on_a_day_off_only_those_who_went_out_are_told(city: City) -> None:
    sunday = EVENING + 2 * DAY
    phone_of(city, "zhao", pending=0, synced_at=sunday)
    visit(city, "li", "p1", sunday - 4 * HOUR)
    friday.run(sunday)
    assert (kinds(city, "sun"), kinds(city, "qian")) == (["friday"], [])


def test_a_programme_without_a_fixed_day_is_summed_up_on_friday_from_monday_on() -> None:
    cadence = load("baoan").cadence
    assert cadence.weekdays == ()
    found = friday.told_period(cadence, EVENING)
    assert found is not None
    assert (found[0].from_on, found[0].on) == ("2026-11-16", "2026-11-20")
    assert friday.told_period(cadence, EVENING - DAY) is None


def test_without_visits_on_days_off_a_sunday_is_nobodys_visit_day() -> None:
    assert friday.told_period(Cadence(zh="", en="", weekdays=(5,)), EVENING + 2 * DAY) is None


def test_the_night_leaves_a_whole_backup_and_a_masked_ledger_that_any_reader_opens(city: City, tmp_path: Path) -> None:
    record(city, "li", FRIDAY, text="三单元路灯不亮", contact_phone="13800001234")
    snapshot.run(FRIDAY + DAY)
    folder: Path = current_app.config["DOORSTEP"].data_dir
    archived = folder / "backups" / "nightly-2026-11-21.tar"
    restored = tmp_path / "restored"
    restored.mkdir()
    assert "doorstep.db" in unpack(archived, restored)["files"]
    ledger = folder / "snapshots" / "ledger.db"
    assert stat.S_IMODE(ledger.stat().st_mode) == 0o600
    with sqlite3.connect(ledger) as connection:
        (row,) = connection.execute("SELECT 诉求内容, 联系电话 FROM requests").fetchall()
        found = connection.execute("SELECT rowid FROM requests_fts WHERE requests_fts MATCH '路灯'").fetchall()
    assert row == ("三单元路灯不亮", "138****1234")
    assert len(found) == 1
    snapshot.run(FRIDAY + 2 * DAY)
    assert sorted(path.name for path in (folder / "snapshots").iterdir()) == ["ledger.db"]


def test_a_ledger_longer_than_what_is_read_at_once_is_copied_whole(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.exports.ledger._AT_ONCE", 2)
    for number in range(7):
        record(city, "li", FRIDAY, text=f"第{number}盏路灯不亮")
    snapshot.run(FRIDAY + DAY)
    with sqlite3.connect(current_app.config["DOORSTEP"].data_dir / "snapshots" / "ledger.db") as connection:
        assert connection.execute("SELECT count(*) FROM requests").fetchall() == [(7,)]


def test_the_backup_of_a_person_is_never_rotated_away(city: City) -> None:
    folder: Path = current_app.config["DOORSTEP"].data_dir / "backups"
    folder.mkdir()
    (folder / "doorstep-1.tar").write_bytes(b"mine")
    (folder / "nightly-of-the-opera.tar").write_bytes(b"mine")
    for days in range(1, 60):
        (folder / f"nightly-{date(2026, 11, 21) - timedelta(days=days)}.tar").write_bytes(b"old")
    snapshot.run(FRIDAY + DAY)
    left = sorted(path.name for path in folder.iterdir())
    assert {"doorstep-1.tar", "nightly-of-the-opera.tar", "nightly-2026-11-21.tar"} <= set(left)
    assert [name for name in left if name[8:12] == "2026"] == [
        f"nightly-{on}.tar"
        for on in (
            "2026-10-25",
            "2026-11-01",
            "2026-11-08",
            "2026-11-14",
            "2026-11-15",
            "2026-11-16",
            "2026-11-17",
            "2026-11-18",
            "2026-11-19",
            "2026-11-20",
            "2026-11-21",
        )
    ]


dates = st.sets(st.dates(date(2025, 1, 1), date(2026, 12, 31)), max_size=60)


@given(dates)
def test_rotation_keeps_seven_days_and_four_weeks_and_not_more(made: set[date]) -> None:
    left = snapshot.kept(made)
    assert left <= made
    assert set(sorted(made)[-7:]) <= left
    assert len(left) <= 11
    weeks = sorted({on.isocalendar()[:2] for on in sorted(made)[:-7]})[-4:]
    assert set(weeks) <= {on.isocalendar()[:2] for on in left}


@given(dates)
def test_rotating_twice_deletes_nothing_more(made: set[date]) -> None:
    assert snapshot.kept(snapshot.kept(made)) == snapshot.kept(made)


@given(st.integers(40, 120))
def test_night_after_night_a_backup_of_three_weeks_ago_is_always_there(nights: int) -> None:
    held: set[date] = set()
    for night in range(nights):
        today = date(2026, 1, 1) + timedelta(days=night)
        held = snapshot.kept({*held, today})
    assert any(timedelta(days=21) <= today - on for on in held)


def ran(job: str, at_ms: int, error: str | None = None) -> None:
    with writing() as session:
        session.merge(JobRun(job=job, started_at=at_ms, finished_at=at_ms, report={}, error=error))


def test_a_daily_job_is_due_once_from_its_hour_on(app: Flask) -> None:
    eight = at("2026-11-20 08:00")
    assert not digest.is_due(eight - 1)
    assert digest.is_due(eight)
    ran("digest", eight)
    assert not digest.is_due(eight + 15 * HOUR)
    assert not digest.is_due(eight + 24 * HOUR - 1)
    assert digest.is_due(eight + 24 * HOUR)


def test_a_daily_job_that_was_missed_is_made_up_for_on_the_same_day(app: Flask) -> None:
    ran("digest", at("2026-11-19 08:00"))
    assert digest.is_due(at("2026-11-20 15:00"))


def test_a_failed_job_is_tried_again_but_not_at_once(app: Flask) -> None:
    eight = at("2026-11-20 08:00")
    ran("digest", eight, error="OperationalError")
    assert not digest.is_due(eight + 60_000)
    assert digest.is_due(eight + schedule.RETRY_MS)


def test_the_jobs_of_the_night_run_one_after_the_other(app: Flask) -> None:
    night = at("2026-11-21 01:00")
    chain = [archive, signals, confirm_points, purge, snapshot]
    assert not any(job.is_due(night - 1) for job in chain)
    for place, job in enumerate(chain):
        assert [other.NAME for other in chain if other.is_due(night + place)] == [job.NAME]
        ran(job.NAME, night + place)
    assert not any(job.is_due(night + HOUR) for job in chain)


def test_a_job_that_fails_every_night_does_not_keep_the_next_one_from_running(app: Flask) -> None:
    night = at("2026-11-21 01:00")
    ran(archive.NAME, night, error="OperationalError")
    assert signals.is_due(night + 1)


@pytest.mark.parametrize("job", [archive, signals, confirm_points, purge, digest, friday, snapshot])
def test_every_job_runs_on_an_empty_city_under_its_own_name(app: Flask, job: object) -> None:
    named = Job(job.NAME, job.run, job.is_due)  # type: ignore[attr-defined]
    report = run_job(named)
    assert isinstance(report, Report)
    assert report.job == job.NAME  # type: ignore[attr-defined]
    with reading() as session:
        assert session.get_one(JobRun, job.NAME).error is None  # type: ignore[attr-defined]
