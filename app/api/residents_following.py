"""Following a request by its tracking code, and what its resident may do with it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response as Reply

from app import sessions
from app.api.residents import picture
from app.database import reading, writing
from app.domain.codes import TRACKING_SIGNS, normalise
from app.domain.service_requests import STATUSES
from app.errors import Problem
from app.forms import check_csrf
from app.ids import now_ms
from app.qr import qr_svg
from app.residents import acts, cases, counters, look
from app.residents.acts import Opinion
from app.residents.cases import STAGES, Case
from app.residents.mistyped import likely_slip
from app.schemas.fields import plain_text

bp = Blueprint("residents_following", __name__, url_prefix="/r/t")
look.prepare(bp)

_OPENED = "doorstep_case"
_OPENED_S = 1800


@bp.get("/")
def entry() -> Reply | str:
    """Where a tracking code is entered."""
    typed = request.args.get("q", "").strip()
    if not typed:
        return render_template("residents/follow_entry.html", typed="", problem=None)
    return redirect(url_for("residents_following.follow", code=normalise(typed)[:40] or "-"))


def case_of(code: str) -> Case:
    """The request of this address; wrong guesses are counted. Raises `Problem`."""
    counters.check_guesses("tracking")
    try:
        with reading() as session:
            found = cases.request_of(session, code)
            return cases.load(session, found, opened=_is_opened(found.tracking_code or ""), now=now_ms())
    except Problem:
        counters.count_miss("tracking")
        raise


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["DOORSTEP"].secret_key, salt="opened case")


def _is_opened(code: str) -> bool:
    try:
        return bool(_serializer().loads(request.cookies.get(_OPENED, ""), max_age=_OPENED_S) == code)
    except BadSignature:
        return False


def open_with_phone_tail(case: Case, tail: str, reply: Reply) -> None:
    """Open a case on this browser for half an hour; raises `Problem("phone_tail_wrong")`."""
    counters.check_guesses("phone_tail", case.code)
    if not cases.phone_tail_fits(case.request, tail):
        counters.count_miss("phone_tail", case.code)
        raise Problem("phone_tail_wrong")
    reply.set_cookie(
        _OPENED,
        _serializer().dumps(case.code),
        max_age=_OPENED_S,
        httponly=True,
        samesite="Lax",
        path="/r",
        secure=current_app.config["DOORSTEP"].secure_cookies,
    )


@bp.get("/<code>")
def follow(code: str) -> Reply | str | tuple[str, int]:
    """How the request stands; a mistyped code comes back with what is probably wrong with it."""
    try:
        case = case_of(code)
    except Problem as problem:
        if problem.code not in ("tracking_mistyped", "tracking_unknown"):
            raise
        return _mistyped(code, problem)
    return _page(case)


def _mistyped(code: str, problem: Problem) -> tuple[str, int]:
    length = len(normalise(code))
    slip = None
    if problem.code == "tracking_mistyped":
        with reading() as session:
            slip = likely_slip(session, code)
    wrong_length = length if problem.code == "tracking_mistyped" and length != TRACKING_SIGNS else None
    page = render_template(
        "residents/follow_entry.html", typed=code[:40], problem=problem, slip=slip, wrong_length=wrong_length
    )
    return page, problem.status


def _page(case: Case, problem: Problem | None = None) -> str:
    return render_template(
        "residents/follow.html",
        case=case,
        stages=STAGES,
        problem=problem,
        staff=Problem("staff_phone") if sessions.current() is not None else None,
        merged=STATUSES.get(case.merged_status or ""),
        rating_opens_at=acts.rating_opens_at(case),
        now=now_ms(),
    )


@bp.get("/<code>/receipt")
def receipt(code: str) -> str:
    """The tracking code, large enough to be photographed; nothing of the request itself."""
    case = case_of(code)
    url = current_app.config["DOORSTEP"].public_url + url_for("residents_following.follow", code=case.code)
    return render_template("residents/receipt.html", case=case, url=url, qr=qr_svg(url))


@bp.post("/<code>/open")
def open_case(code: str) -> Reply | tuple[str, int]:
    """The phone's last four digits show the whole request on this browser."""
    check_csrf()
    case = case_of(code)
    reply = redirect(url_for("residents_following.follow", code=case.code), 303)
    try:
        open_with_phone_tail(case, request.form.get("tail", ""), reply)
    except Problem as problem:
        if problem.code != "phone_tail_wrong":
            raise
        return _page(case, problem), problem.status
    return reply


@bp.get("/<code>/photos/<sha256>")
def photo(code: str, sha256: str) -> Response:
    """A photo of the request or of its answer."""
    case = case_of(code)
    shown = {*(case.request.photos or ()), *(name for line in case.lines for name in line.photos)}
    if not case.full or sha256 not in shown:
        raise Problem("not_found")
    return picture(sha256)


@bp.post("/<code>/agree")
def agree(code: str) -> Reply:
    """The resident agrees with the result."""
    return _step(code, "agreed")


@bp.get("/<code>/withdraw")
def ask_withdraw(code: str) -> str:
    """Withdrawing is asked twice."""
    return _step_page(code, "withdraw")


@bp.post("/<code>/withdraw")
def withdraw(code: str) -> Reply:
    """The resident withdraws the request."""
    return _step(code, "withdrawn")


@bp.get("/<code>/reopen")
def ask_reopen(code: str) -> str:
    """Where the resident says what is not solved."""
    return _step_page(code, "reopen")


@bp.post("/<code>/reopen")
def reopen(code: str) -> Reply | tuple[str, int]:
    """The resident does not agree: it is taken up again, with the reason."""
    reason = plain_text(request.form.get("reason", "")).strip()
    if not reason:
        return _step_page(code, "reopen", Problem("reason_missing")), 422
    if len(reason) > acts.MAX_REASON:
        return _step_page(code, "reopen", Problem("reason_too_long"), reason), 422
    return _step(code, "reopened", reason)


def _step_page(code: str, step: str, problem: Problem | None = None, reason: str = "") -> str:
    case = case_of(code)
    acts.check_may_act(case)
    if step not in case.steps:
        raise Problem("step_not_now")
    return render_template(f"residents/{step}.html", case=case, problem=problem, reason=reason)


def _step(code: str, to: str, reason: str = "") -> Reply:
    check_csrf()
    case = case_of(code)
    acts.check_may_act(case)
    with writing() as session:
        acts.take_step(session, case.request.id, to, reason=reason, now=now_ms())
    return redirect(url_for("residents_following.follow", code=case.code), 303)


@bp.get("/<code>/rate")
def ask_rating(code: str) -> Any:
    """The five words; before its time the page says when it opens."""
    case = case_of(code)
    try:
        acts.check_may_rate(case, now_ms())
    except Problem as problem:
        if problem.code != "rating_too_early":
            raise
        return render_template("residents/rate_later.html", case=case, opens_at=acts.rating_opens_at(case))
    return _rating_page(case, Opinion(0, "", False))


@bp.post("/<code>/rate")
def rate(code: str) -> Reply | tuple[str, int]:
    """Keep the rating, once."""
    case = case_of(code)
    text = plain_text(request.form.get("text", "")).strip()
    score = request.form.get("score", "")
    opinion = Opinion(
        int(score) if score in ("1", "2", "3", "4", "5") else 0, text, request.form.get("pressured") == "yes"
    )
    try:
        check_csrf()
        if not opinion.score:
            raise Problem("rating_missing")
        if len(text) > acts.MAX_REASON:
            raise Problem("reason_too_long")
    except Problem as problem:
        shown = Problem("page_expired") if problem.code == "csrf" else problem
        return _rating_page(case, opinion, shown), shown.status
    acts.check_may_rate(case, now_ms())
    with writing() as session:
        acts.rate(session, case, opinion, now_ms())
    return redirect(url_for("residents_following.follow", code=case.code), 303)


def _rating_page(case: Case, opinion: Opinion, problem: Problem | None = None) -> str:
    words = list(enumerate(acts.evaluation().rating_words, start=1))
    return render_template(
        "residents/rate.html",
        case=case,
        opinion=opinion,
        words=words[::-1],
        english=acts.ENGLISH_RATING_WORDS,
        problem=problem,
    )
