"""What syncs: a collection is a table, one policy for each field, and the application's rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Table

if TYPE_CHECKING:
    from sync.step import Step
    from sync.wire import Mutation

Row = dict[str, Any]
Cleaner = Callable[[Any], Any]

# Kept by the door itself; never fields of a mutation.
OWN_COLUMNS = ("id", "scope", "rev", "conflict", "adds", "changed_by", "deleted")


class Policy(StrEnum):
    """How a field merges (README, Merge policies)."""

    WRITE_ONCE = "write_once"
    UNION = "union"
    COUNTER = "counter"
    VALUE = "value"
    ASK = "ask"
    STATUS = "status"
    TEXT = "text"
    SERVER_ONLY = "server_only"
    SEALED = "sealed"


class Refused(Exception):
    """Raised by a rule: the mutation is parked with this code (a word) and detail (a field or value, never a person's text)."""

    def __init__(self, code: str, detail: str | None = None, also: Sequence[Mutation] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        # Written although the mutation is not: an illegal step is kept as a comment.
        self.also = also


def accept_all(_step: Step) -> None:
    """The rule of collections that have none."""


@dataclass(frozen=True)
class Collection:
    """One kind of record.

    `clean` maps a field to a function that returns the normal form of a value or raises ValueError; `parent` names the
    collection and the field that give a child its scope; `rule` looks at a merged step before it is stored (it may fill
    server fields, add writes, or raise `Refused`).
    """

    name: str
    table: Table
    policies: Mapping[str, Policy]
    clean: Mapping[str, Cleaner]
    parent: tuple[str, str] | None = None
    append_only: bool = False
    deletable: bool = False
    rule: Callable[[Step], None] = accept_all
    scope: Callable[[Step], str | None] | None = None
    columns: tuple[str, ...] = field(init=False)
    booleans: frozenset[str] = field(init=False)
    jsons: frozenset[str] = field(init=False)
    required: tuple[str, ...] = field(init=False)
    wire_fields: tuple[str, ...] = field(init=False)
    values_of: Callable[[Row], tuple[Any, ...]] = field(init=False)
    json_places: tuple[int, ...] = field(init=False)
    blank: Row = field(init=False)
    plain: frozenset[str] = field(init=False)
    sealed: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        columns = tuple(column.name for column in self.table.columns)
        missing = (set(self.policies) ^ set(columns)) - set(OWN_COLUMNS)
        if missing:
            raise ValueError(f"{self.name}: columns and policies differ in {sorted(missing)}")
        set_(self, "columns", columns)
        set_(self, "booleans", frozenset(c.name for c in self.table.columns if isinstance(c.type, Boolean)))
        set_(self, "jsons", frozenset(c.name for c in self.table.columns if type(c.type).__name__ == "JsonText"))
        empty = {column.name for column in self.table.columns if column.nullable}
        set_(self, "required", tuple(c for c in columns if c not in empty and c not in OWN_COLUMNS))
        set_(self, "values_of", itemgetter(*columns))
        set_(self, "json_places", tuple(i for i, name in enumerate(columns) if name in self.jsons))
        sealed = frozenset(name for name, policy in self.policies.items() if policy is Policy.SEALED)
        set_(self, "sealed", sealed)
        # Fields that a device may set to one value.
        others = (Policy.UNION, Policy.COUNTER, Policy.SERVER_ONLY)
        set_(self, "plain", frozenset(name for name, policy in self.policies.items() if policy not in others))
        set_(self, "blank", dict.fromkeys(columns))
        set_(self, "wire_fields", tuple(c for c in columns if c not in sealed and c not in ("deleted", "adds")))

    @property
    def children_field(self) -> str | None:
        """The column that points at the parent."""
        return self.parent[1] if self.parent else None


class Registry(dict[str, Collection]):
    """All collections by name, parents before children."""

    def __init__(self, *collections: Collection) -> None:
        super().__init__((c.name, c) for c in collections)

    def children_of(self, name: str) -> list[Collection]:
        """The collections whose records move with a record of `name`."""
        return [c for c in self.values() if c.parent and c.parent[0] == name]
