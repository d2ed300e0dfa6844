"""Makes the vectors that pytest and vitest share: badge digits, tracking codes, check-in grades.

`python -m tests.contract.make_rule_vectors` renews the three committed files; read the difference before
committing it.
"""

import json
import random
from pathlib import Path
from typing import Any

from app.domain.badge import badge_changes_in_ms, badge_code
from app.domain.check_in import Address, Fix, grade_visit, in_words
from app.domain.codes import TRACKING_BITS, format_tracking_code, is_tracking_code, normalise, tracking_code

HERE = Path(__file__).parent
_SEED = 20200828
_FRIDAY_MS = 1_795_161_600_000  # 2026-11-20 16:00 in Shanghai
_DOOR = {"lat": 36.4566, "lon": 115.9854}
_METRE_NORTH = 1 / 110_966  # degrees of latitude at Liaocheng


def badge_vectors() -> list[dict[str, Any]]:
    """Digits over secrets of several lengths, at step borders, in 1970 and far ahead."""
    chance = random.Random(_SEED)
    times = [0, 29_999, 30_000, 59_000, _FRIDAY_MS, _FRIDAY_MS + 29_999, 4_102_444_800_000, -1]
    secrets = [bytes(chance.randrange(256) for _ in range(size)) for size in (10, 20, 32, 64, 65, 100)]
    return [
        {
            "secret_hex": secret.hex(),
            "at_ms": at,
            "code": badge_code(secret, at),
            "changes_in_ms": badge_changes_in_ms(at),
        }
        for secret in secrets
        for at in times
    ]


def code_vectors() -> dict[str, list[dict[str, Any]]]:
    """Codes from nine values, and what people make of them when they type."""
    chance = random.Random(_SEED)
    numbers = [0, (1 << TRACKING_BITS) - 1, *(chance.getrandbits(TRACKING_BITS) for _ in range(60))]
    made = [tracking_code(number) for number in numbers]
    typed = [chance.choice(_TYPISTS)(code, chance) for code in made for _ in range(4)]
    return {
        "made": [
            {
                "values": [number >> (5 * place) & 31 for place in reversed(range(9))],
                "code": code,
                "shown": format_tracking_code(code),
            }
            for number, code in zip(numbers, made, strict=True)
        ],
        "typed": [
            {"typed": text, "normal": normalise(text), "right": is_tracking_code(text)}
            for text in [
                *typed,
                "",
                "-",
                "查询码",
                "U" * 10,
                "0" * 9,
                "0" * 11,
                "00000\u200b00000",
                "０００００－０００００",
            ]
        ],
    }


def _exchanged(code: str, chance: random.Random) -> str:
    place = chance.randrange(len(code) - 1)
    return code[:place] + code[place + 1] + code[place] + code[place + 2 :]


def _one_wrong(code: str, chance: random.Random) -> str:
    place = chance.randrange(len(code))
    return code[:place] + chance.choice("0123456789ABCXYZ") + code[place + 1 :]


_TYPISTS = [
    lambda code, _: code,
    lambda code, _: format_tracking_code(code).lower(),
    lambda code, _: " ".join(code),
    lambda code, _: code.replace("0", "o").replace("1", "l"),
    lambda code, _: code.replace("0", "O").replace("1", "I"),
    lambda code, _: f"{code[:5]}—{code[5:]}\u3000",
    lambda code, _: "".join(chr(ord(sign) + 0xFEE0) for sign in code),
    lambda code, _: code[:-1],
    _exchanged,
    _one_wrong,
]


def check_in_vectors() -> list[dict[str, Any]]:
    """Doors of every kind, fixes near, far, vague and broken, with every witness."""
    made = []
    for dwelling, radius_m in [
        ("building", 80),
        ("old_estate", 120),
        ("village_house", 150),
        ("enterprise", 200),
    ]:
        for away_m in (0, radius_m - 1, radius_m + 1, radius_m + 19, radius_m + 21, 3000):
            for android in (False, True):
                fix = _fix(away_m, accuracy_m=20 / (1.6213 if android else 1), android=android)
                made.append(_visit(f"{dwelling}, {away_m} m away, ±20 m", dwelling, fix))
    made.append(_visit("village, only its centre known, 950 m away", "village_centre", _fix(950)))
    made.append(_visit("unknown kind of dwelling", "houseboat", _fix(0)))
    made.append(_visit("address not confirmed", "building", _fix(0), confirmed=False))
    made.append(_visit("address never located", "building", _fix(0), point={"lat": None, "lon": None}))
    made.append(_visit("another city", "building", {**_fix(0), "lat": 31.2304, "lon": 121.4737}))
    for accuracy_m in (99.9, 100.1, 61.6, 61.8, 5000, -1, None):
        for android in (False, True):
            fix = _fix(30, accuracy_m=accuracy_m, android=android)
            made.append(_visit(f"±{accuracy_m} m, android {android}", "building", fix))
    broken = {
        "null island": {"lat": 0.0, "lon": 0.0},
        "near null island": {"lat": 0.0009, "lon": -0.0009},
        "off the globe": {"lat": 91.0},
        "phone in 1970": {"taken_at": 12_000},
        "last moment of 2019": {"taken_at": 1_577_836_799_999},
    }
    for name, change in broken.items():
        made.append(_visit(name, "building", {**_fix(0), **change}))
    for error in ("denied", "timeout", "unavailable", "off", "inside", "gremlins"):
        made.append(_visit(f"location error {error}", "building", {"error": error}))
    for witness in _WITNESSES:
        for location in (_fix(0), _fix(500), {"error": "timeout"}):
            made.append(_visit(f"witness {' '.join(witness) or 'none'}", "building", location, witness))
    return made


_WITNESSES: list[dict[str, bool]] = [
    {},
    {"scanned": True},
    {"resident_confirmed": True},
    {"scanned": True, "resident_confirmed": True},
    {"late_entry": True},
    {"late_entry": True, "scanned": True},
    {"late_entry": True, "resident_confirmed": True},
]


def _fix(away_m: float, *, accuracy_m: float | None = 10.0, android: bool = False) -> dict[str, Any]:
    lat = _DOOR["lat"] + away_m * _METRE_NORTH
    return {
        "lat": lat,
        "lon": _DOOR["lon"],
        "accuracy_m": accuracy_m,
        "taken_at": _FRIDAY_MS,
        "android": android,
    }


def _visit(
    name: str,
    dwelling: str,
    location: dict[str, Any],
    witness: dict[str, bool] | None = None,
    *,
    confirmed: bool = True,
    point: dict[str, Any] = _DOOR,
) -> dict[str, Any]:
    address = {**point, "dwelling": dwelling, "confirmed": confirmed}
    evidence = grade_visit(
        Address(**address), location["error"] if "error" in location else Fix(**location), **(witness or {})
    )
    return {
        "name": name,
        "address": address,
        "location": location,
        "witness": witness or {},
        "evidence": evidence._asdict(),
        "words": in_words(evidence)._asdict(),
    }


VECTORS = {"badge.json": badge_vectors, "codes.json": code_vectors, "check_in.json": check_in_vectors}


def as_json(made: Any) -> str:
    """The exact text of a committed file."""
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write the three files."""
    for name, make in VECTORS.items():
        (HERE / name).write_text(as_json(make()), encoding="utf-8")


if __name__ == "__main__":
    main()
