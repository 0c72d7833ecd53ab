"""A meal's orders may end on a day before its own: the kitchen buys what it cooks."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward: until now they ended on its own day."""
    op.add_column("meals", sa.Column("cutoff_days", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Back."""
    op.drop_column("meals", "cutoff_days")
