"""Exports for leaders and the task force: each limited to what the viewer may see, masked by default, and in the audit log."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import IO, Any

from flask import Blueprint, Response, current_app, request, send_file, stream_with_context
from sqlalchemy.orm import Session

from app import audit
from app.api.access import confirmed, signed_in, viewer
from app.database import reading, writing
from app.domain.workdays import date_of_day, day_of
from app.errors import Problem
from app.exports.brief_numbers import collect
from app.exports.ledger import REQUESTS, VISITS, Ledger, clock
from app.exports.plain import csv_lines, geojson
from app.exports.selection import Selection, period
from app.exports.workbook import Imprint, write_ledger
from app.ids import now_ms
from app.limits import limiter
from app.models.people import Team
from app.programmes import load as load_programme

bp = Blueprint("exports", __name__, url_prefix="/api/exports")

ROLES = ("leader", "task_force", "admin")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SQLITE = "application/vnd.sqlite3"
_LONGEST_REASON = 200


def _selection(values: dict[str, Any]) -> Selection:
    """The period and teams that were asked for, never more than the viewer may see."""
    person = viewer()
    first, last = period(values.get("from"), values.get("to"), _today())
    team, team_ids = values.get("team") or None, person.team_ids
    if team is not None:
        if not person.may_see_team(team):
            raise Problem("not_found")
        team_ids = frozenset([team])
    return Selection(first, last, team_ids, confidential=person.role == "task_force" and team is None)


def _today() -> date:
    return date_of_day(day_of(now_ms()))


def _ledger(session: Session, selection: Selection) -> Ledger:
    return Ledger(session, selection, load_programme(current_app.config["DOORSTEP"].programme))


def _imprint(session: Session, selection: Selection, reason: str = "") -> Imprint:
    team_ids = selection.team_ids
    team = session.get(Team, next(iter(team_ids))) if team_ids is not None and len(team_ids) == 1 else None
    programme = load_programme(current_app.config["DOORSTEP"].programme)
    return Imprint(team.name if team else programme.name_zh, viewer().account.name, clock(now_ms()), reason)


def _audited(what: str, selection: Selection, reason: str | None = None) -> None:
    """Before the first byte: an export that cannot be recorded does not happen."""
    detail = {
        "from": selection.first.isoformat(),
        "to": selection.last.isoformat(),
        "teams": sorted(selection.team_ids or ()) or "all",
    }
    with writing() as session:
        act = "export_unmasked" if selection.full else "export"
        audit.append(session, viewer().account.id, act, now=now_ms(), subject=what, reason=reason, detail=detail)


def _name(what: str, selection: Selection, ending: str) -> str:
    return f"{what}-{selection.first:%Y%m%d}-{selection.last:%Y%m%d}.{ending}"


def _file(out: IO[bytes], mimetype: str, name: str) -> Response:
    out.seek(0)
    reply = send_file(out, mimetype=mimetype, as_attachment=True, download_name=name)
    reply.headers["Cache-Control"] = "no-store"
    return reply


def _ledger_file(selection: Selection, reason: str = "") -> Response:
    out = tempfile.TemporaryFile()  # noqa: SIM115
    with reading() as session:
        write_ledger(out, _ledger(session, selection), _imprint(session, selection, reason))
    return _file(out, _XLSX, _name("民情台账", selection, "xlsx"))


@bp.get("/ledger.xlsx")
@limiter.limit("60 per hour")
@signed_in(*ROLES)
def masked_ledger() -> Response:
    """The ledger (台账) of a period (`from`, `to`, perhaps `team`), masked."""
    selection = _selection(request.args)
    _audited("ledger", selection)
    return _ledger_file(selection)


@bp.post("/ledger.xlsx")
@limiter.limit("20 per hour")
@signed_in(*ROLES)
def unmasked_ledger() -> Response:
    """The ledger with names and numbers in full: only shortly after entering the password again, and with a `reason`."""
    values = request.get_json(silent=True)
    if not isinstance(values, dict):
        raise Problem("bad_request")
    if not confirmed():
        raise Problem("reconfirm")
    reason = values.get("reason")
    if not isinstance(reason, str) or len(reason.strip()) < 2:
        raise Problem("export_reason_needed")
    selection = replace(_selection(values), full=True)
    reason = " ".join(reason.split())[:_LONGEST_REASON]
    _audited("ledger", selection, reason)
    return _ledger_file(selection, reason)


@bp.get("/<what>.csv")
@limiter.limit("60 per hour")
@signed_in(*ROLES)
def as_csv(what: str) -> Response:
    """`visits.csv` or `requests.csv`: the rows of the ledger, masked."""
    if what not in ("visits", "requests"):
        raise Problem("not_found")
    selection = _selection(request.args)
    _audited(f"{what}.csv", selection)

    def lines() -> Iterator[bytes]:
        with reading() as session:
            ledger = _ledger(session, selection)
            yield from (
                csv_lines(VISITS, ledger.visits()) if what == "visits" else csv_lines(REQUESTS, ledger.requests())
            )

    reply = Response(stream_with_context(lines()), mimetype="text/csv")
    reply.headers.set("Content-Disposition", "attachment", filename=_name(what, selection, "csv"))
    return reply


@bp.get("/map.geojson")
@limiter.limit("60 per hour")
@signed_in(*ROLES)
def as_geojson() -> Response:
    """Visits and requests as points of their addresses."""
    selection = _selection(request.args)
    _audited("map.geojson", selection)

    def pieces() -> Iterator[bytes]:
        with reading() as session:
            yield from geojson(session, selection, _ledger(session, selection))

    reply = Response(stream_with_context(pieces()), mimetype="application/geo+json")
    reply.headers.set("Content-Disposition", "attachment", filename=_name("map", selection, "geojson"))
    return reply


@bp.get("/snapshot.db")
@limiter.limit("20 per hour")
@signed_in(*ROLES)
def snapshot() -> Response:
    """The ledger as a SQLite file with full-text search, masked."""
    selection = _selection(request.args)
    _audited("snapshot.db", selection)
    with tempfile.TemporaryDirectory() as folder, reading() as session:
        path = Path(folder) / "ledger.db"
        imprint = _imprint(session, selection)
        about = {
            "单位": imprint.unit,
            "期间": selection.words(),
            "导出人": imprint.author,
            "导出时间": imprint.made,
            "脱敏": "是",
        }
        # Imported where it is used, as the brief: most server processes never write one, and their memory is counted.
        from app.exports.snapshot import write_snapshot

        write_snapshot(path, _ledger(session, selection), about)
        # The open file outlives its folder: nothing is left behind on the disk.
        return _file(path.open("rb"), _SQLITE, _name("民情台账", selection, "db"))


@bp.get("/brief.docx")
@limiter.limit("60 per hour")
@signed_in(*ROLES)
def brief() -> Response:
    """The weekly brief (周报)."""
    selection = _selection(request.args)
    _audited("brief", selection)
    out = tempfile.TemporaryFile()  # noqa: SIM115
    with reading() as session:
        ledger = _ledger(session, selection)
        numbers = collect(session, selection, ledger, now_ms())
        from app.exports.brief import write_brief

        write_brief(out, numbers, selection, _imprint(session, selection))
    return _file(out, _DOCX, _name("民情工作周报", selection, "docx"))
