"""Pinyin initials, made here once so that phones can search by them without a dictionary of their own."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=32_768)
def _initial(character: str) -> str:
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    # The dictionary takes a moment to load, and most processes never ask for it.
    from pypinyin import Style, lazy_pinyin

    letter = lazy_pinyin(character, style=Style.FIRST_LETTER, errors="ignore")
    return letter[0][:1] if letter else ""


def initials(*texts: str | None, most: int = 120) -> str:
    """The initials of each text in lower case, separated by blanks: "文昌苑3号楼" becomes "wcy3hl".

    Characters outside Chinese and letters are left out; the result is cut to `most` characters, the width of its column.
    """
    words = ("".join(map(_initial, unicodedata.normalize("NFKC", text))) for text in texts if text)
    return " ".join(word for word in words if word)[:most]
