"""ending of a forwarding

Revision: 0003
After: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

# The first tables left naming this constraint to the database.
_CONVENTION = {"uq": "uq_%(table_name)s_%(column_0_name)s"}
_NAMED = {"sqlite": "uq_forwarding_service_request_id", "postgresql": "forwarding_service_request_id_forward_no_key"}


def upgrade() -> None:
    """Go forward."""
    earlier = _NAMED[op.get_bind().dialect.name]
    with op.batch_alter_table('forwarding', schema=None, naming_convention=_CONVENTION) as batch_op:
        batch_op.add_column(sa.Column('ending', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.drop_constraint(earlier, type_='unique')
        batch_op.create_unique_constraint('uq_forwarding_round', ['service_request_id', 'forward_no', 'ending'])


def downgrade() -> None:
    """Go back."""
    earlier = _NAMED[op.get_bind().dialect.name]
    with op.batch_alter_table('forwarding', schema=None) as batch_op:
        batch_op.drop_constraint('uq_forwarding_round', type_='unique')
        batch_op.drop_column('ending')
        batch_op.create_unique_constraint(earlier, ['service_request_id', 'forward_no'])
