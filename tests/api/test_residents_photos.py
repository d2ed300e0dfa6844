"""Photos that residents send: good ones, bad ones, and what is left of them."""

from __future__ import annotations

import hashlib
import io
import zlib

import pytest
from PIL import Image

from app.database import writing
from app.errors import PROBLEMS
from app.models.attachments import Attachment
from app.photos import path_of
from tests.api.residents_street import Street, hidden_fields, picture, upload


def problem(code: str) -> str:
    return PROBLEMS[code][1]


def form_path(street: Street) -> str:
    return f"/r/{street.codes['card']}/file"


def test_photos_are_kept_with_the_request_and_known_as_attachments(street: Street) -> None:
    browser, first, second = street.browser(), picture(60), picture(80, form="PNG")
    code = street.file(browser, photos=[upload(first), upload(second, "二.png")])
    names = [hashlib.sha256(data).hexdigest() for data in (first, second)]
    assert street.request(code).photos == names
    shown_photo = browser.get(f"/r/t/{code}/photos/{names[1]}")
    assert shown_photo.content_type == "image/jpeg"
    assert shown_photo.headers["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(shown_photo.data)).size == (80, 40)


def huge_png() -> bytes:
    """A PNG that says it has 8000 × 6000 pixels, in a few bytes."""
    start = picture(8, 8, "PNG")
    header = b"IHDR" + (8000).to_bytes(4, "big") + (6000).to_bytes(4, "big") + start[24:29]
    return start[:12] + header + zlib.crc32(header).to_bytes(4, "big") + start[33:]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<?php system('id') ?>", "photo_not_picture"),
        (b"GIF89a" + b"\x00" * 50, "photo_not_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "photo_not_picture"),
        (b"\xff\xd8\xff\xe0 cut short", "photo_not_picture"),
        (picture(400, 300)[:200], "photo_not_picture"),
        (huge_png(), "photo_too_large"),
        (b"\xff\xd8\xff" + b"\x00" * (8 * 1024 * 1024), "photo_too_large"),
    ],
    ids=["php", "gif", "svg", "stub", "truncated", "48 megapixels", "8 MB"],
)
def test_what_is_no_photo_comes_back_with_a_clear_sentence_and_the_words_kept(
    street: Street, data: bytes, code: str
) -> None:
    back = street.browser().send(form_path(street), {"text": "灯坏了。", "photos": [upload(data)]})
    assert back.status_code == 422
    assert problem(code) in back.text
    assert "灯坏了。" in back.text
    assert street.requests() == []


def stored(street: Street, sha256: str) -> bytes:
    with writing() as session:
        kept = session.get(Attachment, sha256)
    assert kept is not None
    return path_of(street.app.config["DOORSTEP"].photo_dir, kept.stored_sha256).read_bytes()


def test_a_photo_loses_where_it_was_taken(street: Street) -> None:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (36.0, 27.0, 21.6), 3: "E", 4: (115.0, 58.0, 48.0)}
    exif[0x010F] = "SecretCamera"
    data = picture(exif=exif)
    assert Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825)
    street.file(street.browser(), photos=[upload(data)])
    kept = stored(street, hashlib.sha256(data).hexdigest())
    assert not Image.open(io.BytesIO(kept)).getexif()
    assert b"SecretCamera" not in kept


def test_a_polyglot_loses_everything_but_its_picture(street: Street) -> None:
    data = picture() + b"PK\x03\x04<script>alert(1)</script><?php ?>"
    street.file(street.browser(), photos=[upload(data, "a.php.jpg")])
    kept = stored(street, hashlib.sha256(data).hexdigest())
    assert b"<script>" not in kept
    assert b"<?php" not in kept


def test_good_photos_are_kept_while_the_form_is_put_right(street: Street) -> None:
    browser, photo = street.browser(), picture()
    back = browser.send(form_path(street), {"text": "", "photos": [upload(photo)]})
    assert "已收到 1 张照片" in back.text
    again = browser.post(form_path(street), data={**hidden_fields(back.text), "text": "灯坏了。"})
    assert again.status_code == 303
    assert street.requests()[0].photos == [hashlib.sha256(photo).hexdigest()]


def test_kept_photos_can_be_left_out_and_cannot_be_forged(street: Street) -> None:
    browser = street.browser()
    back = browser.send(form_path(street), {"text": "", "photos": [upload(picture())]})
    fields = hidden_fields(back.text)
    browser.post(form_path(street), data={**fields, "text": "不要照片。", "drop_photos": "yes"})
    other = street.browser()
    other.send(form_path(street), {"text": "伪造照片。", "kept_photos": fields["kept_photos"] + "x"})
    assert [request.photos for request in street.requests()] == [None, None]


def test_the_fifth_photo_comes_back_with_four_kept(street: Street) -> None:
    photos = [upload(picture(40 + n)) for n in range(5)]
    back = street.browser().send(form_path(street), {"text": "灯坏了。", "photos": photos})
    assert problem("filing_too_many_photos") in back.text
    assert "已收到 4 张照片" in back.text
