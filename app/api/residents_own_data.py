"""The page of one's own data (我的信息): what is kept and until when; export, correction, deletion of the contact."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Reply

from app.api.residents_following import case_of, open_with_phone_tail
from app.database import writing
from app.domain.codes import TRACKING_SIGNS, normalise
from app.errors import Problem
from app.forms import check_csrf
from app.ids import now_ms
from app.residents import acts, filing, look, own_data
from app.residents.cases import Case

bp = Blueprint("residents_own_data", __name__, url_prefix="/r/mine")
look.prepare(bp)


@bp.get("")
def entry() -> str:
    """What is kept in general, and the form that leads to one's own data."""
    return render_template("residents/mine_entry.html", typed="", problem=None)


@bp.post("")
def enter() -> Reply | tuple[str, int]:
    """Tracking code and the phone's last four digits open one's own data."""
    typed = normalise(request.form.get("q", ""))[: TRACKING_SIGNS * 2]
    try:
        check_csrf()
        case = case_of(typed)
        reply = redirect(url_for("residents_own_data.mine", code=case.code), 303)
        if case.needs_phone_tail:
            open_with_phone_tail(case, request.form.get("tail", ""), reply)
        elif not case.full:
            raise Problem("own_data_closed")
    except Problem as problem:
        shown = Problem("page_expired") if problem.code == "csrf" else problem
        return render_template("residents/mine_entry.html", typed=typed, problem=shown), shown.status
    return reply


def _own(code: str) -> Case:
    case = case_of(code)
    if not case.full:
        raise Problem("phone_tail_needed" if case.needs_phone_tail else "own_data_closed")
    return case


@bp.get("/<code>")
def mine(code: str) -> str:
    """Everything that is kept about one request."""
    return _page(_own(code))


def _page(case: Case, problem: Problem | None = None, phone: str = "") -> str:
    return render_template(
        "residents/mine.html", case=case, problem=problem, phone=phone,
        category=_category_name(case),
    )  # fmt: skip


def _category_name(case: Case) -> tuple[str, str]:
    named = next((c for c in filing.all_categories() if c.code == case.request.category), None)
    return (named.zh, named.en) if named else ("未填写", "Not given")


@bp.get("/<code>/export.json")
def export_json(code: str) -> Response:
    """A copy for machines."""
    case = _own(code)
    reply = jsonify(own_data.export(case))
    reply.headers["Content-Disposition"] = f"attachment; filename=doorstep-{case.code}.json"
    return reply


@bp.get("/<code>/export.html")
def export_html(code: str) -> Any:
    """A copy for people: one file that needs nothing else."""
    case = _own(code)
    page = render_template("residents/export.html", data=own_data.export(case))
    return Response(page, headers={"Content-Disposition": f"attachment; filename=doorstep-{case.code}.html"})


@bp.post("/<code>/phone")
def correct_phone(code: str) -> Reply | tuple[str, int]:
    """Put a new phone number in the place of the old one."""
    check_csrf()
    case = _own(code)
    acts.check_own_phone()
    typed = request.form.get("phone", "").strip()[:40]
    phone = filing.phone_number(typed)
    if phone is None:
        problem = Problem("phone_wrong" if typed else "contact_missing")
        return _page(case, problem, typed), problem.status
    return _changed(case, phone)


@bp.post("/<code>/delete-contact")
def delete_contact(code: str) -> Reply:
    """Forget the phone number."""
    check_csrf()
    case = _own(code)
    acts.check_own_phone()
    return _changed(case, None)


def _changed(case: Case, phone: str | None) -> Reply:
    with writing() as session:
        own_data.correct_phone(session, case.request, phone, now_ms())
    return redirect(url_for("residents_own_data.mine", code=case.code), 303)
