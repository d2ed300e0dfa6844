"""One cell -> one value: texts, codes, phone numbers, dates, coordinates as Chinese offices write them. Raises `CellFault`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any, NamedTuple

from app.imports.faults import CellFault
from app.schemas.fields import one_line, plain_text

_NUMBER_FORM = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")


def text_of(value: Any) -> str:
    """Any cell as text in one normal form; a number that is whole loses its ".0"."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return _INVISIBLE.sub("", str(value).replace("\xa0", " "))


def line(most: int) -> Callable[[Any], str]:
    """A reader of one line of at most `most` characters."""

    def read(value: Any) -> str:
        found = one_line(text_of(value))
        if len(found) > most:
            raise CellFault("too_long")
        return found

    return read


def long_text(most: int) -> Callable[[Any], str]:
    """A reader of several lines: blanks around each line and runs of empty lines go."""

    def read(value: Any) -> str:
        lines = [part.strip(" \t\u3000") for part in plain_text(text_of(value)).splitlines()]
        found = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
        if len(found) > most:
            raise CellFault("too_long")
        return found

    return read


def _plain(value: Any) -> str:
    return unicodedata.normalize("NFKC", text_of(value)).strip()


def code_text(value: Any) -> str:
    """A number that is a name: staff numbers, codes, file numbers. What lost digits to the spreadsheet is refused."""
    if isinstance(value, float) and not value.is_integer():
        raise CellFault("number_damaged")
    found = _plain(value)
    if _SCIENTIFIC.fullmatch(found) or len(found) > 80:
        raise CellFault("number_damaged" if len(found) <= 80 else "too_long")
    return found


_PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
    ]
)
_AREA_CODE = re.compile(r"\d{6}(\d{3}(\d{3}(G\d{2}(B\d{2})?)?)?)?")


def area_code(value: Any) -> str:
    """A GB/T 2260 code, with our suffix for grids and buildings; the twelve digits of a county end in zeros, which go."""
    found = code_text(value).upper()
    if re.fullmatch(r"\d{12}", found):
        found = found[:6] if found.endswith("000000") else found[:9] if found.endswith("000") else found
    if not _AREA_CODE.fullmatch(found) or found[:2] not in _PROVINCES:
        raise CellFault("bad_area_code")
    return found


class Phone(NamedTuple):
    """A telephone number: in full, or only its last digits where the list was masked."""

    number: str | None
    tail: str
    several: bool = False


_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(0\d{2,3})?[2-9]\d{6,7}")
_MASKED = re.compile(r"1\d{2}[*xX·•]{3,8}(\d{4})")


def phone(value: Any) -> Phone:
    """A mobile or landline number; of several the first."""
    if isinstance(value, float) and not value.is_integer():
        raise CellFault("number_damaged")
    parts = [part for part in re.split(r"[,;、/\n]+", _plain(value)) if part.strip()]
    if not parts or _SCIENTIFIC.fullmatch(parts[0]):
        raise CellFault("number_damaged" if parts else "bad_phone")
    # A blank may group the digits of one number or stand between two.
    words = parts[0].split()
    found, several = _bare(words[0]), len(words) > 1
    if found is None:
        found, several = _bare("".join(words)), False
    if found is None:
        raise CellFault("bad_phone")
    number = None if "*" in found else found
    return Phone(number, found[-4:], several or len(parts) > 1)


def _bare(text: str) -> str | None:
    """The digits of one number, with stars where it was masked; None if it is none."""
    bare = re.sub(r"[()\-—–]+", "", text).removeprefix("+86").removeprefix("0086")
    if re.fullmatch(r"86\d{11}", bare):
        bare = bare[2:]
    if masked := _MASKED.fullmatch(bare):
        return f"****{masked[1]}"
    return bare if _MOBILE.fullmatch(bare) or _LANDLINE.fullmatch(bare) else None


# Lists say no zone: all of them mean this one.
_SHANGHAI = timezone(timedelta(hours=8))
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]*(上午|下午|中午|晚上)?\s*(\d{1,2})\s*[:：时点]\s*(\d{1,2})?\s*分?(?:[:：]?\s*(\d{1,2})(?:\.\d+)?)?\s*秒?)?"
)
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
# Day 0 of spreadsheets, so chosen that days after February 1900 come out right in spite of its false leap day.
_SERIAL_ZERO = datetime(1899, 12, 30, tzinfo=_SHANGHAI)
_SERIALS = (20_000, 80_000)
_FIRST_YEAR = 1980


def instant(value: Any) -> int:
    """A date, with or without a time of day, in Asia/Shanghai -> milliseconds since 1970."""
    moment = value.replace(tzinfo=_SHANGHAI) if isinstance(value, datetime) else _moment(value)
    if moment.year < _FIRST_YEAR:
        raise CellFault("bad_date")
    return int(moment.timestamp()) * 1000


def _moment(value: Any) -> datetime:
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=_SHANGHAI)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and _SERIALS[0] <= value <= _SERIALS[1]:
        return _SERIAL_ZERO + timedelta(seconds=round(value * 86_400))
    found = _plain(value)
    packed = _PACKED.fullmatch(found)
    parts = _DATE.fullmatch(found)
    try:
        if packed:
            year, month, day = packed.groups()
            return datetime(int(year), int(month), int(day), tzinfo=_SHANGHAI)
        if parts:
            year, month, day, half, hour, minute, second = parts.groups()
            hours = int(hour or 0)
            if half in ("下午", "晚上") and hours < 12:
                hours += 12
            return datetime(
                int(year), int(month), int(day), hours, int(minute or 0), int(second or 0), tzinfo=_SHANGHAI
            )
    except ValueError:
        pass
    raise CellFault("bad_date")


def number(value: Any) -> float:
    """A number written in any width."""
    found = _plain(value).replace(",", "")
    if not _NUMBER_FORM.fullmatch(found) or len(found) > 30:
        raise CellFault("bad_number")
    return float(found)


def count(value: Any) -> int:
    """A whole number that is not negative."""
    found = number(value)
    if not found.is_integer() or not 0 <= found < 2**31:
        raise CellFault("bad_number")
    return int(found)


_DMS = re.compile(r"(\d{1,3})°(\d{1,2})['′](\d{1,2}(?:\.\d+)?)(?:\"|″|'')?[NSEWnsew]?")


def degrees(value: Any) -> float:
    """A coordinate in degrees: decimal, or degrees, minutes and seconds."""
    found = _plain(value).rstrip("°")
    dms = _DMS.fullmatch(found.replace("’", "'").replace("”", '"'))
    if dms:
        return round(int(dms[1]) + int(dms[2]) / 60 + float(dms[3]) / 3600, 7)
    try:
        result = number(found.rstrip("NSEWnsew"))
    except CellFault:
        raise CellFault("bad_coordinate") from None
    if abs(result) > 180:
        raise CellFault("bad_coordinate")
    return result


def point(value: Any) -> tuple[float, float]:
    """Two coordinates in one cell, longitude first as Chinese map sites write them."""
    parts = [part for part in re.split(r"[,;、\s]+", _plain(value)) if part]
    if len(parts) != 2:
        raise CellFault("bad_coordinate")
    return degrees(parts[1]), degrees(parts[0])


def word_of(words: Mapping[str, str]) -> Callable[[Any], str]:
    """A reader of one word of a fixed set: what people write -> our code."""
    folded = {unicodedata.normalize("NFKC", written).casefold(): code for written, code in words.items()}

    def read(value: Any) -> str:
        code = folded.get(_plain(value).casefold())
        if code is None:
            raise CellFault("bad_word")
        return code

    return read


_YES = {"是": "1", "有": "1", "√": "1", "✓": "1", "y": "1", "yes": "1", "true": "1", "1": "1", "对": "1"}
_NO = {"否": "", "无": "", "×": "", "x": "", "n": "", "no": "", "false": "", "0": "", "不": ""}
_read_flag = word_of({**_YES, **_NO})


def flag(value: Any) -> bool:
    """Yes or no."""
    return bool(_read_flag(value))


def tags(value: Any) -> list[str]:
    """A list in one cell, at most thirty short words."""
    parts = [one_line(part) for part in re.split(r"[,，;；、/|\n]+", text_of(value))]
    found = list(dict.fromkeys(part for part in parts if part))
    if len(found) > 30 or any(len(part) > 40 for part in found):
        raise CellFault("too_long")
    return found


_DATUMS = {
    "wgs84": "wgs84", "wgs-84": "wgs84", "gps": "wgs84", "cgcs2000": "wgs84", "国家2000": "wgs84", "2000": "wgs84", "天地图": "wgs84",
    "gcj02": "gcj02", "gcj-02": "gcj02", "火星": "gcj02", "火星坐标": "gcj02", "高德": "gcj02", "腾讯": "gcj02", "国测局": "gcj02",
    "bd09": "bd09", "bd-09": "bd09", "bd09ll": "bd09", "百度": "bd09",
}  # fmt: skip
# CGCS2000 and WGS-84 differ by centimetres, so they count as the same.
datum = word_of(_DATUMS)

# Not within a longer number, as a bank card would be.
ID_NUMBER = re.compile(r"(?<!\d)\d{6}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")
