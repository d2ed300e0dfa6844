"""The audit log: each line is hashed over the one before, so that nothing can be changed, removed or put in unseen."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import delete, update

from app import audit
from app.database import reading, writing
from app.models.audit import AuditLine

NOON = 1_795_233_600_000


@pytest.fixture
def five_lines(app: Flask) -> Flask:
    """A log of five acts."""
    with app.app_context(), writing() as session:
        for number in range(5):
            audit.append(
                session,
                "leader-1",
                "export_unmasked",
                now=NOON + number,
                subject=f"ledger/{number}",
                reason="核对回访名单",
                detail={"rows": number, "sheet": "visits"},
            )
    return app


def verdict(app: Flask) -> audit.Verdict:
    with app.app_context(), reading() as session:
        return audit.verify(session)


def test_an_untouched_log_holds_from_the_first_to_the_last_line(five_lines: Flask) -> None:
    found = verdict(five_lines)
    assert (found.lines, found.broken_at) == (5, None)
    assert len(found.head) == 64


def test_an_empty_log_holds(app: Flask) -> None:
    assert verdict(app) == audit.Verdict(0, None, audit.GENESIS)


@pytest.mark.parametrize(
    "values", [{"reason": "别的原因"}, {"at": NOON}, {"actor_id": "somebody"}, {"detail": {"rows": 9}}]
)
def test_a_line_that_was_changed_breaks_the_chain_there(five_lines: Flask, values: dict[str, object]) -> None:
    with five_lines.app_context(), writing() as session:
        session.execute(update(AuditLine).where(AuditLine.no == 3).values(values))
    assert verdict(five_lines).broken_at == 3


def test_a_line_that_was_removed_breaks_the_chain_there(five_lines: Flask) -> None:
    with five_lines.app_context(), writing() as session:
        session.execute(delete(AuditLine).where(AuditLine.no == 2))
    assert verdict(five_lines).broken_at == 2


def test_a_line_rewritten_with_a_hash_of_its_own_breaks_the_next_one(five_lines: Flask) -> None:
    with five_lines.app_context(), writing() as session:
        line = session.get_one(AuditLine, 2)
        line.subject = "ledger/innocent"
        line.hash = audit._hash(line)
    assert verdict(five_lines).broken_at == 3


def test_a_line_lost_with_its_transaction_leaves_no_gap(five_lines: Flask) -> None:
    with five_lines.app_context():
        with writing() as session:
            audit.append(session, None, "export_unmasked", now=NOON)
            session.rollback()
        with writing() as session:
            assert audit.append(session, None, "contact_viewed", now=NOON).no == 6
    assert verdict(five_lines).lines == 6
