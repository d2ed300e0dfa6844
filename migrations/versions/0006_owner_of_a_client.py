"""owner of a client

Revision: 0006
After: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("sync_client", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner", sa.String(length=36), nullable=True))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("sync_client", schema=None) as batch_op:
        batch_op.drop_column("owner")
