"""Who is asking, and what they may see: the one place that adds the scope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import g
from sqlalchemy import select

from app import sessions
from app.database import db
from app.errors import Problem
from app.ids import now_ms
from app.models.accounts import Account, Device, LoginSession
from app.models.people import Team
from app.models.places import Area
from app.record_rules import TASK_FORCE
from app.writes import Actor
from sync.step import Author

P = ParamSpec("P")
R = TypeVar("R")

# A soft-revoked phone may hand in what it holds for so long.
QUARANTINE_MS = 7 * 86_400_000


@dataclass(frozen=True)
class Viewer:
    """The person behind a request.

    `scopes` is what sync gives to their phone; `team_ids` is what their boards show (None: all teams of the city).
    """

    account: Account
    login: LoginSession
    device: Device | None
    scopes: frozenset[str]
    team_ids: frozenset[str] | None

    def on_behalf_of(self, account: Account, device: Device) -> Viewer:
        """The owner of a phone, whose work the viewer hands in from a file."""
        return Viewer(account, self.login, device, _scopes(account), _team_ids(account))

    @property
    def person_id(self) -> str:
        """The id that stands in records: the cadre's, or the account's."""
        return self.account.cadre_id or self.account.id

    @property
    def role(self) -> str:
        """cadre, leader, task_force, unit or admin."""
        return self.account.role

    def actor(self) -> Actor:
        """The viewer as an author of server-side writes."""
        return Actor(self.role, self.person_id, self.account.name)

    def author(self, client_id: str) -> Author:
        """The viewer as an author of pushed mutations."""
        scopes = self.scopes - {"all"}
        return Author(self.person_id, self.role, self.account.name, client_id, scopes)

    def may_see_team(self, team_id: str | None) -> bool:
        """Whether a team's records are the viewer's business."""
        return self.team_ids is None or team_id in self.team_ids

    def may_read(self, scope: str) -> bool:
        """Whether records of a scope are the viewer's: on the own phone, or on a board of leaders and the task force."""
        if scope in self.scopes:
            return True
        on_board = self.role in ("leader", "task_force") and scope.startswith("team:")
        return on_board and self.may_see_team(scope.removeprefix("team:"))


def viewer() -> Viewer:
    """The signed-in person of this request; raises `Problem("session_expired")`."""
    if "viewer" not in g:
        found = sessions.current()
        if found is None or (not found[0].active and not (found[2] and found[2].revoked == "soft")):
            raise Problem("session_expired")
        account, login, device = found
        if device is not None and device.revoked == "hard":
            raise Problem("device_revoked", headers={"X-Doorstep-Wipe": "1"})
        sessions.touch(login, now_ms())
        g.viewer = Viewer(account, login, device, _scopes(account), _team_ids(account))
    result: Viewer = g.viewer
    return result


def _scopes(account: Account) -> frozenset[str]:
    scopes = {"all", f"user:{account.cadre_id or account.id}"}
    if account.team_id:
        scopes.add(f"team:{account.team_id}")
    if account.role == "task_force":
        scopes.add(TASK_FORCE)
    return frozenset(scopes)


def _team_ids(account: Account) -> frozenset[str] | None:
    """A task force sees its area (none named: the city); a leader the own team; a cadre the own team."""
    if account.role in ("task_force", "admin"):
        if not account.area_id:
            return None
        prefix = _shared_digits(account.area_id)
        here = select(Area.team_id).where(Area.id.startswith(prefix), Area.team_id.is_not(None))
        named = select(Team.id).where(Team.area_id.startswith(prefix))
        return frozenset(t for t in db.session.scalars(here.union(named)) if t)
    return frozenset([account.team_id]) if account.team_id else frozenset()


def _shared_digits(area_id: str) -> str:
    """What the codes of all parts of an area begin with: GB/T 2260 ends a city in 00 and a province in 0000."""
    return area_id.removesuffix("00").removesuffix("00") if len(area_id) == 6 else area_id


def signed_in(*roles: str, hand_in: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Only for signed-in people, and only of these roles when any are named.

    `hand_in` marks what a phone whose owner left the post (revoked `soft`) may still do: hand in its work for seven days [S4].
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            person = viewer()
            if person.device is not None and person.device.revoked:
                _check_hand_in(person.device, hand_in)
            if roles and person.role not in roles:
                raise Problem("not_allowed")
            return view(*args, **kwargs)

        guarded.doorstep_roles = roles or ("any",)  # type: ignore[attr-defined]
        return guarded

    return decorate


def _check_hand_in(device: Device, hand_in: bool) -> None:
    if not hand_in:
        raise Problem("device_revoked")
    if now_ms() - (device.revoked_at or 0) > QUARANTINE_MS:
        raise Problem("device_revoked", headers={"X-Doorstep-Wipe": "1"})


def confirmed() -> bool:
    """Whether the password was entered within the last half hour (needed for unmasked exports)."""
    at: Any = viewer().login.confirmed_at
    return at is not None and now_ms() - at < sessions.CONFIRMED_MS
