"""Restored from yesterday: what any phone still holds comes back, nothing is doubled, and the operator sees that all fits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

import config
from app.backup import BadArchive, back_up, unpack
from app.database import db, reading, writing
from app.ids import diary_id, new_id, now_ms
from app.models.accounts import Device
from app.synced import DOOR
from sync.check import faults
from tests.devices import Phone
from tests.factories import City
from tests.sync.conftest import PhoneMaker


@pytest.fixture
def server(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The product, with PostgreSQL's own tools in reach."""
    binaries = os.environ.get("DOORSTEP_TEST_POSTGRES_BIN")
    if binaries:
        monkeypatch.setenv("PATH", f"{binaries}{os.pathsep}{os.environ['PATH']}")
    settings: config.Config = app.config["DOORSTEP"]
    settings.data_dir.mkdir(exist_ok=True)
    # Tests make the tables directly; the restored database is migrated, so it must say that it is at the newest version.
    with db.engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    yield app
    db.session.remove()
    db.engine.dispose()
    with db.engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))


def at_head() -> None:
    """Note the newest migration in the database, as `migrate` would have."""
    from alembic.config import Config as AlembicConfig
    from alembic.script import ScriptDirectory

    alembic = AlembicConfig()
    alembic.set_main_option("script_location", str(config.ROOT / "migrations"))
    head = ScriptDirectory.from_config(alembic).get_current_head()
    with db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})


def restored(server: Flask, archive: Path) -> str:
    """What `flask restore` says; it must have ended well."""
    db.session.remove()
    db.engine.dispose()
    done = server.test_cli_runner().invoke(args=["restore", str(archive)])
    assert done.exit_code == 0, done.output
    return done.output


def quiet(*phones: Phone) -> None:
    """Everybody syncs until nothing moves."""
    for _ in range(3):
        for phone in phones:
            phone.sync()


def test_after_a_restore_from_yesterday_everything_that_phones_hold_is_back_once(
    server: Flask, city: City, phone: PhoneMaker, tmp_path: Path
) -> None:
    at_head()
    li, wang = phone("li"), phone("wang")
    place = city.places["p1"]
    old = li.create("visit", {"place_id": place, "outcome": "met"})
    li.patch("place", place, {"refusals": {"op": "inc", "by": 1}})
    li.sync()
    archive = back_up(server.config["DOORSTEP"], tmp_path / "yesterday.tar")
    # Today: work that the backup lacks, some of it confirmed, some on its way, some still in an outbox.
    diary = diary_id(li.person_id, "2026-11-20")
    li.create("diary", {"author_id": li.person_id, "diary_on": "2026-11-20", "text": "上午走访三户。"}, id=diary)
    today = [li.create("visit", {"place_id": place, "outcome": "nobody"}) for _ in range(3)]
    li.patch("place", place, {"refusals": {"op": "inc", "by": 1}, "address": "一号楼"})
    request = wang.create("service_request", {"place_id": place, "text": "路灯不亮。", "handling": "forward"})
    quiet(li, wang)
    before = {key: row["rev"] for key, row in li.base.items()}
    li.patch("place", place, {"refusals": {"op": "inc", "by": 1}})
    li.push(lose_reply=True)
    waiting = wang.create("visit", {"place_id": place, "outcome": "vacant"})
    epoch = li.epoch
    assert "0 faults" in restored(server, archive)
    with reading() as session:
        assert session.execute(text("SELECT count(*) FROM visit")).scalar() == 1
    quiet(li, wang)
    assert li.epoch != epoch
    assert li.base == wang.base
    assert set(before) - set(li.base) <= {k for k in before if k[0] == "service_request_event"}, (
        "only the server's own events are new"
    )
    for key in (
        ("visit", old),
        *(("visit", v) for v in today),
        ("visit", waiting),
        ("diary", diary),
        ("service_request", request),
    ):
        assert key in li.base, key
    row = li.base["place", place]
    assert (row["refusals"], row["address"]) == (3, "一号楼")
    assert li.base["diary", diary]["text"] == "上午走访三户。"
    assert not li.outbox
    assert not wang.outbox
    with reading() as session:
        forwardings = text("SELECT count(*) FROM forwarding WHERE service_request_id = :id")
        assert session.execute(forwardings, {"id": request}).scalar() == 1
        assert faults(session.connection(), DOOR) == []


def test_a_post_from_before_the_restore_that_a_proxy_repeats_changes_nothing(
    server: Flask, city: City, phone: PhoneMaker, tmp_path: Path
) -> None:
    at_head()
    li, place = phone("li"), city.places["p1"]
    li.sync()
    archive = back_up(server.config["DOORSTEP"], tmp_path / "yesterday.tar")
    li.patch("place", place, {"refusals": {"op": "inc", "by": 1}})
    kept_by_the_proxy = li.push_body(list(li.outbox.values()))
    li.sync()
    restored(server, archive)
    reply = li.post("/sync/push", kept_by_the_proxy)
    assert reply.status_code == 200
    body = reply.get_json()
    assert (body["results"], body["last_mid"]) == ([], 0)
    assert body["epoch"] != kept_by_the_proxy["epoch"]
    with reading() as session:
        assert not session.execute(text("SELECT refusals FROM place WHERE id = :id"), {"id": place}).scalar()
    quiet(li)
    assert li.base["place", place]["refusals"] == 1
    li.post("/sync/push", kept_by_the_proxy)
    quiet(li)
    assert li.base["place", place]["refusals"] == 1


def test_who_settled_one_conflict_settles_no_other_that_only_came_about_after_the_restore(
    server: Flask, city: City, phone: PhoneMaker, tmp_path: Path
) -> None:
    at_head()
    li, wang = phone("li"), phone("wang")
    place = city.places["p1"]
    archive = back_up(server.config["DOORSTEP"], tmp_path / "yesterday.tar")
    li.patch("place", place, {"address": "一号楼"})
    wang.patch("place", place, {"address": "二号楼"})
    quiet(li, wang)
    # Wang takes Li's value after all; Li, out of signal, has written a third one over it that Wang never saw.
    (entry,) = wang.view("place", place)["conflict"]
    wang.patch("place", place, {"address": entry["value"]}, settles=[entry["uuid"]])
    li.patch("place", place, {"address": "三号楼"})
    restored(server, archive)
    quiet(li, wang)
    row = li.base["place", place]
    values = {row["address"], *(e["value"] for e in row.get("conflict") or [])}
    assert {"一号楼", "三号楼"} <= values
    assert li.base == wang.base


def test_a_phone_enrolled_after_the_backup_signs_in_again_and_loses_nothing(
    server: Flask, city: City, phone: PhoneMaker, tmp_path: Path
) -> None:
    at_head()
    archive = back_up(server.config["DOORSTEP"], tmp_path / "yesterday.tar")
    li = phone("li")
    visit = li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    li.sync()
    assert not li.outbox
    restored(server, archive)
    refused = li.post("/sync/pull", {"client_id": li.client_id})
    assert refused.status_code == 401
    assert "X-Doorstep-Logout" not in refused.headers
    with writing() as session:
        assert session.get(Device, li.client_id) is None
    li.client = city.sign_in("li", li.client_id)
    quiet(li)
    assert ("visit", visit) in li.base
    assert not li.outbox


def test_a_phone_out_of_service_hands_its_work_in_again(
    server: Flask, city: City, phone: PhoneMaker, tmp_path: Path
) -> None:
    at_head()
    li = phone("li")
    with writing() as session:
        device = session.get_one(Device, li.client_id)
        device.revoked, device.revoked_at = "soft", now_ms()
    archive = back_up(server.config["DOORSTEP"], tmp_path / "yesterday.tar")
    visit = li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    li.sync()
    restored(server, archive)
    waiting = text("SELECT count(*) FROM sync_parked WHERE record_id = :id AND code = 'quarantined'")
    with reading() as session:
        assert session.execute(waiting, {"id": visit}).scalar() == 0
    quiet(li)
    with reading() as session:
        assert session.execute(waiting, {"id": visit}).scalar() == 1


def test_an_archive_that_is_not_whole_changes_nothing(
    server: Flask, city: City, phone: PhoneMaker, tmp_path: Path
) -> None:
    at_head()
    archive = back_up(server.config["DOORSTEP"], tmp_path / "yesterday.tar")
    li = phone("li")
    visit = li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    li.sync()
    epoch = li.epoch
    whole = archive.read_bytes()
    for broken in (
        whole[: len(whole) // 2],
        whole.replace(b"SQLite format 3", b"SQLite format 4").replace(b"PGDMP", b"PGDMQ"),
        b"",
    ):
        archive.write_bytes(broken)
        db.session.remove()
        db.engine.dispose()
        done = server.test_cli_runner().invoke(args=["restore", str(archive)])
        assert done.exit_code == 1, done.output
    li.pull()
    assert li.epoch == epoch
    assert ("visit", visit) in li.base


def test_a_backup_names_every_file_with_its_hash(server: Flask, city: City, tmp_path: Path) -> None:
    archive = back_up(server.config["DOORSTEP"], tmp_path / f"{now_ms()}.tar")
    folder = tmp_path / new_id()
    folder.mkdir()
    manifest = unpack(archive, folder)
    assert {name.rsplit(".", 1)[-1] for name in manifest["files"]} & {"db", "dump"}
    assert archive.stat().st_mode & 0o077 == 0
    archive.write_bytes(b"no archive")
    with pytest.raises(BadArchive):
        unpack(archive, tmp_path / "again")
