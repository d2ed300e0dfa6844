"""Passwords: argon2id hashes, and the check of new ones (at least eight characters, not a common one; pasting is welcome)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import Problem

MIN_LENGTH = 8
# Longer input only costs the server time.
MAX_LENGTH = 128

_HASHER = PasswordHasher()
# Verified against when there is no such login, so that the answer takes as long as for one that exists.
_NOBODY = _HASHER.hash("nobody has this password")


def hash(password: str) -> str:
    """The argon2id hash to store. Does not judge the password: see `check_strength`."""
    return _HASHER.hash(_normal(password))


def verify(password_hash: str | None, password: str) -> bool:
    """Whether `password` belongs to the stored hash; takes the same time when there is no hash."""
    if len(password) > MAX_LENGTH:
        return False
    try:
        matches = _HASHER.verify(password_hash or _NOBODY, _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return matches and bool(password_hash)


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with weaker settings than today's; the next sign-in then stores a new one."""
    return _HASHER.check_needs_rehash(password_hash)


def check_strength(password: str, *, login: str = "") -> None:
    """Raise `Problem` for a new password that is too short or long (`password_length`), or common or the login itself (`password_common`).

    No rule about kinds of characters: length and a list of common passwords protect better (NIST SP 800-63B, 3.1.1.2).
    """
    normal = _normal(password)
    if len(normal) < MIN_LENGTH or len(password) > MAX_LENGTH:
        raise Problem("password_length", detail=f"{MIN_LENGTH}-{MAX_LENGTH}")
    folded = normal.casefold()
    if folded in _common() or len(set(folded)) < 4 or _run(folded) or (login and folded.strip() == login.casefold()):
        raise Problem("password_common")


def _normal(password: str) -> str:
    """Full-width letters typed on a Chinese keyboard are the same password."""
    return unicodedata.normalize("NFKC", password)


def _run(text: str) -> bool:
    """All characters follow one another, up or down: 23456789, hgfedcba."""
    steps = {ord(b) - ord(a) for a, b in pairwise(text)}
    return steps in ({1}, {-1})


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset((Path(__file__).with_name("common_passwords.txt")).read_text(encoding="utf-8").split())
