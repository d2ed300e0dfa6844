"""What every synced table has. These tables are written by the sync door only (`sync/README.md`)."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.database import JsonText

Id = String(36)
Date = String(10)
Code = String(32)


class Synced:
    """Mixin of a synced record: its id, its scope, its revision, and the values that lost a merge.

    `sqlite_with_rowid=False` keeps the row in the tree of its id: ids are UUIDv7, so inserts go to the end.
    """

    __synced__: ClassVar[bool] = True

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    scope: Mapped[str] = mapped_column(String(64))
    rev: Mapped[int] = mapped_column(Integer, default=1)
    conflict: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonText)
    adds: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    changed_by: Mapped[str | None] = mapped_column(Id)
    deleted: Mapped[bool] = mapped_column(default=False)

    @declared_attr.directive
    def __table_args__(cls) -> Any:  # noqa: N805
        return (*getattr(cls, "__indexes__", ()), {"sqlite_with_rowid": False})
