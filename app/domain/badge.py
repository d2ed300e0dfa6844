"""The badge (工作证): six digits that change every 30 seconds and are shown without any network.

RFC 6238 (TOTP, HMAC-SHA-1) over the cadre's own secret. `pwa/src/rules/badge.ts` is the phone's twin; both
are held to `tests/contract/badge.json`.
"""

import hmac
from hashlib import sha1

STEP_MS = 30_000
DIGITS = 6

# A resident types what stood on the screen a moment ago, and the phone's clock may be a little off.
_STEPS_AROUND = (0, -1, 1)

_FULL_WIDTH_DIGITS = {0xFF10 + digit: str(digit) for digit in range(10)}


def badge_code(secret: bytes, at_ms: int) -> str:
    """The six digits of this instant (ms since 1970)."""
    return _code(secret, at_ms // STEP_MS)


def badge_is_genuine(secret: bytes, shown: str, at_ms: int) -> bool:
    """Whether these digits are on the badge now or within 30 s of now; spaces and full width allowed."""
    digits = "".join(shown.split()).translate(_FULL_WIDTH_DIGITS)
    if len(digits) != DIGITS or not digits.isascii():
        return False
    now = at_ms // STEP_MS
    # All three are compared whatever the first gives: the time taken says nothing.
    matches = [hmac.compare_digest(digits, _code(secret, now + step)) for step in _STEPS_AROUND]
    return any(matches)


def badge_changes_in_ms(at_ms: int) -> int:
    """How long the present digits stay, for the ring on the screen: 1 to 30,000 ms."""
    return STEP_MS - at_ms % STEP_MS


def _code(secret: bytes, step: int) -> str:
    mac = hmac.digest(secret, max(step, 0).to_bytes(8, "big"), sha1)
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)
