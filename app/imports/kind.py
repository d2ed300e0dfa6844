"""What a kind of import is made of: its columns, its natural key, and how rows become writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.database import Base
from app.imports.columns import Column
from app.imports.faults import Fault
from app.programmes.shape import Programme
from app.writes import Write

Key = tuple[str, ...]


class Row(NamedTuple):
    """A row of the file that reads well: its number as people see it, and its values by the keys of the columns."""

    number: int
    values: dict[str, Any]


@dataclass
class Context:
    """What rows are judged against: who imports (`team_ids` None: all teams), and what else stands in the file (`keys`)."""

    programme: Programme
    now: int
    team_ids: frozenset[str] | None
    team_id: str | None
    keys: set[Key] = field(default_factory=set)
    unknown_categories: int = 0

    def may_write_to(self, team_id: str) -> bool:
        """Whether the person may bring records into this team."""
        return self.team_ids is None or team_id in self.team_ids


@dataclass
class Plan:
    """What one row will write: synced records through the door, plain rows beside them."""

    new: bool
    writes: list[Write] = field(default_factory=list)
    move: tuple[str, str, str] | None = None
    inserts: list[tuple[type[Base], dict[str, Any]]] = field(default_factory=list)
    updates: list[tuple[type[Base], dict[str, Any]]] = field(default_factory=list)


Checked = tuple[str, str]
Resolved = Plan | Fault


def no_check(_values: dict[str, Any]) -> Iterator[Checked]:
    """For kinds whose cells say everything by themselves."""
    return iter(())


@dataclass(frozen=True)
class Kind:
    """One kind of list.

    `check` looks at one row alone and gives (key of the column, word of the fault). `key` is the natural key: two rows of
    a file with the same one are a mistake, and a row whose key is already in the database updates that record. `resolve` turns
    rows into plans, or into faults where the database does not know what they name. `sort` orders rows before they are
    written.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    roles: tuple[str, ...]
    key: Callable[[dict[str, Any]], Key]
    resolve: Callable[[Session, Sequence[Row], Context], Iterator[Resolved]]
    check: Callable[[dict[str, Any]], Iterator[Checked]] = no_check
    sort: Callable[[Row], Any] | None = None

    def header_of(self, key: str) -> str:
        """The heading of a column, for messages."""
        return next((column.header for column in self.columns if column.key == key), "")
