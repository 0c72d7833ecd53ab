"""Who rings off at once can be rung back; a stranger can be asked for a key; a number can be blocked."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    # Never built anew: on SQLite the table would forget that an id is never used twice.
    with op.batch_alter_table("communities", schema=None, recreate="never") as batch_op:
        # What is there stays as it was; from then on the program says it.
        batch_op.add_column(sa.Column("rings_back", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("tests_strangers", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("phones", schema=None) as batch_op:
        batch_op.add_column(sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Back; what was set is forgotten."""
    with op.batch_alter_table("phones", schema=None) as batch_op:
        batch_op.drop_column("blocked_at")
    with op.batch_alter_table("communities", schema=None) as batch_op:
        batch_op.drop_column("tests_strangers")
        batch_op.drop_column("rings_back")
