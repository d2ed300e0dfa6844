"""A bar chart as a PNG for documents: digits only, so that it needs no Chinese font on the server."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

_SIZE = (1500, 420)
_MARGIN = 56
_BAR, _LAST, _AXIS, _TEXT = "#8DB4BC", "#0B5C6B", "#9AA5A8", "#26343A"
_FONT_PX = 34


def bars(values: Sequence[tuple[str, int]]) -> bytes:
    """One bar for each (label, number), the last one darker; the number stands on its bar."""
    image = Image.new("RGB", _SIZE, "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=_FONT_PX)
    floor, ceiling = _SIZE[1] - _MARGIN, _MARGIN + _FONT_PX // 2
    tallest = max((number for _, number in values), default=0) or 1
    step = (_SIZE[0] - 2 * _MARGIN) / max(len(values), 1)
    for index, (label, number) in enumerate(values):
        middle = _MARGIN + step * (index + 0.5)
        top = floor - (floor - ceiling) * number / tallest
        colour = _LAST if index == len(values) - 1 else _BAR
        draw.rectangle((middle - step * 0.3, top, middle + step * 0.3, floor), fill=colour)
        draw.text((middle, top - 12), f"{number:,}", fill=_TEXT, font=font, anchor="mb")
        draw.text((middle, floor + 8), label, fill=_TEXT, font=font, anchor="mt")
    draw.line((_MARGIN, floor, _SIZE[0] - _MARGIN, floor), fill=_AXIS, width=3)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
