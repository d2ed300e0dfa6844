"""What may leave this machine or be kept of an answer: no phone or identity numbers, no names we know."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "＊＊＊"
EXCERPT_CHARS = 500

# Mobile numbers, landlines with area code, resident identity numbers (GB 11643), with the dashes and spaces people put in.
_NUMBERS = re.compile(
    r"(?<![0-9])(?:"
    r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx]"
    r"|(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}"
    r"|0\d{2,3}[- ]?\d{7,8}"
    r")(?![0-9])"
)
_LONG_NUMBERS = re.compile(r"[0-9]{7,}")
_WIDE_DIGITS = {0xFF10 + digit: 0x30 + digit for digit in range(10)}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """Text without control characters, lone surrogates and direction overrides."""
    return _CONTROL.sub("", text)


def without_persons(text: str, known: Iterable[str] = ()) -> str:
    """`text` with phone and identity numbers and every word of `known` (names, phones, devices) masked."""
    for word in sorted({w.strip() for w in known if w and len(w.strip()) >= 2}, key=len, reverse=True):
        text = text.replace(word, MASK)
    return _NUMBERS.sub(MASK, text.translate(_WIDE_DIGITS))


def excerpt(text: str, secrets: Iterable[str] = ()) -> str:
    """The beginning of an answer as it may be kept: at most 500 characters, without persons and without our own key.

    Answers come in all encodings, where a number's neighbours may be digits too: here every long run of them goes.
    """
    # Cut first, for masking five megabytes would be waste; so generously that no half number at the cut can be kept.
    kept = without_persons(plain(text[: EXCERPT_CHARS * 8]), secrets)
    return _LONG_NUMBERS.sub(MASK, kept)[:EXCERPT_CHARS]
