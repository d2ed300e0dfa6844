"""The forwarder's books: one transaction that holds deliveries and records what became of them, with the steps of their requests.

`keep_books` works them out before the turn to write where others would wait meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.orm import Session

from app.ahead import Ahead, NeedsTurn
from app.database import db, reading, writing, writing_on
from app.jobs.delivery_rows import all_targets
from app.models.forwarding import Forwarding, PlatformNews, Target
from app.writes import Actor, Outcome, Worked, Write, write

log = structlog.get_logger()

T = TypeVar("T")

# Phones write in the same scopes: sometimes one is faster, seldom twice.
_TRIES = 4

# News that came before the number they speak of are looked at again.
_LOOK_AGAIN = (
    update(PlatformNews)
    .where(PlatformNews.platform_id.in_(bindparam("numbers", expanding=True)), PlatformNews.why == "unknown_number")
    .values(state="new", why=None)
)
_HELD_ROWS = select(Forwarding).where(Forwarding.id.in_(bindparam("ids", expanding=True))).with_for_update()


@dataclass
class Books:
    """The rows of one recording transaction, and the synced writes that go with them.

    `ahead`: they are only worked out, before the turn to write.
    """

    session: Session
    now: int
    targets: dict[str, Target]
    rows: dict[str, Forwarding]
    writes: dict[Actor, list[Write]] = field(default_factory=dict)
    adopted: list[str] = field(default_factory=list)
    notes: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    ahead: bool = False

    def target(self, row: Forwarding) -> Target | None:
        """The target of a row."""
        return self.targets.get(row.target or "")

    def add(self, row: Forwarding, writes: Iterable[Write], actor: Actor | None = None) -> None:
        """Writes of `actor`, or in the name of the row's platform."""
        target = self.target(row)
        by = actor or Actor("platform", None, target.name if target else "")
        self.writes.setdefault(by, []).extend(writes)

    def note(self, level: str, event: str, **values: Any) -> None:
        """A line for the log, which tells of nothing that was only worked out."""
        self.notes.append((level, event, values))

    def need_turn(self) -> None:
        """What comes now must be read in the transaction that writes. Raises `NeedsTurn` before it."""
        if self.ahead:
            raise NeedsTurn

    def close(self) -> None:
        """Make the synced writes; what the request's state does not admit is kept by the door as a comment."""
        for actor, writes in self.writes.items():
            self._note_parked(writes, write(self.session, writes, actor=actor, now=self.now))
        if self.adopted:
            self.session.execute(_LOOK_AGAIN, {"numbers": self.adopted})
        self.publish()

    def worked_out(self, rows: Ahead) -> Closed:
        """`close`, but for the writing; `rows` have watched the session. Raises `NeedsTurn`."""
        if len(self.writes) > 1:
            # One's lines in a scope would have to follow the other's.
            raise NeedsTurn
        worked = None
        for actor, writes in self.writes.items():
            worked = Worked(self.session.connection(), writes, actor=actor, now=self.now)
            self._note_parked(writes, worked.outcomes)
        rows.form()
        return Closed(rows, worked, self.adopted)

    def _note_parked(self, writes: list[Write], outcomes: list[Outcome]) -> None:
        for item, outcome in zip(writes, outcomes, strict=True):
            if outcome.outcome == "parked":
                self.note("warning", "forwarding_step_parked", request=item.id, code=outcome.code)

    def publish(self) -> None:
        """Write the notes into the log."""
        for level, event, values in self.notes:
            getattr(log, level)(event, **values)


@dataclass
class Closed:
    """Books worked out ahead."""

    rows: Ahead
    worked: Worked | None
    adopted: list[str]

    def __bool__(self) -> bool:
        return bool(self.rows) or self.worked is not None

    def post(self, connection: Connection) -> bool:
        """Write them in the turn; False, and nothing is written, when something has changed under them."""
        if not self.rows.still_true(connection) or (self.worked and not self.worked.still_true(connection)):
            return False
        self.rows.write(connection)
        if self.worked:
            self.worked.write()
        if self.adopted:
            connection.execute(_LOOK_AGAIN, {"numbers": self.adopted})
        return True


def open_books(session: Session, ids: Iterable[str], now: int) -> Books:
    """Hold the rows of these deliveries, and the targets, to the end of the transaction."""
    targets = all_targets(session, locked=True)
    rows = session.scalars(_HELD_ROWS, {"ids": sorted(set(ids))})
    return Books(session, now, targets, {row.id: row for row in rows})


def keep_books(opened: Callable[[Session], Books], enter: Callable[[Books], T]) -> T:
    """Open books and enter into them, in one write transaction; what `enter` returned.

    `enter` has no other effect: it is called a second time when somebody was faster.
    """
    for _ in range(_TRIES if db.engine.dialect.name == "sqlite" else 0):
        with reading() as session, session.no_autoflush:
            rows = Ahead(session)
            try:
                books = opened(session)
                books.ahead = True
                result = enter(books)
                closed = books.worked_out(rows)
            except NeedsTurn:
                break
            finally:
                session.expunge_all()
        if _posted(closed):
            books.publish()
            return result
    with writing() as session:
        books = opened(session)
        result = enter(books)
        books.close()
    return result


def _posted(closed: Closed) -> bool:
    if not closed:
        return True
    with db.engine.connect() as connection, writing_on(connection):
        return closed.post(connection)
