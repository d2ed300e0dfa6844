"""CSRF tokens of HTML forms: bound to a cookie of the visitor, signed, good for a day."""

from __future__ import annotations

import secrets

from flask import Response, current_app, g, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.errors import Problem

_MAX_AGE_S = 86_400


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["DOORSTEP"].secret_key, salt="form")


def _cookie() -> str:
    """`__Host-`: no neighbouring host can plant the name that a token is bound to."""
    return "__Host-doorstep_form" if current_app.config["DOORSTEP"].secure_cookies else "doorstep_form"


def visitor() -> str:
    """A random name of this browser; it says nothing about the person."""
    if "form_visitor" not in g:
        g.form_visitor = request.cookies.get(_cookie()) or secrets.token_urlsafe(16)
    name: str = g.form_visitor
    return name


def csrf_token() -> str:
    """The hidden field `csrf` of a form."""
    return str(_serializer().dumps(visitor()))


def check_csrf() -> None:
    """Refuse a form that did not come from a page of ours; raises `Problem("csrf")`."""
    try:
        named = _serializer().loads(request.form.get("csrf", ""), max_age=_MAX_AGE_S)
    except BadSignature:
        raise Problem("csrf") from None
    if not secrets.compare_digest(str(named), request.cookies.get(_cookie(), "")):
        raise Problem("csrf")


def keep_visitor(response: Response) -> Response:
    """Set the visitor's cookie when a form was shown."""
    if "form_visitor" in g and request.cookies.get(_cookie()) != g.form_visitor:
        response.set_cookie(
            _cookie(),
            g.form_visitor,
            max_age=_MAX_AGE_S * 30,
            httponly=True,
            samesite="Lax",
            secure=current_app.config["DOORSTEP"].secure_cookies,
        )
    return response
