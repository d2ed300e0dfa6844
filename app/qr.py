"""QR codes as images: small, sharp at any size, and made on this machine."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup

# A printed code gets dirty and creased: 15 % of it may be lost (level M). Level Q would make a 20 mm print too fine to read.
_LEVEL = "m"
# The standard asks for four modules of quiet zone; the white paper or box around supplies the other two.
_BORDER = 2


def _made(text: str) -> segno.QRCode:
    return segno.make(text, error=_LEVEL, boost_error=False, micro=False)


def qr_svg(text: str) -> Markup:
    """The code as an SVG element that fills the box around it."""
    return Markup(_made(text).svg_inline(border=_BORDER, omitsize=True))  # noqa: S704


def qr_svg_file(text: str) -> bytes:
    """The code as an SVG file."""
    out = io.BytesIO()
    _made(text).save(out, kind="svg", border=4, scale=8, light="#fff", svgclass=None, lineclass=None)
    return out.getvalue()


def qr_png(text: str) -> bytes:
    """The code as a PNG file, for word processors and print shops: one module is 12 pixels."""
    out = io.BytesIO()
    _made(text).save(out, kind="png", border=4, scale=12)
    return out.getvalue()
