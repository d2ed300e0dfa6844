"""What syncs: each collection with one merge policy a field, its scope, and the rule that checks it.

This is the one place where a field gets its policy; `docs/conflicts.md` is generated from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from marshmallow import Schema
from sqlalchemy import Connection

from app import door_guard, photo_access, record_rules, request_rules  # noqa: F401 - the guard watches from here on
from app.database import Base
from app.forwarding_queue import enqueue, enqueue_endings
from app.models import diaries, library, notices, people, places, questionnaires, service_requests, visits
from app.schemas import records
from sync.collections import Collection, Policy, Registry
from sync.door import Door
from sync.step import Step

once, union, counter, value = Policy.WRITE_ONCE, Policy.UNION, Policy.COUNTER, Policy.VALUE
ask, status, text, server, sealed = Policy.ASK, Policy.STATUS, Policy.TEXT, Policy.SERVER_ONLY, Policy.SEALED


def _collection(
    model: type[Base],
    schema: type[Schema],
    policies: dict[str, Policy],
    rule: Callable[[Step], None] = record_rules.no_rule,
    scope: Callable[[Step], str | None] | None = None,
    **options: Any,
) -> Collection:
    fields: dict[str, Any] = schema().fields
    return Collection(
        name=model.__tablename__,
        table=model.__table__,  # type: ignore[arg-type]
        policies=policies,
        clean={name: field.clean for name, field in fields.items()},
        rule=rule,
        scope=scope or record_rules.given_scope,
        **options,
    )


def _all(schema: type[Schema], policy: Policy = server) -> dict[str, Policy]:
    return dict.fromkeys(schema().fields, policy)


TEAM = _collection(people.Team, records.TeamSchema, _all(records.TeamSchema))
CADRE = _collection(
    people.Cadre,
    records.CadreSchema,
    {**_all(records.CadreSchema), "location_off": value},
    record_rules.cadre,
)
PLACE = _collection(
    places.Place,
    records.PlaceSchema,
    {
        "kind": value,
        "label": value,
        "address": value,
        "area_id": value,
        "grid_id": value,
        "grid_name": value,
        "building": value,
        "route_order": value,
        "pinyin": server,
        "lat": value,
        "lon": value,
        "point_confirmed": server,
        "dwelling": value,
        "tags": union,
        "note": text,
        "do_not_disturb": ask,
        "hardship": ask,
        "call_first": value,
        "weekends_only": value,
        "refusals": counter,
        "phone_tail": server,
        "owner_cadre_id": ask,
        "linked_cadre_id": server,
    },
    record_rules.place,
    record_rules.place_scope,
)
VISIT = _collection(
    visits.Visit,
    records.VisitSchema,
    {
        "place_id": once,
        "cadre_id": once,
        "companions": union,
        "visit_on": once,
        "arrived_at": once,
        "received_at": server,
        "late_entry": once,
        "mode": once,
        "fix": once,
        "scanned_code": once,
        "outcome": value,
        "card_left": value,
        "finding": value,
        "opinion": text,
        "category": value,
        "rescheduled_on": value,
        "note": text,
        "photos": union,
        "finished_at": value,
        "taps": once,
        "evidence": server,
        "evidence_reason": server,
        "flags": server,
        "withdrawn": value,
    },
    record_rules.visit,
    parent=("place", "place_id"),
)
SERVICE_REQUEST = _collection(
    service_requests.ServiceRequest,
    records.ServiceRequestSchema,
    {
        "place_id": once,
        "visit_id": once,
        "area_id": server,
        "source": once,
        "category": value,
        "title": value,
        "text": text,
        "photos": union,
        "handling": value,
        "way": value,
        "status": status,
        "confidential": once,
        "contact_phone": sealed,
        "tracking_code": once,
        "occurred_on": once,
        "urgent": value,
        "lat": once,
        "lon": once,
        "address": value,
        "cadre_id": once,
        "recorded_at": server,
        "due_at": server,
        "unit_due_at": server,
        "due_provisional": server,
        "unit_term_at": server,
        "platform_number": server,
        "lead_unit": server,
        "co_units": server,
        "answer": server,
        "answered_at": server,
        "agreed_at": server,
        "closed_at": server,
        "forward_no": server,
        "returns": server,
        "merged_into": server,
        "project_id": server,
        "stuck": server,
        "review": server,
        "import_key": server,
    },
    request_rules.service_request,
    record_rules.service_request_scope,
    parent=("place", "place_id"),
)
SERVICE_REQUEST_EVENT = _collection(
    service_requests.ServiceRequestEvent,
    records.ServiceRequestEventSchema,
    {**_all(records.ServiceRequestEventSchema, once), "received_at": server, "step": server},
    request_rules.service_request_event,
    parent=("service_request", "service_request_id"),
    append_only=True,
)
DIARY = _collection(
    diaries.Diary,
    records.DiarySchema,
    {"author_id": once, "diary_on": once, "text": text, "submitted": value, "photos": union},
    record_rules.diary,
    record_rules.own_team_scope,
    deletable=True,
)
QUESTIONNAIRE = _collection(
    questionnaires.Questionnaire, records.QuestionnaireSchema, _all(records.QuestionnaireSchema)
)
QUESTIONNAIRE_ANSWER = _collection(
    questionnaires.QuestionnaireAnswer,
    records.QuestionnaireAnswerSchema,
    _all(records.QuestionnaireAnswerSchema, once),
    scope=record_rules.own_team_scope,
    append_only=True,
)
NOTICE = _collection(
    notices.Notice,
    records.NoticeSchema,
    {**_all(records.NoticeSchema), "read_at": value},
    # Old ones are cleared away by the server, on the phones too; a person may clear the own inbox.
    deletable=True,
)
FEEDBACK = _collection(
    notices.Feedback,
    records.FeedbackSchema,
    {**_all(records.FeedbackSchema, once), "answer": server},
    record_rules.feedback,
    record_rules.own_scope,
    append_only=True,
)
CATEGORY = _collection(library.Category, records.CategorySchema, _all(records.CategorySchema))
UNIT = _collection(library.Unit, records.UnitSchema, _all(records.UnitSchema))
POLICY_ANSWER = _collection(library.PolicyAnswer, records.PolicyAnswerSchema, _all(records.PolicyAnswerSchema))
PROGRAMME = _collection(library.Programme, records.ProgrammeSchema, _all(records.ProgrammeSchema))

REGISTRY = Registry(
    TEAM,
    CADRE,
    PLACE,
    VISIT,
    SERVICE_REQUEST,
    SERVICE_REQUEST_EVENT,
    DIARY,
    QUESTIONNAIRE,
    QUESTIONNAIRE_ANSWER,
    NOTICE,
    FEEDBACK,
    CATEGORY,
    UNIT,
    POLICY_ANSWER,
    PROGRAMME,
)


# The platform hears of these; that a leader closed what nobody could be asked about is no word of the resident's.
_ENDED_BY_RESIDENT = frozenset({"agreed", "withdrawn"})


def _enqueue_forwardings(connection: Connection, steps: Sequence[Step]) -> None:
    """The forwarder's outbox row is written in the transaction of the step that asks for it."""
    queued = [s.after for s in steps if s.collection is SERVICE_REQUEST and s.changed.get("status") == "queued"]
    if queued:
        enqueue(connection, queued)
    ended = [
        s.after for s in steps if s.collection is SERVICE_REQUEST and s.changed.get("status") in _ENDED_BY_RESIDENT
    ]
    if ended:
        enqueue_endings(connection, ended, steps[0].now)


DOOR = Door(REGISTRY, Base.metadata, hooks=(_enqueue_forwardings, photo_access.note_namings))
