"""The shape of what people send about themselves: bodies of `/api/session`, `/api/enrol`, `/api/password`, `/api/totp` and of codes."""

from __future__ import annotations

from marshmallow import Schema

from app.schemas.fields import Flag, Line, Text, Word


class SignInBody(Schema):
    """A password, and the six digits of an authenticator app where one is set up."""

    login = Line(60, required=True)
    password = Text(200, required=True)
    totp = Line(10)


class PasswordBody(Schema):
    """The password once more; `totp` too where an authenticator app is being replaced."""

    password = Text(200, required=True)
    totp = Line(10)


class NewPasswordBody(Schema):
    """The old password and the new one."""

    password = Text(200, required=True)
    new_password = Text(128, required=True)


class TotpBody(Schema):
    """The offer of `POST /api/totp` with the first six digits of the app."""

    offer = Text(400, required=True)
    totp = Line(10, required=True)


class EnrolBody(Schema):
    """A one-time code, and the number under which this phone will push."""

    code = Line(80, required=True)
    client_id = Line(36, required=True)
    label = Line(120)


class CadreBody(Schema):
    """Whom a one-time code is for."""

    cadre_id = Line(36, required=True)


class QrBody(Schema):
    """An address of ours."""

    text = Line(300, required=True)


class CodesBody(Schema):
    """Codes that a team lacks."""

    team = Line(36, required=True)
    kind = Word("card", "plate", "badge", required=True)


class SubscriptionBody(Schema):
    """What a browser gives for web push; `keys` holds `p256dh` and `auth`."""

    endpoint = Line(1000, required=True)


class UnmaskedExportBody(Schema):
    """Why a ledger is exported in full, of which days and team."""

    reason = Line(200, required=True)
    team = Word()


class ImportOptionsBody(Schema):
    """How a list is to be read."""

    datum = Word("wgs84", "gcj02", "bd09")
    swap_coordinates = Flag()
    team = Word()
