"""Why the product, or a command of its operator, cannot start here: in a sentence for whoever started it."""

from __future__ import annotations

import sqlite3

from alembic.util import CommandError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from app.programmes import ProgrammeError
from config import Config


def start_fault(error: Exception, settings: Config | None) -> str | None:
    """What is wrong with a setting, a folder or the database, in Chinese and English; None for anything else, a fault of ours.

    `settings` is None where even they could not be read.
    """
    if isinstance(error, ProgrammeError):
        return str(error)
    if isinstance(error, OSError):
        return f"文件或目录不能使用：{error}\nA file or folder cannot be used: {error}"
    if settings is None:
        return None
    database = _database(settings)
    if isinstance(error, CommandError):
        return (
            f"数据库 {database} 属于更新的版本，请用那个版本启动。\n"
            f"The database {database} belongs to a newer version: start that one. ({error})"
        )
    # What is no database, or a broken one, SQLite tells with its most general error; the special ones come of our statements.
    if isinstance(error, DatabaseError) and type(error.orig) is sqlite3.DatabaseError:
        return (
            f"数据库文件 {database} 已损坏或不是数据库，没有改动它。请从备份恢复：make restore FROM=文件\n"
            f"The file {database} is damaged or no database; it was left as it is. Restore a backup: make restore FROM=file"
        )
    if isinstance(error, OperationalError | ArgumentError):
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        return f"数据库 {database} 打不开：{reason}\nThe database {database} cannot be opened: {reason}"
    return None


def _database(settings: Config) -> str:
    """The database's address without its password."""
    try:
        return make_url(settings.database_url).render_as_string()
    except ArgumentError:
        return "DATABASE_URL"
