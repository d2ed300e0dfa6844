"""GeoReport's two formats: plain values -> JSON or XML replies, and the errors body in the asked format."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

from flask import Response

FORMATS = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}

# XML 1.0 cannot hold these characters in any spelling.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# How a list's items are called; a list not named here is written as repeated `item`.
_ITEM_NAMES = {
    "discovery": "discovery",
    "endpoints": "endpoint",
    "formats": "format",
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "co_units": "co_unit",
    "attachments": "attachment",
}


def reply(fmt: str, root: str, value: Mapping[str, Any] | Iterable[Any], status: int = 200) -> Response:
    """A reply in `fmt` (`json` or `xml`). JSON has no root element: a list is a bare array."""
    plain = dict(value) if isinstance(value, Mapping) else list(value)
    body = _to_xml(root, plain) if fmt == "xml" else json.dumps(plain, ensure_ascii=False).encode()
    response = Response(body, status, content_type=FORMATS[fmt])
    response.headers["Cache-Control"] = "no-store"
    return response


def errors_reply(fmt: str, status: int, zh: str, en: str) -> Response:
    """GeoReport's errors body: the HTTP status again as `code`, and one sentence in each language."""
    return reply(fmt, "errors", [{"code": status, "description": f"{zh} {en}"}], status)


def _to_xml(root: str, value: Any) -> bytes:
    element = ElementTree.Element(root)
    _fill(element, root, value)
    body: bytes = ElementTree.tostring(element, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + body


def _fill(element: ElementTree.Element, name: str, value: Any) -> None:
    if isinstance(value, Mapping):
        for key, child in value.items():
            _fill(ElementTree.SubElement(element, key), key, child)
    elif isinstance(value, list):
        for child in value:
            item = _ITEM_NAMES.get(name, "item")
            _fill(ElementTree.SubElement(element, item), item, child)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _NOT_XML.sub("\ufffd", str(value))
