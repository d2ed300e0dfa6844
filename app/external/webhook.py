"""A platform that takes signed messages (Standard Webhooks, standardwebhooks.com) and reports back in the same way.

The target's key is the shared secret (`whsec_…`). The message id is our reference and stays the same however often it is sent.
The answer may name the platform's number; else the number follows in a message to `/api/platform-webhook/<target>`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook as Signer
from standardwebhooks.webhooks import EmptyWebhookSecretError

from app.domain.forwarding import Outcome
from app.external.adapters import ENDING_WORDS, Adapter, Can, Facts, Parcel, Sent
from app.external.http import NoReply, NotSent
from app.external.open311_answers import judge_reply
from app.external.replies import w3_time


class Webhook(Adapter):
    """`target.url` receives the messages. It cannot be searched, so nothing doubtful is ever sent twice without a person."""

    abilities = Can.CREATE | Can.PUSH_UPDATES | Can.RETURN | Can.EXTEND | Can.REOPEN | Can.END

    def compose(self, facts: Facts) -> dict[str, Any]:
        """The message: type, time and data, as Standard Webhooks recommends."""
        data: dict[str, Any] = {
            "reference": facts.reference,
            "service_code": facts.service_code,
            "description": facts.text,
            "address": facts.address,
            "lat": facts.lat,
            "long": facts.lon,
            "phone": facts.phone,
            "recorded_at": w3_time(facts.recorded_at) if facts.recorded_at else None,
            "resident_due_at": w3_time(facts.due_at) if facts.due_at else None,
            "confidential": facts.confidential,
            "urgent": facts.urgent,
        }
        kind = "service_request.created"
        if facts.reopened:
            kind = "service_request.reopened"
            data = {
                "reference": facts.reference,
                "service_request_id": facts.platform_id,
                "description": facts.reopened,
            }
        elif facts.ended:
            kind = "service_request.agreed" if facts.ended == "agree" else "service_request.withdrawn"
            data = {
                "reference": facts.reference,
                "service_request_id": facts.platform_id,
                "description": ENDING_WORDS[facts.ended],
            }
        data = {name: value for name, value in data.items() if value not in (None, "")}
        return {"type": kind, "timestamp": w3_time(facts.composed_at), "data": data}

    def send(self, parcel: Parcel, before_sending: Callable[[], None]) -> Sent:
        """POST the signed message."""
        text = json.dumps(parcel.payload, ensure_ascii=False)
        now = datetime.now(UTC)
        try:
            signature = Signer(self.target.api_key or "").sign(parcel.reference, now, text)
        except (ValueError, RuntimeError, EmptyWebhookSecretError):
            return Sent(Outcome.NOT_SENT, detail="bad_key")
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "webhook-id": parcel.reference,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        try:
            reply = self.outward.call(
                "POST", self.target.url, body=text.encode(), headers=headers, before_sending=before_sending
            )
        except NotSent as failure:
            return Sent(Outcome.NOT_SENT, detail=failure.code)
        except NoReply as failure:
            return Sent(Outcome.UNKNOWN, detail=failure.code, http_status=failure.status)
        if 200 <= reply.status < 300 and not reply.body.strip():
            # A receiver of webhooks says "taken" by its status alone.
            return Sent(Outcome.BLIND, http_status=reply.status)
        return judge_reply(reply, parcel)

    def probe(self) -> bool:
        """Any answer to a GET, a refusal too, shows that somebody is there."""
        try:
            return self.outward.call("GET", self.target.url).status < 500
        except (NotSent, NoReply):
            return False
