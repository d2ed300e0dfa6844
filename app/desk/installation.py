"""Gives a desk its units, their sign-ins, its services and a client's key. Run again, it renews what exists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import passwords
from app.ids import new_id, now_ms
from app.models.desk import DeskAccount, DeskApiKey, DeskService, DeskUnit

DELIVERIES = ("realtime", "batch")
DATATYPES = ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")


@dataclass(frozen=True)
class SignIn:
    """A person of a unit. `password` is stored as a hash only."""

    login: str
    name: str
    password: str


@dataclass(frozen=True)
class UnitPlan:
    """A unit to set up; exactly one of all units is the dispatch centre (`centre=True`)."""

    code: str
    name: str
    centre: bool = False
    sign_ins: tuple[SignIn, ...] = ()


@dataclass(frozen=True)
class AttributePlan:
    """A question a service asks. `values` (key -> name) belongs to the two list datatypes."""

    code: str
    description: str
    datatype: str = "string"
    required: bool = False
    values: dict[str, str] = field(default_factory=dict)
    datatype_description: str = ""

    def as_data(self, order: int) -> dict[str, Any]:
        """The attribute as GeoReport's service definition shows it."""
        return {
            "variable": True,
            "code": self.code,
            "datatype": self.datatype,
            "required": self.required,
            "datatype_description": self.datatype_description,
            "order": order,
            "description": self.description,
            "values": [{"key": key, "name": name} for key, name in self.values.items()],
        }


@dataclass(frozen=True)
class ServicePlan:
    """A kind of request. Hours are clock hours: until the resident hears something, and until the unit has answered.

    `public` requests are listed for everybody, as Open311 cities do with street lights; leave it off for whatever names
    people. `unit` is the code of the unit the dispatch centre is offered first.
    """

    code: str
    name: str
    group: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    delivery: str = "realtime"
    public: bool = False
    unit: str | None = None
    resident_hours: int = 24
    unit_hours: int = 120
    attributes: tuple[AttributePlan, ...] = ()


def key_hash(key: str) -> str:
    """How an API key is stored: keys are random and long, so a plain SHA-256 cannot be guessed back."""
    return hashlib.sha256(key.encode()).hexdigest()


def setup(
    session: Session,
    units: Iterable[UnitPlan],
    services: Iterable[ServicePlan],
    api_key: str | None,
    client: str = "doorstep",
) -> None:
    """Set up the desk inside the caller's write transaction.

    Units are matched by code, services by code, sign-ins by login, the key by `client`; nothing is ever removed.
    A sign-in that exists keeps its password unless the plan brings another. Raises ValueError for a plan that
    contradicts itself.
    """
    units, services = list(units), list(services)
    _check_plan(units, services)
    by_code = {unit.code: _set_up_unit(session, unit) for unit in units}
    session.flush()
    for order, service in enumerate(services, start=1):
        _set_up_service(session, service, by_code, order)
    if api_key is not None:
        _set_up_key(session, client, api_key)


def _check_plan(units: list[UnitPlan], services: list[ServicePlan]) -> None:
    if sum(unit.centre for unit in units) != 1:
        raise ValueError("exactly one unit is the dispatch centre")
    codes = {unit.code for unit in units}
    for service in services:
        if service.delivery not in DELIVERIES:
            raise ValueError(f"service {service.code}: unknown delivery {service.delivery!r}")
        if service.unit is not None and service.unit not in codes:
            raise ValueError(f"service {service.code}: unknown unit {service.unit!r}")
        for attribute in service.attributes:
            if attribute.datatype not in DATATYPES:
                raise ValueError(f"service {service.code}: unknown datatype {attribute.datatype!r}")


def _set_up_unit(session: Session, plan: UnitPlan) -> DeskUnit:
    unit = session.scalar(select(DeskUnit).where(DeskUnit.code == plan.code))
    if unit is None:
        unit = DeskUnit(id=new_id(), code=plan.code)
        session.add(unit)
    unit.name, unit.centre, unit.active = plan.name, plan.centre, True
    session.flush()
    for sign_in in plan.sign_ins:
        account = session.scalar(select(DeskAccount).where(DeskAccount.login == sign_in.login))
        if account is None:
            account = DeskAccount(id=new_id(), login=sign_in.login, created_at=now_ms(), password_hash="")
            session.add(account)
        account.unit_id, account.name, account.active = unit.id, sign_in.name, True
        if not account.password_hash or not passwords.verify(account.password_hash, sign_in.password):
            account.password_hash = passwords.hash(sign_in.password)
    return unit


def _set_up_service(session: Session, plan: ServicePlan, units: dict[str, DeskUnit], order: int) -> None:
    service = session.get(DeskService, plan.code)
    if service is None:
        service = DeskService(code=plan.code)
        session.add(service)
    service.name, service.group, service.description = plan.name, plan.group, plan.description
    service.keywords, service.delivery, service.public = list(plan.keywords), plan.delivery, plan.public
    service.unit_id = units[plan.unit].id if plan.unit else None
    service.resident_hours, service.unit_hours = plan.resident_hours, plan.unit_hours
    service.attributes = [attribute.as_data(no) for no, attribute in enumerate(plan.attributes, start=1)]
    service.order, service.active = order, True


def _set_up_key(session: Session, client: str, api_key: str) -> None:
    key = session.scalar(select(DeskApiKey).where(DeskApiKey.client == client))
    if key is None:
        key = DeskApiKey(id=new_id(), client=client, created_at=now_ms())
        session.add(key)
    key.key_hash, key.active = key_hash(api_key), True
