"""The purge: what was promised to be forgotten is forgotten in time, and nothing else is."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import insert, select

from app import audit, photos, sessions
from app.database import reading, writing
from app.ids import new_id
from app.jobs import expire, purge, purge_photos
from app.models.accounts import Account, Device, EnrolmentCode, LoginSession
from app.models.attachments import Attachment
from app.models.audit import AuditLine
from app.models.forwarding import Forwarding
from app.models.notices import Notice
from app.residents.retention import KEPT_MS
from app.synced import DOOR
from app.writes import Actor, create, patch, write
from tests.devices import Phone
from tests.evenings import DAY, at, inbox, log_of, misfits, record, request, take
from tests.factories import City

FRIDAY = at("2026-08-21 10:00")
LATER = FRIDAY + 91 * DAY
SYSTEM = Actor("system", None, "系统")


@pytest.fixture
def app(either_app: Flask) -> Flask:
    """On SQLite and on PostgreSQL."""
    return either_app


def closed(city: City, now: int, **values: Any) -> str:
    lamp = record(city, "li", now, handling="forward", contact_phone="13800001234", **values)
    take(lamp, "submitted", "answered", now=now)
    take(lamp, "agreed", now=now, by="resident")
    take(lamp, "closed", now=now, by="system")
    return lamp


def test_a_residents_number_and_photos_are_deleted_two_years_after_closing(city: City) -> None:
    photo = "a" * 64
    lamp = closed(city, FRIDAY, photos=[photo])
    with writing() as session:
        session.scalars(select(Forwarding)).one().payload = {"phone": "13800001234"}
    purge.run(FRIDAY + KEPT_MS)
    assert (request(lamp).contact_phone, request(lamp).photos) == ("13800001234", [photo])
    purge.run(FRIDAY + KEPT_MS + DAY)
    assert (request(lamp).contact_phone, request(lamp).photos) == (None, [])
    assert request(lamp).text == "楼道灯坏了"
    with reading() as session:
        assert session.scalars(select(Forwarding)).one().payload is None


def test_tables_that_were_carried_to_a_platform_are_deleted_after_two_years(city: City) -> None:
    folder: Path = current_app.config["DOORSTEP"].data_dir / "exchange" / "city" / "out"
    folder.mkdir(parents=True)
    for name, written_at in (("old.xlsx", FRIDAY), ("new.xlsx", FRIDAY + DAY)):
        (folder / name).write_bytes(b"13800001234")
        os.utime(folder / name, (written_at / 1000, written_at / 1000))
    purge.run(FRIDAY + KEPT_MS + 1)
    assert [path.name for path in folder.iterdir()] == ["new.xlsx"]


def test_the_number_of_an_open_request_is_kept_however_old_it_is(city: City) -> None:
    lamp = record(city, "li", FRIDAY, contact_phone="13800001234")
    purge.run(FRIDAY + 2 * KEPT_MS)
    assert request(lamp).contact_phone == "13800001234"


def kept_photo(picture: bytes, created_at: int) -> str:
    """A photo on the server; returns the name it was sent under."""
    sha256 = hashlib.sha256(picture).hexdigest()
    folder: Path = current_app.config["DOORSTEP"].photo_dir
    stored = photos.store(picture, folder)
    with writing() as session:
        session.add(Attachment(sha256=sha256, created_at=created_at, **stored._asdict()))
    for path in folder.rglob("*.jpg"):
        os.utime(path, (created_at / 1000, created_at / 1000))
    return sha256


def picture(colour: str) -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (32, 32), colour).save(out, "JPEG")
    return out.getvalue()


def files() -> int:
    return len(list(current_app.config["DOORSTEP"].photo_dir.rglob("*.*")))


def test_a_photo_that_no_record_names_is_deleted_after_ninety_days_with_its_file(city: City) -> None:
    kept_photo(picture("red"), FRIDAY)
    purge.run(FRIDAY + 89 * DAY)
    assert files() == 1
    purge.run(LATER)
    assert files() == 0


@pytest.mark.parametrize("named_in", ["visit", "request", "event", "diary", "cadre", "parked"])
def test_a_photo_that_any_record_names_is_kept(city: City, named_in: str) -> None:
    sha256 = kept_photo(picture("red"), FRIDAY)
    lamp = record(city, "li", FRIDAY)
    with writing() as session:
        if named_in == "visit":
            writes = [
                create("visit", {"place_id": city.places["p1"], "cadre_id": city.people["li"], "photos": [sha256]})
            ]
        elif named_in == "request":
            writes = [patch("service_request", lamp, {"photos": [sha256]})]
        elif named_in == "event":
            event = {"service_request_id": lamp, "kind": "comment", "text": "看图", "photos": [sha256]}
            writes = [create("service_request_event", event)]
        elif named_in == "diary":
            diary = {"author_id": city.people["li"], "diary_on": "2026-08-21", "photos": [sha256]}
            writes = [create("diary", diary, scope=f"team:{city.teams['a']}")]
        elif named_in == "cadre":
            writes = [patch("cadre", city.people["li"], {"photo": sha256})]
        else:
            writes = []
            row = {"client_id": "c", "mid": 1, "uuid": "u", "code": "unreadable", "body": f"[{sha256}", "at": FRIDAY}
            session.execute(insert(DOOR.tables.parked), row)
        assert {o.outcome for o in write(session, writes, actor=SYSTEM, now=FRIDAY)} <= {"applied"}
    purge.run(LATER)
    assert files() == 1
    with reading() as session:
        assert session.get(Attachment, sha256) is not None


def test_two_names_of_one_stored_picture_do_not_take_it_from_each_other(city: City) -> None:
    red = picture("red")
    kept, other = kept_photo(red, FRIDAY), "f" * 64
    with writing() as session:
        stored = session.get_one(Attachment, kept)
        twin = {
            c: getattr(stored, c) for c in ("stored_sha256", "media_type", "bytes", "width", "height", "created_at")
        }
        session.add(Attachment(sha256=other, **twin))
        write(session, [patch("cadre", city.people["li"], {"photo": kept})], actor=SYSTEM, now=FRIDAY)
    purge.run(LATER)
    with reading() as session:
        assert [session.get(Attachment, name) is not None for name in (kept, other)] == [True, False]
    assert files() == 1


def test_the_photos_of_a_form_that_was_never_sent_go_after_two_days_and_the_desks_never(city: City) -> None:
    folder: Path = current_app.config["DOORSTEP"].photo_dir
    photos.store(picture("red"), folder)
    photos.store(picture("blue"), folder / "desk")
    for path in folder.rglob("*.jpg"):
        os.utime(path, (FRIDAY / 1000, FRIDAY / 1000))
    purge.run(FRIDAY + purge_photos.STRAY_MS - 1)
    assert files() == 2
    purge.run(FRIDAY + purge_photos.STRAY_MS + 1)
    assert [path.parent.parent.name for path in folder.rglob("*.jpg")] == ["desk"]


def told(city: City, now: int, read_at: int | None) -> str:
    notice = new_id()
    values = {
        "kind": "request_answered",
        "title": "有结果",
        "text": "张三家的灯",
        "created_at": now,
        "read_at": read_at,
    }
    with writing() as session:
        write(session, [create("notice", values, id=notice, scope=f"user:{city.people['li']}")], actor=SYSTEM, now=now)
    return notice


def test_a_notice_goes_half_a_year_after_it_was_read_from_the_phone_and_the_log_too(city: City) -> None:
    notice = told(city, FRIDAY, FRIDAY + DAY)
    phone = Phone(city.sign_in("li", "phone-of-li"), "phone-of-li", city.people["li"])
    phone.pull()
    purge.run(FRIDAY + 181 * DAY)
    assert len(inbox(city, "li")) == 1
    purge.run(FRIDAY + 182 * DAY)
    assert inbox(city, "li") == []
    assert "张三" not in log_of(notice)
    with reading() as session:
        assert session.get_one(Notice, notice).text is None
    phone.pull()
    assert ("notice", notice) not in phone.base
    assert misfits() == []


def test_an_unread_notice_waits_for_its_reader_more_than_a_year(city: City) -> None:
    told(city, FRIDAY, None)
    purge.run(FRIDAY + 399 * DAY)
    assert len(inbox(city, "li")) == 1
    purge.run(FRIDAY + 401 * DAY)
    assert inbox(city, "li") == []


def test_a_phone_that_dates_its_reading_back_by_years_does_not_lose_a_new_notice(city: City) -> None:
    told(city, FRIDAY, FRIDAY - 4000 * DAY)
    purge.run(FRIDAY + DAY)
    assert len(inbox(city, "li")) == 1


def test_receipts_go_after_400_days_and_the_clients_number_stays(city: City) -> None:
    phone = Phone(city.sign_in("li", "phone-of-li"), "phone-of-li", city.people["li"])
    phone.create("feedback", {"about": "app", "text": "字太小"})
    phone.push()
    tables = DOOR.tables
    with reading() as session:
        spoken = session.scalar(select(tables.receipt.c.at)) or 0
    purge.run(spoken + 399 * DAY)
    with reading() as session:
        assert len(session.execute(select(tables.receipt)).all()) == 1
    purge.run(spoken + 401 * DAY)
    with reading() as session:
        assert session.execute(select(tables.receipt)).all() == []
        assert session.scalar(select(tables.client.c.last_mid)) == 1


def test_settled_records_go_after_half_a_year_and_unsettled_ones_stay(city: City) -> None:
    rows = [
        {
            "client_id": "c",
            "mid": mid,
            "uuid": str(mid),
            "code": "forbidden",
            "body": "{}",
            "at": FRIDAY,
            "settled_at": settled,
        }
        for mid, settled in ((1, None), (2, FRIDAY))
    ]
    with writing() as session:
        session.execute(insert(DOOR.tables.parked), rows)
    purge.run(FRIDAY + 181 * DAY)
    with reading() as session:
        assert list(session.scalars(select(DOOR.tables.parked.c.mid))) == [1]


def test_the_audit_log_is_never_purged(city: City) -> None:
    with writing() as session:
        audit.append(session, city.people["sun"], "export_unmasked", now=FRIDAY)
    purge.run(FRIDAY + 4000 * DAY)
    with reading() as session:
        assert len(session.scalars(select(AuditLine)).all()) == 1
        assert audit.verify(session).broken_at is None


def test_sessions_and_codes_that_have_run_out_go_and_living_ones_stay(city: City) -> None:
    with writing() as session:
        account = session.get_one(Account, city.people["sun"])
        sessions.begin(session, account, FRIDAY)
        sessions.begin(session, account, FRIDAY - 15 * DAY)
        session.add(Device(id="phone", account_id=account.id, enrolled_at=FRIDAY, pending=0))
        session.flush()
        sessions.begin(session, account, FRIDAY - 89 * DAY, "phone")
        for age in (0, 2):
            code = EnrolmentCode(code_hash=str(age), account_id=account.id, expires_at=FRIDAY - age * DAY)
            session.add(code)
    counts = expire.run(FRIDAY).counts
    assert (counts["sessions"], counts["codes"]) == (1, 1)
    with reading() as session:
        assert sorted(session.scalars(select(LoginSession.created_at))) == [FRIDAY - 89 * DAY, FRIDAY]


def test_a_revoked_phone_is_not_nudged_any_more(city: City) -> None:
    with writing() as session:
        session.add(
            Device(
                id="phone",
                account_id=city.people["li"],
                enrolled_at=FRIDAY,
                pending=0,
                revoked="hard",
                push_subscription="{}",
            )
        )
    expire.run(FRIDAY)
    with reading() as session:
        assert session.get_one(Device, "phone").push_subscription is None


def test_an_upload_of_personal_data_does_not_outlive_its_hour(city: City) -> None:
    folder: Path = current_app.config["DOORSTEP"].data_dir / "imports" / "token"
    folder.mkdir(parents=True)
    (folder / "source").write_text("张三,13800001234")
    os.utime(folder, (0, 0))
    assert expire.run(FRIDAY).counts["uploads"] == 1
    assert not folder.exists()
