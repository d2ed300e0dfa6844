"""Commands of an operator: `flask --app wsgi <command>`, or through the Makefile."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import click
from flask import Flask, current_app
from sqlalchemy import select

P = ParamSpec("P")


def _told(command: Callable[P, None]) -> Callable[P, None]:
    """What goes wrong is told in a sentence; a traceback is for faults of ours."""

    @wraps(command)
    def telling(*args: P.args, **kwargs: P.kwargs) -> None:
        from app.errors import Problem
        from app.start_faults import start_fault

        try:
            command(*args, **kwargs)
        except Problem as problem:
            raise click.ClickException(f"{problem.zh}\n{problem.en}") from None
        except Exception as error:
            told = start_fault(error, current_app.config["DOORSTEP"])
            if told is None:
                raise
            raise click.ClickException(told) from None

    return telling


@click.command("migrate")
@_told
def migrate_command() -> None:
    """Bring the database to the newest version, and the phones' library to what the programme's file says."""
    from app.installation import upgrade

    upgrade()
    click.echo("数据库已是最新版本 · the database is up to date")


@click.command("backup")
@click.argument("target", required=False, type=click.Path(path_type=Path))
@_told
def backup_command(target: Path | None) -> None:
    """One archive of database, photos and secrets."""
    from app.backup import back_up

    path = back_up(current_app.config["DOORSTEP"], target)
    click.echo(f"已备份 · backed up: {path}")


@click.command("restore")
@click.argument("archive", type=click.Path(path_type=Path, exists=True))
@_told
def restore_command(archive: Path) -> None:
    """Put an archive back (stop the server first) and begin a new epoch, so that phones refill what it lacks."""
    from app.backup import BadArchive, restore
    from app.database import db, writing
    from app.installation import upgrade
    from app.synced import DOOR
    from sync import epoch
    from sync.check import faults

    db.engine.dispose()
    try:
        restore(current_app.config["DOORSTEP"], archive)
    except BadArchive as error:
        raise click.ClickException(str(error)) from None
    upgrade()
    with writing() as session:
        found = faults(session.connection(), DOOR)
        word = epoch.renew(session.connection(), DOOR.tables)
    for fault in found:
        click.echo(f"✗ {fault}")
    click.echo(f"已恢复，新纪元 {word} · restored, epoch {word}; {len(found)} faults")
    if found:
        raise SystemExit(1)


@click.command("install")
@_told
def install_command() -> None:
    """Prepare an empty database for a real city: the programme's records, the desk with its dispatch centre."""
    from app.database import writing
    from app.demo.sign_ins import new_password
    from app.ids import now_ms
    from app.installation import install
    from app.setup import migrate

    migrate()
    password = new_password()
    with writing() as session:
        first = install(session, now_ms(), password)
    if first:
        click.echo(f"受理转办中心 · dispatch centre: unit-centre  {password}")
    else:
        click.echo("已经安装过 · installed before, nothing changed")


@click.command("add-admin")
@click.argument("name")
@click.argument("login")
@click.password_option(help="at least 8 signs, not a common one; asked for when not given")
@_told
def add_admin_command(name: str, login: str, password: str) -> None:
    """An administrator, who can add everybody else by importing rosters."""
    from app.database import writing
    from app.ids import new_id, now_ms
    from app.models.accounts import Account
    from app.passwords import check_strength
    from app.passwords import hash as hash_password

    now, name, login = now_ms(), name.strip(), login.strip()
    if not (0 < len(name) <= 60 and 0 < len(login) <= 60):
        raise click.ClickException("姓名和登录名须为 1–60 个字 · name and login need 1 to 60 characters")
    check_strength(password, login=login)
    with writing() as session:
        if session.scalar(select(Account.id).where(Account.login == login)):
            raise click.ClickException(f"登录名 {login} 已有人使用 · the login {login} is taken")
        session.add(
            Account(
                id=new_id(), name=name, login=login, role="admin", password_hash=hash_password(password), created_at=now
            )
        )
    click.echo(f"已添加管理员 · administrator added: {login}")


def init_cli(app: Flask) -> None:
    """Register the commands."""
    for command in (migrate_command, install_command, add_admin_command, backup_command, restore_command):
        app.cli.add_command(command)
