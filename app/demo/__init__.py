"""The demo city: Liaocheng with made-up people, the same for the same seed, in three sizes.

`street` is there to look at (seconds); `county` and `city` are there to measure (minutes). `docs/demo_city.md` says what is
real in it and what is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import writing
from app.demo import sign_ins as signing
from app.demo.geography import CITY_CODE, Town, all_towns
from app.demo.history import History
from app.demo.layout import Community, Ground, communities
from app.demo.past_work_orders import PastWorkOrders
from app.demo.people import BANNER_EN, BANNER_ZH
from app.demo.platform import UnitSignIn, set_up_platform, unit_writes
from app.demo.roster import SYSTEM, Roster, TeamGround
from app.demo.seeded_ids import SeededIds
from app.demo.sign_ins import SignIns, save
from app.models.people import Team
from app.models.places import PlaceCode
from app.place_codes import place_code_path
from app.programmes import load as load_programme
from app.programmes.library import library_writes
from app.writes import write

__all__ = ["SIZES", "AlreadyThere", "Report", "Size", "load", "save"]

CITY_TEAMS = 4_899
CITY_CADRES = 15_000


@dataclass(frozen=True)
class Size:
    """How large the demo is. `ground` is what each team has, `weeks` how many past visit days the first `storied` teams have."""

    teams: int
    cadres: int
    ground: Ground
    weeks: int
    storied: int
    counties: tuple[str, ...] = ()


SIZES = {
    "street": Size(3, 9, Ground(36, 3), 4, 3, ("371502",)),
    "county": Size(620, 1_900, Ground(18, 2), 2, 60, ("371502",)),
    "city": Size(CITY_TEAMS, CITY_CADRES, Ground(6, 1), 1, 60),
}


class AlreadyThere(RuntimeError):
    """The database has teams: a demo is never mixed with anything else."""

    def __init__(self) -> None:
        super().__init__(
            "数据库里已有服务队，不能再载入演示数据。The database has teams already; no demo is loaded into it."
        )


@dataclass(frozen=True)
class Report:
    """What was loaded, and how to get in."""

    size: str
    teams: int
    cadres: int
    places: int
    sign_ins: SignIns


def load(size: str, seed: int, now: int, households: int | None = None) -> Report:
    """Load the demo into an empty database, inside an app context; raises `AlreadyThere`, or KeyError for an unknown size.

    `now` is the present in milliseconds since 1970: the past is laid before it. `households` replaces the size's own number
    for the whole demo (a city with 1,650,000 of them takes half an hour and gigabytes).
    """
    plan = SIZES[size]
    if households is not None:
        plan = Size(
            plan.teams,
            plan.cadres,
            Ground(-(-households // plan.teams), plan.ground.enterprises),
            plan.weeks,
            plan.storied,
            plan.counties,
        )
    programme = load_programme(current_app.config["DOORSTEP"].programme)
    rng = Random(f"demo/{seed}")  # noqa: S311 - the same for the same seed is what is wanted
    ids = SeededIds(seed)
    unit_passwords = {code: signing.new_password() for code in ("centre", "urban", "property_a")}
    with writing() as session:
        if session.scalar(select(Team.id).limit(1)) is not None:
            raise AlreadyThere
        write(session, [*library_writes(programme), *unit_writes()], actor=SYSTEM, now=now)
        unit_sign_ins = set_up_platform(session, programme, unit_passwords)
        towns = tuple(_towns(plan))
        roster = Roster(session, ids, rng, now)
        roster.add_city(towns)
        first = []
        for index, community in enumerate(_communities(towns, plan, rng)):
            team = roster.add_team(community, _members(index, plan))
            if index < plan.storied:
                first.append(team)
        roster.close()
        History(session, ids, rng, now, PastWorkOrders(session)).play(first, plan.weeks)
        sign_ins = _sign_ins(session, first[0], unit_sign_ins, now)
    return Report(size, plan.teams, plan.cadres, roster.places, sign_ins)


def _members(index: int, plan: Size) -> int:
    """Team sizes that differ by one at most and add up to the cadres of the plan."""
    return plan.cadres // plan.teams + (index < plan.cadres % plan.teams)


def _towns(plan: Size) -> Iterator[Town]:
    """The towns the demo uses: all of the named counties, or only the first if there are fewer teams than towns."""
    towns = [town for town in all_towns() if not plan.counties or town.county.code in plan.counties]
    yield from towns if plan.teams >= len(towns) else towns[:1]


def _communities(towns: tuple[Town, ...], plan: Size, rng: Random) -> Iterator[Community]:
    for index, town in enumerate(towns):
        count = plan.teams // len(towns) + (index < plan.teams % len(towns))
        yield from communities(town, rng, count, plan.ground)


def _sign_ins(session: Session, team: TeamGround, units: list[UnitSignIn], now: int) -> SignIns:
    base: str = current_app.config["DOORSTEP"].public_url
    leader, cadre = team.members[0], team.members[1]
    _, task_force = signing.add_account(
        session, name="市工作专班", login="taskforce", role="task_force", now=now, area_id=CITY_CODE
    )
    _, admin = signing.add_account(session, name="系统管理员", login="admin", role="admin", now=now)
    household = next(home for home in team.homes if home.fields["kind"] == "household")
    enterprise = next(home for home in team.homes if home.fields["kind"] == "enterprise")
    code = signing.issue_code(session, cadre.id, now)
    board = f"{base}/app/sign-in"

    def link(*condition: object) -> str:
        found = session.scalars(select(PlaceCode.code).where(*condition).limit(1)).one()  # type: ignore[arg-type]
        return base + place_code_path(found)

    return SignIns(
        banner_zh=BANNER_ZH,
        banner_en=BANNER_EN,
        cadre=signing.Enrolment(cadre.name, team.name, code, f"{base}/app/enrol#{code}"),
        leader=signing.PasswordSignIn(leader.name, "leader", signing.give_login(session, leader.id, "leader"), board),
        task_force=signing.PasswordSignIn("市工作专班", "taskforce", task_force, board),
        admin=signing.PasswordSignIn("系统管理员", "admin", admin, board),
        resident_url=link(PlaceCode.place_id == household.id),
        enterprise_url=link(PlaceCode.place_id == enterprise.id),
        badge_url=link(PlaceCode.cadre_id == cadre.id),
        desk_url=f"{base}/desk/",
        units=tuple(units),
    )
