"""Spot checks (抽查回访): the draw, who may call, and what the calls say."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import append as audit
from app.domain.check_in import GRADE_WEIGHTS, call_back_weight
from app.domain.sampling import Draw, calls_needed, draw, finding, may_call, seal
from app.ids import new_id
from app.models.places import Place, PlaceContact
from app.models.reviews import SpotCheck, SpotCheckCall
from app.models.visits import Visit
from app.review.reach import Period, Reach
from app.review.visits import live
from app.writes import Actor

# At most three questions; the words stand in the app. A call differs when the answer contradicts the record.
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "visited": ("yes", "no", "unsure"),
    "recorded": ("yes", "no", "nothing_said"),
    "content": ("yes", "partly", "no"),
}
_DIFFERS = (("visited", "no"), ("recorded", "no"))
_MOST_TRIES = 3
_ORDINARY = GRADE_WEIGHTS["a"]
# Only a visit at which somebody was met has somebody to ask.
_ASKABLE = "met"


def start(
    session: Session, reach: Reach, on: str, random_calls: int, risk_calls: int, actor: Actor, now: int
) -> SpotCheck:
    """Seal the day's list and draw. A day is drawn once: asked again, the draw that stands is the answer.

    The day's signals weigh in: `app.review.signals.flag` brings them up to date before.
    """
    standing = of_day(session, reach, on)
    if standing is not None:
        return standing
    period = Period(on, on)
    visits = session.execute(
        select(Visit.id, Visit.scope, Visit.evidence, Visit.flags).where(live(reach, period), Visit.outcome == _ASKABLE)
    ).all()
    sealed = seal(on, (visit.id for visit in visits))
    drawn = draw(sealed, random_calls, risk_calls, _weights(visits))
    check = SpotCheck(
        id=new_id(),
        visit_on=on,
        reach=reach.key,
        sealed=_packed(sealed.ids),
        sealed_hash=sealed.list_hash,
        sealed_count=len(sealed.ids),
        seed=sealed.seed,
        random_calls=random_calls,
        risk_calls=risk_calls,
        drawn_by=actor.id or "",
        drawn_name=actor.name,
        drawn_at=now,
    )
    session.add(check)
    session.flush()
    teams = {visit.id: visit.scope.removeprefix("team:") for visit in visits}
    for layer, ids in (("random", drawn.random), ("risk", drawn.risk)):
        session.add_all(
            SpotCheckCall(spot_check_id=check.id, visit_id=visit, place=place, layer=layer, team_id=teams[visit])
            for place, visit in enumerate(ids)
        )
    audit(session, actor.id, "spot_check_drawn", now=now, subject=check.id, detail={"sealed": sealed.list_hash})
    return check


def _weights(visits: Any) -> dict[str, float]:
    """Only what stands out from an ordinary visit pulls at the risk layer."""
    weights = {v.id: call_back_weight(v.evidence or "d", v.flags or ()) for v in visits}
    return {visit: float(weight) for visit, weight in weights.items() if weight > _ORDINARY}


def _packed(ids: tuple[str, ...]) -> bytes:
    return zlib.compress(b"".join(uuid.UUID(visit).bytes for visit in ids))


def unpacked(sealed: bytes) -> list[str]:
    """The sealed list, as it was."""
    raw = zlib.decompress(sealed)
    return [str(uuid.UUID(bytes=raw[at : at + 16])) for at in range(0, len(raw), 16)]


def repeat(check: SpotCheck, weights: Mapping[str, float]) -> Draw:
    """Draw again from the sealed list; raises ValueError if the list is not the one that was sealed."""
    sealed = seal(check.visit_on, unpacked(check.sealed))
    if (sealed.list_hash, sealed.seed) != (check.sealed_hash, check.seed):
        raise ValueError("sealed")
    return draw(sealed, check.random_calls, check.risk_calls, weights)


def holds(session: Session, check: SpotCheck) -> bool:
    """Whether the calls of the random layer are those that follow from the sealed list."""
    calls = session.scalars(
        select(SpotCheckCall.visit_id)
        .where(SpotCheckCall.spot_check_id == check.id, SpotCheckCall.layer == "random")
        .order_by(SpotCheckCall.place)
    )
    try:
        return repeat(check, {}).random == tuple(calls)
    except ValueError:
        return False


def of_day(session: Session, reach: Reach, on: str) -> SpotCheck | None:
    """The draw of a day for exactly this reach."""
    return session.scalar(select(SpotCheck).where(SpotCheck.visit_on == on, SpotCheck.reach == reach.key))


def summary(session: Session, reach: Reach, on: str) -> dict[str, Any]:
    """What the calls about this reach say so far, whoever drew them; `finding` is of the random layer, reached ones only."""
    rows = session.execute(
        select(SpotCheckCall.layer, SpotCheckCall.result, func.count())
        .join(SpotCheck, SpotCheck.id == SpotCheckCall.spot_check_id)
        .where(SpotCheck.visit_on == on, reach.has_team(SpotCheckCall.team_id))
        .group_by(SpotCheckCall.layer, SpotCheckCall.result)
    ).all()
    layers: dict[str, dict[str, int]] = {layer: {} for layer in ("random", "risk")}
    for layer, result, count in rows:
        layers[layer][result or "open"] = count
    sample = layers["random"]
    same, differ = sample.get("same", 0), sample.get("differs", 0)
    return {
        "drawn": sum(sum(counts.values()) for counts in layers.values()),
        "layers": layers,
        "finding": finding(same + differ, differ)._asdict(),
    }


def described(session: Session, check: SpotCheck) -> dict[str, Any]:
    """The draw as the screen shows it, with what anybody needs to repeat it."""
    return {
        "id": check.id,
        "on": check.visit_on,
        "sealed_count": check.sealed_count,
        "sealed_hash": check.sealed_hash,
        "seed": check.seed,
        "random_calls": check.random_calls,
        "risk_calls": check.risk_calls,
        "drawn_name": check.drawn_name,
        "drawn_at": check.drawn_at,
        "holds": holds(session, check),
        "needed": {f"{share:.2f}": calls_needed(share, check.sealed_count) for share in (0.05, 0.02, 0.01)},
    }


def calls(session: Session, reach: Reach, check: SpotCheck, own_teams: frozenset[str]) -> list[dict[str, Any]]:
    """The calls of a draw in the order of drawing, without those to the residents of the caller's own team."""
    rows = session.execute(
        select(SpotCheckCall, Visit, Place)
        .join(Visit, Visit.id == SpotCheckCall.visit_id)
        .outerjoin(Place, Place.id == Visit.place_id)
        .where(SpotCheckCall.spot_check_id == check.id, reach.has_team(SpotCheckCall.team_id))
        .order_by(SpotCheckCall.layer, SpotCheckCall.place)
    )
    return [
        {
            "visit_id": visit.id,
            "layer": call.layer,
            "no": call.place + 1,
            "label": place.label if place else "",
            "address": place.address if place else "",
            "phone_tail": place.phone_tail if place else None,
            "visit_on": visit.visit_on,
            "outcome": visit.outcome,
            "finding": visit.finding,
            "opinion": visit.opinion,
            "result": call.result,
            "tries": call.tries,
            "answers": call.answers,
            "note": call.note,
            "caller_name": call.caller_name,
            "called_at": call.called_at,
        }
        for call, visit, place in rows
        if may_call(own_teams, call.team_id)
    ]


def contact(session: Session, call: SpotCheckCall, actor: Actor, now: int) -> PlaceContact | None:
    """The name and number to call; every look at them is audited."""
    visit = session.get(Visit, call.visit_id)
    found = session.get(PlaceContact, visit.place_id) if visit and visit.place_id else None
    if found is not None:
        audit(session, actor.id, "contact_viewed", now=now, subject=found.place_id, reason="spot_check")
    return found


def check_answers(answers: Mapping[str, str]) -> None:
    """Raise ValueError for questions or answers that are not ours, and for a call without the first answer."""
    if "visited" not in answers or any(answer not in QUESTIONS.get(name, ()) for name, answer in answers.items()):
        raise ValueError("answers")


def record(call: SpotCheckCall, answers: Mapping[str, str] | None, note: str | None, actor: Actor, now: int) -> None:
    """Keep what a call brought; without answers the resident was not reached, which after three tries is its result."""
    if answers is not None:
        check_answers(answers)
        call.result = "differs" if any(answers.get(name) == answer for name, answer in _DIFFERS) else "same"
        call.answers = dict(answers)
    else:
        call.tries += 1
        call.result = "unreached" if call.tries >= _MOST_TRIES else None
    call.note = note
    call.caller_id, call.caller_name, call.called_at = actor.id, actor.name, now
