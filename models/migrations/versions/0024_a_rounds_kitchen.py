"""Where a round begins follows from what is on it: jobs need not say so themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. Some databases were made without that column."""
    if any(column["name"] == "kitchen_id" for column in sa.inspect(op.get_bind()).get_columns("jobs")):
        op.drop_column("jobs", "kitchen_id")


def downgrade() -> None:
    """Back; where rounds began is not known."""
    op.add_column("jobs", sa.Column("kitchen_id", sa.Integer(), nullable=True))
