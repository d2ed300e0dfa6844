"""Filing a request from a scanned code: the form, and the form again with what is wrong, until it is recorded."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Reply

from app import photos, programmes
from app.api.residents import found
from app.database import writing
from app.errors import Problem
from app.forms import check_csrf
from app.ids import now_ms
from app.residents import counters, filing, look, proof_of_work
from app.residents.filing import Typed
from app.residents.kept_photos import MAX_PHOTOS
from app.residents.scanned import Scanned

bp = Blueprint("residents_filing", __name__)
look.prepare(bp, most_bytes=MAX_PHOTOS * photos.MAX_BYTES + look.MOST_BYTES)


@bp.get("/r/<code>/file")
def form(code: str) -> str:
    """The empty form."""
    return _page(found(code), Typed(), filing.new_form())


@bp.post("/r/<code>/file")
def file(code: str) -> Reply | tuple[str, int]:
    """Record the request and go to its receipt; a form that is not in order comes back as it was typed."""
    here = found(code)
    typed = filing.read(request)
    record_id = _record_id(typed)
    if typed.problems:
        return _page(here, typed, request.form["form"] if record_id else filing.new_form()), 422
    tracking_code = _record(here, typed, record_id)
    return redirect(url_for("residents_following.receipt", code=tracking_code), 303)


def _record_id(typed: Typed) -> str:
    """The id of the record to come; without a valid form it is empty and the problem is noted."""
    try:
        record_id = filing.record_id(request.form.get("form", ""))
        check_csrf()
    except Problem:
        # Without any cookie no second try can do better.
        typed.problems["form"] = "page_expired" if request.cookies else "cookies_needed"
        return ""
    return record_id


def _record(here: Scanned, typed: Typed, record_id: str) -> str:
    review = None
    if counters.filing_is_too_often(here.code, filing.phone_number(typed.phone)):
        review = "rate_limited"
    elif proof_of_work.is_asked() and not proof_of_work.is_solved(request.form.get("altcha", ""), record_id):
        review = "no_proof"
    with writing() as session:
        return filing.record(session, record_id, typed, here, review=review, now=now_ms())


def _page(here: Scanned, typed: Typed, form: str) -> str:
    texts = programmes.load(current_app.config["DOORSTEP"].programme).texts
    return render_template(
        "residents/file.html",
        here=here,
        typed=typed,
        form=form,
        problems={field: Problem(code) for field, code in typed.problems.items()},
        categories=filing.categories(enterprise=here.enterprise),
        notice=(texts.resident_notice_zh, texts.resident_notice_en),
        most=filing.MAX_TEXT,
        proof=proof_of_work.challenge(filing.record_id(form)) if proof_of_work.is_asked() else None,
    )
