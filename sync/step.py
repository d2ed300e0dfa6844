"""Who writes, and one merged mutation on its way through its collection's rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from sync.collections import Collection, Row
from sync.merge import Merged
from sync.statements import marker, run
from sync.wire import Mutation

if TYPE_CHECKING:
    from sync.batch import Batch


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes. `scopes` are the ones the author may write to; `trusted` authors are parts of the server itself."""

    id: str | None
    kind: str
    name: str = ""
    client_id: str | None = None
    scopes: frozenset[str] = frozenset()
    trusted: bool = False


@dataclass(slots=True)
class Step:
    """A merged mutation on its way through the collection's rule."""

    batch: Batch
    collection: Collection
    mutation: Mutation
    author: Author
    before: Row | None
    after: Row
    changed: dict[str, Any]
    now: int
    consequences: list[tuple[Mutation, str]] = field(default_factory=list)
    merged: Merged = field(default_factory=Merged)

    @property
    def created(self) -> bool:
        """True on the step that makes the record."""
        return self.before is None

    def set(self, name: str, value: Any) -> None:
        """Fill a field of the server."""
        if self.after[name] != value:
            self.after[name] = value
            self.changed[name] = value

    def then(self, mutation: Mutation, kind: str | None = None) -> None:
        """Add a consequence: written right after this step by the server, in the author's name (as `kind` when given)."""
        self.consequences.append((mutation, kind or self.author.kind))

    def row(self, collection: str, record_id: str | None) -> Row | None:
        """Another record, as this batch has left it so far."""
        return self.batch.row(collection, record_id)

    def select(self, sql: str, parameters: tuple[Any, ...]) -> Sequence[Any]:
        """Rows of the application's own tables; `?` stands for a parameter on every database."""
        connection = self.batch.connection
        found: Sequence[Any] = run(connection, sql.replace("?", marker(connection.dialect)), parameters).fetchall()
        return found


Hook = Callable[[Connection, Sequence[Step]], None]
