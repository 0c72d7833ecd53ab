"""What a text that a person must read may mean."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("messages", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("suggestion", sa.String(length=16), nullable=False, server_default=""))


def downgrade() -> None:
    """Back; nothing is pointed at any more."""
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_column("suggestion")
