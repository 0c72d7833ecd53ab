"""What the network says of how sure it is of a caller's number."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; of calls so far nothing is known."""
    with op.batch_alter_table("calls", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("vouched", sa.String(length=8), nullable=False, server_default=""))


def downgrade() -> None:
    """Back; nothing is known."""
    with op.batch_alter_table("calls", recreate="never") as batch_op:
        batch_op.drop_column("vouched")
