"""Ids of demo records: UUIDv7 in form and order, the same for the same seed and time."""

from __future__ import annotations

import uuid
from random import Random


class SeededIds:
    """Gives out UUIDv7 text ids. `at` is the instant a record is said to be made, in milliseconds since 1970."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(f"ids/{seed}")  # noqa: S311 - the same for the same seed is what is wanted

    def __call__(self, at: int) -> str:
        bits = self._rng.getrandbits(74)
        value = (at & ((1 << 48) - 1)) << 80 | 0x7 << 76 | (bits >> 62) << 64 | 0b10 << 62 | bits & ((1 << 62) - 1)
        return str(uuid.UUID(int=value))
