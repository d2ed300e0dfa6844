"""An operator's commands where they cannot be done: a sentence in both languages, and nothing changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app import create_app
from app.database import db
from app.models.accounts import Account
from app.passwords import verify
from tests.conftest import settings_for


def run(app: Flask, *words: str) -> tuple[int, str]:
    """`flask <words>`; its exit code and all it said."""
    result = app.test_cli_runner().invoke(args=list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, result.output


def test_the_first_administrator_can_sign_in(app: Flask) -> None:
    code, said = run(app, "add-admin", "王强", " wang ", "--password", "kd83-jf7s-xx")
    assert (code, "wang" in said) == (0, True)
    account = db.session.scalars(select(Account)).one()
    assert (account.name, account.login, account.role) == ("王强", "wang", "admin")
    assert verify(account.password_hash, "kd83-jf7s-xx")


@pytest.mark.parametrize(
    ("name", "login", "password", "zh", "en"),
    [
        ("王强", "wang", "kd83-jf7s-xx", "已有人使用", "is taken"),
        ("王强", "other", "12345678", "太常见", "common"),
        ("王强", "other", "short", "密码", "password"),
        ("王强", " ", "kd83-jf7s-xx", "1–60 个字", "1 to 60 characters"),
        ("王" * 61, "other", "kd83-jf7s-xx", "1–60 个字", "1 to 60 characters"),
    ],
)
def test_an_administrator_that_cannot_be(app: Flask, name: str, login: str, password: str, zh: str, en: str) -> None:
    assert run(app, "add-admin", "王强", "wang", "--password", "kd83-jf7s-xx")[0] == 0
    code, said = run(app, "add-admin", name, login, "--password", password)
    assert code == 1
    assert zh in said
    assert en in said.lower()
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1


@pytest.mark.parametrize("command", ["migrate", "install"])
def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path, command: str) -> None:

    app = create_app(settings_for(tmp_path))
    with app.app_context():
        with db.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
            connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('9999')")
        code, said = run(app, command)
        assert code == 1
        assert "属于更新的版本" in said
        assert "belongs to a newer version" in said
        db.engine.dispose()


def test_a_backup_that_cannot_be_written_or_read(app: Flask, tmp_path: Path) -> None:
    in_the_way = tmp_path / "note.txt"
    in_the_way.write_text("a note", encoding="utf-8")
    for words in (("backup", str(in_the_way / "backup.tar")), ("restore", str(in_the_way))):
        code, said = run(app, *words)
        assert code == 1
        assert any(zh in said for zh in ("不能使用", "无法读取"))
        assert any(en in said for en in ("cannot be used", "cannot be read"))
    assert in_the_way.read_text(encoding="utf-8") == "a note"


def test_a_fault_of_ours_is_not_called_a_damaged_database(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def upgrade() -> None:
        with db.engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO account (id) VALUES (NULL)")

    monkeypatch.setattr("app.installation.upgrade", upgrade)
    assert isinstance(app.test_cli_runner().invoke(args=["migrate"]).exception, IntegrityError)
