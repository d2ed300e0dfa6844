"""Codes that people read aloud, type and scan: tracking codes, forwarding references, signed QR ids.

All are Crockford base32 (no I, L, O, U). `pwa/src/rules/codes.ts` is the phone's twin; both are held to
`tests/contract/codes.json`.
"""

import hmac
import re
import secrets
from collections.abc import Callable
from hashlib import sha256

from app.domain.words import Words

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

TRACKING_SIGNS = 10
TRACKING_BITS = (TRACKING_SIGNS - 1) * 5
REFERENCE_PREFIX = "MQ-"
REFERENCE_SIGNS = 8
REFERENCE_BITS = (REFERENCE_SIGNS - 1) * 5

# Forty bits of tag: a guess at a plate's code succeeds once in a million million, and the QR stays small.
SHORT_TAG_BYTES = 5

_VALUES = {sign: value for value, sign in enumerate(ALPHABET)}
_MISREAD = str.maketrans("OIL", "011")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# Spelled out because "white space" is not the same in Python and on the phone.
_GAPS = re.compile("[ \t\r\n\u00a0\u2000-\u200b\u3000\ufeff_\\-\u2010-\u2015\u2212]+")
_REFERENCE = re.compile(rf"(?<![0-9A-Z])MQ-([{ALPHABET}]{{{REFERENCE_SIGNS}}})(?![0-9A-Z])")
_SIGN_PURPOSE = b"doorstep short code\x00"

_REFUSALS = {
    "bad_tracking_code": Words(
        "查询码有误，请核对后重新输入。", "This tracking code is not right: check it and try again."
    ),
}


class BadCode(ValueError):
    """A code that cannot be right; `code` is a word, `zh` and `en` one sentence each."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.zh, self.en = _REFUSALS[code]


def _doubled(value: int) -> int:
    """Times x in the field of 32 elements (polynomial x^5 + x^2 + 1)."""
    return value << 1 if value < 16 else (value << 1) ^ 0b100101


def check_sign(signs: str) -> str:
    """The sign that makes a code proof against slips.

    A weighted sum in the field of 32 elements, each weight x times the last: any one wrong sign and any two
    exchanged signs change it. (No weighted sum modulo 32 can do both: both weights would have to be odd, and
    their difference too.)
    """
    total = 0
    for sign in signs:
        total = _doubled(total ^ _VALUES[sign])
    return ALPHABET[total]


def _with_check(number: int, signs: int) -> str:
    if not 0 <= number < 1 << (5 * (signs - 1)):
        raise ValueError("number out of range")
    body = "".join(ALPHABET[number >> (5 * place) & 31] for place in reversed(range(signs - 1)))
    return body + check_sign(body)


def _is_checked(text: str, signs: int) -> bool:
    if len(text) != signs or any(sign not in _VALUES for sign in text):
        return False
    return check_sign(text[:-1]) == text[-1]


def tracking_code(number: int) -> str:
    """The tracking code (查询码) of a random number below 2^45; ValueError outside. Without dash."""
    return _with_check(number, TRACKING_SIGNS)


def new_tracking_code(chance: Callable[[int], int] = secrets.randbits) -> str:
    """A fresh tracking code; `chance` gives that many random bits."""
    return tracking_code(chance(TRACKING_BITS))


def normalise(text: str) -> str:
    """What somebody typed, in the alphabet where possible: o→0, i and l→1, no dashes, no full width."""
    plain = _GAPS.sub("", text.translate(_FULL_WIDTH))
    return "".join(sign.upper() if sign.isascii() else sign for sign in plain).translate(_MISREAD)


def is_tracking_code(text: str) -> bool:
    """Whether this is a tracking code however it was typed."""
    return _is_checked(normalise(text), TRACKING_SIGNS)


def check_tracking_code(text: str) -> str:
    """The code in its stored form (ten signs); raises `BadCode` ("bad_tracking_code")."""
    code = normalise(text)
    if not _is_checked(code, TRACKING_SIGNS):
        raise BadCode("bad_tracking_code")
    return code


def format_tracking_code(code: str) -> str:
    """As people read it: XXXXX-XXXXX."""
    return f"{code[:5]}-{code[5:]}"


def forwarding_reference(number: int) -> str:
    """The reference of a random number below 2^35 that a forwarding carries; ValueError outside."""
    return REFERENCE_PREFIX + _with_check(number, REFERENCE_SIGNS)


def new_forwarding_reference(chance: Callable[[int], int] = secrets.randbits) -> str:
    """A fresh reference; `chance` gives that many random bits."""
    return forwarding_reference(chance(REFERENCE_BITS))


def references_in(text: str) -> list[str]:
    """Every valid forwarding reference in a platform's text, in order, each once."""
    found = (body for body in _REFERENCE.findall(text) if _is_checked(body, REFERENCE_SIGNS))
    return list(dict.fromkeys(REFERENCE_PREFIX + body for body in found))


def sign_short(id_bytes: bytes, key: bytes) -> str:
    """An opaque id with a keyed tag, in capitals and digits so that its QR code prints small.

    Eight bytes of id make 21 signs. Only who holds `key` can make one that `read_short` accepts.
    """
    signed = id_bytes + _tag(id_bytes, key)
    number, signs = int.from_bytes(signed, "big"), -(-len(signed) * 8 // 5)
    return "".join(ALPHABET[number >> (5 * place) & 31] for place in reversed(range(signs)))


def read_short(text: str, key: bytes) -> bytes | None:
    """The id of a scanned or typed code; None if the tag is not ours."""
    code = normalise(text)
    length = len(code) * 5 // 8
    signs = -(-length * 8 // 5)
    if length <= SHORT_TAG_BYTES or len(code) != signs or any(sign not in _VALUES for sign in code):
        return None
    number = 0
    for sign in code:
        number = number << 5 | _VALUES[sign]
    if number >> (8 * length):
        return None
    signed = number.to_bytes(length, "big")
    id_bytes, tag = signed[:-SHORT_TAG_BYTES], signed[-SHORT_TAG_BYTES:]
    return id_bytes if hmac.compare_digest(tag, _tag(id_bytes, key)) else None


def _tag(id_bytes: bytes, key: bytes) -> bytes:
    return hmac.digest(key, _SIGN_PURPOSE + id_bytes, sha256)[:SHORT_TAG_BYTES]
