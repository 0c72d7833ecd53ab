"""A number of which nothing was heard for a year is asked whose it is."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; nobody has been asked yet."""
    with op.batch_alter_table("phones", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("asked_whose_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Back; nobody is asked."""
    with op.batch_alter_table("phones", recreate="never") as batch_op:
        batch_op.drop_column("asked_whose_at")
