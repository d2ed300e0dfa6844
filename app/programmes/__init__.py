"""Programmes: what a city does differently is a TOML file here, not code. `shape.py` explains the keys, `common.toml` holds what all share."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from app.programmes.checks import Fault, faults_of
from app.programmes.shape import Programme

FOLDER = Path(__file__).resolve().parent
_NOT_PROGRAMMES = {"common", "policy_answers"}


class ProgrammeError(ValueError):
    """A programme file that cannot be used; `faults` names every place, in Chinese and English."""

    def __init__(self, path: Path, faults: list[Fault]) -> None:
        self.path = path
        self.faults = faults
        lines = [
            f"工作方案文件 {path.name} 有 {len(faults)} 处错误。{len(faults)} errors in the programme file {path.name}."
        ]
        lines += [f"  {fault.at}: {fault.zh} {fault.en}" for fault in faults]
        super().__init__("\n".join(lines))


def names() -> tuple[str, ...]:
    """The programmes that come with the product."""
    return tuple(sorted(p.stem for p in FOLDER.glob("*.toml") if p.stem not in _NOT_PROGRAMMES))


def load(name: str) -> Programme:
    """The programme `name`, or the one in the file `name` when it ends in `.toml` (a city's own).

    Raises `ProgrammeError` with everything that is wrong at once; an unknown name is one of these errors.
    """
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    return _load(path.resolve())


@lru_cache(maxsize=16)
def _load(path: Path) -> Programme:
    if not path.is_file() or path.stem in _NOT_PROGRAMMES:
        known = "、".join(names())
        raise ProgrammeError(
            path,
            [
                Fault(
                    path.stem,
                    f"没有这个工作方案，可用的有：{known}。",
                    f"No such programme; there are: {', '.join(names())}.",
                )
            ],
        )
    content = _merged(_read(FOLDER / "common.toml"), _read(path))
    content.setdefault("code", path.stem)
    if "deadlines_like" in content:
        content["deadline"] = deadline_tables(path, str(content.pop("deadlines_like")))
    if "policy_answers" not in content:
        own = path.parent / "policy_answers.toml"
        content["policy_answers"] = _policy_answers(own if own.is_file() else FOLDER / "policy_answers.toml")
    try:
        programme = msgspec.convert(content, Programme)
    except msgspec.ValidationError as error:
        raise ProgrammeError(path, [_shape_fault(error)]) from None
    faults = faults_of(programme)
    if faults:
        raise ProgrammeError(path, faults)
    return programme


def deadline_tables(path: Path, name: str) -> list[dict[str, Any]]:
    """The `[[deadline]]` tables of another programme, or of a list in the folder `deadlines`; `path` names who asks for them.

    Raises `ProgrammeError` for a name that is neither.
    """
    for source in (FOLDER / f"{name}.toml", FOLDER / "deadlines" / f"{name}.toml"):
        if re.fullmatch(r"[a-z_]+", name) and source.is_file() and name not in _NOT_PROGRAMMES:
            tables: list[dict[str, Any]] = _read(source).get("deadline", [])
            return tables
    raise ProgrammeError(
        path, [Fault("deadlines_like", f"没有名为“{name}”的时限规则。", f"There are no deadline rules named {name!r}.")]
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProgrammeError(path, [Fault("TOML", "文件格式不正确，请检查这一处。", str(error))]) from None


def _merged(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key, everything else is replaced."""
    result = dict(common)
    for key, value in own.items():
        result[key] = (
            {**result[key], **value} if isinstance(value, dict) and isinstance(result.get(key), dict) else value
        )
    return result


def _policy_answers(path: Path) -> list[dict[str, Any]]:
    content = _read(path)
    source = content.get("source", "")
    return [
        {"category": section.get("category", ""), "source": source, **answer}
        for section in content.get("section", ())
        for answer in section.get("answers", ())
    ]


def _shape_fault(error: msgspec.ValidationError) -> Fault:
    """msgspec says "Expected `int`, got `str` - at `$.deadline[0].length`": the last part is the place."""
    text, _, place = str(error).partition(" - at ")
    return Fault(place.strip("`").removeprefix("$.") or "文件", "缺少这一项、类型不对或写法有误。", f"{text}.")


def settings_for_phone(programme: Programme) -> dict[str, Any]:
    """What a phone needs of the programme: JSON-able, and without what syncs as records of its own (categories, answers, questionnaires)."""
    whole: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(programme))
    for key in ("category", "policy_answers", "questionnaire", "evaluation"):
        del whole[key]
    for chosen, named in (
        ("targets", "target"),
        ("outcomes", "outcome"),
        ("modes", "mode"),
        ("handlings", "handling"),
        ("ways", "way"),
    ):
        words = {entry["code"]: entry for entry in whole.pop(named)}
        whole[chosen] = [words[code] for code in whole[chosen]]
    whole["findings"] = whole.pop("finding")
    whole["deadlines"] = whole.pop("deadline")
    whole["rating_words"] = list(programme.evaluation.rating_words)
    return whole
