"""Bodies that a JSON reader refuses as a whole, made readable: one mutation with half an emoji must not hold back a batch [P5]."""

from __future__ import annotations

import json
import re

# Deeper than any record of ours, far less deep than what a reader can follow.
_DEPTH = 64

_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|[\s\S])"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\[\s\S])*"|[\[{]|[\]}]')


def mend(body: bytes) -> bytes:
    """The same JSON with bad UTF-8 and lone surrogates as U+FFFD, without control characters, and what is nested too deep as a text.

    Nothing readable is changed or left out. What was no JSON before is none afterwards.
    """
    text = _CONTROL.sub(" ", body.decode("utf-8", "replace"))
    return _flattened(_ESCAPE.sub(_whole, text)).encode()


def _whole(escape: re.Match[str]) -> str:
    found = escape[0]
    return "\\ufffd" if len(found) == 6 and found[2] in "dD" else found


def _flattened(text: str) -> str:
    out: list[str] = []
    depth = copied = start = 0
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in "[{":
            depth += 1
            if depth == _DEPTH + 1:
                start = token.start()
        elif sign in "]}":
            if depth == _DEPTH + 1:
                out += (text[copied:start], json.dumps(text[start : token.end()], ensure_ascii=False))
                copied = token.end()
            depth -= 1
    return "".join((*out, text[copied:]))
