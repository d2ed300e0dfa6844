"""Masking of names and numbers: what stands in lists, on phones and in exports unless somebody may see it in full."""

from __future__ import annotations

import re

# Six digits of area, eight of birth, three and a check sign (GB 11643).
_ID_NUMBER = re.compile(r"(?<!\d)(\d{6})(?:19|20)\d{6}(\d{3}[\dXx])(?!\d)")
_PHONE = re.compile(r"(?<!\d)(1\d{2})\d{4}(\d{4})(?!\d)")


def household_label(name: str) -> str:
    """What a household's row shows: the family name only (张**)."""
    return name[:1] + "**" if name else ""


def masked_name(name: str | None) -> str:
    """A name in a masked list: the middle goes (张*三, 欧**锋), of two characters the second (张*)."""
    if not name or len(name) < 2:
        return name or ""
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def masked_phone(phone: str | None) -> str:
    """A number in a masked list: 138****1234; of other numbers only the last two digits stay."""
    if not phone:
        return ""
    if _PHONE.fullmatch(phone):
        return f"{phone[:3]}****{phone[-4:]}"
    return "*" * (len(phone) - 2) + phone[-2:] if len(phone) > 2 else "*" * len(phone)


def masked_text(text: str | None) -> str:
    """Free text with the mobile numbers and identity card numbers in it masked."""
    return _PHONE.sub(r"\1****\2", _ID_NUMBER.sub(r"\1********\2", text or ""))
