"""The door's own tables: scopes, the change log, receipts, clients, parked mutations, and the epoch."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text


class Tables:
    """Defines the sync tables on `metadata` (the application's, so that one migration history covers all)."""

    def __init__(self, metadata: MetaData) -> None:
        # `no` stands for the scope in the log: a line then costs 8 bytes instead of 41.
        self.scope = Table(
            "sync_scope",
            metadata,
            Column("no", Integer, primary_key=True, autoincrement=True),
            Column("name", String(64), nullable=False, unique=True),
            Column("seq", BigInteger, nullable=False, default=0),
            Column("digest", BigInteger, nullable=False, default=0),
            Column("kept_from", BigInteger, nullable=False, default=0),
        )
        # Ordered by scope, so that a batch of one team lands in one place and a pull reads one stretch.
        self.change = Table(
            "sync_change",
            metadata,
            Column("scope_no", Integer, primary_key=True, autoincrement=False),
            Column("seq", BigInteger, primary_key=True, autoincrement=False),
            Column("kind", String(9), nullable=False),
            Column("collection", String(32), nullable=False),
            Column("record_id", String(36), nullable=False),
            Column("rev", Integer, nullable=False),
            Column("actor_id", String(36)),
            Column("client_id", String(36)),
            Column("mid", BigInteger),
            Column("at", BigInteger, nullable=False),
            Column("occurred_at", BigInteger),
            Column("changes", Text),
            sqlite_with_rowid=False,
        )
        self.receipt = Table(
            "sync_receipt",
            metadata,
            Column("client_id", String(36), primary_key=True),
            Column("last_mid", BigInteger, primary_key=True, autoincrement=False),
            Column("first_mid", BigInteger, nullable=False),
            Column("at", BigInteger, nullable=False),
            Column("results", Text, nullable=False),
            sqlite_with_rowid=False,
        )
        self.client = Table(
            "sync_client",
            metadata,
            Column("client_id", String(36), primary_key=True),
            Column("last_mid", BigInteger, nullable=False, default=0),
            # Who pushed under it first; nobody else may [S6].
            Column("owner", String(36)),
            sqlite_with_rowid=False,
        )
        self.parked = Table(
            "sync_parked",
            metadata,
            Column("no", Integer, primary_key=True, autoincrement=True),
            Column("client_id", String(36), nullable=False),
            Column("mid", BigInteger, nullable=False),
            Column("uuid", String(64), nullable=False),
            Column("collection", String(64)),
            Column("record_id", String(64)),
            Column("code", String(32), nullable=False),
            Column("detail", String(240)),
            Column("body", Text, nullable=False),
            Column("actor_id", String(36)),
            Column("actor_scope", String(64)),
            Column("at", BigInteger, nullable=False),
            Column("settled_at", BigInteger),
            Column("settled_by", String(36)),
            Column("settlement", String(32)),
            Index("ix_sync_parked_actor", "actor_id"),
            Index("ix_sync_parked_scope", "actor_scope", "settled_at"),
        )
        self.meta = Table(
            "sync_meta",
            metadata,
            Column("key", String(32), primary_key=True),
            Column("value", String(200), nullable=False),
        )
