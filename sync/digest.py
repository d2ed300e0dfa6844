"""The digest of a scope: a sum over its live records that tells two equal bases from two different ones [L5]."""

from __future__ import annotations

import hashlib

_MASK = (1 << 64) - 1


def record_hash(collection: str, record_id: str, rev: int) -> int:
    """First 8 bytes, big-endian, of SHA-256 of `collection/id/rev`."""
    return int.from_bytes(hashlib.sha256(f"{collection}/{record_id}/{rev}".encode()).digest()[:8], "big")


def add(digest: int, delta: int) -> int:
    """Sum modulo 2^64, kept as a signed 64-bit integer, which is what both databases can store."""
    total = (digest + delta) & _MASK
    return total - (1 << 64) if total >> 63 else total


def as_hex(digest: int) -> str:
    """16 hexadecimal digits of the stored signed value."""
    return f"{digest & _MASK:016x}"
