"""Photos on disk: checked by magic and size before decoding, decoded with a cap, re-encoded without metadata."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from app.errors import Problem

MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 40_000_000
# What the phone sends has a long side of 1600 already; others are brought down to it.
LONG_SIDE = 1600
_MAGIC = ((b"\xff\xd8\xff", "JPEG"), (b"\x89PNG\r\n\x1a\n", "PNG"), (b"RIFF", "WEBP"))
# Exif 2.32, 4.6.4 A: how the camera was held, and what brings the picture upright.
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Stored(NamedTuple):
    """What is kept about a stored photo."""

    stored_sha256: str
    media_type: str
    bytes: int
    width: int
    height: int


def path_of(folder: Path, sha256: str) -> Path:
    """Where a stored photo lies."""
    return folder / sha256[:2] / f"{sha256}.jpg"


def reencoded(data: bytes) -> tuple[bytes, int, int]:
    """The picture as a fresh JPEG with nothing but pixels in it.

    Raises `Problem` for what is no picture, too many bytes (8 MB) or too many pixels (40 MP, read from the header before
    anything is decoded).
    """
    if len(data) > MAX_BYTES:
        raise Problem("photo_too_large")
    kind = next((name for magic, name in _MAGIC if data.startswith(magic)), None)
    if kind is None or (kind == "WEBP" and data[8:12] != b"WEBP"):
        raise Problem("photo_not_picture")
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Problem("photo_too_large")
            upright = _turned(picture).convert("RGB")
            # Pillow would write a comment it read back into the new file.
            upright.info.clear()
            upright.thumbnail((LONG_SIDE, LONG_SIDE))
            out = io.BytesIO()
            upright.save(out, "JPEG", quality=82, optimize=True)
    except Problem:
        raise
    except Exception:
        # Decoders answer broken bytes with exceptions of every kind; a phone must hear "no picture", or it sends again for ever.
        raise Problem("photo_not_picture") from None
    return out.getvalue(), upright.width, upright.height


def _turned(picture: Image.Image) -> Image.Image:
    """Upright, as its metadata says; broken metadata is no reason to refuse the picture."""
    try:
        turn = _TURNS.get(picture.getexif().get(_ORIENTATION, 0))
    except Exception:
        turn = None
    return picture if turn is None else picture.transpose(turn)


def store(data: bytes, folder: Path, expected_sha256: str | None = None) -> Stored:
    """Re-encode and keep a photo; raises `Problem("photo_hash")` when the bytes are not the ones that were announced."""
    if expected_sha256 is not None and hashlib.sha256(data).hexdigest() != expected_sha256:
        raise Problem("photo_hash")
    clean, width, height = reencoded(data)
    sha256 = hashlib.sha256(clean).hexdigest()
    path = path_of(folder, sha256)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and renamed: a crash leaves no half picture under a good name.
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as out:
            out.write(clean)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, path)
    return Stored(sha256, "image/jpeg", len(clean), width, height)
