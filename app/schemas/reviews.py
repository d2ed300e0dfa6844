"""The shape of what leaders and the task force send: bodies of `/api/review/…`."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, validates_schema

from app.review.evaluations import SHEETS
from app.review.people import REVOCATIONS
from app.review.request_page import NOTES
from app.schemas.fields import Answers, Day, Flag, Line, ListOf, Text, Whole, Word

_MOST_CALLS = 600


class SignBody(Schema):
    """Sign-off of a visit day."""

    on = Day(required=True)
    from_on = Day()
    team = Word()
    note = Text(400)


class StepBody(Schema):
    """A step of a request; `from` is the status that the leader saw."""

    from_status = Word(required=True)
    to = Word(required=True)
    reason = Text(400)
    text = Text(4000)
    platform_number = Line(64)
    other_request = Word()
    evidence = ListOf(Word("resident_agreement"), 4)


class NoteBody(Schema):
    """A comment, an attempt to reach the resident, progress that the resident may read, a call for departments (`units`), or that
    one of them has come.
    """

    kind = Word(*NOTES, required=True)
    text = Text(2000, required=True)
    public = Flag()
    units = ListOf(Line(120), 8)


class ReasonBody(Schema):
    """A reason in words."""

    reason = Line(200, required=True)

    @validates_schema
    def _says_something(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("reason"):
            raise ValidationError("empty", "reason")


class AnswerBody(Schema):
    """What is answered to somebody's complaint or suggestion."""

    text = Text(2000, required=True)

    @validates_schema
    def _says_something(self, data: dict[str, Any], **_: Any) -> None:
        if not (data.get("text") or "").strip():
            raise ValidationError("empty", "text")


class NoticesBody(Schema):
    """Notices that have been read."""

    ids = ListOf(Word(), 100, required=True)


class ProjectBody(Schema):
    """A class of requests made a project."""

    ids = ListOf(Word(), 500, required=True)
    team = Word()
    title = Line(120, required=True)
    responsible = Line(60, required=True)
    lead_unit = Line(120)
    co_units = ListOf(Line(120), 8)


class TaskBody(Schema):
    """A week's task of a project."""

    text = Line(400, required=True)
    due_on = Day()


class ResultBody(Schema):
    """What came out of a task or a project."""

    result = Text(2000, required=True)


class ReceptionBody(Schema):
    """A reception session that will be or was held."""

    held_on = Day(required=True)
    place = Line(120, required=True)
    host = Line(60, required=True)
    team = Word()


class ReceivedBody(Schema):
    """A request that was brought to a session: a new one in words, or one that exists (`service_request_id`)."""

    service_request_id = Word()
    text = Text(4000)
    category = Word()
    contact_phone = Line(20)
    address = Line(240)


class MeasureBody(Schema):
    """What the session decided on a request; `signed`: the resident has signed the agreement."""

    measure = Text(2000, required=True)
    outcome = Word("solved", "explained", "open", required=True)
    signed = Flag()


class DrawBody(Schema):
    """A draw of call-backs."""

    on = Day(required=True)
    random_calls = Whole(0, _MOST_CALLS, required=True)
    risk_calls = Whole(0, _MOST_CALLS, required=True)


class CallBody(Schema):
    """What a call brought; without answers nobody was reached."""

    answers = Answers()
    note = Text(400)


class SheetBody(Schema):
    """One sheet of the evaluations by superiors or peers."""

    team = Word(required=True)
    by = Word(*SHEETS, required=True)
    on = Day(required=True)
    score = Whole(1, 5, required=True)
    text = Text(400)


class RevokeBody(Schema):
    """How a phone is stopped."""

    how = Word(*REVOCATIONS, required=True)


class EmptyBody(Schema):
    """Nothing needs to be said."""


class NumberBody(Schema):
    """The number under which a platform knows a request."""

    number = Line(64, required=True)


class CategoryBody(Schema):
    """What a request is about: a category of the programme."""

    category = Word(required=True)


class TargetBody(Schema):
    """Another platform to send to."""

    target = Word(required=True)


class MappingBody(Schema):
    """What a platform calls a category of ours."""

    target = Word(required=True)
    category = Word(required=True)
    service_code = Line(80, required=True)
