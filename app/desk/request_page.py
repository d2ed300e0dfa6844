"""Reading one request for its page: who may see it, what its history says, which steps are open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.desk.clocks import DAY_MS, Clock, to_shanghai
from app.desk.intake import COMMON_ATTRIBUTES
from app.desk.shelves import clocks_of
from app.desk.sign_in import Officer
from app.desk.steps import SETTLED, Part, Step, steps_for
from app.desk.work_orders import MAX_EXTENSION_DAYS, units_of
from app.errors import Problem
from app.models.desk import DeskApiKey, DeskRequest, DeskRequestUnit, DeskService, DeskUnit, DeskUpdate


@dataclass(frozen=True)
class Seen:
    """A request as one officer sees it."""

    request: DeskRequest
    service: DeskService
    client: str
    part: Part
    lead: DeskUnit | None
    co: Sequence[DeskUnit]
    units: Sequence[DeskUnit]
    history: Sequence[DeskUpdate]
    steps: Sequence[Step]
    resident: Clock
    unit: Clock
    attributes: Sequence[tuple[str, str]]
    earliest_term: str
    latest_term: str

    @property
    def may_see_contact(self) -> bool:
        """Who must reach the resident may see how: the centre and the lead unit, while there is something to do."""
        return self.part in ("centre", "lead") and self.request.status not in SETTLED | {"not_accepted"}

    @property
    def proposed_lead(self) -> str | None:
        """The unit offered first when dispatching; after a return the centre has to choose afresh."""
        return self.request.lead_unit_id or (None if self.request.returns else self.service.unit_id)


def may_look_at(session: Session, officer: Officer, request_id: str) -> bool:
    """Whether the officer's unit has a part in the request now."""
    return officer.centre or session.get(DeskRequestUnit, (request_id, officer.unit_id)) is not None


def look_at(session: Session, officer: Officer, request_id: str, *, lock: bool = False) -> tuple[DeskRequest, Part]:
    """The request and what the officer's unit is in it; raises `not_found` where the unit has no part."""
    found = session.get(DeskRequest, request_id, with_for_update=lock or None)
    if found is None:
        raise Problem("not_found")
    if officer.centre:
        return found, "centre"
    held = session.get(DeskRequestUnit, (request_id, officer.unit_id))
    if held is None:
        raise Problem("not_found")
    return found, "lead" if held.part == "lead" else "co"


def read_request(session: Session, officer: Officer, request_id: str, now: int) -> Seen:
    """Everything the page shows."""
    found, part = look_at(session, officer, request_id)
    service = session.get_one(DeskService, found.service_code)
    lead, co = units_of(session, request_id)
    resident, unit = clocks_of(found, now)
    return Seen(
        request=found,
        service=service,
        client=session.get_one(DeskApiKey, found.api_key_id).client,
        part=part,
        lead=lead,
        co=co,
        units=session.scalars(select(DeskUnit).where(DeskUnit.active, ~DeskUnit.centre).order_by(DeskUnit.code)).all(),
        history=session.scalars(
            select(DeskUpdate)
            .where(DeskUpdate.request_id == request_id)
            .order_by(DeskUpdate.at.desc(), DeskUpdate.id.desc())
        ).all(),
        steps=steps_for(found.status, part, found.extension_until is not None),
        resident=resident,
        unit=unit,
        attributes=_attributes(found.attributes, service),
        earliest_term=to_shanghai(max(now, (found.unit_due_at or now) + DAY_MS)).date().isoformat(),
        latest_term=to_shanghai(now + (MAX_EXTENSION_DAYS - 1) * DAY_MS).date().isoformat(),
    )


def _attributes(given: Mapping[str, Sequence[str]], service: DeskService) -> list[tuple[str, str]]:
    """The attributes in the words of the service's definition; the common ones have their own places on the page."""
    known = {attribute["code"]: attribute for attribute in service.attributes}
    hidden = {attribute["code"] for attribute in COMMON_ATTRIBUTES}
    shown = []
    for code, values in given.items():
        if code in hidden:
            continue
        definition = known.get(code, {"description": code, "values": []})
        names = {option["key"]: option["name"] for option in definition["values"]}
        shown.append((definition["description"], "、".join(names.get(value, value) for value in values)))
    return shown
