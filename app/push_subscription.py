"""What server and phones agree on for web push (消息推送): the server's key pair (VAPID, RFC 8292) and a phone's subscription."""

from __future__ import annotations

import base64
import json
import os
import tempfile
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

_KEY_FILE = "vapid_key"
_PRIVATE_BYTES = 32
_AUTH_BYTES = 16
_LONGEST_ENDPOINT = 1000


class PushKeys(NamedTuple):
    """The server's key pair, both halves raw in base64url without padding, as browsers and `py_vapid` want them."""

    private: str
    public: str


def push_keys(data_dir: Path) -> PushKeys:
    """The key pair of this installation; made on first use, readable by the owner only.

    Whoever loses it loses all subscriptions: browsers take pushes from the key they subscribed with and from no other.
    """
    path = data_dir / "secrets" / _KEY_FILE
    if not path.exists():
        _make(path)
    # 7 MB of memory: most processes never handle a key, so the functions that do bring the library.
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    private = path.read_text(encoding="ascii").strip()
    key = ec.derive_private_key(int.from_bytes(_unb64(private), "big"), ec.SECP256R1())
    return PushKeys(private, _b64(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)))


def _make(path: Path) -> None:
    """Written aside and linked: of two processes that start together one wins, and nobody reads half a key."""
    from cryptography.hazmat.primitives.asymmetric import ec

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    # Readable by the owner only: that is how mkstemp makes files.
    handle, aside = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(_b64(number.to_bytes(_PRIVATE_BYTES, "big")))
        os.link(aside, path)
    except FileExistsError:
        return
    finally:
        os.unlink(aside)


class BadSubscription(ValueError):
    """Not a push subscription that we would use; the message names the part."""


class Subscription(NamedTuple):
    """Where a phone's pushes go, and for whom they are encrypted: point and secret of the phone, in base64url."""

    endpoint: str
    p256dh: str
    auth: str

    def as_json(self) -> str:
        """As it stands in `device.push_subscription`; the same subscription always gives the same text."""
        return json.dumps({"endpoint": self.endpoint, "keys": {"auth": self.auth, "p256dh": self.p256dh}})

    @property
    def host(self) -> str:
        """The push service's name and port."""
        return urlsplit(self.endpoint).netloc


def read_subscription(value: Any) -> Subscription:
    """The subscription in a browser's own JSON (`PushSubscription.toJSON()`); raises `BadSubscription`.

    The endpoint is an address that this server will call one day, chosen by somebody else: https only. Which machines
    it may lead to is checked when it is called.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    keys = value.get("keys") if isinstance(value, dict) else None
    endpoint = value.get("endpoint") if isinstance(value, dict) else None
    if not isinstance(endpoint, str) or not _may_be_called(endpoint):
        raise BadSubscription("endpoint")
    if not isinstance(keys, dict):
        raise BadSubscription("keys")
    try:
        point, secret = _unb64(keys.get("p256dh")), _unb64(keys.get("auth"))
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except (ValueError, TypeError):
        raise BadSubscription("keys") from None
    if len(secret) != _AUTH_BYTES:
        raise BadSubscription("keys")
    return Subscription(endpoint, _b64(point), _b64(secret))


def _may_be_called(endpoint: str) -> bool:
    if len(endpoint) > _LONGEST_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        return False
    try:
        parts = urlsplit(endpoint)
        _ = parts.port
    except ValueError:
        return False
    # No push service is reached by an IPv6 literal, and the signature's audience could not name it.
    return parts.scheme == "https" and bool(parts.hostname) and parts.username is None and "[" not in parts.netloc


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: Any) -> bytes:
    if not isinstance(text, str):
        raise TypeError
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
