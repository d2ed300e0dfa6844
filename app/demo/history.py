"""The demo's past: visit days with their visits, diaries and requests, played through the door in the order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.demo.layout import moved
from app.demo.past_work_orders import PastWorkOrders
from app.demo.roster import Home, Member, TeamGround
from app.demo.seeded_ids import SeededIds
from app.demo.stories import (
    DIARY_LINES,
    DIARY_OPENINGS,
    HOUR,
    OPINIONS,
    RESIDENT_FILED,
    STORIES,
    Story,
    Turn,
)
from app.domain.workdays import date_of_day, day_of, day_of_date, first_ms
from app.ids import diary_id
from app.models.service_requests import Rating
from app.record_rules import TASK_FORCE
from app.writes import Actor, Write, create, patch, step, write

MINUTE = 60_000
_SYSTEM = Actor("system", None, "系统")
_PLATFORM = Actor("platform", None, "12345")
_RESIDENT = Actor("resident", None, "群众")
_OUTCOMES = ("met", "nobody", "inconvenient", "declined", "vacant", "moved", "rescheduled")
_OUTCOME_ODDS = (72, 17, 3, 2, 3, 1, 2)


_WITH_REASON = ("returned", "extended", "reopened", "merged", "not_accepted", "withdrawn")


class Act(NamedTuple):
    """Something that happened: at `at` (ms) `run` writes it."""

    at: int
    run: Callable[[], None]


@dataclass
class History:
    """Plays the past of some teams up to `now`, `weeks` visit days back."""

    session: Session
    ids: SeededIds
    rng: Random
    now: int
    orders: PastWorkOrders
    acts: list[Act] = field(default_factory=list)
    made: list[str] = field(default_factory=list)

    def play(self, teams: list[TeamGround], weeks: int) -> None:
        """Plan everything, then write it in the order of time. Nothing later than `now` happens."""
        fridays = visit_days(self.now, weeks)
        for weeks_ago, friday in enumerate(reversed(fridays)):
            for team in teams:
                self._plan_day(team, friday)
            self._plan_stories(teams, friday, weeks_ago)
        self._plan_residents(teams)
        for act in sorted(self.acts, key=lambda act: act.at):
            if act.at <= self.now:
                act.run()

    def _at(self, at: int, run: Callable[[], None]) -> None:
        self.acts.append(Act(at, run))

    def _write(self, writes: Iterable[Write], actor: Actor, at: int) -> None:
        refused = [o for o in write(self.session, list(writes), actor=actor, now=at) if o.outcome == "parked"]
        if refused:
            raise RuntimeError(f"the door refused a record of the demo: {refused[0]}")

    def _plan_day(self, team: TeamGround, friday: date) -> None:
        """Each member visits his share of the doors; whoever was visited last time rests."""
        on = friday.isoformat()
        for index, member in enumerate(team.members):
            share = [home for home in team.homes[index :: len(team.members)] if self.rng.random() < 0.55]
            visits = list(self._visits(member, team, share, friday, on))
            if not visits:
                continue
            end = max(at for at, _, _ in visits)
            actor = Actor("leader" if member.leader else "cadre", member.id, member.name)
            # The phone came back into the network after the last door and sent the whole round.
            self._at(end + 10 * MINUTE, self._writer([w for _, _, w in visits], actor, end + 10 * MINUTE))
            diary_at = _instant(friday, 19) + self.rng.randrange(90) * MINUTE
            text = self._diary_text(len(visits), sum(met for _, met, _ in visits))
            values = {"author_id": member.id, "diary_on": on, "text": text, "submitted": True}
            diary = create("diary", values, id=diary_id(member.id, on), scope=f"team:{team.team_id}")
            self._at(diary_at, self._writer([diary], actor, diary_at))

    def _writer(self, writes: list[Write], actor: Actor, at: int) -> Callable[[], None]:
        return lambda: self._write(writes, actor, at)

    def _visits(
        self, member: Member, team: TeamGround, share: list[Home], friday: date, on: str
    ) -> Iterator[tuple[int, bool, Write]]:
        at = _instant(friday, 8) + self.rng.randrange(25, 50) * MINUTE
        mates = [other.id for other in team.members if other.id != member.id]
        for home in share:
            at += self.rng.randrange(4, 14) * MINUTE
            if at > self.now - 30 * MINUTE:
                return
            outcome = self.rng.choices(_OUTCOMES, _OUTCOME_ODDS)[0]
            met = outcome == "met"
            values: dict[str, Any] = {
                "place_id": home.id,
                "cadre_id": member.id,
                "visit_on": on,
                "arrived_at": at,
                "mode": "doorstep",
                "fix": self._fix(home, at),
                "outcome": outcome,
                "finished_at": at + self.rng.randrange(1, 9) * MINUTE,
                "companions": mates[:1] if self.rng.random() < 0.3 else [],
                # Four taps where somebody opened the door, three where nobody did; one in three corrects himself once.
                "taps": (4 if met else 3) + (at // MINUTE % 3 == 0),
            }
            if met:
                values["finding"] = "nothing"
                if self.rng.random() < 0.04:
                    category, opinion = self.rng.choice(OPINIONS)
                    values |= {"finding": "opinion", "opinion": opinion, "category": category}
                if self.rng.random() < 0.15:
                    values["scanned_code"] = home.card
            elif outcome == "nobody":
                values["card_left"] = self.rng.random() < 0.9
            elif outcome == "rescheduled":
                values["rescheduled_on"] = (friday + timedelta(days=7)).isoformat()
            yield at, met, create("visit", values, id=self.ids(at))

    def _fix(self, home: Home, at: int) -> dict[str, Any]:
        odds = self.rng.random()
        if odds < 0.06:
            return {"error": "denied" if odds < 0.03 else "timeout"}
        lat, lon = moved(home.fields["lat"], home.fields["lon"], self.rng.gauss(0, 14), self.rng.gauss(0, 14))
        return {
            "lat": lat,
            "lon": lon,
            "accuracy_m": round(self.rng.uniform(4, 35), 1),
            "taken_at": at,
            "android": self.rng.random() < 0.8,
        }

    def _diary_text(self, visits: int, met: int) -> str:
        lines = self.rng.sample(DIARY_LINES, k=self.rng.randrange(1, 4))
        return self.rng.choice(DIARY_OPENINGS).format(visits=visits, met=met) + "".join(lines)

    def _plan_stories(self, teams: list[TeamGround], friday: date, weeks_ago: int) -> None:
        for number, story in enumerate(s for s in STORIES if s.weeks_ago == weeks_ago):
            team = teams[number % len(teams)]
            member = team.members[number % len(team.members)]
            doors = [home for home in team.homes if home.fields["kind"] == story.kind]
            at = _instant(friday, 9) + number * 17 * MINUTE
            self._plan_story(story, member, self.rng.choice(doors), at)

    def _plan_story(self, story: Story, member: Member, home: Home, at: int) -> None:
        """The visit at which the request was made, the request, and its turns."""
        actor = Actor("leader" if member.leader else "cadre", member.id, member.name)
        visit_id, request_id = self.ids(at), self.ids(at)
        on = date_of_day(day_of(at)).isoformat()
        visit = {
            "place_id": home.id,
            "cadre_id": member.id,
            "visit_on": on,
            "arrived_at": at - 6 * MINUTE,
            "mode": "doorstep",
            "fix": self._fix(home, at),
            "outcome": "met",
            "finding": "request",
            "finished_at": at,
        }
        request = {
            "place_id": home.id,
            "visit_id": visit_id,
            "source": "cadre",
            "category": story.category,
            "text": story.text,
            "handling": story.handling,
            "way": story.way,
            "occurred_on": on,
            "urgent": story.urgent,
            "confidential": False,
        }
        writes = [create("visit", visit, id=visit_id), create("service_request", request, id=request_id)]
        self._at(at, self._writer(writes, actor, at))
        for turn in story.fate:
            turn_at = at + round(turn.after_hours * HOUR)
            self._at(turn_at, self._turner(story, turn, request_id, member, turn_at))
        self.made.append(request_id)

    def _turner(self, story: Story, turn: Turn, request_id: str, member: Member, at: int) -> Callable[[], None]:
        actors = {"system": _SYSTEM, "platform": _PLATFORM, "resident": _RESIDENT}
        actor = actors.get(turn.actor) or Actor("leader", member.id, member.name)
        reason, text = (turn.text, "") if turn.status in _WITH_REASON else ("", turn.text)
        values: dict[str, Any] = {"status": step(turn.status, text=text, reason=reason)}
        if turn.status == "answered":
            values["answer"] = turn.text
        elif turn.status == "merged":
            values["merged_into"] = self.made[-1]

        def run() -> None:
            at_platform = self.orders.follow(story, turn, request_id, at) if story.handling == "forward" else {}
            self._write([patch("service_request", request_id, {**values, **at_platform})], actor, at)
            if story.handling == "forward" and turn.status == "agreed":
                self.orders.told_of_ending(request_id, at)
            if turn.status == "agreed":
                score = self.rng.choice((3, 4, 5, 5, 5))
                self.session.add(
                    Rating(service_request_id=request_id, score=score, agreed=True, text=turn.text, rated_at=at)
                )

        return run

    def _plan_residents(self, teams: list[TeamGround]) -> None:
        for number, (hours, category, text, confidential) in enumerate(RESIDENT_FILED):
            at = self.now - round(hours * HOUR)
            home = self.rng.choice(teams[number % len(teams)].homes)
            values = {
                "place_id": home.id,
                "source": "resident",
                "category": category,
                "text": text,
                "confidential": confidential,
                "occurred_on": date_of_day(day_of(at)).isoformat(),
            }
            scope = TASK_FORCE if confidential else None
            filed = create("service_request", values, id=self.ids(at), scope=scope)
            self._at(at, self._writer([filed], _RESIDENT, at))


def visit_days(now: int, weeks: int) -> list[date]:
    """The last `weeks` Fridays up to today (Asia/Shanghai), oldest first; today counts from half past six in the evening on."""
    today = date_of_day(day_of(now))
    latest = today - timedelta(days=(today.isoweekday() - 5) % 7)
    if latest == today and now < _instant(today, 18) + 30 * MINUTE:
        latest -= timedelta(days=7)
    return [latest - timedelta(days=7 * back) for back in reversed(range(weeks))]


def _instant(on: date, hour: int) -> int:
    """A full hour of a day in Asia/Shanghai, in milliseconds since 1970."""
    return first_ms(day_of_date(on)) + hour * HOUR
