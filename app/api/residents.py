"""The first pages of residents and enterprises: the landing page, a scanned code, the check of a visitor's badge."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as Reply

from app import photos
from app.database import reading
from app.domain.codes import TRACKING_SIGNS, normalise
from app.errors import Problem
from app.ids import now_ms
from app.models.attachments import Attachment
from app.residents import badges, counters, look, scanned
from app.residents.scanned import Scanned

bp = Blueprint("residents", __name__)
look.prepare(bp)
bp.after_app_request(look.keep_choices)
bp.record_once(lambda state: state.app.jinja_env.globals.update(look.template_words()))

_KINDS = {"plate": ("楼栋牌", "Building plate"), "card": ("连心卡", "Contact card"), "badge": ("工作证", "Badge")}


@bp.get("/")
def home() -> str:
    """The landing page: a door for each of those who use the product."""
    return render_template("home.html", desk=current_app.config["DOORSTEP"].desk_enabled)


@bp.get("/r/")
def entry() -> Reply | str:
    """Without a code: enter the tracking code or the number below a QR code, or call."""
    typed = request.args.get("q", "").strip()
    if not typed:
        return render_template("residents/entry.html")
    if len(normalise(typed)) <= TRACKING_SIGNS + 2:
        return redirect(url_for("residents_following.entry", q=typed))
    return redirect(url_for("residents.scan", code=typed[:60]))


@bp.get("/r/check")
def check() -> Reply | str:
    """How to check a visitor: scan the badge, or enter the number printed on it."""
    typed = request.args.get("q", "").strip()
    if typed:
        return redirect(url_for("residents.scan", code=typed[:60]))
    return render_template("residents/check.html")


def found(code: str) -> Scanned:
    """The living code of this address; wrong guesses are counted. Raises `Problem`."""
    counters.check_guesses("scan")
    try:
        with reading() as session:
            return scanned.find(session, code)
    except Problem as problem:
        if problem.code == "code_unknown":
            counters.count_miss("scan")
        raise


@bp.get("/r/<code>")
def scan(code: str) -> Reply | str:
    """What a scanned code opens: the door's page, or the badge's."""
    here = found(code)
    if here.code != code:
        return redirect(url_for("residents.scan", code=here.code))
    if here.kind == "badge":
        return _badge(here)
    return render_template("residents/scan.html", here=here, kind=_KINDS[here.kind])


def _badge(here: Scanned, digits: str | None = None) -> str:
    if here.cadre is None:
        raise Problem("code_unknown")
    now = now_ms()
    genuine: bool | None = None
    with reading() as session:
        valid = badges.is_valid(session, here.cadre, now)
        today = badges.visiting_today(session, here.cadre, now)
        if digits is not None:
            genuine = badges.digits_are_genuine(session, here.cadre, digits, now)
    if genuine is False:
        counters.count_miss("badge_digits", here.code)
    return render_template("residents/badge.html", here=here, valid=valid, today=today, genuine=genuine, now=now)


@bp.post("/r/<code>/verify")
def verify(code: str) -> str:
    """Compare the six digits on the cadre's phone. It changes nothing, so it carries no form token: at the door it must just work."""
    here = found(code)
    if here.kind != "badge":
        raise Problem("code_unknown")
    counters.check_guesses("badge_digits", here.code)
    return _badge(here, request.form.get("digits", "")[:20])


@bp.get("/r/<code>/photo")
def photo(code: str) -> Response:
    """The photo on a badge."""
    here = found(code)
    if here.kind != "badge" or here.cadre is None or not here.cadre.photo:
        abort(404)
    return picture(here.cadre.photo)


def picture(sha256: str) -> Response:
    """A stored photo by the name its sender gave it."""
    with reading() as session:
        kept = session.get(Attachment, sha256)
    if kept is None:
        raise Problem("not_found")
    reply = send_file(
        photos.path_of(current_app.config["DOORSTEP"].photo_dir, kept.stored_sha256), mimetype=kept.media_type
    )
    reply.headers["Cache-Control"] = "private, max-age=600"
    return reply
