"""Text from outside: line ends, control characters and length; what strangers may read of it."""

from __future__ import annotations

import re

from markupsafe import Markup

# Control characters but line feed and tab, lone surrogates, and the two code points XML cannot hold.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_MOBILE = re.compile(r"(?<![0-9])(1[0-9]{2})[0-9]{4}([0-9]{4})(?![0-9])")
# Numbers of files and references: capitals and digits in two to four groups.
_NUMBER = re.compile(r"(?<![\w-])([0-9A-Z]{1,12}(?:-[0-9A-Z]{1,12}){1,3})(?![\w-])", re.ASCII)
_ID_NUMBER = re.compile(r"(?<![0-9])([0-9]{6})[0-9]{11}[0-9Xx](?![0-9Xx])")


def clean(text: str) -> str:
    """`text` with LF line ends, without control characters and without blanks around it."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def mask(text: str) -> str:
    """`text` with mobile numbers (138****1234) and citizen ID numbers made unreadable."""
    return _MOBILE.sub(r"\1****\2", _ID_NUMBER.sub(r"\1************", text))


def mask_phone(number: str) -> str:
    """A phone number, a landline's too, with its middle hidden."""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 9 else "*" * len(number)


def mask_name(name: str) -> str:
    """A person's name with everything but its first character hidden."""
    return name[:1] + "*" * max(len(name) - 1, 1) if name else ""


def unbroken(text: str) -> Markup:
    """`text` for a page, where no line ends inside a number like MQ-7K3F9D2A."""
    # Every other part is what the group of the pattern has matched.
    parts = enumerate(_NUMBER.split(text))
    return Markup().join(
        Markup('<span class="unbroken">{}</span>').format(part) if at % 2 else part for at, part in parts
    )
