"""One schema for each synced collection. `app/synced.py` gives each field its merge policy."""

from __future__ import annotations

from functools import partial

from marshmallow import Schema

from app.schemas.fields import Answers, Anything, Day, Degrees, Flag, Line, ListOf, Part, Text, Whole, Word

Hash = partial(Word, most=64)  # SHA-256 in hexadecimal
Code = partial(Word, most=32)  # an area, a category, a status: what a 32-character column holds
Count = partial(Whole, most=2**31 - 1)  # what a 32-bit column holds
_OUTCOMES = ("met", "nobody", "inconvenient", "declined", "vacant", "moved", "rescheduled")
_MAX_PHOTOS = 9


class FixSchema(Schema):
    """A location fix, or the reason why there is none."""

    lat = Degrees(90)
    lon = Degrees(180)
    accuracy_m = Degrees(1e6)
    taken_at = Whole(-(2**53) + 1)
    android = Flag()
    error = Word("denied", "timeout", "unavailable", "off")


class TeamSchema(Schema):
    """A service team (服务队)."""

    name = Line(120)
    leader_name = Line(60)
    unit_name = Line(120)
    area_id = Code()
    area_name = Line(120)
    visit_day = Line(40)
    members_count = Count()


class CadreSchema(Schema):
    """A cadre (干部)."""

    name = Line(60)
    unit_name = Line(120)
    number = Line(40)
    team_id = Word()
    leader = Flag()
    photo = Hash()
    term = Line(40)
    location_off = Flag()
    active = Flag()


class PlaceSchema(Schema):
    """A visit target (走访对象)."""

    kind = Word("household", "enterprise", "village")
    label = Line(120)
    address = Line(240)
    area_id = Code()
    grid_id = Code()
    grid_name = Line(80)
    building = Line(80)
    route_order = Count()
    pinyin = Line(120)
    lat = Degrees(90)
    lon = Degrees(180)
    point_confirmed = Flag()
    dwelling = Word("building", "old_estate", "village_house", "enterprise", "village_centre")
    tags = ListOf(Line(40), 30)
    note = Text(2000)
    do_not_disturb = Flag()
    hardship = Line(200)
    call_first = Flag()
    weekends_only = Flag()
    refusals = Whole(-1000, 1000)
    phone_tail = Line(4)
    owner_cadre_id = Word()
    linked_cadre_id = Word()


class VisitSchema(Schema):
    """A visit (走访)."""

    place_id = Word()
    cadre_id = Word()
    companions = ListOf(Word(), 20)
    visit_on = Day()
    arrived_at = Whole(-(2**53) + 1)
    received_at = Whole()
    late_entry = Flag()
    mode = Word("doorstep", "phone", "online")
    fix = Part(FixSchema)
    scanned_code = Line(24)
    outcome = Word(*_OUTCOMES)
    card_left = Flag()
    finding = Word("nothing", "opinion", "request")
    opinion = Text(4000)
    category = Code()
    rescheduled_on = Day()
    note = Text(2000)
    photos = ListOf(Hash(), _MAX_PHOTOS)
    finished_at = Whole(-(2**53) + 1)
    # From "arrived" to "done"; a phone that was restarted in between does not know, and says nothing.
    taps = Count()
    evidence = Word("a", "b", "c", "d")
    evidence_reason = Word()
    flags = ListOf(Word(), 20)
    withdrawn = Flag()


class ServiceRequestSchema(Schema):
    """A service request (诉求)."""

    place_id = Word()
    visit_id = Word()
    area_id = Code()
    source = Word("cadre", "resident", "enterprise", "reception", "import")
    category = Code()
    title = Line(200)
    text = Text(10_000)
    photos = ListOf(Hash(), _MAX_PHOTOS)
    handling = Word("on_the_spot", "explain", "own_unit", "forward")
    way = Word("at_once", "proactive", "on_site", "tracked", "in_public", "coordinated")
    status = Code()
    confidential = Flag()
    contact_phone = Line(20)
    tracking_code = Word()
    occurred_on = Day()
    urgent = Flag()
    lat = Degrees(90)
    lon = Degrees(180)
    address = Line(240)
    cadre_id = Word()
    recorded_at = Whole()
    due_at = Whole()
    unit_due_at = Whole()
    due_provisional = Flag()
    unit_term_at = Whole()
    platform_number = Line(64)
    lead_unit = Line(120)
    co_units = ListOf(Line(120), 20)
    answer = Text(10_000)
    answered_at = Whole()
    agreed_at = Whole()
    closed_at = Whole()
    forward_no = Count()
    returns = Count()
    merged_into = Word()
    project_id = Word()
    stuck = Line(200)
    review = Word()
    import_key = Line(80)


class ServiceRequestEventSchema(Schema):
    """One step or note in a request's life."""

    service_request_id = Word()
    kind = Word(
        "status", "comment", "call_attempt", "progress", "illegal_step", "merged_here", "task_given", "task_done",
        "units_called", "unit_reported",
    )  # fmt: skip
    from_status = Code()
    to_status = Code()
    step = Code()
    actor_kind = Code()
    actor_id = Word()
    actor_name = Line(120)
    occurred_at = Whole(-(2**53) + 1)
    received_at = Whole()
    reason = Line(400)
    text = Text(10_000)
    photos = ListOf(Hash(), _MAX_PHOTOS)
    public = Flag()


class DiarySchema(Schema):
    """A visit diary (民情日记)."""

    author_id = Word()
    diary_on = Day()
    text = Text(20_000)
    submitted = Flag()
    photos = ListOf(Hash(), _MAX_PHOTOS)


class QuestionnaireSchema(Schema):
    """A questionnaire (问卷)."""

    title = Line(120)
    questions = Anything()
    open = Flag()


class QuestionnaireAnswerSchema(Schema):
    """A filled-in questionnaire."""

    questionnaire_id = Word()
    visit_id = Word()
    place_id = Word()
    cadre_id = Word()
    answered_at = Whole(-(2**53) + 1)
    answers = Answers()


class NoticeSchema(Schema):
    """A line in a person's inbox."""

    kind = Code()
    title = Line(120)
    text = Text(2000)
    about_collection = Code()
    about_id = Word()
    created_at = Whole()
    read_at = Whole(-(2**53) + 1)


class FeedbackSchema(Schema):
    """What a cadre says about the app (投诉建议)."""

    about = Line(80)
    text = Text(4000)
    created_at = Whole(-(2**53) + 1)
    author_id = Word()
    answer = Text(4000)


class CategorySchema(Schema):
    """A category of requests."""

    name = Line(80)
    name_en = Line(80)
    parent_id = Code()
    order = Count()
    pinyin = Line(80)


class UnitSchema(Schema):
    """A handling unit (承办单位)."""

    name = Line(120)
    kind = Code()


class PolicyAnswerSchema(Schema):
    """A question of the policy Q&A (一问一答)."""

    category = Line(80)
    question = Line(240)
    answer = Text(4000)
    source = Line(240)
    order = Count()


class ProgrammeSchema(Schema):
    """The programme as the phones need it."""

    code = Code()
    name = Line(120)
    settings = Anything()
