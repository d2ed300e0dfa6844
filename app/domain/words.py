"""What people read stands in two languages everywhere, Chinese first."""

from typing import NamedTuple


class Words(NamedTuple):
    """One sentence or label in both languages."""

    zh: str
    en: str
