"""Reads what platforms really answer: wrapped or bare lists, wrong types and charsets, HTML where data should be.

Nothing here raises: an answer that cannot be read is `Content(readable=False)`, and the caller decides what that proves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

# What a list hides in, by anybody's name for it.
_WRAPPERS = frozenset(
    {"service_requests", "requests", "request", "service_request_updates", "request_updates", "request_update",
     "services", "service", "errors", "error", "data", "result", "results", "items", "list", "rows"}
)  # fmt: skip
# By one of these a mapping is known for a record, whatever else it holds.
_RECORD_KEYS = frozenset({"service_request_id", "token", "update_id", "service_code", "datatype"})
# Servers declare these by default, not because they know.
_SAYS_NOTHING = re.compile(r"iso-?8859-1|latin-?1|windows-1252|us-ascii|ascii", re.IGNORECASE)
_NO_NUMBER = frozenset({"", "0", "null", "none", "nil", "undefined", "nan", "false"})
_MAX_NUMBER = 64
_MAX_DEPTH = 6
# Clocks without a zone are taken for those of the offices that send them.
SHANGHAI = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Content:
    """The records of an answer, or its errors; not `readable` when it is neither."""

    items: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    readable: bool = True


UNREADABLE = Content(readable=False)


def text_of(body: bytes, content_type: str = "") -> str:
    """The body as text. UTF-8 is tried first whatever is declared: what decodes as UTF-8 practically always is."""
    declared = re.search(r"charset=[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    second = declared[1] if declared and not _SAYS_NOTHING.fullmatch(declared[1]) else "gb18030"
    for charset in ("utf-8-sig", second, "gb18030"):
        try:
            return body.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("utf-8", "replace")


def read(body: bytes, content_type: str = "") -> Content:
    """The records in an answer; its own first sign tells JSON from XML, not the declared type."""
    text = text_of(body, content_type).strip().lstrip("\ufeff").strip("\x00")
    if text[:1] in ("{", "["):
        return _from_json(text)
    if text.startswith("<") and not re.match(r"<(?:!doctype html|html)", text, re.IGNORECASE):
        return _from_xml(text)
    return UNREADABLE


def _from_json(text: str) -> Content:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return UNREADABLE
    return _sorted(_unwrapped(value))


def _from_xml(text: str) -> Content:
    # The declared encoding has done its work; left in place it would be applied to text a second time.
    text = re.sub(r"^<\?xml[^>]*\?>", "", text)
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError):
        return UNREADABLE
    value = _element(root)
    if value == "":
        return Content(readable=_name(root) in _WRAPPERS)
    return _sorted(_unwrapped(value))


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _element(element: Element, depth: int = 0) -> Any:
    """An element as text, as a list (children of one name, or a list's name) or as a mapping."""
    children = list(element)
    if not children or depth > _MAX_DEPTH:
        return (element.text or "").strip()
    values = [(_name(child), _element(child, depth + 1)) for child in children]
    first = values[0][0]
    if all(name == first for name, _ in values) and (len(values) > 1 or _name(element).endswith(f"{first}s")):
        return [value for _, value in values]
    return dict(values)


def _unwrapped(value: Any, depth: int = 0) -> Any:
    """The list inside, whatever it is wrapped in; a single record counts as a list of one."""
    if isinstance(value, Mapping):
        known = value.keys() & _RECORD_KEYS or depth >= _MAX_DEPTH
        for name, inner in () if known else value.items():
            if str(name).lower() in _WRAPPERS and isinstance(inner, list | Mapping):
                return _unwrapped(inner, depth + 1)
        return [dict(value)]
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        return _unwrapped(value[0], depth + 1)
    return value


def _sorted(value: Any) -> Content:
    if not isinstance(value, list):
        return UNREADABLE
    records = [item for item in value if isinstance(item, Mapping)]
    if value and not records:
        return UNREADABLE
    content = Content()
    for record in records:
        plain = {str(name): inner for name, inner in record.items()}
        is_error = "code" in plain and "description" in plain and not plain.keys() & _RECORD_KEYS
        (content.errors if is_error else content.items).append(plain)
    return content


def number_of(value: Any) -> str | None:
    """A platform's number as text, `001` and all; None for what is no number: empty, 0, null, a list, a novel."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
    if text.lower() in _NO_NUMBER or len(text) > _MAX_NUMBER or not text.isprintable():
        return None
    return text


def words_of(value: Any) -> str:
    """A text field: empty for whatever is not text or a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()


def time_of(value: Any) -> int | None:
    """A platform's time in milliseconds; without a zone it is Asia/Shanghai's. None for what is no time."""
    text = words_of(value)
    # An unescaped "+08:00" has lost its sign on the way.
    text = re.sub(r" (?=\d\d:?\d\d$)", "+", text) if text.count(":") >= 2 else text
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
        return int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def w3_time(at: int) -> str:
    """An instant as GeoReport wants it: whole seconds, with its zone."""
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def http_time(headers: Mapping[str, str]) -> int | None:
    """The platform's own clock when it answered, in milliseconds."""
    return _http_date(headers.get("date", ""))


def wait_asked(headers: Mapping[str, str], now: int) -> int:
    """How many milliseconds `Retry-After` asks us to wait, given in seconds or as a date; 0 without."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return int(text[:9]) * 1000
    until = _http_date(text)
    return max(until - now, 0) if until is not None else 0


def _http_date(text: str) -> int | None:
    try:
        return int(parsedate_to_datetime(text).timestamp() * 1000)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
