"""Web push (消息推送), an optional nudge: the server's public key, and a phone's subscription, given and taken back."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, request
from sqlalchemy import update

from app.api.access import signed_in, viewer
from app.database import writing
from app.errors import Problem
from app.models.accounts import Device
from app.push_subscription import BadSubscription, push_keys, read_subscription

bp = Blueprint("push_subscriptions", __name__, url_prefix="/api")


@bp.get("/push-key")
@signed_in()
def push_key() -> Response:
    """The key that a browser subscribes with (`applicationServerKey`, base64url)."""
    return jsonify(key=push_keys(current_app.config["DOORSTEP"].data_dir).public)


@bp.post("/push-subscription")
@signed_in()
def subscribe() -> Response:
    """Keep this phone's subscription (the JSON of `PushSubscription`); another one takes its place."""
    device = _device()
    try:
        text = read_subscription(request.get_json(silent=True)).as_json()
    except BadSubscription as bad:
        raise Problem("push_subscription_wrong", str(bad)) from None
    with writing() as session:
        # One browser, one inbox: whoever was enrolled on this phone before is not nudged on it any more.
        session.execute(update(Device).where(Device.push_subscription == text).values(push_subscription=None))
        session.execute(update(Device).where(Device.id == device.id).values(push_subscription=text))
    return Response(status=204)


@bp.delete("/push-subscription")
@signed_in()
def unsubscribe() -> Response:
    """Forget this phone's subscription."""
    with writing() as session:
        session.execute(update(Device).where(Device.id == _device().id).values(push_subscription=None))
    return Response(status=204)


def _device() -> Device:
    device = viewer().device
    if device is None:
        raise Problem("push_needs_phone")
    return device
