"""JSON as it comes in: strict, shallow enough to read, and without characters that no database takes."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from flask.json.provider import DefaultJSONProvider


class StrictJson(DefaultJSONProvider):
    """What cannot be read, for whatever reason, is a ValueError, which becomes a 400."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """The value. NaN, a nesting that exhausts the stack, lone surrogates and NUL are refused."""
        try:
            value = json.loads(s, parse_constant=_refuse, **kwargs)
        except RecursionError:
            raise ValueError("too deep") from None
        if (b"\\u" if isinstance(s, bytes) else "\\u") in s:  # type: ignore[operator]
            _check_characters(json.dumps(value, ensure_ascii=False))
        return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _check_characters(text: str) -> None:
    # A lone surrogate raises UnicodeEncodeError, a ValueError too.
    text.encode()
    if "\\u0000" in text:
        raise ValueError("NUL")
