"""A dish can be sold out, and a resident can hear everything more slowly."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("dishes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sold_out_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("residents", schema=None) as batch_op:
        # Who is there already hears it as before; from then on the program says it.
        batch_op.add_column(sa.Column("pace", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Back; what was set is forgotten."""
    with op.batch_alter_table("residents", schema=None) as batch_op:
        batch_op.drop_column("pace")
    with op.batch_alter_table("dishes", schema=None) as batch_op:
        batch_op.drop_column("sold_out_at")
