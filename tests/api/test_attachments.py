"""Photos: what is taken, what is served, and who may see it."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from app import photos
from app.database import reading, writing
from app.errors import Problem
from app.ids import diary_id, new_id
from app.models.attachments import Attachment
from app.writes import Actor, create, move, write
from tests.devices import Phone
from tests.factories import SYSTEM, City

ON = "2026-11-20"
NOW = 1_795_000_000_000


def picture(form: str = "JPEG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """A photo of nothing in particular."""
    out = io.BytesIO()
    Image.new("RGB", size, "#b85").save(out, form, **options)
    return out.getvalue()


def send(client: FlaskClient, data: bytes, sha256: str | None = None) -> Any:
    """PUT bytes under their hash, or under another one."""
    return client.put(f"/attachments/{sha256 or hashlib.sha256(data).hexdigest()}", data=data)


def served(client: FlaskClient, data: bytes) -> Any:
    """GET the photo of these bytes."""
    return client.get(f"/attachments/{hashlib.sha256(data).hexdigest()}")


def phone_of(city: City, name: str) -> Phone:
    """An enrolled phone."""
    return Phone(city.sign_in(name, f"client-of-{name}"), f"client-of-{name}", city.people[name])


def visit_with(phone: Phone, place: str, *data: bytes) -> str:
    """A visit that names photos, pushed."""
    hashes = [hashlib.sha256(one).hexdigest() for one in data]
    values = {"place_id": place, "visit_on": ON, "outcome": "met", "finding": "nothing", "photos": hashes}
    visit_id = phone.create("visit", values)
    phone.sync()
    assert phone.results[max(phone.results)]["outcome"] == "applied"
    return visit_id


# What is taken


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_stored_once_and_served_as_a_jpeg_that_no_browser_takes_for_anything_else(city: City, form: str):
    li, data = city.sign_in("li"), picture(form)
    path = f"/attachments/{hashlib.sha256(data).hexdigest()}"
    assert li.head(path).status_code == 404
    assert [send(li, data).status_code for _ in range(3)] == [201, 200, 200]
    assert li.head(path).status_code == 200
    got = li.get(path)
    assert got.mimetype == "image/jpeg"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Disposition"] == "inline"
    assert "private" in got.headers["Cache-Control"]
    assert got.data.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><script>alert(1)</script></html>",
        b"GIF89a" + bytes(40),
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n" + bytes(60),
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        picture()[:300],
        picture("PNG")[:60],
        picture("WEBP")[:30],
    ],
    ids=["nothing", "html", "gif", "svg", "magic", "png-magic", "wave", "half-jpeg", "half-png", "half-webp"],
)
def test_what_is_no_whole_picture_is_refused_in_words_and_leaves_no_file(app: Flask, city: City, data: bytes):
    reply = send(city.sign_in("li"), data)
    assert (reply.status_code, reply.get_json()["error"]) == (422, "photo_not_picture")
    assert reply.get_json()["zh"]
    assert [p for p in app.config["DOORSTEP"].photo_dir.rglob("*") if p.is_file()] == []


def test_bytes_that_are_not_the_announced_ones_are_refused(city: City):
    li, data = city.sign_in("li"), picture()
    for name in ("0" * 64, hashlib.sha256(data + b"x").hexdigest()):
        assert send(li, data, name).get_json()["error"] == "photo_hash"
    for name in ("short", "A" * 64, "0" * 63 + "g", "..%2f..%2fetc"):
        reply = li.put(f"/attachments/{name}", data=data)
        assert reply.status_code in (404, 422), name
        assert li.get(f"/attachments/{name}").status_code in (404, 422), name


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that says it is enormous."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(8000, 5001), (50_000, 50_000), (2**31 - 1, 2**31 - 1)])
def test_more_than_forty_megapixels_are_refused_before_anything_is_decoded(
    city: City, monkeypatch: pytest.MonkeyPatch, width: int, height: int
):
    decoded = []
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: decoded.append(self.size))
    data = bomb(width, height)
    assert len(data) < 10_000
    reply = send(city.sign_in("li"), data)
    assert reply.status_code in (413, 422)
    assert reply.get_json()["error"] in ("photo_too_large", "photo_not_picture")
    assert decoded == []


def test_more_than_eight_megabytes_are_refused_with_the_limit_in_words(city: City):
    reply = send(city.sign_in("li"), picture() + bytes(photos.MAX_BYTES))
    assert (reply.status_code, reply.get_json()["error"]) == (413, "photo_too_large")
    assert "8" in reply.get_json()["zh"]
    assert "8" in reply.get_json()["en"]


def zipped() -> bytes:
    """A ZIP file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("evil.html", "<script>alert(1)</script>")
    return out.getvalue()


@pytest.mark.parametrize("rider", [b"<script>alert(1)</script>", zipped(), b"<?php system('id'); ?>"])
def test_what_rides_on_a_picture_is_not_kept(app: Flask, city: City, rider: bytes):
    li = city.sign_in("li")
    for data in (picture() + rider, picture(comment=rider[:200])):
        assert send(li, data).status_code == 201
        kept = served(li, data).data
        assert rider[:20] not in kept
        assert not zipfile.is_zipfile(io.BytesIO(kept))
    for path in app.config["DOORSTEP"].photo_dir.rglob("*.jpg"):
        assert rider[:20] not in path.read_bytes()


def test_where_and_with_what_a_photo_was_taken_is_dropped_and_it_stands_upright(city: City):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[2] = (36.0, 27.0, 22.0)
    data = picture(exif=exif.tobytes(), size=(64, 48))
    assert b"PhoneMaker" in data
    li = city.sign_in("li")
    assert send(li, data).status_code == 201
    kept = served(li, data).data
    assert b"PhoneMaker" not in kept
    with Image.open(io.BytesIO(kept)) as shown:
        assert dict(shown.getexif()) == {}
        assert not {"exif", "comment", "icc_profile", "xmp"} & shown.info.keys()
        assert shown.size == (48, 64)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_picture_with_broken_metadata_is_a_picture(city: City):
    """Found by flipping bytes: an odd EXIF block was a fault of the server, and the phone sent the photo for ever."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "x" * 30
    exif.get_ifd(0x8825)[2] = (36.0, 27.0, 22.0)
    whole = picture(exif=exif.tobytes())
    begin, end = whole.index(b"Exif"), whole.index(b"Exif") + len(exif.tobytes())
    li, answers = city.sign_in("li"), set()
    for place in range(begin, end):
        for value in (0, 2, 5, 12, 255):
            try:
                answers.add(photos.reencoded(whole[:place] + bytes([value]) + whole[place + 1 :])[1:])
            except Problem as problem:
                answers.add(problem.code)
    assert {(64, 48), (48, 64)} <= answers <= {(64, 48), (48, 64), "photo_not_picture"}
    assert send(li, whole).status_code == 201


# Who may see it


def test_a_photo_is_seen_by_its_sender_and_by_nobody_else_until_a_record_names_it(city: City):
    data = picture()
    li = city.sign_in("li")
    send(li, data)
    assert served(li, data).status_code == 200
    for name in ("wang", "sun", "zhou", "zhao", "qian"):
        assert served(city.sign_in(name), data).status_code == 404, name
    assert served(city.sign_in("li").application.test_client(), data).status_code == 401


@pytest.mark.parametrize("bytes_first", [True, False], ids=["bytes first", "record first"])
def test_a_named_photo_is_its_teams_and_the_task_forces(city: City, bytes_first: bool):
    data, phone = picture(), phone_of(city, "li")
    phone.sync()
    if bytes_first:
        send(phone.client, data)
    visit_with(phone, city.places["p1"], data)
    if not bytes_first:
        assert served(city.sign_in("wang"), data).status_code == 404
        send(phone.client, data)
    seen = {name: served(city.sign_in(name), data).status_code for name in ("wang", "sun", "zhou", "zhao", "qian")}
    assert seen == {"wang": 200, "sun": 200, "zhou": 200, "zhao": 404, "qian": 404}


def test_a_hash_that_somebody_overheard_opens_nothing(city: City):
    """Zhao of the other team writes the hash of Li's photo into a visit of her own."""
    data, li, zhao = picture(), phone_of(city, "li"), phone_of(city, "zhao")
    send(li.client, data)
    zhao.sync()
    visit_with(zhao, city.places["p5"], data)
    assert served(zhao.client, data).status_code == 404
    assert served(city.sign_in("qian"), data).status_code == 404
    sha256 = hashlib.sha256(data).hexdigest()
    assert send(zhao.client, picture("PNG"), sha256).status_code == 422
    assert zhao.client.put(f"/attachments/{sha256}").status_code == 422
    assert served(zhao.client, data).status_code == 404


def test_two_people_may_send_the_same_photo_and_each_shows_it_to_the_own_team(city: City):
    data, li, zhao = picture(), phone_of(city, "li"), phone_of(city, "zhao")
    for phone, place, status in ((li, "p1", 201), (zhao, "p5", 200)):
        phone.sync()
        visit_with(phone, city.places[place], data)
        assert send(phone.client, data).status_code == status
    assert {served(city.sign_in(name), data).status_code for name in ("wang", "qian", "sun")} == {200}


def test_a_record_that_moves_to_another_team_takes_its_photo_along(city: City):
    data, phone = picture(), phone_of(city, "li")
    phone.sync()
    send(phone.client, data)
    visit_with(phone, city.places["p1"], data)
    with writing() as session:
        move(session, "place", city.places["p1"], f"team:{city.teams['b']}", actor=SYSTEM, now=NOW)
    seen = {name: served(city.sign_in(name), data).status_code for name in ("wang", "sun", "zhao", "qian")}
    assert seen == {"wang": 404, "sun": 404, "zhao": 200, "qian": 200}


def test_a_photo_that_is_let_go_is_not_shown_any_more(city: City):
    data, phone = picture(), phone_of(city, "li")
    phone.sync()
    send(phone.client, data)
    visit_id = visit_with(phone, city.places["p1"], data)
    wang = city.sign_in("wang")
    assert served(wang, data).status_code == 200
    phone.patch("visit", visit_id, {"photos": {"op": "delta", "remove": [hashlib.sha256(data).hexdigest()]}})
    phone.sync()
    assert served(wang, data).status_code == 404


def test_the_photo_of_a_deleted_diary_is_not_shown_any_more(city: City):
    data, phone = picture(), phone_of(city, "li")
    phone.sync()
    send(phone.client, data)
    page = diary_id(phone.person_id, ON)
    values = {"diary_on": ON, "text": "今天走访三户。", "photos": [hashlib.sha256(data).hexdigest()]}
    phone.create("diary", values, id=page)
    phone.sync()
    assert served(city.sign_in("sun"), data).status_code == 200
    phone.delete("diary", page)
    phone.sync()
    assert served(city.sign_in("sun"), data).status_code == 404


def test_the_photo_of_a_confidential_report_is_the_task_forces_alone(city: City):
    data = picture()
    sha256 = hashlib.sha256(data).hexdigest()
    stored = photos.store(data, city.sign_in("zhou").application.config["DOORSTEP"].photo_dir)
    with writing() as session:
        session.add(Attachment(sha256=sha256, owner_id=None, created_at=NOW, **stored._asdict()))
        values = {"text": "举报", "confidential": True, "source": "resident", "photos": [sha256]}
        values["place_id"] = city.places["p1"]
        write(session, [create("service_request", values, id=new_id())], actor=Actor("resident"), now=NOW)
    seen = {name: served(city.sign_in(name), data).status_code for name in ("li", "sun", "zhou")}
    assert seen == {"li": 404, "sun": 404, "zhou": 200}


def test_a_photo_whose_file_is_gone_is_not_found_rather_than_a_fault(app: Flask, city: City):
    data, li = picture(), city.sign_in("li")
    send(li, data)
    with reading() as session:
        stored = session.scalars(select(Attachment.stored_sha256)).one()
    photos.path_of(app.config["DOORSTEP"].photo_dir, stored).unlink()
    assert served(li, data).status_code == 404
