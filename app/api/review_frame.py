"""What every endpoint of the review shares: whose board, which days, which body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from flask import current_app, request
from marshmallow import RAISE, Schema, ValidationError

from app.api.access import Viewer, signed_in, viewer
from app.errors import Problem
from app.ids import now_ms
from app.programmes import load
from app.programmes.shape import Programme
from app.review.reach import CITY, Period, Reach, check_period, last_visit_day, team_reach
from app.writes import Actor

# More than any list has, and fewer than a database's numbers hold.
_MOST_ROWS = 10**9
P = ParamSpec("P")
R = TypeVar("R")


def for_leaders(view: Callable[P, R]) -> Callable[P, R]:
    """Team leaders and the task force."""
    return signed_in("leader", "task_force")(view)


def for_task_force(view: Callable[P, R]) -> Callable[P, R]:
    """The task force alone."""
    return signed_in("task_force")(view)


def programme() -> Programme:
    """The programme in force here."""
    return load(current_app.config["DOORSTEP"].programme)


def whole_reach(person: Viewer) -> Reach:
    """Everything that this person's board may show."""
    account = person.account
    if account.role == "leader" and account.team_id:
        return team_reach(account.team_id)
    key = f"area:{account.area_id}" if account.area_id else CITY
    return Reach(key, person.team_ids, confidential=account.role == "task_force")


def reach_of(team_id: str | None) -> Reach:
    """The viewer's whole reach, or one team of it; raises `Problem("not_found")` for a team of somebody else's."""
    person = viewer()
    if not team_id:
        return whole_reach(person)
    if not person.may_see_team(team_id):
        raise Problem("not_found", "team")
    return team_reach(team_id)


def asked_reach() -> Reach:
    """The reach named by `?team=`."""
    return reach_of(request.args.get("team"))


def asked_period(args: Any = None) -> Period:
    """The days named by `?on=` and `?from=`; the newest visit day unless named."""
    args = request.args if args is None else args
    try:
        return check_period(args.get("from"), args.get("on") or last_visit_day(programme().cadence, now_ms()))
    except ValueError:
        raise Problem("bad_request", "on") from None


def asked_after() -> int:
    """How many rows `?after=` says are there already; raises `Problem("bad_request")` for what is no number of rows."""
    try:
        after = int(request.args.get("after", "0"))
    except ValueError:
        raise Problem("bad_request", "after") from None
    if after > _MOST_ROWS:
        raise Problem("bad_request", "after")
    return max(0, after)


def loaded(schema: type[Schema]) -> dict[str, Any]:
    """The body of this request, checked; raises `Problem("bad_request")` naming the first wrong field."""
    try:
        body: dict[str, Any] = schema(unknown=RAISE).load(request.get_json(silent=True) or {})
    except ValidationError as error:
        raise Problem("bad_request", str(next(iter(error.messages_dict), ""))) from None
    return body


def actor() -> Actor:
    """The viewer as the author of what is written now."""
    return viewer().actor()


def own_teams(person: Viewer) -> frozenset[str]:
    """The teams whose residents this person may not call."""
    return frozenset([person.account.team_id]) if person.account.team_id else frozenset()


def found(thing: R | None) -> R:
    """What was looked up, or `Problem("not_found")`: what is not yours is not there."""
    if thing is None:
        raise Problem("not_found")
    return thing
