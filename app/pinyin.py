"""Pinyin initials, made here once so that phones can search by them without a dictionary of their own."""

from __future__ import annotations

import unicodedata


class _Initials(dict[int, str]):
    """Code point -> its initial, learned as characters come: `str.translate` asks only once for each."""

    def __missing__(self, code_point: int) -> str:
        character = chr(code_point)
        if character.isascii():
            found = character.lower() if character.isalnum() else ""
        else:
            # The dictionary takes a moment to load, and most processes never ask for it.
            from pypinyin import Style, lazy_pinyin

            letters = lazy_pinyin(character, style=Style.FIRST_LETTER, errors="ignore")
            found = letters[0][:1] if letters else ""
        self[code_point] = found
        return found


_INITIALS = _Initials()


def initials(*texts: str | None, most: int = 120) -> str:
    """The initials of each text in lower case, separated by blanks: "文昌苑3号楼" becomes "wcy3hl".

    Characters outside Chinese and letters are left out; the result is cut to `most` characters, the width of its column.
    """
    words = (unicodedata.normalize("NFKC", text).translate(_INITIALS) for text in texts if text)
    return " ".join(word for word in words if word)[:most]
