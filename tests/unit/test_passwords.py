"""Passwords: hashing, verifying, and which new ones are refused."""

from __future__ import annotations

import pytest

from app import passwords
from app.errors import Problem
from app.passwords import check_strength, needs_rehash


def test_a_password_verifies_against_its_own_hash_only() -> None:
    stored = passwords.hash("走访日-星期五-2026")
    assert stored.startswith("$argon2id$")
    assert passwords.verify(stored, "走访日-星期五-2026")
    assert not passwords.verify(stored, "走访日-星期四-2026")
    assert not needs_rehash(stored)


def test_the_same_password_gets_a_different_hash_each_time() -> None:
    assert passwords.hash("correct horse battery") != passwords.hash("correct horse battery")


def test_full_width_letters_are_the_same_password() -> None:
    assert passwords.verify(passwords.hash("ｄｏｏｒｂｅｌｌ４２"), "doorbell42")


@pytest.mark.parametrize("stored", [None, "", "no hash at all"])
def test_nobody_signs_in_without_a_stored_hash(stored: str | None) -> None:
    assert not passwords.verify(stored, "nobody has this password")


def test_an_endless_password_is_answered_without_hashing_it() -> None:
    assert not passwords.verify(passwords.hash("x" * 128), "x" * 1_000_000)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short7!", "password_length"),
        ("x1y2" * 40, "password_length"),
        ("12345678", "password_common"),
        ("Password1", "password_common"),
        ("WoAiNi1314", "password_common"),
        ("aaaaaaaab", "password_common"),
        ("bcdefghijk", "password_common"),
        ("98765432", "password_common"),
        ("zhang.wei", "password_common"),
    ],
)
def test_weak_passwords_are_refused_with_a_word(password: str, code: str) -> None:
    with pytest.raises(Problem) as raised:
        check_strength(password, login="Zhang.Wei")
    assert raised.value.code == code
    assert raised.value.zh
    assert raised.value.en


@pytest.mark.parametrize("password", ["门口有棵老槐树", "tr0ub4dor&3", "four words and rain"])
def test_ordinary_good_passwords_are_accepted(password: str) -> None:
    if len(password) < 8:
        password += "三号院"
    check_strength(password, login="zhang.wei")
