"""The description of our JSON API (OpenAPI 3.1), made from the routes, their docstrings, and the schemas.

A route brings its address, its roles and its words; what only a person knows (its body, its query, what comes back) stands in
`OPERATIONS`, where a JSON route that is missing is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import msgspec
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Flask, Response, current_app, jsonify
from marshmallow import Schema, fields
from werkzeug.routing import Rule

from app.errors import PROBLEMS
from app.schemas import accounts, reviews
from app.schemas import fields as ours
from sync.wire import MAX_MUTATIONS, Mutation, Pull, PullReply, Push, PushReply

bp = Blueprint("openapi", __name__, url_prefix="/api")

JSON_PATHS = ("/api/", "/sync", "/attachments/")
_JSON, _SVG, _XLSX = (
    "application/json",
    "image/svg+xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
_DOCX, _SQLITE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.sqlite3"
_IMAGES = ("image/jpeg", "image/png", "image/webp")
_PERIOD = ("from", "to", "team")


@dataclass(frozen=True)
class Operation:
    """What a route does not say about itself. `body`: a schema, the name of a component, or media types of files."""

    body: type[Schema] | str | tuple[str, ...] | None = None
    query: tuple[str, ...] = ()
    status: int = 200
    reply: str = ""
    media: str = _JSON


def _op(body: Any = None, *query: str, status: int = 200, reply: str = "", media: str = _JSON) -> Operation:
    return Operation(body, query, status, reply, media)


_READ = _op(None, "team", "on", "from")
_EMPTY = _op(reviews.EmptyBody)
_REASON = _op(reviews.ReasonBody)
_RESULT = _op(reviews.ResultBody)

OPERATIONS: dict[str, Operation] = {
    "POST sync.sync_push": _op("Push", reply="PushReply"),
    "POST sync.sync_pull": _op("Pull", reply="PullReply"),
    "POST sync.sync_both": _op("Both", reply="BothReply"),
    "PUT attachments.put_photo": _op(_IMAGES, status=201, media=""),
    "GET attachments.get_photo": _op(media="image/jpeg"),
    "GET accounts.read_session": _op(),
    "POST accounts.sign_in": _op(accounts.SignInBody),
    "POST own_account.confirm": _op(accounts.PasswordBody),
    "POST own_account.change_password": _op(accounts.NewPasswordBody),
    "POST own_account.begin_totp": _op(accounts.PasswordBody),
    "POST own_account.confirm_totp": _op(accounts.TotpBody),
    "DELETE accounts.sign_out": _op(),
    "POST accounts.enrol": _op(accounts.EnrolBody),
    "POST accounts.new_code": _op(accounts.CadreBody),
    "GET push_subscriptions.push_key": _op(),
    "POST push_subscriptions.subscribe": _op(accounts.SubscriptionBody, status=204, media=""),
    "DELETE push_subscriptions.unsubscribe": _op(status=204, media=""),
    "GET review.frame": _op(),
    "GET review.teams": _op(None, "name"),
    "GET review.read_friday": _READ,
    "GET review.read_coverage": _op(None, "team", "on", "from", "area"),
    "GET review.read_figures": _READ,
    "GET review.read_rows": _op(None, "of", "team", "on", "from", "after"),
    "GET review.read_map": _READ,
    "GET review.read_self_check": _READ,
    "POST review.sign_friday": _op(reviews.SignBody, status=201),
    "GET review_people.read_people": _op(None, "team", "name"),
    "POST review_people.revoke_phone": _op(reviews.RevokeBody),
    "POST handing_in.push_for": _op("Push", reply="PushReply"),
    "PUT handing_in.put_photo_for": _op(_IMAGES, status=201, media=""),
    "GET review_people.read_parked": _op(None, "team", "settled"),
    "POST review_people.apply_parked": _EMPTY,
    "POST review_people.dismiss_parked": _REASON,
    "GET review_requests.read_request": _op(),
    "POST review_requests.take_step": _op(reviews.StepBody),
    "POST review_requests.add_note": _op(reviews.NoteBody, status=201),
    "POST review_requests.show_phone": _REASON,
    "GET review_requests.read_projects": _op(None, "team"),
    "POST review_requests.make_project": _op(reviews.ProjectBody, status=201),
    "POST review_requests.add_task": _op(reviews.TaskBody, status=201),
    "POST review_requests.finish_task": _RESULT,
    "POST review_requests.close_project": _RESULT,
    "GET review_receptions.read_receptions": _op(None, "team"),
    "POST review_receptions.hold_reception": _op(reviews.ReceptionBody, status=201),
    "POST review_receptions.bring_request": _op(reviews.ReceivedBody, status=201),
    "POST review_receptions.decide": _op(reviews.MeasureBody),
    "GET review_said.read_inbox": _op(),
    "POST review_said.mark_read": _op(reviews.NoticesBody),
    "GET review_said.read_feedback": _op(None, "team", "answered"),
    "POST review_said.answer_feedback": _op(reviews.AnswerBody),
    "GET review_checks.read_spot_check": _op(None, "on", "from"),
    "POST review_checks.start_spot_check": _op(reviews.DrawBody, status=201),
    "POST review_checks.show_contact": _EMPTY,
    "POST review_checks.record_call": _op(reviews.CallBody),
    "POST review_checks.enter_sheet": _op(reviews.SheetBody, status=201),
    "GET review_dead_letters.read_dead_letters": _op(None, "team", "after"),
    "POST review_dead_letters.retry": _EMPTY,
    "POST review_dead_letters.dismiss": _EMPTY,
    "POST review_dead_letters.set_category": _op(reviews.CategoryBody),
    "POST review_dead_letters.forwarded_by_hand": _op(reviews.NumberBody),
    "POST review_dead_letters.other_route": _op(reviews.TargetBody),
    "POST review_dead_letters.withdraw": _REASON,
    "POST review_dead_letters.map_category": _op(reviews.MappingBody),
    "POST review_dead_letters.resume_target": _EMPTY,
    "GET exports.masked_ledger": _op(None, *_PERIOD, media=_XLSX),
    "POST exports.unmasked_ledger": _op(accounts.UnmaskedExportBody, media=_XLSX),
    "GET exports.as_csv": _op(None, *_PERIOD, media="text/csv"),
    "GET exports.as_geojson": _op(None, *_PERIOD, media="application/geo+json"),
    "GET exports.snapshot": _op(None, *_PERIOD, media=_SQLITE),
    "GET exports.brief": _op(None, *_PERIOD, media=_DOCX),
    "POST imports.upload": _op(("multipart/form-data",), "kind"),
    "POST imports.choose": _op(accounts.ImportOptionsBody),
    "POST imports.apply_file": _EMPTY,
    "DELETE imports.discard": _op(status=204, media=""),
    "GET imports.template": _op(media=_XLSX),
    "POST qr.qr_of_text": _op(accounts.QrBody, media=_SVG),
    "GET qr.qr_of_code": _op(media=_SVG),
    "GET qr.list_codes": _op(None, "team", "kind"),
    "POST qr.make_codes": _op(accounts.CodesBody),
    "POST qr.revoke": _EMPTY,
    "POST platform_webhook.receive": _op("Webhook", status=204, media=""),
    "GET health.status": _op(),
    "GET openapi.read_openapi": _op(),
}


@bp.get("/openapi.json")
def read_openapi() -> Response:
    """This description."""
    return jsonify(description(current_app._get_current_object()))  # type: ignore[attr-defined]


def description(app: Flask) -> dict[str, Any]:
    """The whole API of `app`, made once; raises KeyError for a JSON route that is not in `OPERATIONS`."""
    if "openapi" not in app.extensions:
        app.extensions["openapi"] = _made(app)
    made: dict[str, Any] = app.extensions["openapi"]
    return made


def _made(app: Flask) -> dict[str, Any]:
    marshmallow = MarshmallowPlugin(schema_name_resolver=lambda schema: _name(schema))
    spec = APISpec("民情日记 Doorstep", "1", "3.1.0", plugins=[marshmallow], servers=[{"url": "/"}])
    marshmallow.converter.add_attribute_function(_limits)  # type: ignore[union-attr]
    for name, schema in (_errors() | _wire()).items():
        spec.components.schema(name, schema)
    spec.components.security_scheme("session", {"type": "apiKey", "in": "cookie", "name": "doorstep"})
    paths: dict[str, dict[str, Any]] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        if rule.rule.startswith(JSON_PATHS):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                paths.setdefault(_path(rule), {})[method.lower()] = _described(app, rule, method)
    for path, operations in paths.items():
        spec.path(path, operations=operations)
    return spec.to_dict()


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return str(kind.__name__)


def _path(rule: Rule) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)


def _described(app: Flask, rule: Rule, method: str) -> dict[str, Any]:
    operation, view = OPERATIONS[f"{method} {rule.endpoint}"], app.view_functions[rule.endpoint]
    roles = getattr(view, "doorstep_roles", ())
    words = (view.__doc__ or "").strip()
    found: dict[str, Any] = {
        "operationId": f"{method.lower()}_{rule.endpoint.replace('.', '_')}",
        "tags": [rule.endpoint.split(".")[0]],
        "summary": words.split("\n")[0],
        "parameters": [*_in_path(rule), *_in_query(operation)],
        "responses": _replies(operation, method, rule, signed_in=bool(roles)),
    }
    if roles:
        found |= {"security": [{"session": []}], "x-roles": list(roles)}
    if method != "GET":
        found["parameters"].append({"in": "header", "name": "X-Doorstep", "required": True, "schema": {"const": "1"}})
    if operation.body is not None:
        found["requestBody"] = {"required": True, "content": _body(operation.body)}
    return found


def _in_path(rule: Rule) -> list[dict[str, Any]]:
    kinds = {name: "integer" if "int:" + name in rule.rule else "string" for name in sorted(rule.arguments)}
    return [{"in": "path", "name": n, "required": True, "schema": {"type": kind}} for n, kind in kinds.items()]


def _in_query(operation: Operation) -> list[dict[str, Any]]:
    dates = ("on", "from", "to")
    return [
        {"in": "query", "name": n, "schema": {"type": "string", **({"format": "date"} if n in dates else {})}}
        for n in operation.query
    ]


def _body(body: type[Schema] | str | tuple[str, ...]) -> dict[str, Any]:
    if isinstance(body, str):
        return {_JSON: {"schema": {"$ref": f"#/components/schemas/{body}"}}}
    if isinstance(body, tuple):
        return {media: {} for media in body}
    return {_JSON: {"schema": body}}


def _replies(operation: Operation, method: str, rule: Rule, *, signed_in: bool) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "OK"}
    if operation.media:
        shape = {"$ref": f"#/components/schemas/{operation.reply}"} if operation.reply else {"type": "object"}
        good["content"] = {operation.media: {"schema": shape} if operation.media == _JSON else {}}
    refusals = {400: "What was sent is not right", 429: "Too often"}
    refusals |= {401: "Not signed in, or no longer", 403: "Not allowed"} if signed_in else {}
    refusals |= {404: "Not there, or not yours"} if rule.arguments or "team" in operation.query else {}
    refusals |= (
        {403: "Not allowed, or from another site", 409: "Not in this state", 413: "Too large", 422: "Not usable"}
        if method != "GET"
        else {}
    )
    error = {_JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        str(operation.status): good,
        **{str(status): {"description": words, "content": error} for status, words in sorted(refusals.items())},
    }


def _limits(_converter: Any, field: fields.Field[Any], **_: Any) -> dict[str, Any]:
    """What our own field types know and the plugin does not."""
    if isinstance(field, ours.Word) and field.options:
        return {"enum": list(field.options)}
    if isinstance(field, ours.Text):
        return {"maxLength": field.max_length}
    if isinstance(field, ours.Whole):
        return {"minimum": field.least, "maximum": field.most}
    if isinstance(field, ours.ListOf):
        return {"maxItems": field.most}
    return {"format": "date"} if isinstance(field, ours.Day) else {}


def _errors() -> dict[str, Any]:
    text = {"type": "string"}
    words = {"error": {"enum": sorted(PROBLEMS)}, "zh": text, "en": text, "detail": text}
    numbers = {"max_bytes": {"type": "integer"}, "expected_mid": {"type": "integer"}}
    error = {"type": "object", "required": ["error", "zh", "en"], "properties": words | numbers}
    return {"Error": error, "Webhook": {"type": "object", "required": ["type", "timestamp", "data"]}}


def _wire() -> dict[str, Any]:
    """The messages of the sync protocol, from the types that decode them."""
    _, found = msgspec.json.schema_components(
        [Push, Pull, PushReply, PullReply, Mutation], ref_template="#/components/schemas/{name}"
    )
    ref = {name: {"$ref": f"#/components/schemas/{name}"} for name in (*found, "Error")}
    # Each mutation is read by itself [P5]; the message holds them raw.
    found["Push"]["properties"]["mutations"] |= {"items": ref["Mutation"], "maxItems": MAX_MUTATIONS}
    for name in ("Push", "Pull"):
        found[name]["properties"]["client_id"] |= {"minLength": 8, "maxLength": 36, "pattern": "^[ -~]*$"}
    null = {"type": "null"}
    for name, push, pull in (
        ("Both", ref["Push"], ref["Pull"]),
        ("BothReply", {"anyOf": [ref["PushReply"], ref["Error"]]}, ref["PullReply"]),
    ):
        parts = {"push": {"anyOf": [push, null]}, "pull": {"anyOf": [pull, null]}}
        found[name] = {"type": "object", "properties": parts}
    return found
