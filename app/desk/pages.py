"""The units' pages under /desk/: sign in, the list by due date, one request with its steps. No JavaScript needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask_limiter.util import get_remote_address
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from app import audit
from app.database import reading, writing
from app.desk import photos, sign_in
from app.desk.clocks import end_of_day
from app.desk.request_page import Seen, look_at, may_look_at, read_request
from app.desk.shelves import Search, count, read_shelf, shelves_for
from app.desk.steps import BY_NAME
from app.desk.wording import PREFERENCES, current_now, template_words
from app.desk.work_orders import By, Filled, take
from app.errors import Problem
from app.forms import check_csrf
from app.limits import limiter
from app.models.desk import DeskService, DeskUnit

bp = Blueprint("desk", __name__, url_prefix="/desk")
bp.context_processor(template_words)


@bp.before_request
def guard() -> None:
    """Bound every body; a form must come from a page of ours."""
    photos.bound_body()
    if request.method == "POST":
        check_csrf()


@bp.after_request
def keep_private(response: Response) -> Response:
    """Nothing here belongs in a cache that the next person at this computer could read."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.errorhandler(Problem)
def show_problem(problem: Problem) -> Any:
    """A problem as a page; who is not signed in is asked to."""
    if problem.code == "desk_not_signed_in" and request.method == "GET":
        return redirect(url_for("desk.sign_in_page", next=request.path))
    # A session or a form may have run out while somebody was writing: the words must not be lost with it. A body
    # that was too large has not been read and never will be.
    typed = None if problem.status == 413 else request.form.get("text") or request.form.get("reason")
    return render_template("desk/problem.html", problem=problem, typed=typed), problem.status


def show_http_error(error: HTTPException) -> Any:
    """Too much, or too often, in words."""
    return show_problem(Problem("desk_body_too_large" if error.code == 413 else "too_many_tries"))


bp.register_error_handler(413, show_http_error)
bp.register_error_handler(429, show_http_error)


@bp.get("/sign-in")
def sign_in_page() -> Any:
    """The form to sign in with."""
    return render_template("desk/sign_in.html", next=_local(request.args.get("next")), login="", problem=None)


def _login() -> str:
    return request.form.get("login", "").strip()[:60].lower()


def _signed_in(response: Response) -> bool:
    return response.status_code == 303


@bp.post("/sign-in")
@limiter.limit("60 per 10 minutes", key_func=get_remote_address, deduct_when=lambda r: not _signed_in(r))
@limiter.limit("10 per 10 minutes", key_func=_login, deduct_when=lambda r: not _signed_in(r))
def start_session() -> Any:
    """Sign in. Failures are counted for each login, and loosely for each address, which an office shares."""
    try:
        token = sign_in.begin(request.form.get("login", "").strip(), request.form.get("password", ""))
    except Problem as problem:
        words = {"next": _local(request.form.get("next")), "login": request.form.get("login", "")[:60]}
        return render_template("desk/sign_in.html", problem=problem, **words), problem.status
    response = make_response(redirect(_local(request.form.get("next")) or url_for("desk.list_page"), 303))
    sign_in.set_cookie(response, token)
    return response


@bp.post("/sign-out")
def end_session() -> Any:
    """Sign out."""
    sign_in.end()
    response: Any = redirect(url_for("desk.sign_in_page"), 303)
    sign_in.delete_cookie(response)
    return response


@bp.post("/preferences")
def keep_preference() -> Any:
    """Language and size of type, kept in this browser."""
    response = redirect(_local(request.form.get("next")) or url_for("desk.list_page"), 303)
    for name, allowed in PREFERENCES.items():
        if request.form.get(name) in allowed:
            response.set_cookie(
                name,
                request.form[name],
                max_age=31_536_000,
                httponly=True,
                samesite="Lax",
                secure=current_app.config["DOORSTEP"].secure_cookies,
                path="/desk/",
            )
    return response


@bp.get("/")
def list_page() -> Any:
    """The list of one shelf."""
    officer, now = sign_in.officer(), current_now()
    shelves = shelves_for(officer, now)
    shelf = next((shelf for shelf in shelves if shelf.name == request.args.get("shelf")), shelves[0])
    search = Search(
        words=request.args.get("words", "").strip()[:80],
        service=request.args.get("service", "")[:32],
        unit=request.args.get("unit", "")[:36] if officer.centre else "",
        page=max(1, min(request.args.get("page", 1, type=int), 10_000)),
    )
    with reading() as session:
        counts = count(session, shelves)
        rows, more = read_shelf(session, officer, shelf, search, now)
        services = session.scalars(select(DeskService).order_by(DeskService.order)).all()
        units = session.scalars(select(DeskUnit).where(~DeskUnit.centre).order_by(DeskUnit.code)).all()
    return render_template(
        "desk/list.html",
        officer=officer,
        shelves=shelves,
        shelf=shelf,
        counts=counts,
        rows=rows,
        more=more,
        search=search,
        services=services,
        units=units if officer.centre else [],
        done=BY_NAME.get(request.args.get("done", "")),
    )


@bp.get("/requests/<request_id>")
def request_page(request_id: str) -> Any:
    """One request: what it says, how it stands, what can be done."""
    officer = sign_in.officer()
    with reading() as session:
        seen = read_request(session, officer, request_id, current_now())
    return _render(seen, done=BY_NAME.get(request.args.get("done", "")))


@bp.post("/requests/<request_id>/contact")
def show_contact(request_id: str) -> Any:
    """The resident's full name and number, for who must reach them; that they were looked at is audited."""
    officer = sign_in.officer()
    with writing() as session:
        seen = read_request(session, officer, request_id, current_now())
        if not seen.may_see_contact:
            raise Problem("not_allowed")
        audit.append(
            session,
            officer.account_id,
            "desk_contact_viewed",
            now=current_now(),
            subject=f"desk_request:{request_id}",
        )
    return _render(seen, contact=True)


@bp.post("/requests/<request_id>/steps/<name>")
def take_step(request_id: str, name: str) -> Any:
    """Take a step. When it cannot be taken, the page comes back with the reason and with what was typed."""
    officer = sign_in.officer()
    if name not in BY_NAME:
        raise Problem("not_found")
    try:
        filled = _filled()
        kept = photos.keep(photos.uploaded("photos"))
        with writing() as session:
            found, part = look_at(session, officer, request_id, lock=True)
            now = current_now()
            names = tuple(photos.register(session, kept, now))
            by = By(part, officer.unit_name, officer.name)
            take(session, found, name, by, replace(filled, photos=names), now)
            still_theirs = may_look_at(session, officer, request_id)
    except Problem as problem:
        return _shown_again(officer, request_id, name, problem)
    if not still_theirs:
        # A unit that sends a request back has no part in it any more.
        return redirect(url_for("desk.list_page", done=name), 303)
    return redirect(url_for("desk.request_page", request_id=request_id, done=name), 303)


def _shown_again(officer: sign_in.Officer, request_id: str, name: str, problem: Problem) -> Any:
    with reading() as session:
        seen = read_request(session, officer, request_id, current_now())
    return _render(seen, problem=problem, tried=name), problem.status


def _render(seen: Seen, **words: Any) -> Response:
    shown = {"problem": None, "tried": None, "done": None, "contact": False} | words
    return make_response(render_template("desk/request.html", officer=sign_in.officer(), seen=seen, **shown))


def _filled() -> Filled:
    form = request.form
    until = None
    if form.get("until"):
        try:
            until = end_of_day(date.fromisoformat(form["until"]))
        except (ValueError, OverflowError) as error:
            raise Problem("desk_wrong_term") from error
    return Filled(
        text=form.get("text", ""),
        reason=form.get("reason", ""),
        lead=form.get("lead") or None,
        co=tuple(form.getlist("co")),
        until=until,
        tell=form.get("tell") == "1",
        seen_rev=form.get("rev", type=int),
    )


def _local(target: str | None) -> str | None:
    """`target` if it is a page of the desk; nobody is sent elsewhere."""
    return target if target and target.startswith("/desk/") and "\\" not in target else None
