"""Applies the inbox: each piece of news once, in the platform's order, never backwards; what cannot be applied is kept with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import reading, writing
from app.domain.forwarding import State
from app.domain.platform_updates import WHY_WORDS, PlatformUpdate, Verdict, Why, judge, status_of
from app.jobs import Report, moving
from app.jobs.books import Books, open_books
from app.jobs.results import adopt, raise_alarm
from app.models.forwarding import Forwarding, PlatformNews
from app.models.service_requests import ServiceRequest
from app.writes import Actor, Write, create, patch, step, write

# Phones wait for their turn to write: no transaction of ours may keep them long.
BATCH = 200
_MAX_TEXT = 4000
_MAX_REASON = 400
_REASONED = frozenset({"returned", "extended", "not_accepted", "merged"})


@dataclass
class Standing:
    """A request as this batch has left it so far."""

    request: ServiceRequest
    status: str
    fields: dict[str, object] = field(default_factory=dict)

    def changed(self, fields: dict[str, object]) -> dict[str, object]:
        """Those of `fields` that say something new; remembers them."""
        new = {
            name: value for name, value in fields.items() if self.fields.get(name, getattr(self.request, name)) != value
        }
        self.fields |= new
        return new


@dataclass
class Inbox:
    """One batch: the news, their deliveries and requests, and the writes each piece of news led to."""

    books: Books
    standings: dict[str, Standing]
    by_number: dict[tuple[str, str], str]
    adopted: dict[tuple[str, str], str] = field(default_factory=dict)
    writes: list[tuple[Write, PlatformNews | None, str]] = field(default_factory=list)


def is_due(now: int) -> bool:
    """Whether news wait."""
    with reading() as session:
        return session.execute(select(PlatformNews.id).where(PlatformNews.state == "new").limit(1)).first() is not None


def run(now: int) -> Report:
    """Apply all that waits; returns counts of applied and stored news."""
    report, clock = Report("apply_news"), moving(now)
    while True:
        with writing() as session:
            news = session.scalars(
                select(PlatformNews)
                .where(PlatformNews.state == "new")
                .order_by(PlatformNews.at, PlatformNews.id)
                .limit(BATCH)
                .with_for_update()
            ).all()
            if not news:
                return report
            _apply_all(session, news, clock(), report)


def _apply_all(session: Session, news: Sequence[PlatformNews], now: int, report: Report) -> None:
    inbox = _open(session, news, now)
    # Steps before the standing that sums them up, within the same second.
    ordered = sorted(news, key=lambda line: (line.at, bool(line.body.get("snapshot")), line.id))
    for line in ordered:
        _apply_one(inbox, line)
    inbox.books.close()
    _write_all(session, inbox, now)
    for line in news:
        report.add(line.state if line.why is None else f"stored_{line.why}")


def _open(session: Session, news: Sequence[PlatformNews], now: int) -> Inbox:
    _find_owners(session, news)
    books = open_books(session, [line.forwarding_id for line in news if line.forwarding_id], now)
    ids = {row.service_request_id for row in books.rows.values()}
    merged = {str(line.body.get("merged_into")) for line in news if line.body.get("merged_into")}
    requests = session.scalars(select(ServiceRequest).where(ServiceRequest.id.in_(ids)))
    standings = {request.id: Standing(request, request.status or "") for request in requests}
    found = session.execute(
        select(Forwarding.target, Forwarding.platform_id, Forwarding.service_request_id).where(
            Forwarding.platform_id.in_(merged), Forwarding.ending.is_(False)
        )
    )
    return Inbox(books, standings, {(str(target), str(number)): request_id for target, number, request_id in found})


def _find_owners(session: Session, news: Sequence[PlatformNews]) -> None:
    """News that came before their number: look again whose they are."""
    for line in news:
        if line.forwarding_id is None and line.platform_id is not None:
            line.forwarding_id = session.scalar(
                select(Forwarding.id)
                .where(
                    Forwarding.target == line.target,
                    Forwarding.platform_id == line.platform_id,
                    Forwarding.ending.is_(False),
                )
                .order_by(Forwarding.forward_no.desc())
                .limit(1)
            )


def _apply_one(inbox: Inbox, line: PlatformNews) -> None:
    if line.forwarding_id is None:
        line.forwarding_id = inbox.adopted.get((line.target, line.platform_id or ""))
    row = inbox.books.rows.get(line.forwarding_id or "")
    standing = inbox.standings.get(row.service_request_id) if row else None
    if row is None or standing is None:
        line.state, line.why = "stored", Why.UNKNOWN_NUMBER
        return
    update = msgspec.convert(line.body, PlatformUpdate)
    if row.state != State.DONE and update.platform_id:
        # The platform tells the number of a delivery we were in doubt about.
        adopt(inbox.books, row, update.platform_id)
        inbox.adopted[line.target, update.platform_id] = row.id
        standing.status = "submitted" if standing.status == "queued" else standing.status
    elif update.platform_id not in (None, row.platform_id):
        line.state, line.why = "stored", Why.OTHER_COPY
        raise_alarm(inbox.books, row, "several")
        return
    into = inbox.by_number.get((line.target, update.merged_into or ""))
    verdict = judge(replace(update, at=line.at), standing.status, row.news_at, merge_known=into is not None)
    if verdict.why is not None:
        line.state, line.why = "stored", verdict.why
        _keep_as_comment(inbox, row, line, update, verdict.why)
        return
    line.state, row.news_at = "applied", line.at
    _plan(inbox, row, line, update, verdict, standing, into)


def _plan(
    inbox: Inbox,
    row: Forwarding,
    line: PlatformNews,
    update: PlatformUpdate,
    verdict: Verdict,
    standing: Standing,
    into: str | None,
) -> None:
    """The writes that follow from a verdict: steps, then fields with the last of them, then a note of progress."""
    request_id, name = row.service_request_id, _name_of(inbox, row)
    fields = standing.changed(verdict.fields)
    if into is not None and "merged" in verdict.steps:
        fields["merged_into"] = into
    for number, status in enumerate(verdict.steps, start=1):
        last = number == len(verdict.steps)
        said = step(status, reason=_reason(update) if last else "", text=update.text[:_MAX_TEXT] if last else "")
        taken = patch("service_request", request_id, {**(fields if last else {}), "status": said})
        taken.occurred_at = line.at
        inbox.writes.append((taken, line, name))
        standing.status = status
    if not verdict.steps and fields:
        inbox.writes.append((patch("service_request", request_id, fields), line, name))
    if verdict.note:
        inbox.writes.append((_event(row, name, "progress", verdict.note, line.at), None, name))


def _reason(update: PlatformUpdate) -> str:
    return (update.reason or update.text)[:_MAX_REASON] if status_of(update.status) in _REASONED else ""


def _keep_as_comment(inbox: Inbox, row: Forwarding, line: PlatformNews, update: PlatformUpdate, why: Why) -> None:
    """News that were not applied are shown to those who handle the request, not to the resident."""
    said = update.text or update.reason or update.answer
    if why is Why.OLDER or (update.snapshot and not said):
        return
    words = f"平台进展（{WHY_WORDS[why][0]}）{update.status} {said}".strip()
    name = _name_of(inbox, row)
    inbox.writes.append((_event(row, name, "comment", words, line.at), None, name))


def _event(row: Forwarding, name: str, kind: str, text: str, at: int) -> Write:
    values = {
        "service_request_id": row.service_request_id,
        "kind": kind,
        "text": text[:_MAX_TEXT],
        "public": kind == "progress",
        "actor_kind": "platform",
        "actor_name": name,
        "occurred_at": at,
    }
    return create("service_request_event", values)


def _name_of(inbox: Inbox, row: Forwarding) -> str:
    target = inbox.books.target(row)
    return target.name if target else ""


def _write_all(session: Session, inbox: Inbox, now: int) -> None:
    """Make the writes in order, in the name of each platform; a refused one leaves its news stored instead of applied."""
    for name in dict.fromkeys(name for _, _, name in inbox.writes):
        items = [(item, line) for item, line, of in inbox.writes if of == name]
        outcomes = write(session, [item for item, _ in items], actor=Actor("platform", None, name), now=now)
        for (_, line), outcome in zip(items, outcomes, strict=True):
            if outcome.outcome == "parked" and line is not None:
                line.state, line.why = "stored", Why.REFUSED
