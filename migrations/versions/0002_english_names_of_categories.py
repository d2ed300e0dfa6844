"""English names of categories

Revision: 0002
After: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("category", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name_en", sa.String(length=80), nullable=True))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("category", schema=None) as batch_op:
        batch_op.drop_column("name_en")
