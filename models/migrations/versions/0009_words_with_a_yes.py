"""What a helper added to her yes ("at five") stays with the job."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("jobs", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("yes_words", sa.String(length=200), nullable=False, server_default=""))


def downgrade() -> None:
    """Back; what was added is in the history still."""
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_column("yes_words")
