"""Proof of work (ALTCHA) for the filing form, only while the site is under attack; a browser without script is reviewed, not refused."""

from __future__ import annotations

import base64
import binascii
import datetime
import json
from urllib.parse import parse_qs

from altcha import v1
from flask import current_app

# About a second on an old phone.
_MAX_NUMBER = 50_000
_VALID = datetime.timedelta(days=1)


def is_asked() -> bool:
    """Whether the form asks for it now."""
    asked: bool = current_app.config["DOORSTEP"].under_attack
    return asked


def challenge(record_id: str) -> str:
    """The task for one form, as JSON; its solution is worth nothing for another form."""
    options = v1.ChallengeOptions(
        hmac_key=_key(),
        max_number=_MAX_NUMBER,
        expires=datetime.datetime.now(datetime.UTC) + _VALID,
        params={"form": record_id},
    )
    return json.dumps(v1.create_challenge(options).to_dict())


def is_solved(payload: str, record_id: str) -> bool:
    """Whether the hidden field holds the solution of this form's task."""
    try:
        solution = json.loads(base64.b64decode(payload, validate=True))
        named = parse_qs(str(solution["salt"]).partition("?")[2].rstrip("&"))["form"] == [record_id]
        return named and v1.verify_solution(payload, _key())[0]
    except (binascii.Error, ValueError, KeyError, TypeError):
        return False


def _key() -> str:
    return f"altcha {current_app.config['DOORSTEP'].secret_key}"
