"""Web push (消息推送, RFC 8030): a message encrypted for one phone, signed by this server, left with the phone's push service.

The push service is somebody else's machine and learns that there is news, not what it is.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec
from py_vapid import Vapid02, VapidException
from pywebpush import WebPusher, WebPushException

from app.external.http import NoReply, NotSent, Outward, Reply
from app.push_subscription import PushKeys, Subscription

# A phone that comes back later than this reads its inbox anyway.
TTL_S = 12 * 3600
_SIGNATURE_S = 12 * 3600
_TOPIC_BYTES = 24
# An endpoint that may not be called now will never be one that may: it was not made by a push service.
_NEVER = frozenset({"blocked_address", "bad_url"})


class Pushed(StrEnum):
    """What became of a push: taken; the subscription is gone; not now; not this message."""

    TAKEN = "taken"
    GONE = "gone"
    LATER = "later"
    REFUSED = "refused"


class WebPush:
    """One way out for pushes. `subject` says whom a push service may write to: a mailto: or https: address."""

    def __init__(self, outward: Outward, keys: PushKeys, subject: str) -> None:
        self._outward = outward
        self._vapid = Vapid02.from_raw(keys.private.encode())
        self._subject = subject

    def send(self, to: Subscription, message: dict[str, object], topic: str, now: int) -> Pushed:
        """Encrypt and send one message; `topic` lets the push service drop an older one that still waits. `now` in ms."""
        info = {"endpoint": to.endpoint, "keys": {"p256dh": to.p256dh, "auth": to.auth}}
        try:
            body: bytes = WebPusher(info).encode(msgspec.json.encode(message), "aes128gcm")["body"]
            signature = self._signature(to.endpoint, now)
        except (WebPushException, VapidException, ValueError):
            # Nothing can ever be sent to it, and one bad subscription must not cost the others their nudge.
            return Pushed.GONE
        headers = {
            **signature,
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(TTL_S),
            "Urgency": "normal",
            "Topic": urlsafe_b64encode(hashlib.sha256(topic.encode()).digest()[:_TOPIC_BYTES]).decode(),
        }
        try:
            reply = self._outward.call("POST", to.endpoint, body=body, headers=headers)
        except NotSent as failure:
            return Pushed.GONE if failure.code in _NEVER else Pushed.LATER
        except NoReply:
            return Pushed.LATER
        return outcome_of(reply)

    def _signature(self, endpoint: str, now: int) -> dict[str, str]:
        parts = urlsplit(endpoint)
        audience = f"{parts.scheme}://{parts.netloc}"
        claims = {"aud": audience, "sub": self._subject, "exp": now // 1000 + _SIGNATURE_S}
        signed: dict[str, str] = self._vapid.sign(claims)
        return {"Authorization": signed["Authorization"]}


def outcome_of(reply: Reply) -> Pushed:
    """RFC 8030: 201 is the rule, 404 and 410 end a subscription. Redirects are not followed, so they are a refusal."""
    if 200 <= reply.status < 300:
        return Pushed.TAKEN
    if reply.status in (404, 410):
        return Pushed.GONE
    return Pushed.LATER if reply.status == 429 or reply.status >= 500 else Pushed.REFUSED
