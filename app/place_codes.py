"""Codes printed on building plates, contact cards (连心卡) and badges: opaque, and only this installation can make them.

The row in `place_code` says what a code stands for and whether it was revoked; the tag in the code itself lets a guess be
refused without looking anything up.
"""

from __future__ import annotations

import secrets

from flask import current_app

from app.domain.codes import normalise, read_short, sign_short

_ID_BYTES = 8


def new_place_code() -> str:
    """A fresh code of 21 signs, as `PlaceCode.code` keeps it and the QR code shows it."""
    return sign_short(secrets.token_bytes(_ID_BYTES), _key())


def place_code_from(text: str) -> str | None:
    """A scanned or typed code in its stored form; None when it cannot be one of ours."""
    return normalise(text) if read_short(text, _key()) is not None else None


def place_code_path(code: str) -> str:
    """Where a code leads, below the public URL."""
    return f"/r/{code}"


def _key() -> bytes:
    key: str = current_app.config["DOORSTEP"].code_key
    return key.encode()
