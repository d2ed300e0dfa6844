"""How residents' pages speak and look: Chinese or English, normal or large type, dates as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, g, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from app.assets import asset
from app.errors import Problem
from app.ids import now_ms

# Asia/Shanghai has had no summer time since 1991, and these pages show nothing older.
_SHANGHAI = timedelta(hours=8)
# Far more than any form without photos needs: a text that is too long comes back with the limit in words.
MOST_BYTES = 1024 * 1024
_YEAR_S = 365 * 86_400
_CHOICES = {"lang": ("zh", "en"), "type": ("normal", "large")}


def choice(name: str) -> str:
    """What the reader chose for `lang` (zh, en) or `type` (normal, large): in the address now, or earlier in a cookie."""
    allowed = _CHOICES[name]
    for chosen in (request.args.get(name), request.cookies.get(f"doorstep_{name}")):
        if chosen in allowed:
            return str(chosen)
    return allowed[0]


def t(zh: str, en: str) -> str:
    """The Chinese or the English text, as the reader chose."""
    return en if choice("lang") == "en" else zh


def now() -> int:
    """This page's instant, the same all over it."""
    if "page_now" not in g:
        g.page_now = now_ms()
    instant: int = g.page_now
    return instant


def local(at_ms: int) -> datetime:
    """The wall clock in Asia/Shanghai at an instant in ms."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).replace(tzinfo=None) + _SHANGHAI


def when(at_ms: int) -> str:
    """A local time: 11月22日 15:30, with the year when it is not this one."""
    at = local(at_ms)
    return f"{day(at_ms)} {at:%H:%M}" if choice("lang") == "zh" else f"{day(at_ms)}, {at:%H:%M}"


def day(at_ms: int) -> str:
    """A local date."""
    at = local(at_ms)
    if at.year == local(now()).year:
        return t(f"{at.month}月{at.day}日", f"{at.day} {at:%b}")
    return t(f"{at.year}年{at.month}月{at.day}日", f"{at.day} {at:%b} {at.year}")


def span(length_ms: int) -> str:
    """A length of time, in the largest unit that says enough."""
    minutes = max(1, abs(length_ms) // 60_000)
    if minutes < 60:
        return t(f"{minutes}分钟", f"{minutes} min")
    hours = minutes // 60
    if hours < 48:
        return t(f"{hours}小时", f"{hours} h")
    return t(f"{hours // 24}天", f"{hours // 24} days")


def toggle(name: str, value: str) -> str:
    """A link to this very page with another choice; the rest of the query stays."""
    kept = {key: text for key, text in request.args.items() if key not in _CHOICES}
    return f"{request.path}?{urlencode({**kept, name: value})}"


def keep_choices(response: Response) -> Response:
    """Remember in cookies what the reader chose on this page."""
    if not request.query_string:
        return response
    for name, allowed in _CHOICES.items():
        if request.args.get(name) in allowed:
            response.set_cookie(
                f"doorstep_{name}",
                choice(name),
                max_age=_YEAR_S,
                httponly=True,
                samesite="Lax",
                secure=current_app.config["DOORSTEP"].secure_cookies,
            )
    return response


def keep_private(response: Response) -> Response:
    """Nothing of a resident's page stays in a cache or a search engine."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def prepare(bp: Blueprint, most_bytes: int = MOST_BYTES) -> None:
    """What all residents' pages share: nothing is cached, and a form is bounded before it is read."""

    def check_size() -> None:
        # Only a multipart form can carry photos.
        most = most_bytes if request.mimetype == "multipart/form-data" else MOST_BYTES
        if (request.content_length or 0) > most:
            raise Problem("form_too_large")

    def too_large(_error: RequestEntityTooLarge) -> tuple[str, int]:
        problem = Problem("form_too_large")
        return render_template("error.html", problem=problem), problem.status

    bp.before_request(check_size)
    bp.after_request(keep_private)
    bp.register_error_handler(RequestEntityTooLarge, too_large)


def template_words() -> dict[str, object]:
    """What every page of the server may say."""
    words = (t, when, day, span, asset, toggle, choice)
    return {word.__name__: word for word in words} | {"page_now": now}
