"""The programme as records: what every phone carries of it (programme, categories, policy answers, questionnaires)."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from app.pinyin import initials
from app.programmes import settings_for_phone
from app.programmes.shape import Programme
from app.writes import Write, create

_NAMESPACE = uuid.UUID("0d4c8a52-3f0e-5c64-9d50-6f6e8b4f8f02")


def library_writes(programme: Programme) -> list[Write]:
    """Writes for scope `all`. Ids follow from the content's names, so that writing twice changes what differs and doubles nothing.

    Categories and answers that the file no longer has stay: old requests still name them.
    """
    settings = {"code": programme.code, "name": programme.name_zh, "settings": settings_for_phone(programme)}
    writes = [create("programme", settings, id=programme.code, scope="all")]
    for order, category in enumerate(programme.category, start=1):
        values: dict[str, Any] = {
            "name": category.zh,
            "name_en": category.en,
            "parent_id": category.parent or None,
            "order": order,
            "pinyin": initials(category.zh, most=80),
        }
        writes.append(create("category", values, id=category.code, scope="all"))
    for order, answer in enumerate(programme.policy_answers, start=1):
        values = {**msgspec.structs.asdict(answer), "order": order}
        writes.append(create("policy_answer", values, id=_id("policy_answer", answer.question), scope="all"))
    for questionnaire in programme.questionnaire:
        # As they are read back from the database, where they are JSON: what is the same must look the same.
        questions = msgspec.json.decode(msgspec.json.encode(questionnaire.questions))
        values = {"title": questionnaire.title, "questions": questions, "open": True}
        writes.append(create("questionnaire", values, id=_id(programme.code, questionnaire.title), scope="all"))
    return writes


def _id(kind: str, name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{kind}/{name}"))
