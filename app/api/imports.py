"""Imports: upload -> preview with every fault by row -> apply, all or nothing; and the templates to fill in."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request, send_file

from app import audit
from app.api.access import signed_in, viewer
from app.database import reading, writing
from app.errors import Problem
from app.ids import now_ms
from app.imports import KINDS, previews, templates
from app.imports.faults import DATUM_WORDS
from app.imports.kind import Context, Kind
from app.imports.writing import apply
from app.limits import limiter
from app.programmes import load as load_programme
from app.writes import Actor

bp = Blueprint("imports", __name__, url_prefix="/api/imports")

ROLES = ("leader", "task_force", "admin")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _base() -> Path:
    folder: Path = current_app.config["DOORSTEP"].data_dir
    return folder / "imports"


def _kind(name: str | None) -> Kind:
    kind = KINDS.get(name or "")
    if kind is None:
        raise Problem("import_unknown_kind")
    if viewer().role not in kind.roles:
        raise Problem("not_allowed")
    return kind


def _options(values: dict[str, Any]) -> previews.Options:
    """The options of a form or a JSON body; a leader's rows go to the own team unless they name one."""
    datum = values.get("datum") or None
    if datum is not None and datum not in DATUM_WORDS:
        raise Problem("bad_request", "datum")
    team = values.get("team") or viewer().account.team_id
    if team and not viewer().may_see_team(team):
        raise Problem("not_allowed")
    swap = values.get("swap_coordinates") in (True, "1", "true")
    return previews.Options(datum=datum, swap_coordinates=swap, team=team)


def _context(options: previews.Options) -> Context:
    programme = load_programme(current_app.config["DOORSTEP"].programme)
    return Context(programme, now_ms(), viewer().team_ids, options.team)


def _preview(folder: previews.Folder, kind: Kind) -> Response:
    with reading() as session:
        return jsonify(previews.preview(session, folder, kind, _context(folder.kept().options)))


@bp.post("")
@limiter.limit("30 per hour")
@signed_in(*ROLES)
def upload() -> Response:
    """Upload a file as `file`, with `kind` and perhaps `datum`, `swap_coordinates`, `team`; the reply is its preview."""
    kind = _kind(request.args.get("kind"))
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Problem("import_file_missing")
    options = _options({**request.args, **request.form})
    folder = previews.receive(file.stream, _base(), kind, viewer().account.id, file.filename, options)
    try:
        return _preview(folder, kind)
    except BaseException:
        folder.remove()
        raise


@bp.post("/<token>/options")
@signed_in(*ROLES)
def choose(token: str) -> Response:
    """Preview the same file again under other options."""
    folder = previews.find(_base(), token, viewer().account.id)
    kept = folder.kept()
    kept.options = _options(request.get_json(silent=True) or {})
    folder.keep(kept)
    return _preview(folder, _kind(kept.kind))


@bp.post("/<token>/apply")
@signed_in(*ROLES)
def apply_file(token: str) -> Response:
    """Write what the preview showed: everything, or nothing and a reason."""
    person = viewer()
    folder = previews.find(_base(), token, person.account.id)
    kept = folder.kept()
    kind = _kind(kept.kind)
    if not kept.may_apply:
        raise Problem("import_has_errors")
    context = _context(kept.options)
    context.keys = {kind.key(row.values) for row in folder.rows()}
    # "admin" is a role of accounts; in the history of records an administrator acts for the system.
    actor = person.actor() if person.role != "admin" else Actor("system", person.account.id, person.account.name)
    with writing() as session:
        applied = apply(session, kind, folder.rows(), context, actor)
        detail = {"rows": kept.rows, "new": applied.new, "sha256": kept.sha256}
        audit.append(session, person.account.id, "import", now=context.now, subject=kind.name, detail=detail)
    folder.remove()
    return jsonify({"kind": kind.name, "new": applied.new, "changed": applied.known})


@bp.delete("/<token>")
@signed_in(*ROLES)
def discard(token: str) -> Response:
    """Forget an upload before its hour is over."""
    previews.find(_base(), token, viewer().account.id).remove()
    return Response(status=204)


@bp.get("/templates/<name>.xlsx")
@signed_in(*ROLES)
def template(name: str) -> Response:
    """The template of a kind."""
    kind = _kind(name)
    return send_file(
        io.BytesIO(templates.template(kind)),
        mimetype=_XLSX,
        as_attachment=True,
        download_name=f"导入模板-{kind.title}.xlsx",
    )
