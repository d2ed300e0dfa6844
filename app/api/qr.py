"""QR images and the codes behind them: listed, made and revoked by leaders; the sheets they are printed on."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Reply

from app import audit, programmes
from app.api.access import signed_in, viewer
from app.api.accounts import body, text_of
from app.database import reading, writing
from app.errors import Problem
from app.forms import check_csrf
from app.ids import now_ms
from app.models.people import Team
from app.models.places import PlaceCode
from app.place_codes import place_code_from, place_code_path
from app.qr import qr_png, qr_svg, qr_svg_file
from app.residents import look, team_codes
from app.residents.team_codes import KINDS, Printed

bp = Blueprint("qr", __name__)
look.prepare(bp)

_PRINTERS = ("leader", "task_force", "admin")
# Longer texts make a code that a phone at arm's length cannot read.
_MOST_TEXT = 300
_MOST_TEAMS = 300
_LETTERS = ("letter", "letter_enterprise")


def _public(path: str) -> str:
    url: str = current_app.config["DOORSTEP"].public_url
    return url + path


@bp.post("/api/qr")
@signed_in()
def qr_of_text() -> Response:
    """An address of ours as an SVG image. By POST: an enrolment code must not stand in an access log."""
    text = text_of(body(), "text", _MOST_TEXT)
    if not text.startswith(_public("/")):
        raise Problem("bad_request", "text")
    return Response(qr_svg_file(text), mimetype="image/svg+xml")


@bp.get("/api/place-codes/<code>/qr.<kind>")
@signed_in()
def qr_of_code(code: str, kind: str) -> Response:
    """A printed code as an image: svg or png."""
    known = place_code_from(code)
    if known is None or kind not in ("svg", "png"):
        raise Problem("not_found")
    address = _public(place_code_path(known))
    if kind == "png":
        return Response(qr_png(address), mimetype="image/png")
    return Response(qr_svg_file(address), mimetype="image/svg+xml")


def _team(session: Session, team_id: str) -> Team:
    """A team whose codes the viewer may print; raises `Problem`."""
    team = session.get(Team, team_id)
    if team is None or not viewer().may_see_team(team_id):
        raise Problem("not_found")
    return team


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise Problem("bad_request", "kind")
    return kind


@bp.get("/api/place-codes")
@signed_in(*_PRINTERS)
def list_codes() -> Response:
    """The codes of a team, of one kind: what each stands for, and its address."""
    kind = _kind(request.args.get("kind", "card"))
    with reading() as session:
        team = _team(session, request.args.get("team") or viewer().account.team_id or "")
        rows = [_as_json(one) for one in team_codes.printed(session, team.id, kind)]
    return jsonify({"team": {"id": team.id, "name": team.name}, "kind": kind, "codes": rows})


def _as_json(one: Printed) -> dict[str, Any]:
    owner: Any = one.owner
    url = _public(place_code_path(one.code)) if one.code else None
    return {
        "owner_id": owner.id,
        "title": getattr(owner, "label", None) or owner.name,
        # Many doors go by the same name.
        "where": getattr(owner, "address", None),
        "code": one.code,
        "url": url,
    }


@bp.post("/api/place-codes")
@signed_in(*_PRINTERS)
def make_codes() -> Response:
    """Make the codes that a team has not got yet."""
    values = body()
    kind = _kind(text_of(values, "kind"))
    with writing() as session:
        team = _team(session, text_of(values, "team", 36))
        made = team_codes.make_missing(session, team.id, kind, now_ms())
    return jsonify({"made": made})


@bp.post("/api/place-codes/<code>/revoke")
@signed_in(*_PRINTERS)
def revoke(code: str) -> Response:
    """Put a code out of use, for a lost badge or a stolen plate; who scans it is told so. Revoking twice changes nothing."""
    known = place_code_from(code)
    with writing() as session:
        row = session.get(PlaceCode, known) if known else None
        if row is None or not viewer().may_see_team(team_codes.team_of_code(session, row)):
            raise Problem("not_found")
        if row.revoked_at is None:
            row.revoked_at = now_ms()
            audit.append(session, viewer().account.id, "code_revoked", now=row.revoked_at, subject=row.code)
        revoked_at = row.revoked_at
    return jsonify({"code": known, "revoked_at": revoked_at})


@bp.get("/print/")
@signed_in(*_PRINTERS)
def print_index() -> str:
    """Which sheets there are, for which team."""
    person = viewer()
    with reading() as session:
        mine = select(Team).where(Team.deleted.is_(False)).order_by(Team.name).limit(_MOST_TEAMS)
        if person.team_ids is not None:
            mine = mine.where(Team.id.in_(sorted(person.team_ids)))
        teams = session.scalars(mine).all()
    return render_template("print/index.html", teams=teams)


@bp.get("/print/<kind>")
@signed_in(*_PRINTERS)
def print_sheet(kind: str) -> str:
    """A sheet of contact cards, plates or badges of a team, or the letter to residents or enterprises."""
    if kind not in (*KINDS, *_LETTERS):
        raise Problem("not_found")
    with reading() as session:
        team = _team(session, request.args.get("team") or viewer().account.team_id or "")
        if kind in _LETTERS:
            return _letter(team, enterprise=kind == "letter_enterprise")
        things = team_codes.printed(session, team.id, kind)
        cadres = {one.id: one for one in team_codes.cadres_of(session, team.id)}
    ready = [(one.owner, one.code, qr_svg(_public(place_code_path(one.code)))) for one in things if one.code]
    return render_template(
        f"print/{kind}.html", team=team, kind=kind, things=ready, missing=len(things) - len(ready), cadres=cadres
    )


@bp.post("/print/<kind>")
@signed_in(*_PRINTERS)
def make_and_print(kind: str) -> Reply:
    """Make what is missing, from the sheet itself."""
    check_csrf()
    with writing() as session:
        team = _team(session, request.form.get("team", ""))
        team_codes.make_missing(session, team.id, _kind(kind), now_ms())
    return redirect(url_for("qr.print_sheet", kind=kind, team=team.id), 303)


def _letter(team: Team, *, enterprise: bool) -> str:
    texts = programmes.load(current_app.config["DOORSTEP"].programme).texts
    letter = texts.letter_to_enterprises_zh if enterprise else texts.letter_to_residents_zh
    title, _, text = letter.strip().partition("\n")
    address = _public("/r/")
    return render_template(
        "print/letter.html", team=team, title=title, text=text.strip(), url=address, qr=qr_svg(address)
    )
