"""The door for platforms that report by signed webhook (Standard Webhooks): verify, store, then say so. Applying is the worker's."""

from __future__ import annotations

import json

import structlog
from flask import Blueprint, Response, request
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError, WebhookVerificationError

from app.database import reading, writing
from app.domain.webhook_news import Malformed, read_message
from app.errors import Problem
from app.ids import now_ms
from app.models.forwarding import Target
from app.platform_inbox import store_news

bp = Blueprint("platform_webhook", __name__)
log = structlog.get_logger()

MAX_BYTES = 256 * 1024
_MAX_ID = 190


@bp.post("/api/platform-webhook/<target>")
def receive(target: str) -> Response:
    """Take one message. 204 once it is stored, and again for every replay; 401 for a wrong signature, 400 for a stale one."""
    request.max_content_length = MAX_BYTES
    body = request.get_data(cache=False)
    _check_signature(target, body)
    message_id = request.headers["webhook-id"]
    now = now_ms()
    try:
        news = read_message(json.loads(body), message_id, now)
    except (Malformed, ValueError, RecursionError):
        raise Problem("webhook_malformed") from None
    with writing() as session:
        stored = store_news(session, target, [news], "webhook", now, strangers=True)
    log.info("webhook_received", target=target, new=bool(stored))
    return Response(status=204)


def _check_signature(target: str, body: bytes) -> None:
    """Raises `Problem`: an unknown target gets the same answer as a wrong signature."""
    with reading() as session:
        row = session.get(Target, target)
        secret = row.api_key if row is not None and row.enabled and row.adapter == "webhook" else None
    if len(request.headers.get("webhook-id", "")) > _MAX_ID:
        raise Problem("webhook_malformed")
    try:
        Webhook(secret or "").verify(body, dict(request.headers), json_parse=False)
    except WebhookVerificationError as error:
        raise Problem("webhook_stale" if "timestamp too" in str(error) else "webhook_signature") from None
    except (EmptyWebhookSecretError, ValueError, RuntimeError):
        raise Problem("webhook_signature") from None
