"""who may see a photo

Revision: 0002
After: 0001
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

_NAMED_IN = (('visit', 'photos'), ('service_request', 'photos'), ('service_request_event', 'photos'), ('diary', 'photos'))


def upgrade() -> None:
    """Go forward."""
    naming = op.create_table('photo_naming',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('collection', sa.String(length=32), nullable=False),
    sa.Column('record_id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.PrimaryKeyConstraint('sha256', 'collection', 'record_id', 'person_id')
    )
    op.create_table('photo_sender',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.PrimaryKeyConstraint('sha256', 'person_id')
    )
    op.execute(
        "INSERT INTO photo_sender (sha256, person_id) SELECT sha256, owner_id FROM attachment WHERE owner_id IS NOT NULL"
    )
    op.execute(
        "INSERT INTO photo_naming (sha256, collection, record_id, person_id)"
        " SELECT photo, 'cadre', id, '' FROM cadre WHERE photo IS NOT NULL"
    )
    for collection, field in _NAMED_IN:
        _note_what_is_named(naming, collection, field)


def _note_what_is_named(naming: sa.Table, collection: str, field: str) -> None:
    """Records from before count as named by the server: who wrote which hash was not kept."""
    connection = op.get_bind()
    named = connection.execute(sa.text(f"SELECT id, {field} FROM {collection} WHERE {field} LIKE '[\"%'")).all()
    rows = [
        {"sha256": sha256, "collection": collection, "record_id": record_id, "person_id": ""}
        for record_id, photos in named
        for sha256 in dict.fromkeys(json.loads(photos))
    ]
    if rows:
        connection.execute(naming.insert(), rows)


def downgrade() -> None:
    """Go back."""
    op.drop_table('photo_sender')
    op.drop_table('photo_naming')
